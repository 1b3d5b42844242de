-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is expected of a host and what happens when it does not call, and how far those things are
-- that nobody uses any more. An update of addresses writes `heartbeat`: no index holds it.

ALTER TABLE hosts ADD COLUMN when_silent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN fallback_v4 BLOB;
ALTER TABLE hosts ADD COLUMN fallback_v6 BLOB;
ALTER TABLE hosts ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN permanent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN kept_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN heartbeat INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN silent_s INTEGER NOT NULL DEFAULT 0;

ALTER TABLE accounts ADD COLUMN used_s INTEGER NOT NULL DEFAULT 0;

-- Of which table the id is stands in `kind`.
CREATE TABLE stale (
    kind INTEGER NOT NULL,
    id INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time_s INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
