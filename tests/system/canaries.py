# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that a test has had in its hands, and where they must not be found."""
import base64
import pathlib
import re
import urllib.parse


def forms_of(text):
    """The secret as bytes in the ways in which somebody may write it down by mistake."""
    plain = text.encode()
    forms = {plain, text.replace("-", "").encode(), plain.hex().encode(), urllib.parse.quote(text, safe="").encode(),
             base64.b64encode(plain).rstrip(b"=")[:-1]}
    for decode in (bytes.fromhex, _base32, _base64):
        try:
            forms.add(decode(text))
        except ValueError:
            pass
    return {form for form in forms if len(form) >= 8}


def _base32(text):
    """A seed of an authenticator app as the database would have it."""
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _base64(text):
    """A challenge likewise."""
    if not re.fullmatch(r"[\w-]+", text):
        raise ValueError("it is none")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def written(rove):
    """{where: bytes} of all that the service has written and shows of its processes. A database
    that is in use is read as others would copy it: with its WAL."""
    found = {}
    for folder in (rove.folder, rove.run_folder):
        for path in folder.rglob("*"):
            if path.is_file():
                found[str(path.relative_to(folder))] = path.read_bytes()
    for role in ("roved", "front", "publish", "answer", "outbound"):
        if role == "roved" or rove.status(role):
            process = pathlib.Path(f"/proc/{rove.role_pid(role)}")
            for name in ("cmdline", "environ"):
                found[f"{name} of {role}"] = (process / name).read_bytes()
    return found


def keys_of(rove):
    """Those of the key file, which also stand in a backup."""
    lines = (rove.data / "rove.key").read_text().splitlines()
    found = {f"key {line.split()[0]}": line.split()[2] for line in lines if not line.startswith("#")}
    assert len(found) == 3
    return found


def leaks(rove, secrets, replies):
    """[(what, where)] of each secret in `secrets` ({what: text}) that is somewhere. In `replies`,
    [(status, text)], it may be where it was made, and in no error."""
    places, keys = written(rove), keys_of(rove)
    assert {"rove.db", "rove.db-wal", "log", "backup"} <= {pathlib.Path(where).name for where in places}
    places["errors"] = b"\n".join(text.encode() for status, text in replies if status >= 400)
    assert places["errors"]
    return [(what, where) for what, text in (secrets | keys).items() for where, content in places.items()
            if any(form in content for form in forms_of(text)) and
            not (what in keys and re.search("rove.key$|backup", where))]
