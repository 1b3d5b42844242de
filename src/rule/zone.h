// SPDX-License-Identifier: GPL-3.0-or-later
/* zone.h - bounds and defaults of the values of a zone. */
#pragma once

enum {
    TTL_MIN_S = 1,
    TTL_MAX_S = 86400,
    NAME_SERVERS_MAX = 13 /* of a zone: so many fit into a referral without EDNS */
};

/* The values of a new zone. */
enum {
    SOA_REFRESH_S = 3600,
    SOA_RETRY_S = 600,
    SOA_EXPIRE_S = 604800,
    SOA_TTL_S = 60,
    NS_TTL_S = 3600,
    DEFAULT_TTL_S = 60
};
