-- SPDX-License-Identifier: GPL-3.0-or-later
-- The first layout. docs/database.md tells what stands behind it.
--
-- Ids of accounts, zones, hosts and tokens are never given twice (AUTOINCREMENT), because
-- the journal goes on naming them after they are gone.

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role INTEGER NOT NULL,
    state INTEGER NOT NULL,
    hosts_max INTEGER NOT NULL,
    language TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    last_change INTEGER NOT NULL
) STRICT;

CREATE TABLE zones (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name BLOB NOT NULL UNIQUE,
    owner_id INTEGER NOT NULL REFERENCES accounts (id),
    state INTEGER NOT NULL,
    policy INTEGER NOT NULL,
    mname BLOB NOT NULL,
    rname BLOB NOT NULL,
    refresh_s INTEGER NOT NULL,
    retry_s INTEGER NOT NULL,
    expire_s INTEGER NOT NULL,
    minimum_s INTEGER NOT NULL,
    soa_ttl_s INTEGER NOT NULL,
    ns_ttl_s INTEGER NOT NULL,
    default_ttl_s INTEGER NOT NULL,
    serial_base INTEGER NOT NULL,
    labels_max INTEGER NOT NULL,
    created_s INTEGER NOT NULL,
    last_change INTEGER NOT NULL
) STRICT;
CREATE INDEX zones_by_owner ON zones (owner_id);

CREATE TABLE zone_members (
    zone_id INTEGER NOT NULL REFERENCES zones (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    rights INTEGER NOT NULL,
    PRIMARY KEY (zone_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX zone_members_by_account ON zone_members (account_id);

-- What publishing reads stands first, so that a walk over the table decodes no more of a row
-- than that. No index holds a column that an update of addresses writes.
CREATE TABLE hosts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER NOT NULL REFERENCES zones (id),
    name BLOB NOT NULL UNIQUE,
    v4 BLOB,
    v6 BLOB,
    more_addresses INTEGER NOT NULL,
    state INTEGER NOT NULL,
    ttl_s INTEGER NOT NULL,
    wildcard INTEGER NOT NULL,
    last_change INTEGER NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES accounts (id),
    mode INTEGER NOT NULL,
    round_robin INTEGER NOT NULL,
    private_allowed INTEGER NOT NULL,
    plain_http INTEGER NOT NULL,
    follows_id INTEGER REFERENCES hosts (id) ON DELETE SET NULL,
    interface_id BLOB NOT NULL,
    subnet INTEGER NOT NULL,
    liveness_s INTEGER NOT NULL,
    last_seen_s INTEGER NOT NULL,
    created_s INTEGER NOT NULL
) STRICT;
CREATE INDEX hosts_by_zone ON hosts (zone_id);
CREATE INDEX hosts_by_owner ON hosts (owner_id);
CREATE INDEX hosts_by_followed ON hosts (follows_id) WHERE follows_id IS NOT NULL;

-- Only what does not fit into hosts.v4 and hosts.v6.
CREATE TABLE addresses (
    host_id INTEGER NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    address BLOB NOT NULL,
    PRIMARY KEY (host_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    zone_id INTEGER NOT NULL REFERENCES zones (id) ON DELETE CASCADE,
    host_id INTEGER REFERENCES hosts (id) ON DELETE CASCADE,
    owner BLOB NOT NULL,
    wildcard INTEGER NOT NULL,
    type INTEGER NOT NULL,
    ttl_s INTEGER NOT NULL,
    rdata BLOB NOT NULL,
    expires_s INTEGER NOT NULL
) STRICT;
CREATE INDEX records_by_zone ON records (zone_id);
CREATE INDEX records_by_host ON records (host_id) WHERE host_id IS NOT NULL;

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    key_version INTEGER NOT NULL,
    hint TEXT NOT NULL,
    label TEXT NOT NULL,
    rights INTEGER NOT NULL,
    weak INTEGER NOT NULL,
    networks BLOB NOT NULL,
    expires_s INTEGER NOT NULL,
    last_used_s INTEGER NOT NULL,
    created_s INTEGER NOT NULL,
    last_change INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_by_account ON tokens (account_id);

CREATE TABLE token_hosts (
    token_id INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    host_id INTEGER NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
    PRIMARY KEY (token_id, host_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_hosts_by_host ON token_hosts (host_id);

-- Journal and history. A new seq is one more than the greatest that stands here, so the
-- newest row is never removed.
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    id INTEGER NOT NULL,
    prev INTEGER NOT NULL,
    before BLOB NOT NULL,
    after BLOB NOT NULL,
    time_s INTEGER NOT NULL,
    source BLOB,
    agent TEXT NOT NULL,
    token_id INTEGER NOT NULL,
    dialect INTEGER NOT NULL,
    encrypted INTEGER NOT NULL
) STRICT;

-- The owner may be gone before the name is free again: no reference.
CREATE TABLE tombstones (
    name BLOB NOT NULL PRIMARY KEY,
    owner_id INTEGER NOT NULL,
    until_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
