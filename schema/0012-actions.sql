-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who changed what, and whose it was. Rows of updates have zeros here and stand in no index, so that
-- an update costs what it did.

ALTER TABLE changes ADD COLUMN account_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN via INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN owner_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN undoes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX changes_of_people ON changes (seq) WHERE via > 0;
CREATE INDEX changes_by_owner ON changes (owner_id, seq) WHERE owner_id > 0;
CREATE INDEX changes_by_actor ON changes (account_id, seq) WHERE account_id > 0;

-- Accounts that are being removed, piece by piece, and who asked for that.
CREATE TABLE endings (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    actor_id INTEGER NOT NULL,
    via INTEGER NOT NULL,
    token_id INTEGER NOT NULL,
    source BLOB,
    agent TEXT NOT NULL,
    created_s INTEGER NOT NULL
) STRICT;

-- Replies to requests that had an Idempotency-Key. Keys and requests are keyed digests, and the
-- reply is sealed, as it may have a secret that is shown once.
CREATE TABLE replies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    digest BLOB NOT NULL UNIQUE,
    request BLOB NOT NULL,
    created_s INTEGER NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX replies_by_account ON replies (account_id, id, size);
CREATE INDEX replies_by_age ON replies (created_s);
