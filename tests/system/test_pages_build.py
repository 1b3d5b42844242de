# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages as they are built: the same each time, light, and of the API that the service has."""
import json
import subprocess

import pytest

import pages
from api import read_document, with_api

FIRST_LOAD_MAX = 60 * 1024


@pytest.fixture(autouse=True)
def node():
    pages.need_node()


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_builds_are_the_same_and_the_first_load_is_light(tmp_path):
    one = contents(pages.build(tmp_path / "one"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "old.js").write_text("of an older build")
    assert contents(pages.build(tmp_path / "other")) == one
    manifest = json.loads(one["manifest.json"])
    assert set(one) - {"manifest.json"} == {
        file["path"] + ending for file in manifest["files"]
        for coding, ending in (("plain", ""), ("gzip", ".gz"), ("br", ".br")) if coding in file}
    # A page needs its own part besides the common one: together they stay below.
    packed = [file.get("br", file["plain"])["size"] for file in manifest["files"] if not file["path"].endswith(".txt")]
    assert sum(packed) < FIRST_LOAD_MAX
    index = one["index.html"].decode()
    assert "<script>" not in index and "style=" not in index and "http:" not in index


def test_the_types_of_the_pages_are_those_of_the_service(make_rove, tmp_path):
    rove = with_api(make_rove()).start()
    (tmp_path / "openapi.json").write_text(json.dumps(read_document(rove)))
    made = subprocess.run(["node", pages.WEB / "types.mjs", tmp_path / "openapi.json"], check=True,
                          capture_output=True, text=True).stdout
    assert made == (pages.WEB / "src" / "resources.d.ts").read_text(), \
        "node web/types.mjs OPENAPI.JSON > web/src/resources.d.ts"


def test_the_compiler_finds_no_fault_and_no_missing_text():
    compiler = pages.WEB / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.exists():
        pytest.skip("tools/pages --types fetches the compiler")
    done = subprocess.run(["node", compiler, "-p", pages.WEB], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
