-- SPDX-License-Identifier: GPL-3.0-or-later
-- Mails that wait for their delivery, and for a month those that do not wait any more; and for
-- each account the kinds that its owner has switched off, as bits.

ALTER TABLE accounts ADD COLUMN mail_off INTEGER NOT NULL DEFAULT 0;

CREATE INDEX accounts_of_operators ON accounts (id) WHERE role = 2;

CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind INTEGER NOT NULL,
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    recipient_folded TEXT NOT NULL,
    language TEXT NOT NULL,
    about TEXT NOT NULL,
    message_id TEXT NOT NULL,
    state INTEGER NOT NULL,
    due_s INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    ended_s INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE INDEX mails_by_due ON mails (due_s) WHERE state = 0;
CREATE INDEX mails_by_end ON mails (ended_s) WHERE state > 0;
CREATE INDEX mails_given_up ON mails (ended_s) WHERE state = 2;
CREATE INDEX mails_by_recipient ON mails (recipient_folded, created_s);
CREATE INDEX mails_by_account ON mails (account_id) WHERE account_id IS NOT NULL;
