-- SPDX-License-Identifier: GPL-3.0-or-later
-- When a host changed hands last: what is older is not for its owner. And how many mails of a day are
-- about the same.

ALTER TABLE hosts ADD COLUMN owned_s INTEGER NOT NULL DEFAULT 0;

CREATE INDEX mails_by_about ON mails (about) WHERE about <> '';
