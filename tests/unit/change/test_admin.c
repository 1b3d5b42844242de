// SPDX-License-Identifier: GPL-3.0-or-later
#include "bed.h"

#include <string.h>

#include "base/fault.h"

enum {
    DAY_S = 86400
};

/* The word of the newest row of the journal about this thing. */
static const char *newest_word(const struct bed *bed, enum change_kind kind, int64_t id)
{
    static char word[200];
    struct change_row row;
    int64_t seq = 0;
    CHECK(store_newest_seq(bed->store, &seq, NULL) == OK);
    CHECK(store_change_find(bed->store, seq, &row, NULL) == OK);
    CHECK_INT(row.kind, kind);
    CHECK_INT(row.id, id);
    CHECK_INT(row.time_s, bed->admin.now_s);
    CHECK_INT(row.token_id, bed->admin.origin ? bed->admin.origin->token_id : 0);
    memcpy(word, row.after, row.after_n);
    word[row.after_n] = 0;
    return word;
}

static void open_bed(struct bed *bed)
{
    bed_make(bed);
    bed_begin(bed);
}

static void close_bed(struct bed *bed)
{
    store_rollback(bed->store);
    bed_remove(bed);
}

/* ----- accounts ----- */

static void set_email(struct account_row *row, const char *email)
{
    memset(row->email, 0, sizeof(row->email));
    memcpy(row->email, email, strlen(email));
}

TEST(an_account_needs_an_address_a_language_and_a_sane_quota)
{
    static const struct {
        const char *email, *language;
        int32_t hosts_max;
        enum status want;
    } rows[] = {
        { "a@b", "en", 0, OK },
        { "first.last+tag@mail.example.org", "pt-BR", 5, OK },
        { "m\xc3\xbcller@example.org", "", 0, OK },
        { "", "en", 0, ERR_SYNTAX },
        { "nobody", "en", 0, ERR_SYNTAX },
        { "@example.org", "en", 0, ERR_SYNTAX },
        { "nobody@", "en", 0, ERR_SYNTAX },
        { "a@b@example.org", "en", 0, ERR_SYNTAX },
        { "a b@example.org", "en", 0, ERR_SYNTAX },
        { "a\r\nBcc:b@example.org", "en", 0, ERR_SYNTAX },
        { "a\x7f@example.org", "en", 0, ERR_SYNTAX },
        { "owner@example.org", "en", 0, ERR_EXISTS },
        { "OWNER@example.org", "en", 0, ERR_EXISTS },
        { "c@example.org", "e1", 0, ERR_SYNTAX },
        { "c@example.org", "en", -1, ERR_LIMIT },
    };
    struct bed bed;
    open_bed(&bed);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct account_row row = { .hosts_max = rows[i].hosts_max };
        struct error err = { "" };
        set_email(&row, rows[i].email);
        memcpy(row.language, rows[i].language, strlen(rows[i].language));
        CHECK_INT(admin_account_add(&bed.admin, &row, &err), rows[i].want);
        CHECK((rows[i].want == OK) == (err.text[0] == 0));
    }
    struct account_row row = { .id = 0 };
    memset(row.email, 'a', sizeof(row.email));
    CHECK_INT(admin_account_add(&bed.admin, &row, NULL), ERR_LIMIT);
    close_bed(&bed);
}

/* Whether the account has its link. If not, it gets one. */
static bool had_link(const struct bed *bed, int64_t account_id)
{
    static const struct digest digest = { { 1 } };
    const struct link_row link = { .digest = digest,
                                   .account_id = account_id,
                                   .expires_s = BED_NOW_S + DAY_S };
    struct link_row found;
    enum status status = store_link_find(bed->store, digest, &found, NULL);
    CHECK(status == OK || store_link_insert(bed->store, &link, NULL) == OK);
    return status == OK;
}

TEST(a_link_ends_with_the_address_that_it_went_to_and_when_its_account_is_blocked)
{
    struct bed bed;
    struct account_row row;
    open_bed(&bed);
    int64_t id = bed_account(&bed, "a@example.org", ROLE_USER);
    CHECK(!had_link(&bed, id));
    CHECK(store_account_find(bed.store, id, &row, NULL) == OK);
    memcpy(row.language, "de", sizeof("de"));
    CHECK(admin_account_set(&bed.admin, &row, NULL) == OK);
    CHECK(had_link(&bed, id));
    set_email(&row, "b@example.org");
    CHECK(admin_account_set(&bed.admin, &row, NULL) == OK);
    CHECK(!had_link(&bed, id));
    row.state = ACCOUNT_BLOCKED;
    CHECK(admin_account_set(&bed.admin, &row, NULL) == OK);
    CHECK(!had_link(&bed, id));
    close_bed(&bed);
}

