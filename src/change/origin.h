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
};
