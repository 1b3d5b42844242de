-- SPDX-License-Identifier: GPL-3.0-or-later
-- The second factor of people who log in. The seed is sealed with a key that is not in the
-- database; of recovery codes there are keyed digests.

CREATE TABLE totp (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    seed BLOB NOT NULL,
    is_on INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    created_s INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    PRIMARY KEY (account_id, digest)
) STRICT, WITHOUT ROWID;