TEST(no_account_waits_that_did_not_wait_before)
{
    struct bed bed;
    struct account_row row;
    open_bed(&bed);
    int64_t id = bed_account(&bed, "a@example.org", ROLE_USER);
    CHECK(store_account_find(bed.store, id, &row, NULL) == OK);
    row.state = ACCOUNT_WAITING;
    CHECK_INT(admin_account_set(&bed.admin, &row, NULL), ERR_CONFLICT);
    struct account_row other = { .email = "b@example.org",
                                 .language = "en",
                                 .state = ACCOUNT_WAITING };
    CHECK_INT(admin_account_add(&bed.admin, &other, NULL), OK);
    memcpy(other.language, "de", sizeof("de"));
    CHECK_INT(admin_account_set(&bed.admin, &other, NULL), OK);
    other.state = ACCOUNT_ACTIVE;
    CHECK_INT(admin_account_set(&bed.admin, &other, NULL), OK);
    close_bed(&bed);
}

TEST(an_account_is_changed_and_removed_with_its_journal)
{
    struct bed bed;
    const struct change_origin origin = { .token_id = 42,
                                          .source = { .family = IP_NONE } };
    open_bed(&bed);
    bed.admin.origin = &origin;
    int64_t id = bed_account(&bed, "a@example.org", ROLE_USER);
    CHECK_TEXT(newest_word(&bed, CHANGE_ACCOUNT, id), "add");
    struct account_row row, saved;
    CHECK(store_account_find(bed.store, id, &row, NULL) == OK);
    CHECK_INT(row.created_s, BED_NOW_S);
    row.created_s = 1;
    row.state = ACCOUNT_BLOCKED;
    set_email(&row, "b@example.org");
    CHECK(admin_account_set(&bed.admin, &row, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_ACCOUNT, id), "set");
    CHECK(store_account_find(bed.store, id, &saved, NULL) == OK);
    CHECK_INT(saved.created_s, BED_NOW_S);
    CHECK_INT(saved.last_change, row.last_change);
    CHECK_TEXT(saved.email, "b@example.org");
    set_email(&row, "owner@example.org");
    CHECK_INT(admin_account_set(&bed.admin, &row, NULL), ERR_EXISTS);
    set_email(&row, "nobody");
    CHECK_INT(admin_account_set(&bed.admin, &row, NULL), ERR_SYNTAX);

    CHECK(admin_account_remove(&bed.admin, id, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_ACCOUNT, id), "remove");
    CHECK_INT(admin_account_remove(&bed.admin, id, NULL), ERR_NOT_FOUND);
    CHECK_INT(admin_account_set(&bed.admin, &row, NULL), ERR_NOT_FOUND);
    struct error err = { "" };
    CHECK_INT(admin_account_remove(&bed.admin, bed.owner_id, &err), ERR_CONFLICT);
    CHECK(strstr(err.text, "owner@example.org") != NULL);
    close_bed(&bed);
}

/* ----- zones ----- */

struct ns_search {
    const char *texts[4];
    uint32_t ttl_s;
    size_t count;
};

static enum status note_ns(void *ctx, const struct record_row *row)
{
    struct ns_search *search = (struct ns_search *)ctx;
    struct name name;
    if (row->type != RR_NS)
        return OK;
    CHECK(name_decode(str_bytes(row->rdata, row->rdata_n), &name) == OK);
    search->texts[search->count++] = name_text(&name);
    search->ttl_s = row->ttl_s;
    return OK;
}

static struct ns_search find_ns(struct bed *bed, int64_t zone_id)
{
    struct ns_search search = { .count = 0 };
    CHECK(store_record_list(bed->store, zone_id, note_ns, &search, NULL) == OK);
    return search;
}

TEST(a_zone_needs_sane_values)
{
    struct bed bed;
    open_bed(&bed);
    const struct zone_row good = bed_zone_row(&bed, "new.example.org");
    static struct zone_row rows[19];
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        rows[i] = good;
    rows[0].name.n = 0;
    rows[1].name = bed_name(".");
    rows[2].mname.n = 0;
    rows[3].rname.n = 0;
    rows[4].labels_max = 0;
    rows[5].labels_max = 9;
    rows[6].minimum_s = 0;
    rows[7].minimum_s = DAY_S + 1;
    rows[8].soa_ttl_s = 0;
    rows[9].ns_ttl_s = DAY_S + 1;
    rows[10].default_ttl_s = 0;
    rows[11].refresh_s = 0;
    rows[12].retry_s = 0;
    rows[13].expire_s = UINT32_MAX;
    rows[14].owner_id = 999;
    rows[15].name = bed_name("dyn.example.org");
    rows[16].name = bed_name("dyn.example.org");
    rows[17].default_ttl_s = DAY_S;
    rows[18].name = bed_name("example");
    static const enum status wants[LENGTH_OF(rows)] = {
        ERR_SYNTAX, ERR_SYNTAX, ERR_SYNTAX, ERR_SYNTAX, ERR_LIMIT,
        ERR_LIMIT,  ERR_LIMIT,  ERR_LIMIT,  ERR_LIMIT,  ERR_LIMIT,
        ERR_LIMIT,  ERR_LIMIT,  ERR_LIMIT,  ERR_LIMIT,  ERR_NOT_FOUND,
        ERR_EXISTS, ERR_EXISTS, OK,         OK,
    };
    const struct name server = bed_name("ns1.example.net");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct error err = { "" };
        CHECK_INT(admin_zone_add(&bed.admin, &rows[i], &server, 1, &err), wants[i]);
        CHECK((wants[i] == OK) == (err.text[0] == 0));
    }
    struct zone_row row = good;
    struct name many[14];
    row.name = bed_name("other.example.org");
    for (size_t i = 0; i < LENGTH_OF(many); i++)
        many[i] = server;
    CHECK_INT(admin_zone_add(&bed.admin, &row, NULL, 0, NULL), ERR_SYNTAX);
    CHECK_INT(admin_zone_add(&bed.admin, &row, many, 14, NULL), ERR_LIMIT);
    close_bed(&bed);
}

