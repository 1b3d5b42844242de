# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that the tree itself keeps."""
import subprocess

import pytest

from harness import BUILD, TREE


def run(tool, *args):
    """The tool is content; else what it said fails the test."""
    done = subprocess.run([TREE / "tools" / tool, *args], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("tool", ["check-layers", "check-banned"])
def test_the_tool_finds_what_it_is_there_for(tool):
    run(tool, "--self-test")


def test_each_room_includes_only_what_its_line_of_the_table_allows():
    run("check-layers")


def test_no_source_and_no_program_calls_a_forbidden_function():
    run("check-banned", BUILD)
