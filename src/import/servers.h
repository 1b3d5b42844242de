// SPDX-License-Identifier: GPL-3.0-or-later
/* servers.h - the name servers of a zone that is made: those that its file names, with the
 * addresses that only the command line tells; or, where the file names none, the command line's
 * own. */
#pragma once

#include "import/plan.h"

struct json;

/* One --ns NAME[=ADDRESS,...]. Texts are lent. */
struct given_server {
    struct name name;
    struct str addresses; /* as they were written; may be empty */
    bool used;
};

struct given_servers {
    struct given_server items[NAME_SERVERS_MAX];
    size_t count;
};

/* Reads the list of texts; `list` may be NULL. ERR_SYNTAX, ERR_LIMIT. */
MUST_CHECK enum status given_servers_read(const struct json *list,
                                          struct given_servers *out, struct error *err);
/* The member name_servers of a call that makes the zone; NULL: nobody named any. Notes which
 * given ones it needed. */
struct json *given_servers_for(struct given_servers *given, const struct plan_zone *zone);
/* Tells of each given one that no zone needed. */
void given_servers_remark_rest(const struct given_servers *given, struct plan *plan);
