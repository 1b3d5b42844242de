// SPDX-License-Identifier: GPL-3.0-or-later
/* A host that changes hands leaves behind what was its old owner's. */
#include "bed.h"

#include <string.h>

enum {
    LATER_S = 100
};

struct handed {
    struct bed bed;
    int64_t host_id, taker_id;
};

static struct host_row row_of(const struct handed *handed)
{
    struct host_row row;
    CHECK_INT(store_host_find(handed->bed.store, handed->host_id, &row, NULL), OK);
    return row;
}

static void set_address(struct handed *handed, const char *text)
{
    struct host_row row = row_of(handed);
    struct addresses addresses = { .v4.count = 0 };
    CHECK_INT(addresses_add(&addresses, bed_ip(text)), OK);
    CHECK_INT(admin_host_set(&handed->bed.admin, &row, &addresses, NULL), OK);
}

static void begin(struct handed *handed)
{
    bed_make(&handed->bed);
    bed_begin(&handed->bed);
    handed->host_id = bed_host(&handed->bed, "home.dyn.example.org");
    handed->taker_id = bed_account(&handed->bed, "taker@example.org", ROLE_USER);
}

static void hand_over(struct handed *handed)
{
    struct host_row row = row_of(handed);
    row.owner_id = handed->taker_id;
    handed->bed.admin.now_s += LATER_S;
    CHECK_INT(admin_host_set(&handed->bed.admin, &row, NULL, NULL), OK);
}

static void end(struct handed *handed)
{
    bed_commit(&handed->bed);
    bed_remove(&handed->bed);
}

TEST(what_the_old_owner_changed_is_not_taken_back)
{
    struct handed handed;
    begin(&handed);
    set_address(&handed, "10.0.0.1");
    set_address(&handed, "10.0.0.2");
    int64_t seq = row_of(&handed).last_change;
    hand_over(&handed);
    CHECK_INT(admin_host_undo(&handed.bed.admin, handed.host_id, 0, NULL), ERR_CONFLICT);
    CHECK_INT(admin_host_undo(&handed.bed.admin, handed.host_id, seq, NULL),
              ERR_CONFLICT);
    handed.bed.admin.now_s += LATER_S;
    set_address(&handed, "10.0.0.3");
    seq = row_of(&handed).last_change;
    CHECK_INT(admin_host_undo(&handed.bed.admin, handed.host_id, seq, NULL), OK);
    CHECK_TEXT(bed_addresses(handed.bed.store, handed.host_id), "10.0.0.2");
    end(&handed);
}

TEST(what_the_old_owner_expected_of_it_ends)
{
    struct handed handed;
    begin(&handed);
    struct host_row row = row_of(&handed);
    row.when_silent = SILENT_FALLBACK;
    row.fallback_v4 = bed_ip("192.0.2.80");
    row.quiet = row.permanent = true;
    row.liveness_s = 3600;
    row.kept_s = BED_NOW_S;
    CHECK_INT(admin_host_set(&handed.bed.admin, &row, NULL, NULL), OK);
    hand_over(&handed);
    row = row_of(&handed);
    CHECK_INT(row.owner_id, handed.taker_id);
    CHECK_INT(row.when_silent, SILENT_KEEP);
    CHECK_INT(row.fallback_v4.family, IP_NONE);
    CHECK(!row.quiet && !row.permanent);
    CHECK_INT(row.liveness_s, 0);
    CHECK_INT(row.kept_s, 0);
    CHECK_INT(row.owned_s, BED_NOW_S + LATER_S);
    CHECK_INT(row.state, HOST_ACTIVE);
    end(&handed);
}

TEST(a_silent_host_that_changes_hands_has_no_addresses_until_it_calls)
{
    static const struct {
        enum host_state before, after;
    } rows[] = { { HOST_FALLBACK, HOST_OFFLINE },
                 { HOST_WITHDRAWN, HOST_OFFLINE },
                 { HOST_DISABLED, HOST_DISABLED },
                 { HOST_ABUSE, HOST_ABUSE },
                 { HOST_OFFLINE, HOST_OFFLINE } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct handed handed;
        begin(&handed);
        struct host_row row = row_of(&handed);
        row.state = rows[i].before;
        row.when_silent = SILENT_FALLBACK;
        row.fallback_v4 = bed_ip("192.0.2.80");
        CHECK_INT(store_host_update(handed.bed.store, &row, NULL), OK);
        hand_over(&handed);
        CHECK_INT(row_of(&handed).state, rows[i].after);
        end(&handed);
    }
}