TEST(a_zone_has_its_name_servers_and_keeps_them_until_others_are_given)
{
    struct bed bed;
    open_bed(&bed);
    struct zone_row row = bed_zone_row(&bed, "example.net");
    const struct name servers[] = { bed_name("ns1.example.net"),
                                    bed_name("ns2.example.net") };
    CHECK(admin_zone_add(&bed.admin, &row, servers, 2, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_ZONE, row.id), "add");
    struct ns_search ns = find_ns(&bed, row.id);
    CHECK_INT(ns.count, 2);
    CHECK_TEXT(ns.texts[0], "ns1.example.net");
    CHECK_TEXT(ns.texts[1], "ns2.example.net");

    row.minimum_s = 30;
    CHECK(admin_zone_set(&bed.admin, &row, NULL, 0, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_ZONE, row.id), "set");
    CHECK_INT(find_ns(&bed, row.id).count, 2);
    row.ns_ttl_s = 7200;
    CHECK(admin_zone_set(&bed.admin, &row, NULL, 0, NULL) == OK);
    ns = find_ns(&bed, row.id);
    CHECK(ns.count == 2 && ns.ttl_s == 7200);
    CHECK(admin_zone_set(&bed.admin, &row, &servers[1], 1, NULL) == OK);
    ns = find_ns(&bed, row.id);
    CHECK_INT(ns.count, 1);
    CHECK_TEXT(ns.texts[0], "ns2.example.net");

    row.minimum_s = 0;
    CHECK_INT(admin_zone_set(&bed.admin, &row, NULL, 0, NULL), ERR_LIMIT);
    row.minimum_s = 60;
    row.name = bed_name("example.com");
    CHECK_INT(admin_zone_set(&bed.admin, &row, NULL, 0, NULL), ERR_CONFLICT);
    CHECK(admin_zone_remove(&bed.admin, row.id, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_ZONE, row.id), "remove");
    CHECK_INT(admin_zone_remove(&bed.admin, row.id, NULL), ERR_NOT_FOUND);
    CHECK_INT(admin_zone_set(&bed.admin, &row, NULL, 0, NULL), ERR_NOT_FOUND);
    bed_host(&bed, "home.dyn.example.org");
    CHECK_INT(admin_zone_remove(&bed.admin, bed.zone_id, NULL), ERR_CONFLICT);
    close_bed(&bed);
}

static uint32_t serial_of(struct bed *bed, int64_t zone_id)
{
    struct zone_row row;
    CHECK(store_zone_find(bed->store, zone_id, &row, NULL) == OK);
    return row.serial_base + (uint32_t)row.last_change;
}

TEST(a_zone_that_is_made_again_has_a_newer_serial_however_busy_it_was)
{
    struct bed bed;
    open_bed(&bed);
    int64_t id = bed_zone(&bed, "example.net");
    struct zone_row row;
    CHECK(store_zone_find(bed.store, id, &row, NULL) == OK);
    CHECK_INT(row.serial_base, BED_NOW_S);
    for (int i = 0; i < 100; i++) /* within one second */
        CHECK(admin_zone_set(&bed.admin, &row, NULL, 0, NULL) == OK);
    row.serial_base = 5;
    CHECK(admin_zone_set(&bed.admin, &row, NULL, 0, NULL) == OK);
    uint32_t before = serial_of(&bed, id);
    CHECK(before > BED_NOW_S + 100);
    CHECK(admin_zone_remove(&bed.admin, id, NULL) == OK);
    CHECK(serial_is_newer(serial_of(&bed, bed_zone(&bed, "example.net")), before));
    close_bed(&bed);
}

