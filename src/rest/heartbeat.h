// SPDX-License-Identifier: GPL-3.0-or-later
/* heartbeat.h - the members of a host that are about its calls, and lists of hosts by them. */
#pragma once

#include "rest/list.h"

extern const struct shape rest_heartbeat_shape;

/* The members heartbeat, fallback and notify. */
void rest_heartbeat_put(const struct rest_call *call, const struct host_row *row,
                        struct json *object);
/* The members fallback, notify and keep. */
MUST_CHECK enum status rest_heartbeat_read(const struct rest_call *call,
                                           struct host_row *row, struct error *err);

/* The state that the query asks for, as an enum heartbeat_state; -1: none. ERR_SYNTAX. */
MUST_CHECK enum status rest_heartbeat_wanted(const struct rest_call *call, int *out,
                                             struct error *err);
/* Appends the hosts in that state to the list. */
struct rest_heartbeat_walk {
    struct rest_list *list;
    int64_t zone_id; /* 0: any */
    int wanted;
    enum status (*append)(void *list, const struct host_row *row);
};
MUST_CHECK enum status rest_heartbeat_list(const struct rest_heartbeat_walk *walk,
                                           struct error *err);
