// SPDX-License-Identifier: GPL-3.0-or-later
/* Who did what stands in the journal; changes of addresses are taken back; accounts end. */
#include "bed.h"

#include <string.h>

static struct change_row newest(const struct bed *bed)
{
    struct change_row row;
    int64_t seq = 0;
    CHECK_INT(store_newest_seq(bed->store, &seq, NULL), OK);
    CHECK_INT(store_change_find(bed->store, seq, &row, NULL), OK);
    return row;
}

static void set_addresses(struct bed *bed, int64_t host_id, const char *v4)
{
    struct host_row row;
    struct addresses addresses = { .v4.count = 0 };
    CHECK_INT(store_host_find(bed->store, host_id, &row, NULL), OK);
    if (v4)
        CHECK_INT(addresses_add(&addresses, bed_ip(v4)), OK);
    CHECK_INT(admin_host_set(&bed->admin, &row, &addresses, NULL), OK);
}

TEST(the_journal_names_who_acts_and_whose_it_is)
{
    static const struct {
        struct actor actor;
        struct change_origin origin;
        enum change_via via;
        int64_t account_id, token_id;
    } rows[] = {
        { .actor = { .kind = ACTOR_MACHINE }, .via = VIA_MACHINE },
        { .actor = { .kind = ACTOR_SESSION, .account_id = 7 },
          .via = VIA_SESSION,
          .account_id = 7 },
        { .actor = { .kind = ACTOR_TOKEN, .account_id = 7, .token_id = 9 },
          .via = VIA_TOKEN,
          .account_id = 7,
          .token_id = 9 },
        { .actor = { .kind = ACTOR_NONE }, .via = VIA_SERVICE },
        { .actor = { .kind = ACTOR_MACHINE },
          .origin = { .via = VIA_LINK, .account_id = 8 },
          .via = VIA_LINK,
          .account_id = 8 },
    };
    struct bed bed;
    bed_make(&bed);
    bed_begin(&bed);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        bed.admin.actor = rows[i].actor;
        bed.admin.origin = &rows[i].origin;
        CHECK_INT(admin_note_act(&bed.admin, bed.owner_id, "login", NULL), OK);
        struct change_row row = newest(&bed);
        CHECK_INT(row.kind, CHANGE_ACT);
        CHECK_INT(row.via, rows[i].via);
        CHECK_INT(row.account_id, rows[i].account_id);
        CHECK_INT(row.token_id, rows[i].token_id);
        CHECK_INT(row.owner_id, bed.owner_id);
        CHECK_STR(str_bytes(row.after, row.after_n), "login");
    }
    bed_commit(&bed);
    bed_remove(&bed);
}

TEST(a_change_of_an_account_says_what_was_set_and_no_secret)
{
    struct bed bed;
    struct account_row row;
    bed_make(&bed);
    bed_begin(&bed);
    CHECK_INT(store_account_find(bed.store, bed.owner_id, &row, NULL), OK);
    row.role = ROLE_OPERATOR;
    row.hosts_max = 3;
    strcpy(row.password_hash, "$argon2id$secret");
    strcpy(row.email, "other@example.org");
    CHECK_INT(admin_account_set(&bed.admin, &row, NULL), OK);
    struct change_row change = newest(&bed);
    CHECK_STR(str_bytes(change.before, change.before_n),
              "role=operator hosts_max=3 password email");
    row.state = ACCOUNT_ENDING;
    CHECK_INT(admin_account_set(&bed.admin, &row, NULL), ERR_SYNTAX);
    bed_commit(&bed);
    bed_remove(&bed);
}

TEST(addresses_are_taken_back_to_those_before_a_change)
{
    struct bed bed;
    struct error err;
    bed_make(&bed);
    bed_begin(&bed);
    int64_t id = bed_host(&bed, "home.dyn.example.org");
    int64_t other = bed_host(&bed, "other.dyn.example.org");
    CHECK_INT(admin_host_undo(&bed.admin, id, 0, &err), ERR_CONFLICT);
    set_addresses(&bed, id, "10.0.0.1");
    set_addresses(&bed, id, "10.0.0.2");
    int64_t seq = newest(&bed).seq;
    set_addresses(&bed, id, "10.0.0.2"); /* settings alone */
    int64_t settings = newest(&bed).seq;
    CHECK_INT(admin_host_undo(&bed.admin, id, 0, &err), OK);
    CHECK_TEXT(bed_addresses(bed.store, id), "10.0.0.1");
    CHECK_INT(newest(&bed).undoes, seq);
    /* Once more takes that back. */
    CHECK_INT(admin_host_undo(&bed.admin, id, 0, &err), OK);
    CHECK_TEXT(bed_addresses(bed.store, id), "10.0.0.2");
    CHECK_INT(admin_host_undo(&bed.admin, id, seq, &err), OK);
    CHECK_INT(admin_host_undo(&bed.admin, id, seq, &err), ERR_CONFLICT);
    CHECK_INT(admin_host_undo(&bed.admin, id, settings, &err), ERR_CONFLICT);
    CHECK_INT(admin_host_undo(&bed.admin, other, seq, &err), ERR_CONFLICT);
    CHECK_INT(admin_host_undo(&bed.admin, id, 999, &err), ERR_CONFLICT);
    set_addresses(&bed, id, NULL);
    CHECK_INT(admin_host_undo(&bed.admin, id, 0, &err), OK);
    CHECK_TEXT(bed_addresses(bed.store, id), "10.0.0.1");
    bed_commit(&bed);
    bed_remove(&bed);
}