TEST(a_zone_over_hosts_of_its_owner_takes_them_and_over_others_is_refused)
{
    struct bed bed;
    open_bed(&bed);
    struct zone_row above;
    CHECK(store_zone_find(bed.store, bed.zone_id, &above, NULL) == OK);
    above.labels_max = 3;
    CHECK(admin_zone_set(&bed.admin, &above, NULL, 0, NULL) == OK);
    /* More than one page of hosts around the one that lies within. */
    for (int i = 0; i < 300; i++) {
        char storage[64];
        struct buf text = BUF_ON(storage);
        buf_printf(&text, "h%d.dyn.example.org", i);
        bed_host(&bed, buf_text(&text));
    }
    struct host_row inner = bed_host_row(&bed, "nas.home.dyn.example.org");
    inner.v4 = bed_ip("192.0.2.1");
    CHECK(admin_host_add(&bed.admin, &inner, NULL) == OK);

    const struct name server = bed_name("ns1.example.net");
    struct zone_row row = bed_zone_row(&bed, "home.dyn.example.org");
    row.owner_id = bed_account(&bed, "other@example.org", ROLE_USER);
    CHECK_INT(admin_zone_add(&bed.admin, &row, &server, 1, NULL), ERR_CONFLICT);
    store_rollback(bed.store); /* as its savepoint would */
    bed_begin(&bed);
    for (int i = 0; i < 300; i++) {
        char storage[64];
        struct buf text = BUF_ON(storage);
        buf_printf(&text, "h%d.dyn.example.org", i);
        bed_host(&bed, buf_text(&text));
    }
    CHECK(store_zone_find(bed.store, bed.zone_id, &above, NULL) == OK);
    above.labels_max = 3;
    CHECK(admin_zone_set(&bed.admin, &above, NULL, 0, NULL) == OK);
    inner.id = 0;
    CHECK(admin_host_add(&bed.admin, &inner, NULL) == OK);
    row = bed_zone_row(&bed, "home.dyn.example.org");
    CHECK(admin_zone_add(&bed.admin, &row, &server, 1, NULL) == OK);
    struct host_row moved;
    CHECK(store_host_find(bed.store, inner.id, &moved, NULL) == OK);
    CHECK_INT(moved.zone_id, row.id);
    CHECK(moved.last_change > inner.last_change);
    CHECK_TEXT(bed_addresses(bed.store, inner.id), "192.0.2.1");

    /* Also the one that has its name. */
    row = bed_zone_row(&bed, "h299.dyn.example.org");
    CHECK(admin_zone_add(&bed.admin, &row, &server, 1, NULL) == OK);
    CHECK(store_host_find_name(bed.store, &row.name, &moved, NULL) == OK);
    CHECK_INT(moved.zone_id, row.id);
    close_bed(&bed);
}

/* ----- hosts ----- */

TEST(the_serial_of_the_zone_above_rises_when_a_new_zone_takes_its_newest_host)
{
    struct bed bed;
    open_bed(&bed);
    struct zone_row above;
    CHECK(store_zone_find(bed.store, bed.zone_id, &above, NULL) == OK);
    above.labels_max = 2;
    CHECK(admin_zone_set(&bed.admin, &above, NULL, 0, NULL) == OK);
    struct host_row host;
    int64_t id = bed_host(&bed, "a.sub.dyn.example.org");
    CHECK(store_host_find(bed.store, id, &host, NULL) == OK);
    int64_t newest = host.last_change;
    (void)bed_zone(&bed, "sub.dyn.example.org");
    CHECK(store_zone_find(bed.store, bed.zone_id, &above, NULL) == OK);
    CHECK(above.last_change > newest);
    close_bed(&bed);
}

TEST(a_host_is_made_in_the_longest_zone_with_its_defaults)
{
    struct bed bed;
    open_bed(&bed);
    bed_zone(&bed, "example.org");
    struct host_row row = bed_host_row(&bed, "home.dyn.example.org");
    row.v4 = bed_ip("192.0.2.1");
    row.id = 77;
    CHECK(admin_host_add(&bed.admin, &row, NULL) == OK);
    CHECK_INT(row.zone_id, bed.zone_id);
    CHECK_INT(row.ttl_s, 60);
    CHECK_INT(row.created_s, BED_NOW_S);
    struct change_row change;
    struct addresses after;
    CHECK(store_change_find(bed.store, row.last_change, &change, NULL) == OK);
    CHECK(change.kind == CHANGE_HOST && change.id == row.id && change.before_n == 0);
    CHECK(store_addresses_decode(str_bytes(change.after, change.after_n), &after) == OK);
    CHECK_INT(after.v4.count, 1);
    close_bed(&bed);
}

TEST(a_host_with_bad_values_is_refused)
{
    struct bed bed;
    struct zone_row zone;
    open_bed(&bed);
    CHECK(store_zone_find(bed.store, bed.zone_id, &zone, NULL) == OK);
    zone.policy = ZONE_EVERYBODY; /* so that words are reserved */
    CHECK(admin_zone_set(&bed.admin, &zone, NULL, 0, NULL) == OK);
    bed_host(&bed, "taken.dyn.example.org");
    const struct host_row good = bed_host_row(&bed, "home.dyn.example.org");
    static struct host_row rows[11];
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        rows[i] = good;
    rows[0].name = bed_name("home.example.com"); /* no zone */
    rows[1].name = bed_name("www.dyn.example.org");
    rows[2].name = bed_name("taken.dyn.example.org");
    rows[3].ttl_s = DAY_S + 1;
    rows[4].liveness_s = -1;
    rows[5].owner_id = 999;
    rows[6].follows_id = 999;
    rows[7].v4 = bed_ip("127.0.0.1");
    rows[8].v6 = bed_ip("::");
    rows[9].v6 = bed_ip("fe80::1");
    rows[10].ttl_s = 1;
    static const enum status wants[LENGTH_OF(rows)] = {
        ERR_NOT_FOUND, ERR_CONFLICT, ERR_EXISTS,   ERR_LIMIT,    ERR_LIMIT, ERR_NOT_FOUND,
        ERR_NOT_FOUND, ERR_CONFLICT, ERR_CONFLICT, ERR_CONFLICT, OK,
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct error err = { "" };
        CHECK_INT(admin_host_add(&bed.admin, &rows[i], &err), wants[i]);
        CHECK((wants[i] == OK) == (err.text[0] == 0));
    }
    close_bed(&bed);
}

