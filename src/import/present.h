// SPDX-License-Identifier: GPL-3.0-or-later
/* present.h - what a zone has already, so that an import can be done again. */
#pragma once

#include "import/import.h"

/* A host's or record's key, and what it is. */
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

/* The hosts and records of the zone, asked of front, in the place of what the list held;
 * `missing`: there is no such zone. Texts live in the plan. ERR_IO. */
MUST_CHECK enum status present_load(const struct config *config, struct plan *plan,
                                    const struct name *zone, struct present_list *list,
                                    bool *missing, struct error *err);
void present_done(struct present_list *list);
/* NULL: it is not there. */
const struct present *present_find(const struct present_list *list, const char *key);

/* The value of a host: its addresses, in an order that does not depend on how they came. */
void present_put_addresses(struct buf *out, const struct json *list);
/* The key of a record, from its JSON. The key of a host is its name. */
void present_put_record(struct buf *out, const struct json *item);
