// SPDX-License-Identifier: GPL-3.0-or-later
/* origin.h - where a change comes from; kept in the journal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "store/rows.h"

struct change_origin {
    struct ip source;
    char agent[AGENT_SIZE];
    int64_t token_id;
    uint8_t dialect;
    bool encrypted;
    /* Who acts, where the actor of the change does not tell: a person who logs in is none yet, and
     * what began with somebody is finished by the service. VIA_UPDATE: the actor tells. */
    enum change_via via;
    int64_t account_id;
};