TEST(a_host_cannot_take_the_name_of_a_record_of_the_zone)
{
    struct bed bed;
    open_bed(&bed);
    struct record_row record = { .zone_id = bed.zone_id,
                                 .owner = bed_name("server.dyn.example.org"),
                                 .type = RR_A,
                                 .ttl_s = 60,
                                 .rdata = { 192, 0, 2, 1 },
                                 .rdata_n = 4 };
    CHECK(store_record_insert(bed.store, &record, NULL) == OK);
    struct host_row row = bed_host_row(&bed, "server.dyn.example.org");
    CHECK_INT(admin_host_add(&bed.admin, &row, NULL), ERR_EXISTS);
    close_bed(&bed);
}

TEST(an_account_cannot_have_more_hosts_than_its_quota)
{
    struct bed bed;
    open_bed(&bed);
    struct account_row owner;
    CHECK(store_account_find(bed.store, bed.owner_id, &owner, NULL) == OK);
    owner.hosts_max = 2;
    CHECK(admin_account_set(&bed.admin, &owner, NULL) == OK);
    bed_host(&bed, "a.dyn.example.org");
    int64_t second = bed_host(&bed, "b.dyn.example.org");
    struct host_row row = bed_host_row(&bed, "c.dyn.example.org");
    CHECK_INT(admin_host_add(&bed.admin, &row, NULL), ERR_LIMIT);
    row.owner_id = bed_account(&bed, "other@example.org", ROLE_USER);
    CHECK(admin_host_add(&bed.admin, &row, NULL) == OK);
    row.owner_id = bed.owner_id; /* nor by taking over */
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_LIMIT);
    CHECK(admin_host_remove(&bed.admin, second, NULL) == OK);
    CHECK(admin_host_set(&bed.admin, &row, NULL, NULL) == OK);
    close_bed(&bed);
}

TEST(a_removed_name_and_what_lies_below_it_wait_90_days_for_other_owners)
{
    struct bed bed;
    open_bed(&bed);
    struct zone_row zone;
    CHECK(store_zone_find(bed.store, bed.zone_id, &zone, NULL) == OK);
    zone.labels_max = 2;
    CHECK(admin_zone_set(&bed.admin, &zone, NULL, 0, NULL) == OK);
    struct host_row first = bed_host_row(&bed, "home.dyn.example.org");
    first.v6 = bed_ip("2001:db8::1");
    CHECK(admin_host_add(&bed.admin, &first, NULL) == OK);
    int64_t other = bed_account(&bed, "other@example.org", ROLE_USER);
    struct host_row row = bed_host_row(&bed, "nas.home.dyn.example.org");
    row.owner_id = other;
    CHECK_INT(admin_host_add(&bed.admin, &row, NULL), ERR_CONFLICT); /* below a host */
    CHECK(admin_host_remove(&bed.admin, first.id, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_HOST, first.id), "");
    CHECK(store_zone_find(bed.store, bed.zone_id, &zone, NULL) == OK);
    int64_t seq = 0;
    CHECK(store_newest_seq(bed.store, &seq, NULL) == OK);
    CHECK_INT(zone.last_change, seq);
    CHECK_INT(admin_host_remove(&bed.admin, first.id, NULL), ERR_NOT_FOUND);

    static const struct {
        const char *name;
        int64_t after_s;
        bool others;
        enum status want;
    } rows[] = {
        { "home.dyn.example.org", 0, true, ERR_CONFLICT },
        { "nas.home.dyn.example.org", 0, true, ERR_CONFLICT },
        { "home.dyn.example.org", 90 * (int64_t)DAY_S - 1, true, ERR_CONFLICT },
        { "nas.home.dyn.example.org", 0, false, OK },
        { "homes.dyn.example.org", 0, true, OK },
        /* A host of the old owner lies below. */
        { "home.dyn.example.org", 90 * (int64_t)DAY_S, true, ERR_CONFLICT },
    };
    int64_t nas_id = 0;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        row = bed_host_row(&bed, rows[i].name);
        row.owner_id = rows[i].others ? other : bed.owner_id;
        bed.admin.now_s = BED_NOW_S + rows[i].after_s;
        CHECK_INT(admin_host_add(&bed.admin, &row, NULL), rows[i].want);
        if (rows[i].want == OK && !rows[i].others)
            nas_id = row.id;
    }
    CHECK(admin_host_remove(&bed.admin, nas_id, NULL) == OK);
    row = bed_host_row(&bed, "home.dyn.example.org");
    row.owner_id = other;
    CHECK(admin_host_add(&bed.admin, &row, NULL) == OK);
    bed.admin.now_s = BED_NOW_S;
    const struct name server = bed_name("ns1.example.net");
    struct zone_row child = bed_zone_row(&bed, "x.home.dyn.example.org");
    child.owner_id = other;
    CHECK_INT(admin_zone_add(&bed.admin, &child, &server, 1, NULL), ERR_CONFLICT);
    close_bed(&bed);
}

