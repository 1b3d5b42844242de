-- SPDX-License-Identifier: GPL-3.0-or-later
-- Accounts that people open themselves: links for addresses that have no account yet, accounts that
-- wait for an operator (state 2), and addresses that are about to change.

ALTER TABLE links ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN email_folded TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN language TEXT NOT NULL DEFAULT '';
CREATE INDEX links_by_email ON links (email_folded) WHERE email_folded <> '';

CREATE INDEX accounts_not_active ON accounts (state, id) WHERE state > 0;

CREATE TABLE address_changes (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    old_digest BLOB NOT NULL UNIQUE,
    new_digest BLOB NOT NULL UNIQUE,
    old_confirmed INTEGER NOT NULL,
    new_confirmed INTEGER NOT NULL,
    created_s INTEGER NOT NULL,
    expires_s INTEGER NOT NULL
) STRICT;
CREATE INDEX address_changes_by_end ON address_changes (expires_s);
