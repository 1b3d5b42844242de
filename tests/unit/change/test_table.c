// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "change/table.h"

enum {
    IDS = 20000,
    STEPS = 40000
};

struct item {
    struct table_row head;
    uint32_t value;
};

static struct digest key_of(uint64_t number)
{
    static const uint8_t key[DIGEST_KEY_SIZE];
    return digest_keyed(key, str_bytes(&number, sizeof(number)));
}

/* What the table should hold: the number of the key, 0 for none, and the value. */
static uint64_t keys[IDS + 1];
static uint32_t values[IDS + 1];

/* Of some row or of none: it must make no difference to what is found. */
static void prefetch_any(struct table *table)
{
    const struct digest key = key_of(keys[1 + random_below(IDS)]);
    table_prefetch_bucket(table, &key);
    table_prefetch_row(table, &key);
}

static void check_one(struct table *table, int64_t id)
{
    if (random_below(2))
        prefetch_any(table);
    const struct item *item = (const struct item *)table_find_id(table, id);
    CHECK((item != NULL) == (keys[id] != 0));
    if (!item)
        return;
    const struct digest key = key_of(keys[id]);
    CHECK_INT(item->value, values[id]);
    CHECK_INT(item->head.id, id);
    CHECK(table_find_key(table, &key) == item);
}

static void run_model(size_t expected)
{
    CLEANUP(table_freep) struct table *table = table_new(sizeof(struct item), true);
    table_reserve(table, expected);
    uint64_t fresh = 0;
    size_t count = 0;
    memset(keys, 0, sizeof(keys));
    for (uint32_t step = 1; step <= STEPS; step++) {
        int64_t id = 1 + (int64_t)random_below(IDS);
        if (random_below(4) == 0) {
            const struct digest key = key_of(keys[id]);
            table_remove(table, id);
            CHECK(table_find_key(table, &key) == NULL);
            count -= keys[id] != 0;
            keys[id] = 0;
        } else {
            count += keys[id] == 0;
            bool anew = keys[id] == 0 || random_below(2);
            uint32_t before = keys[id] ? values[id] : 0;
            const struct digest old = key_of(keys[id]);
            keys[id] = anew ? ++fresh : keys[id];
            const struct digest key = key_of(keys[id]);
            struct item *item = (struct item *)table_put(table, id, &key);
            CHECK_INT(item->value, before); /* zeros when new, else as it was */
            CHECK(!anew || table_find_key(table, &old) == NULL);
            item->value = step;
            values[id] = step;
        }
        check_one(table, id);
        CHECK_INT(table_count(table), count);
    }
    for (int64_t id = 1; id <= IDS; id++)
        check_one(table, id);
    table_reserve(table, 10 * expected); /* too late: nothing is lost */
    for (int64_t id = 1; id <= IDS; id++)
        check_one(table, id);
}

TEST(a_table_holds_what_was_put_through_growth_removal_and_new_keys)
{
    static const size_t expected[] = { 0, 1, 1024, 1025, 5000, 8192, IDS };
    for (size_t i = 0; i < LENGTH_OF(expected); i++)
        run_model(expected[i]);
}

TEST(rows_stay_where_they_are_while_the_table_grows)
{
    CLEANUP(table_freep) struct table *table = table_new(sizeof(struct item), true);
    const struct digest first = key_of(1);
    struct item *item = (struct item *)table_put(table, 1, &first);
    for (uint64_t i = 2; i <= IDS; i++) {
        const struct digest key = key_of(i);
        CHECK(table_put(table, (int64_t)i, &key) != NULL);
    }
    CHECK(table_find_id(table, 1) == item);
    CHECK(table_find_key(table, &first) == item);
}

TEST(a_row_that_was_asked_for_last_is_gone_once_it_is_removed)
{
    CLEANUP(table_freep) struct table *table = table_new(sizeof(struct item), true);
    const struct digest first = key_of(1), second = key_of(2);
    CHECK(table_put(table, 1, &first) != NULL);
    CHECK(table_find_key(table, &first) == table_find_id(table, 1));
    table_remove(table, 1);
    CHECK(table_find_id(table, 1) == NULL);
    CHECK(table_find_id(table, 0) == NULL); /* as whose the free row stands */
    const struct item *other = (const struct item *)table_put(table, 2, &second);
    CHECK(table_find_id(table, 1) == NULL);
    CHECK(table_find_id(table, 2) == other);
}

TEST(a_table_without_keys_finds_by_id_alone)
{
    CLEANUP(table_freep) struct table *table = table_new(sizeof(struct item), false);
    ((struct item *)table_put(table, 7, NULL))->value = 3;
    CHECK_INT(((struct item *)table_put(table, 7, NULL))->value, 3);
    CHECK_INT(table_count(table), 1);
    table_remove(table, 7);
    table_remove(table, 7);
    CHECK(table_find_id(table, 7) == NULL);
    CHECK_INT(((struct item *)table_put(table, 7, NULL))->value, 0);
}

TEST(rows_are_walked_over_in_the_order_of_their_ids)
{
    static const int64_t ids[] = { 70000, 3, 1024, 5000000, 1023 };
    static const int64_t order[] = { 3, 1023, 70000, 5000000 };
    CLEANUP(table_freep) struct table *table = table_new(sizeof(struct table_row), false);
    CHECK(table_find_next(table, 0) == NULL);
    for (size_t i = 0; i < LENGTH_OF(ids); i++)
        CHECK(table_put(table, ids[i], NULL) != NULL);
    table_remove(table, 1024);
    int64_t after = 0;
    for (size_t i = 0; i < LENGTH_OF(order); i++) {
        const struct table_row *row =
            (const struct table_row *)table_find_next(table, after);
        CHECK(row && row->id == order[i]);
        after = order[i];
    }
    CHECK(table_find_next(table, after) == NULL);
    CHECK(table_find_next(table, UINT32_MAX) == NULL);
}

TEST(ids_far_apart_are_fine_and_ids_past_32_bits_are_refused)
{
    static const int64_t ids[] = { 1, 1023, 1024, 5000000, 300000000 };
    static const int64_t bad[] = { 0, -1, (int64_t)UINT32_MAX + 1, INT64_MAX };
    CLEANUP(table_freep) struct table *table = table_new(sizeof(struct item), false);
    for (size_t i = 0; i < LENGTH_OF(ids); i++)
        CHECK(table_put(table, ids[i], NULL) != NULL);
    for (size_t i = 0; i < LENGTH_OF(ids); i++)
        CHECK(table_find_id(table, ids[i]) != NULL);
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        CHECK(table_put(table, bad[i], NULL) == NULL);
        CHECK(table_find_id(table, bad[i]) == NULL);
        table_remove(table, bad[i]);
    }
    for (size_t i = 0; i < LENGTH_OF(ids); i++)
        table_remove(table, ids[i]);
    CHECK_INT(table_count(table), 0);
    table_free(NULL);
}
