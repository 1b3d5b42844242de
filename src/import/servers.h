// SPDX-License-Identifier: GPL-3.0-or-later
/* servers.h - chooses the name servers of a new zone: those of its file, with addresses from the
 * command line where the file has none. If the file has no name servers, those of the command
 * line. */
#pragma once

#include "import/plan.h"

struct json;

/* One --ns NAME[=ADDRESS,...]. Texts are lent. */
struct given_server {
    struct name name;
    struct str addresses; /* as they are written; may be empty */
    bool used;
};

struct given_servers {
    struct given_server items[NAME_SERVERS_MAX];
    size_t count;
};

/* Reads the list of texts, which may be NULL. ERR_SYNTAX, ERR_LIMIT. */
MUST_CHECK enum status given_servers_read(const struct json *list,
                                          struct given_servers *out, struct error *err);
/* The member name_servers for the call that makes the zone; NULL: there are none. The caller frees
 * it. Notes which of the given servers the zone needs. */
struct json *given_servers_for(struct given_servers *given, const struct plan_zone *zone);
/* Makes a remark on each given server that no zone needed. */
void given_servers_remark_rest(const struct given_servers *given, struct plan *plan);