static struct addresses two_addresses(void)
{
    return (struct addresses){
        .v4.at = { bed_ip("192.0.2.1"), bed_ip("192.0.2.2") },
        .v4.count = 2,
        .v6.at = { bed_ip("2001:db8::1") },
        .v6.count = 1,
    };
}

TEST(a_hosts_addresses_are_set_by_hand_and_cut_when_it_keeps_one)
{
    struct bed bed;
    open_bed(&bed);
    struct host_row row, saved;
    int64_t id = bed_host(&bed, "home.dyn.example.org");
    CHECK(store_host_find(bed.store, id, &row, NULL) == OK);
    struct addresses addresses = two_addresses();
    CHECK_INT(admin_host_set(&bed.admin, &row, &addresses, NULL), ERR_CONFLICT);
    row.round_robin = true;
    row.created_s = 1;
    row.v4 = bed_ip("192.0.2.99"); /* not how addresses are set */
    CHECK(admin_host_set(&bed.admin, &row, &addresses, NULL) == OK);
    CHECK(row.more_addresses);
    CHECK_TEXT(bed_addresses(bed.store, id), "192.0.2.1,192.0.2.2,2001:db8::1");
    CHECK(store_host_find(bed.store, id, &saved, NULL) == OK);
    CHECK_INT(saved.created_s, BED_NOW_S);
    CHECK_INT(saved.last_change, row.last_change);

    row.ttl_s = 300;
    CHECK(admin_host_set(&bed.admin, &row, NULL, NULL) == OK);
    CHECK_TEXT(bed_addresses(bed.store, id), "192.0.2.1,192.0.2.2,2001:db8::1");
    row.round_robin = false;
    CHECK(admin_host_set(&bed.admin, &row, NULL, NULL) == OK);
    CHECK_TEXT(bed_addresses(bed.store, id), "192.0.2.1,2001:db8::1");
    const struct addresses none = { .v4.count = 0 };
    CHECK(admin_host_set(&bed.admin, &row, &none, NULL) == OK);
    CHECK_TEXT(bed_addresses(bed.store, id), "");

    struct addresses bad[5];
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        bad[i] = two_addresses();
    bad[0].v4.at[1] = bad[0].v4.at[0];
    bad[1].v4.at[1] = bed_ip("224.0.0.1");
    bad[2].v6.at[0] = bed_ip("192.0.2.3");
    bad[3].v4.count = ADDRESSES_MAX + 1;
    bad[4].v6.at[0] = bed_ip("::1");
    static const enum status wants[] = { ERR_SYNTAX, ERR_CONFLICT, ERR_SYNTAX,
                                         ERR_CONFLICT, ERR_CONFLICT };
    row.round_robin = true;
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        CHECK_INT(admin_host_set(&bed.admin, &row, &bad[i], NULL), wants[i]);
    row.ttl_s = 0;
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_LIMIT);
    row.name = bed_name("other.dyn.example.org");
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_CONFLICT);
    row.id = 999;
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_NOT_FOUND);
    close_bed(&bed);
}

TEST(a_host_follows_only_one_of_its_owner_that_follows_none)
{
    struct bed bed;
    open_bed(&bed);
    int64_t router = bed_host(&bed, "router.dyn.example.org");
    int64_t nas = bed_host(&bed, "nas.dyn.example.org");
    int64_t other = bed_account(&bed, "other@example.org", ROLE_USER);
    struct host_row foreign = bed_host_row(&bed, "foreign.dyn.example.org");
    foreign.owner_id = other;
    CHECK(admin_host_add(&bed.admin, &foreign, NULL) == OK);

    struct host_row row;
    CHECK(store_host_find(bed.store, nas, &row, NULL) == OK);
    row.follows_id = nas;
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_CONFLICT);
    row.follows_id = foreign.id;
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_CONFLICT);
    row.follows_id = router;
    CHECK(admin_host_set(&bed.admin, &row, NULL, NULL) == OK);
    CHECK(admin_host_set(&bed.admin, &row, NULL, NULL) == OK);

    struct host_row third = bed_host_row(&bed, "third.dyn.example.org");
    third.follows_id = nas; /* a chain */
    CHECK_INT(admin_host_add(&bed.admin, &third, NULL), ERR_CONFLICT);
    third.follows_id = 0;
    CHECK(admin_host_add(&bed.admin, &third, NULL) == OK);
    CHECK(store_host_find(bed.store, router, &row, NULL) == OK);
    row.follows_id = third.id; /* a chain from its other end */
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_CONFLICT);
    row.follows_id = 0;
    row.owner_id = other; /* would leave its follower behind */
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_CONFLICT);
    close_bed(&bed);
}

/* ----- tokens ----- */

static struct token_row token_row(const struct bed *bed, int64_t host_id, uint8_t digest)
{
    return (struct token_row){ .account_id = bed->owner_id,
                               .digest = { { digest } },
                               .rights = RIGHT_ADDRESS,
                               .host_ids = { host_id },
                               .host_count = 1 };
}

