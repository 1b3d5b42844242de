-- SPDX-License-Identifier: GPL-3.0-or-later
-- Zones that several people share, and what waits for somebody's consent. The members of before
-- were never used.

DROP TABLE zone_members;
CREATE TABLE zone_members (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER NOT NULL REFERENCES zones (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role INTEGER NOT NULL,
    added_by INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    created_s INTEGER NOT NULL,
    UNIQUE (account_id, zone_id)
) STRICT;
CREATE INDEX zone_members_by_zone ON zone_members (zone_id);
CREATE INDEX zone_members_who_manage ON zone_members (zone_id) WHERE role = 1;
CREATE INDEX zone_members_by_adder ON zone_members (added_by) WHERE added_by IS NOT NULL;

-- Of one kind there is one at a time for the same thing. The address is empty where the people of
-- a zone decide.
CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind INTEGER NOT NULL,
    zone_id INTEGER NOT NULL REFERENCES zones (id) ON DELETE CASCADE,
    host_id INTEGER REFERENCES hosts (id) ON DELETE CASCADE,
    role INTEGER NOT NULL,
    asker_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    message TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    expires_s INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX requests_to_join ON requests (zone_id, asker_id) WHERE kind = 0;
CREATE UNIQUE INDEX requests_to_invite ON requests (zone_id, email_folded) WHERE kind = 1;
CREATE UNIQUE INDEX requests_to_transfer ON requests (host_id) WHERE kind = 2;
CREATE INDEX requests_by_zone ON requests (zone_id, kind);
CREATE INDEX requests_by_host ON requests (host_id) WHERE host_id IS NOT NULL;
CREATE INDEX requests_by_asker ON requests (asker_id);
CREATE INDEX requests_by_email ON requests (email_folded) WHERE kind > 0;
CREATE INDEX requests_by_end ON requests (expires_s);

-- A link that makes the account of somebody who was invited; it goes with the request.
ALTER TABLE links ADD COLUMN request_id INTEGER REFERENCES requests (id) ON DELETE CASCADE;
CREATE INDEX links_by_request ON links (request_id) WHERE request_id IS NOT NULL;
