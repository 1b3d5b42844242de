-- SPDX-License-Identifier: GPL-3.0-or-later
-- People who log in: their sessions, and the links that let them in once. Of a secret there is
-- only a keyed digest.

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_s INTEGER NOT NULL,
    used_s INTEGER NOT NULL,
    fresh_s INTEGER NOT NULL,
    expires_s INTEGER NOT NULL,
    keep INTEGER NOT NULL,
    source BLOB,
    agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (expires_s);

-- The account is NULL where the link makes one.
CREATE TABLE links (
    digest BLOB NOT NULL PRIMARY KEY,
    purpose INTEGER NOT NULL,
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    created_s INTEGER NOT NULL,
    expires_s INTEGER NOT NULL,
    used_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_account ON links (account_id);
CREATE INDEX links_by_end ON links (expires_s);
