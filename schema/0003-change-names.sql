-- SPDX-License-Identifier: GPL-3.0-or-later
-- The name that a change is about, where no other row tells it afterwards: publishing goes by
-- the journal alone.

ALTER TABLE changes ADD COLUMN name BLOB NOT NULL DEFAULT x'';
