-- SPDX-License-Identifier: GPL-3.0-or-later
-- Passkeys (WebAuthn): public keys of authenticators, by which people log in.

CREATE TABLE passkeys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    credential BLOB NOT NULL UNIQUE,
    public_key BLOB NOT NULL,
    algorithm INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    aaguid BLOB NOT NULL,
    transports INTEGER NOT NULL,
    can_be_copied INTEGER NOT NULL,
    is_copied INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    used_s INTEGER NOT NULL
) STRICT;
CREATE INDEX passkeys_by_account ON passkeys (account_id);
