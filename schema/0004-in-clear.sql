-- SPDX-License-Identifier: GPL-3.0-or-later
-- The day on which a host last sent its token in clear. It is written with an address, so no index
-- holds it.

ALTER TABLE hosts ADD COLUMN in_clear_s INTEGER NOT NULL DEFAULT 0;
