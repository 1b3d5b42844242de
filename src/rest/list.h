// SPDX-License-Identifier: GPL-3.0-or-later
/* list.h - one page of a list, as large as one message takes. */
#pragma once

#include "rest/call.h"

enum {
    REST_PAGE = 64,
    REST_PAGE_MAX = 64,
    /* Text of a list's items, or of a batch's results: with what is around them it fits one
     * message. One item more than that fits, too: an item is at most some 25 kB. */
    REST_BYTES_MAX = 96 * 1024,
    /* Rows that a page of a list with a filter looks at: some 5 ms of the loop's time. */
    REST_WALK_MAX = 2000
};

/* One page of a list. Its result is {"items": [...], "next": id or null}. With a filter it may
 * have few items, or none, and yet a next one. */
struct rest_list {
    const struct rest_call *call;
    struct store_page page; /* as the query asks for it, and of what the actor owns */
    struct json *items;
    int64_t last;  /* id of the last row that was put or passed over */
    size_t walked; /* such rows */
    size_t bytes;
    bool full; /* there was no room for one */
    struct error *err;
};

/* ERR_SYNTAX, ERR_LIMIT: after or limit are not what they should be. */
MUST_CHECK enum status rest_list_begin(const struct rest_call *call,
                                       struct rest_list *list, struct error *err);
/* The same for a list that may be of one zone: *zone_id becomes its id, or 0 for all. Who looks after
 * the zone gets what is anybody's there. Also what rest_find_zone() gives. */
MUST_CHECK enum status rest_list_begin_in_zone(const struct rest_call *call,
                                               struct rest_list *list, int64_t *zone_id,
                                               struct error *err);
/* Passes over a row that the filter leaves out. The walk is of REST_WALK_MAX rows. */
void rest_list_pass(struct rest_list *list, int64_t id);
/* Takes `item`. ERR_LIMIT: the page is full without it, and the walk is to end. */
MUST_CHECK enum status rest_list_put(struct rest_list *list, int64_t id,
                                     struct json *item);
/* Puts the page into the call's result; `status` is how the walk ended. */
MUST_CHECK enum status rest_list_end(struct rest_call *call, struct rest_list *list,
                                     enum status status);
