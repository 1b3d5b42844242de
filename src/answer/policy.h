// SPDX-License-Identifier: GPL-3.0-or-later
/* policy.h - what the operator decides about answers. All zeros: nothing of it is done. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/cookie.h"
#include "base/ip.h"
#include "dns/name.h"

enum {
    /* What a query that asks for it has more than others; so that a reply with it stays within
     * the bound of `amplify`. */
    POLICY_NSID_SIZE = 64,
};

/* All of it is borrowed. */
struct answer_policy {
    const struct cookie_secrets *cookies; /* NULL: no cookies */
    struct str nsid;           /* who we are (RFC 5001, RFC 4892); empty: not told */
    const struct name *whoami; /* names that stand for who asks */
    size_t whoami_count;
    /* A reply over UDP has at most so many times the bytes of its query or MESSAGE_UDP_PLAIN
     * bytes, whichever is more, and half of the first for ANY and for errors, unless the client
     * is known to be where he says. 0: any. */
    uint32_t amplify;
    /* Replies a second over UDP to one network for one name; more are dropped, every second one
     * but cut. One that is larger than `amplify` times its query counts as several. 0: any. */
    uint32_t rate;
    const struct prefix *exempt; /* from `rate` */
    size_t exempt_count;
};
