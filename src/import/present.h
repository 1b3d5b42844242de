// SPDX-License-Identifier: GPL-3.0-or-later
/* present.h - what a zone has already. So an import can be repeated. */
#pragma once

#include "import/import.h"

/* The key of a host or record, and its value. */
struct present {
    const char *key, *value;
};

struct present_list {
    struct present *items;
    size_t count, room;
};

enum {
    PRESENT_KEY_SIZE = PLAN_DATA_TEXT_SIZE + NAME_TEXT_SIZE + 32,
    PRESENT_VALUE_SIZE = 2 * ADDRESSES_MAX * (IP_TEXT_SIZE + 1)
};

/* Asks front for the hosts and records of the zone, which replace what the list held. *missing:
 * there is no such zone. Texts live as long as the plan. ERR_IO. */
MUST_CHECK enum status present_load(const struct config *config, struct plan *plan,
                                    const struct name *zone, struct present_list *list,
                                    bool *missing, struct error *err);
void present_done(struct present_list *list);
/* The item with this key, lent; NULL: there is none. */
const struct present *present_find(const struct present_list *list, const char *key);

/* Writes the value of a host: its addresses in sorted order. */
void present_put_addresses(struct buf *out, const struct json *list);
/* Writes the key of a record from its JSON. (The key of a host is its name.) */
void present_put_record(struct buf *out, const struct json *item);