TEST(an_owner_takes_back_what_took_its_host_offline)
{
    struct bed bed;
    struct host_row row;
    bed_make(&bed);
    bed_begin(&bed);
    int64_t owner_id = bed_account(&bed, "owns-no-zone@example.org", ROLE_USER);
    struct host_row made = bed_host_row(&bed, "home.dyn.example.org");
    made.owner_id = owner_id;
    CHECK_INT(admin_host_add(&bed.admin, &made, NULL), OK);
    set_addresses(&bed, made.id, "10.0.0.1");
    set_addresses(&bed, made.id, NULL);
    CHECK_INT(store_host_find(bed.store, made.id, &row, NULL), OK);
    row.state = HOST_OFFLINE;
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), OK);
    bed.admin.actor = (struct actor){ .kind = ACTOR_SESSION, .account_id = owner_id };
    CHECK_INT(admin_host_undo(&bed.admin, made.id, 0, NULL), OK);
    CHECK_INT(store_host_find(bed.store, made.id, &row, NULL), OK);
    CHECK_INT(row.state, HOST_ACTIVE);
    bed_commit(&bed);
    bed_remove(&bed);
}

static size_t end_all(struct bed *bed, enum admin_ending want)
{
    enum admin_ending got = ENDING_MORE;
    size_t pieces = 0;
    for (; got == ENDING_MORE; pieces++) {
        bed_begin(bed);
        CHECK_INT(admin_ending_go_on(&bed->admin, &got, NULL), OK);
        bed_commit(bed);
    }
    CHECK_INT(got, want);
    return pieces;
}

static int64_t count_of(struct bed *bed, int64_t account_id)
{
    struct store_holdings holdings;
    CHECK_INT(store_account_holdings(bed->store, account_id, &holdings, NULL), OK);
    return holdings.hosts + holdings.zones + holdings.tokens;
}

TEST(an_account_ends_piece_by_piece_with_all_that_it_owns)
{
    struct bed bed;
    struct account_row row;
    bed_make(&bed);
    bed_begin(&bed);
    for (int i = 0; i < 70; i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "h%d.dyn.example.org", i);
        int64_t id = bed_host(&bed, name);
        (void)bed_token(&bed, bed.owner_id, (uint8_t)i, &id, 1);
    }
    bed.admin.actor = (struct actor){ .kind = ACTOR_SESSION, .account_id = bed.owner_id };
    CHECK_INT(admin_ending_begin(&bed.admin, bed.owner_id, NULL), OK);
    CHECK_INT(admin_ending_begin(&bed.admin, bed.owner_id, NULL), ERR_CONFLICT);
    CHECK_INT(store_account_find(bed.store, bed.owner_id, &row, NULL), OK);
    CHECK_INT(row.state, ACCOUNT_ENDING);
    row.state = ACCOUNT_ACTIVE;
    CHECK_INT(admin_account_set(&bed.admin, &row, NULL), ERR_CONFLICT);
    bed.admin.actor = actor_at_machine();
    struct host_row more = bed_host_row(&bed, "more.dyn.example.org");
    CHECK_INT(admin_host_add(&bed.admin, &more, NULL), ERR_CONFLICT);
    bed_commit(&bed);
    bed.admin.actor = (struct actor){ .kind = ACTOR_NONE };
    /* 3 for hosts, 1 for tokens, 1 for the zone, 1 for the account, and a look. */
    CHECK_INT(end_all(&bed, ENDING_DONE), 7);
    CHECK_INT(count_of(&bed, bed.owner_id), 0);
    CHECK_INT(store_account_find(bed.store, bed.owner_id, &row, NULL), ERR_NOT_FOUND);
    struct change_row last = newest(&bed);
    CHECK_INT(last.via, VIA_SESSION);
    CHECK_INT(last.account_id, bed.owner_id);
    bed_remove(&bed);
}

