# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles say of themselves, and what is done when one of them does not get on."""
from harness import wait_until


def test_what_is_normal_at_a_first_start_is_no_error(make_rove):
    rove = make_rove()
    rove.start_role("answer")
    wait_until(lambda: rove.events("image-awaited"), 20, "answer has looked for an image")
    assert "data.cdb" in rove.status("answer")["trouble"]
    rove.start_role("publish")
    rove.start_role("front")
    rove.wait_ready()
    wait_until(lambda: rove.events("image-in-use"), 20, "the image is in use")
    assert rove.status("answer")["trouble"] == ""
    rove.stop()
    assert not [line for line in rove.log().splitlines()
                if line.split()[0] in ("warning", "error")]
