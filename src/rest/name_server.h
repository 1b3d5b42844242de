// SPDX-License-Identifier: GPL-3.0-or-later
/* name_server.h - the name servers of a zone: as they are given, and as rows of `records`.
 *
 * One outside the zone is given as NAME. One inside is given as NAME=ADDRESS,ADDRESS; its
 * addresses (glue) become A and AAAA rows of the zone. */
#pragma once

#include "rule/zone.h"
#include "store/tables.h"

struct json;

enum {
    GLUE_MAX = 8 /* addresses of one name server */
};

struct name_server {
    struct name name;
    struct ip addresses[GLUE_MAX];
    size_t count;
};

struct name_servers {
    struct name_server items[NAME_SERVERS_MAX];
    size_t count;
    /* Rows of the addresses; when loaded. */
    int64_t glue_ids[NAME_SERVERS_MAX * GLUE_MAX];
    size_t glue_count;
};

/* The member name_servers of `body`; without it the count is 0. Also checks that those inside
 * `zone` have addresses and the others none. */
MUST_CHECK enum status name_servers_read(const struct json *body, const struct name *zone,
                                         struct name_servers *out, struct error *err);
/* Reads those of the zone from its rows. */
MUST_CHECK enum status name_servers_load(struct store *store, const struct zone_row *zone,
                                         struct name_servers *out, struct error *err);
/* Puts the addresses into the zone's rows, or takes out those that were loaded. The NS rows
 * are written by admin_zone_add() and admin_zone_set(). */
MUST_CHECK enum status name_servers_put_glue(struct store *store,
                                             const struct zone_row *zone,
                                             const struct name_servers *servers,
                                             struct error *err);
MUST_CHECK enum status name_servers_remove_glue(struct store *store,
                                                const struct zone_row *zone,
                                                struct error *err);
