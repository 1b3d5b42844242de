// SPDX-License-Identifier: GPL-3.0-or-later
/* proxy.h - the head that a relay puts before a connection: PROXY protocol, version 2. Pure.
 *
 * Only the binary form is read, and only from peers that the configuration names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

enum {
    /* Whole, with what a relay may add about TLS, hosts and checksums. */
    PROXY_HEAD_MAX = 4096
};

struct proxy_head {
    bool local;       /* the relay speaks for itself: the peer's own address counts */
    struct ip source; /* IP_NONE when `local` */
    size_t size;      /* bytes of the head; what follows is the connection's own */
};

/* Whether `bytes` begin with a whole head. ERR_NOT_FOUND: more bytes are needed. ERR_SYNTAX:
 * no further byte can mend it. Only streams over IPv4 and IPv6 pass. */
MUST_CHECK enum status proxy_head_parse(struct str bytes, struct proxy_head *out);
