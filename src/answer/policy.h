// SPDX-License-Identifier: GPL-3.0-or-later
/* policy.h - what the operator decides about answers. All zeros: no cookies, names or limits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/cookie.h"
#include "base/ip.h"
#include "dns/name.h"

enum {
    /* So small that a reply with it stays within the bound of `amplify`: a query that asks for it
     * is longer, too. */
    POLICY_NSID_SIZE = 64,
};

/* Everything in it is borrowed. */
struct answer_policy {
    const struct cookie_secrets *cookies; /* NULL: no cookies */
    struct str nsid;           /* our identity (RFC 5001, RFC 4892); empty: none */
    const struct name *whoami; /* names that have the client's address */
    size_t whoami_count;
    /* A reply over UDP has at most so many times the bytes of its query, or MESSAGE_UDP_PLAIN if
     * that is more. A reply to ANY and an error have at most half of the first. A client that has
     * proved its address is not limited. 0: no limit. */
    uint32_t amplify;
    /* Replies a second over UDP to one network for one name. Of those beyond it every second one is
     * truncated, and the others are dropped. A reply that is larger than `amplify` times its query
     * counts as several. 0: no limit. */
    uint32_t rate;
    const struct prefix *exempt; /* from `rate` */
    size_t exempt_count;
};
