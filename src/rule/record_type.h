// SPDX-License-Identifier: GPL-3.0-or-later
/* record_type.h - decides which types of further records a zone may have. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    RECORD_RDATA_MAX = 1024 /* bytes of data of such a record */
};

bool record_type_is_allowed(uint16_t type);