TEST(a_token_needs_sane_values)
{
    struct bed bed;
    open_bed(&bed);
    int64_t host = bed_host(&bed, "home.dyn.example.org");
    int64_t other = bed_account(&bed, "other@example.org", ROLE_USER);
    static struct token_row rows[15];
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        rows[i] = token_row(&bed, host, 1);
    rows[0].rights = 0;
    rows[1].rights = 8;
    rows[2].host_count = 0;
    rows[3].host_count = TOKEN_HOSTS_MAX + 1;
    rows[4].host_ids[0] = 999;
    rows[5].host_ids[1] = host;
    rows[5].host_count = 2;
    rows[6].account_id = other;
    rows[7].account_id = 999;
    rows[8].expires_s = BED_NOW_S;
    rows[9].expires_s = -1;
    memset(rows[10].label, 'a', sizeof(rows[10].label));
    rows[11].label[0] = '\n';
    rows[12].network_count = TOKEN_NETWORKS_MAX + 1;
    rows[13].network_count = 1;
    rows[14].networks[0] = (struct prefix){ { IP_V4, { 192 } }, 33 };
    rows[14].network_count = 1;
    static const enum status wants[LENGTH_OF(rows)] = {
        ERR_SYNTAX, ERR_SYNTAX,   ERR_SYNTAX,    ERR_LIMIT,  ERR_NOT_FOUND,
        ERR_SYNTAX, ERR_CONFLICT, ERR_NOT_FOUND, ERR_LIMIT,  ERR_LIMIT,
        ERR_SYNTAX, ERR_SYNTAX,   ERR_LIMIT,     ERR_SYNTAX, ERR_SYNTAX,
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct error err = { "" };
        CHECK_INT(admin_token_add(&bed.admin, &rows[i], &err), wants[i]);
        CHECK(err.text[0]);
    }
    struct token_row good = token_row(&bed, host, 1);
    good.networks[0] = (struct prefix){ { IP_V6, { 0x20 } }, 32 };
    good.network_count = 1;
    good.expires_s = BED_NOW_S + 1;
    CHECK(admin_token_add(&bed.admin, &good, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_TOKEN, good.id), "add");
    struct token_row twin = token_row(&bed, host, 1);
    CHECK_INT(admin_token_add(&bed.admin, &twin, NULL), ERR_EXISTS);
    struct token_row operators = token_row(&bed, host, 2);
    operators.account_id = bed_account(&bed, "operator@example.org", ROLE_OPERATOR);
    CHECK(admin_token_add(&bed.admin, &operators, NULL) == OK);
    close_bed(&bed);
}

TEST(a_host_has_at_most_two_live_tokens)
{
    struct bed bed;
    open_bed(&bed);
    int64_t host = bed_host(&bed, "home.dyn.example.org");
    struct token_row first = token_row(&bed, host, 1);
    struct token_row second = token_row(&bed, host, 2);
    struct token_row third = token_row(&bed, host, 3);
    struct token_row signing = token_row(&bed, host, 4);
    signing.kind = TOKEN_TSIG;
    first.expires_s = BED_NOW_S + 10;
    CHECK(admin_token_add(&bed.admin, &first, NULL) == OK);
    CHECK(admin_token_add(&bed.admin, &second, NULL) == OK);
    CHECK_INT(admin_token_add(&bed.admin, &third, NULL), ERR_CONFLICT);
    CHECK(admin_token_add(&bed.admin, &signing, NULL) == OK);
    bed.admin.now_s += 10; /* the first one is over */
    CHECK(admin_token_add(&bed.admin, &third, NULL) == OK);
    first.expires_s = 0; /* and cannot come back */
    CHECK_INT(admin_token_set(&bed.admin, &first, NULL), ERR_CONFLICT);
    CHECK(admin_token_remove(&bed.admin, second.id, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_TOKEN, second.id), "remove");
    CHECK(admin_token_set(&bed.admin, &first, NULL) == OK);
    CHECK_INT(admin_token_remove(&bed.admin, second.id, NULL), ERR_NOT_FOUND);
    CHECK_INT(admin_token_set(&bed.admin, &second, NULL), ERR_NOT_FOUND);
    close_bed(&bed);
}

TEST(a_tokens_secret_and_account_cannot_be_set)
{
    struct bed bed;
    open_bed(&bed);
    int64_t host = bed_host(&bed, "home.dyn.example.org");
    struct token_row row = token_row(&bed, host, 1), saved;
    memcpy(row.hint, "abcd", 5);
    CHECK(admin_token_add(&bed.admin, &row, NULL) == OK);
    struct token_row set = { .id = row.id,
                             .account_id = 999,
                             .kind = TOKEN_API,
                             .digest = { { 9 } },
                             .weak = true,
                             .label = "kitchen",
                             .rights = RIGHT_ADDRESS | RIGHT_PREFIX,
                             .host_ids = { host },
                             .host_count = 1,
                             .expires_s = 5 }; /* revoked: over at once */
    CHECK(admin_token_set(&bed.admin, &set, NULL) == OK);
    CHECK_TEXT(newest_word(&bed, CHANGE_TOKEN, row.id), "set");
    CHECK(store_token_find(bed.store, row.id, &saved, NULL) == OK);
    CHECK(digest_equal(saved.digest, row.digest));
    CHECK(saved.account_id == bed.owner_id && saved.kind == TOKEN_UPDATE && !saved.weak);
    CHECK_TEXT(saved.hint, "abcd");
    CHECK_TEXT(saved.label, "kitchen");
    CHECK_INT(saved.rights, RIGHT_ADDRESS | RIGHT_PREFIX);
    CHECK_INT(saved.expires_s, 5);
    close_bed(&bed);
}

