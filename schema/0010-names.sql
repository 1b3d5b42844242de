-- SPDX-License-Identifier: GPL-3.0-or-later
-- Names and abuse: which hosts are withheld from DNS, which look alike, how many there are,
-- words that nobody may take, and networks to which no host may point.

ALTER TABLE hosts ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;

-- front fills it in for the hosts that are there already.
ALTER TABLE hosts ADD COLUMN skeleton INTEGER;
INSERT INTO settings (name, value)
    SELECT 'skeletons', 'whole' WHERE NOT EXISTS (SELECT 1 FROM hosts);
CREATE INDEX hosts_by_skeleton ON hosts (skeleton, zone_id) WHERE skeleton IS NOT NULL;

-- zone_id 0: in all zones; owner_id 0: of all accounts. No row: none.
CREATE TABLE host_counts (
    zone_id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    hosts INTEGER NOT NULL,
    PRIMARY KEY (zone_id, owner_id)
) STRICT, WITHOUT ROWID;
INSERT INTO host_counts (zone_id, owner_id, hosts)
    SELECT zone_id, owner_id, count(*) FROM hosts GROUP BY zone_id, owner_id;
INSERT INTO host_counts (zone_id, owner_id, hosts)
    SELECT zone_id, 0, sum(hosts) FROM host_counts GROUP BY zone_id;
INSERT INTO host_counts (zone_id, owner_id, hosts)
    SELECT 0, owner_id, sum(hosts) FROM host_counts WHERE owner_id > 0 GROUP BY owner_id;

ALTER TABLE zones ADD COLUMN look_alikes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE zones ADD COLUMN hosts_max INTEGER NOT NULL DEFAULT 0;
ALTER TABLE zones ADD COLUMN account_hosts_max INTEGER NOT NULL DEFAULT 0;
ALTER TABLE zones ADD COLUMN abuse TEXT NOT NULL DEFAULT '';

-- A name in quarantine gets a number, for pages of lists, and the zone that it lies in. The owner
-- and the zone may be gone before it is free again: no references.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name BLOB NOT NULL UNIQUE,
    owner_id INTEGER NOT NULL,
    until_s INTEGER NOT NULL,
    zone_id INTEGER NOT NULL
) STRICT;
INSERT INTO quarantine (name, owner_id, until_s, zone_id)
    SELECT name, owner_id, until_s, coalesce((SELECT zones.id FROM zones
        WHERE substr(tombstones.name, length(tombstones.name) - length(zones.name) + 1)
            = zones.name ORDER BY length(zones.name) DESC LIMIT 1), 0)
    FROM tombstones;
DROP TABLE tombstones;
ALTER TABLE quarantine RENAME TO tombstones;
CREATE INDEX tombstones_by_end ON tombstones (until_s);
CREATE INDEX tombstones_by_zone ON tombstones (zone_id);

CREATE TABLE reserved_names (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER REFERENCES zones (id) ON DELETE CASCADE,
    word TEXT NOT NULL,
    created_s INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX reserved_names_everywhere ON reserved_names (word) WHERE zone_id IS NULL;
CREATE UNIQUE INDEX reserved_names_of_zones ON reserved_names (zone_id, word)
    WHERE zone_id IS NOT NULL;

CREATE TABLE blocked_networks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    network BLOB NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    expires_s INTEGER NOT NULL
) STRICT;
CREATE INDEX blocked_networks_by_end ON blocked_networks (expires_s) WHERE expires_s > 0;
