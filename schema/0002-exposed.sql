-- SPDX-License-Identifier: GPL-3.0-or-later
-- When a token was first seen in clear where that is not allowed, and quick ways to what has
-- run out, and to the records of one name.

ALTER TABLE tokens ADD COLUMN exposed_s INTEGER NOT NULL DEFAULT 0;
CREATE INDEX records_by_end ON records (expires_s) WHERE expires_s > 0;
CREATE INDEX records_by_owner ON records (zone_id, owner);
CREATE INDEX tombstones_by_end ON tombstones (until_s);
