// SPDX-License-Identifier: GPL-3.0-or-later
/* proxy.h - reads the head that a relay puts before a connection: PROXY protocol. Pure.
 *
 * It reads version 2, the binary form, and version 1, the line of text, which is all that nginx
 * sends. The caller accepts it only from peers that the configuration names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

enum {
    /* The whole head, with what a relay may add about TLS, hosts and checksums. */
    PROXY_HEAD_MAX = 4096
};

struct proxy_head {
    bool local;       /* the connection is the relay's own: the peer's address counts */
    struct ip source; /* IP_NONE when `local` */
    size_t size;      /* bytes of the head; the connection's own bytes follow */
};

/* Reads the head at the front of `bytes`. Only streams over IPv4 and IPv6 are accepted.
 * ERR_NOT_FOUND: more bytes are needed. ERR_SYNTAX: further bytes cannot make it right. */
MUST_CHECK enum status proxy_head_parse(struct str bytes, struct proxy_head *out);
