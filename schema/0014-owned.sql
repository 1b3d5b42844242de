-- SPDX-License-Identifier: GPL-3.0-or-later
-- When a host changed hands last. What is older is not for its owner.

ALTER TABLE hosts ADD COLUMN owned_s INTEGER NOT NULL DEFAULT 0;
