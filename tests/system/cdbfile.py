# SPDX-License-Identifier: GPL-3.0-or-later
"""An image's bytes, read without any library."""
import struct


def entries(path):
    """Keys and values in the order of the file, all from one opening of it. A part of a file
    breaks an assertion or cannot be unpacked."""
    raw = path.read_bytes()
    tables = struct.unpack_from("<512I", raw)
    end = min(tables[::2])
    for at, slots in zip(tables[::2], tables[1::2]):
        assert at + 8 * slots <= len(raw)
    at = 2048
    while at < end:
        key, value = struct.unpack_from("<II", raw, at)
        at += 8
        yield raw[at:at + key], raw[at + key:at + key + value]
        at += key + value
    assert at == end