TEST(a_host_that_changes_hands_leaves_the_old_owners_tokens)
{
    struct bed bed;
    open_bed(&bed);
    int64_t home = bed_host(&bed, "home.dyn.example.org");
    int64_t nas = bed_host(&bed, "nas.dyn.example.org");
    struct token_row both = token_row(&bed, home, 1), only = token_row(&bed, home, 2),
                     operators = token_row(&bed, home, 3), found;
    both.host_ids[1] = nas;
    both.host_count = 2;
    operators.account_id = bed_account(&bed, "operator@example.org", ROLE_OPERATOR);
    operators.kind = TOKEN_SIGNED;
    CHECK(admin_token_add(&bed.admin, &both, NULL) == OK);
    CHECK(admin_token_add(&bed.admin, &only, NULL) == OK);
    CHECK(admin_token_add(&bed.admin, &operators, NULL) == OK);

    struct host_row row;
    CHECK(store_host_find(bed.store, home, &row, NULL) == OK);
    row.owner_id = bed_account(&bed, "other@example.org", ROLE_USER);
    CHECK(admin_host_set(&bed.admin, &row, NULL, NULL) == OK);
    CHECK(store_token_find(bed.store, both.id, &found, NULL) == OK);
    CHECK(found.host_count == 1 && found.host_ids[0] == nas);
    CHECK_INT(store_token_find(bed.store, only.id, &found, NULL), ERR_NOT_FOUND);
    CHECK(store_token_find(bed.store, operators.id, &found, NULL) == OK);
    CHECK_INT(found.host_count, 1);
    close_bed(&bed);
}

/* ----- faults ----- */

/* Everything once, so that each statement of each call is made to fail once. */
static enum status do_everything(struct bed *bed)
{
    struct account_row account = { .email = "new@example.org", .hosts_max = 5 };
    struct zone_row zone = bed_zone_row(bed, "home.dyn.example.org");
    struct host_row router = bed_host_row(bed, "router.home.dyn.example.org");
    const struct name server = bed_name("ns1.example.net");
    enum status status = admin_account_add(&bed->admin, &account, NULL);
    if (!status)
        status = admin_account_set(&bed->admin, &account, NULL);
    zone.labels_max = 2;
    if (!status)
        status = admin_zone_add(&bed->admin, &zone, &server, 1, NULL);
    if (!status)
        status = admin_zone_set(&bed->admin, &zone, &server, 1, NULL);
    router.owner_id = account.id;
    if (!status)
        status = admin_host_add(&bed->admin, &router, NULL);
    struct host_row nas = bed_host_row(bed, "nas.x.home.dyn.example.org");
    nas.owner_id = account.id;
    nas.follows_id = router.id;
    if (!status)
        status = admin_host_add(&bed->admin, &nas, NULL);
    struct token_row token = token_row(bed, nas.id, 1);
    token.account_id = account.id;
    if (!status)
        status = admin_token_add(&bed->admin, &token, NULL);
    if (!status)
        status = admin_token_set(&bed->admin, &token, NULL);
    nas.owner_id = bed->owner_id;
    nas.follows_id = 0;
    const struct addresses addresses = two_addresses();
    nas.round_robin = true;
    if (!status)
        status = admin_host_set(&bed->admin, &nas, &addresses, NULL);
    if (!status)
        status = admin_host_remove(&bed->admin, nas.id, NULL);
    if (!status)
        status = admin_host_remove(&bed->admin, router.id, NULL);
    if (!status)
        status = admin_zone_remove(&bed->admin, zone.id, NULL);
    return status ? status : admin_account_remove(&bed->admin, account.id, NULL);
}

TEST(a_failing_statement_fails_the_call_that_made_it)
{
    struct bed bed;
    bed_make(&bed);
    uint64_t nth = 1;
    for (;; nth++) {
        bed_begin(&bed);
        struct zone_row above;
        CHECK(store_zone_find(bed.store, bed.zone_id, &above, NULL) == OK);
        above.labels_max = 3;
        CHECK(admin_zone_set(&bed.admin, &above, NULL, 0, NULL) == OK);
        bed_host(&bed, "old.home.dyn.example.org");
        bed_host(&bed, "other.dyn.example.org");
        /* It would keep its zone from being removed; the last call tells so. */
        fault_arm("store.step", nth, false);
        enum status status = do_everything(&bed);
        bool hit = fault_hits() > 0;
        fault_arm(NULL, 0, false);
        store_rollback(bed.store);
        CHECK_INT(status, hit ? ERR_IO : ERR_CONFLICT);
        if (!hit)
            break;
    }
    CHECK(nth > 60);
    bed_remove(&bed);
}
