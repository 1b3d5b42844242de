#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# For acme.sh: --dns dns_rove. acme.sh reads this file and calls the two functions. What comes from
# acme.sh here are _readdomainconf, _savedomainconf, _err and LE_WORKING_DIR.

# shellcheck disable=SC2034 # acme.sh shows it
dns_rove_info='Rove, a dynamic DNS service of your own
Options:
 ROVE_URL The service, as https://ddns.example.org
 ROVE_TOKEN The token of the host, with the right txt
'

# Usage: dns_rove_add _acme-challenge.home.dyn.example.org VALUE
dns_rove_add() {
    _rove_txt add "$1" "$2"
}

# Usage: dns_rove_rm _acme-challenge.home.dyn.example.org VALUE
dns_rove_rm() {
    _rove_txt remove "$1" "$2"
}

# What the environment says is kept for renewals. Without it, the file of rove-txt counts.
_rove_setting() { # NAME VALUE
    if [ "$2" ]; then
        _savedomainconf "$1" "$2" >&2
        printf '%s\n' "$2"
    else
        _readdomainconf "$1"
    fi
}

_rove_txt() { # add|remove NAME VALUE
    _rove_url=$(_rove_setting ROVE_URL "$ROVE_URL")
    _rove_token=$(_rove_setting ROVE_TOKEN "$ROVE_TOKEN")
    for _rove_program in "$LE_WORKING_DIR/dnsapi/rove-txt" "$LE_WORKING_DIR/rove-txt"; do
        if [ -x "$_rove_program" ]; then
            ROVE_URL="$_rove_url" ROVE_TOKEN="$_rove_token" "$_rove_program" "$@"
            return
        fi
    done
    _err "rove-txt is missing: put it beside dns_rove.sh"
    return 1
}