TEST(an_account_that_ends_leaves_the_zones_of_others_alone)
{
    struct bed bed;
    struct zone_row zone;
    bed_make(&bed);
    bed_begin(&bed);
    int64_t other = bed_account(&bed, "other@example.org", ROLE_USER);
    CHECK_INT(store_zone_find(bed.store, bed.zone_id, &zone, NULL), OK);
    zone.policy = ZONE_INVITED;
    CHECK_INT(admin_zone_set(&bed.admin, &zone, NULL, 0, NULL), OK);
    struct member_row member = { .zone_id = bed.zone_id,
                                 .account_id = other,
                                 .role = MEMBER_MANAGER };
    CHECK_INT(admin_member_add(&bed.admin, &member, NULL), OK);
    int64_t id = bed_host(&bed, "home.dyn.example.org");
    CHECK_INT(admin_ending_begin(&bed.admin, other, NULL), OK);
    bed_commit(&bed);
    (void)end_all(&bed, ENDING_DONE);
    struct host_row host;
    CHECK_INT(store_host_find(bed.store, id, &host, NULL), OK);
    CHECK_INT(store_zone_find(bed.store, bed.zone_id, &zone, NULL), OK);
    CHECK_INT(zone.policy, ZONE_INVITED);
    CHECK_INT(store_member_find(bed.store, member.id, &member, NULL), ERR_NOT_FOUND);
    bed_remove(&bed);
}

TEST(what_was_asked_by_mail_ends_with_the_account)
{
    struct bed bed;
    struct address_change_row row = { .email = "other@example.org",
                                      .old_digest = { { 1 } },
                                      .new_digest = { { 2 } },
                                      .expires_s = BED_NOW_S + 60 };
    bed_make(&bed);
    bed_begin(&bed);
    row.account_id = bed_account(&bed, "leaving@example.org", ROLE_USER);
    CHECK_INT(store_address_change_put(bed.store, &row, NULL), OK);
    CHECK_INT(admin_ending_begin(&bed.admin, row.account_id, NULL), OK);
    CHECK_INT(store_address_change_find(bed.store, row.account_id, &row, NULL),
              ERR_NOT_FOUND);
    bed_commit(&bed);
    bed_remove(&bed);
}

TEST(a_warning_goes_with_the_thing_that_it_is_about)
{
    struct bed bed;
    bed_make(&bed);
    bed_begin(&bed);
    const int64_t ids[] = {
        [STALE_HOST] = bed_host(&bed, "home.dyn.example.org"),
        [STALE_ACCOUNT] = bed_account(&bed, "other@example.org", ROLE_USER),
        [STALE_ZONE] = bed_zone(&bed, "sub.dyn.example.org"),
    };
    for (size_t i = 0; i < LENGTH_OF(ids); i++) {
        const struct stale_row row = { (enum stale_kind)i, ids[i], 2, BED_NOW_S };
        CHECK_INT(store_stale_put(bed.store, &row, NULL), OK);
    }
    CHECK_INT(admin_host_remove(&bed.admin, ids[STALE_HOST], NULL), OK);
    CHECK_INT(admin_account_remove(&bed.admin, ids[STALE_ACCOUNT], NULL), OK);
    CHECK_INT(admin_zone_remove(&bed.admin, ids[STALE_ZONE], NULL), OK);
    for (size_t i = 0; i < LENGTH_OF(ids); i++) {
        struct stale_row row;
        CHECK_INT(store_stale_find(bed.store, (enum stale_kind)i, ids[i], &row, NULL),
                  OK);
        CHECK_INT(row.step, 0);
    }
    bed_commit(&bed);
    bed_remove(&bed);
}

TEST(an_account_whose_zone_others_need_does_not_end)
{
    struct bed bed;
    struct error err;
    bed_make(&bed);
    bed_begin(&bed);
    int64_t other = bed_account(&bed, "other@example.org", ROLE_OPERATOR);
    CHECK_INT(admin_ending_begin(&bed.admin, other, &err), ERR_CONFLICT);
    CHECK(strstr(err.text, "last operator"));
    struct host_row host = bed_host_row(&bed, "home.dyn.example.org");
    host.owner_id = other;
    CHECK_INT(admin_host_add(&bed.admin, &host, NULL), OK);
    CHECK_INT(admin_ending_begin(&bed.admin, bed.owner_id, &err), ERR_CONFLICT);
    CHECK(strstr(err.text, "dyn.example.org"));
    CHECK_INT(admin_host_remove(&bed.admin, host.id, NULL), OK);
    /* A host that comes between: the zone stays, and it is tried again. */
    CHECK_INT(admin_ending_begin(&bed.admin, bed.owner_id, &err), OK);
    CHECK_INT(admin_host_add(&bed.admin, &host, NULL), OK);
    bed_commit(&bed);
    (void)end_all(&bed, ENDING_STUCK);
    CHECK_INT(count_of(&bed, bed.owner_id), 1);
    bed_begin(&bed);
    CHECK_INT(admin_host_remove(&bed.admin, host.id, NULL), OK);
    bed_commit(&bed);
    (void)end_all(&bed, ENDING_DONE);
    bed_remove(&bed);
}
