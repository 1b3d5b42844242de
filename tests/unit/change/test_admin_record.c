// SPDX-License-Identifier: GPL-3.0-or-later
#include "bed.h"

#include <string.h>

#include "dns/zonefile.h"

static void open_bed(struct bed *bed)
{
    bed_make(bed);
    bed_begin(bed);
    (void)bed_host(bed, "home.dyn.example.org");
}

static void close_bed(struct bed *bed)
{
    store_rollback(bed->store);
    bed_remove(bed);
}

/* The record as its words say; "*." makes a wildcard. */
static struct record_row row_of(const char *owner, uint16_t type, const char *data,
                                uint32_t ttl_s)
{
    struct record_row row = { .type = type, .ttl_s = ttl_s };
    row.wildcard = strncmp(owner, "*.", 2) == 0;
    row.owner = bed_name(owner + (row.wildcard ? 2 : 0));
    struct buf rdata = BUF_ON(row.rdata);
    CHECK(rdata_parse(type, str_from(data), &rdata, NULL) == OK);
    row.rdata_n = rdata.n;
    return row;
}

static int64_t zone_change(const struct bed *bed)
{
    struct zone_row zone;
    CHECK(store_zone_find(bed->store, bed->zone_id, &zone, NULL) == OK);
    return zone.last_change;
}

TEST(what_may_stand_beside_what)
{
    static const struct {
        const char *owner;
        uint16_t type;
        const char *data;
        uint32_t ttl_s;
        enum status want;
    } rows[] = {
        { "www.dyn.example.org", RR_A, "192.0.2.1", 300, OK },
        { "www.dyn.example.org", RR_A, "192.0.2.1", 300, ERR_EXISTS },
        { "www.dyn.example.org", RR_A, "192.0.2.2", 60, ERR_CONFLICT }, /* one TTL */
        { "www.dyn.example.org", RR_A, "192.0.2.2", 0, OK },
        { "www.dyn.example.org", RR_CNAME, "a.example.net", 0, ERR_CONFLICT },
        { "www.dyn.example.org", RR_NS, "ns.example.net", 0, OK }, /* addresses: glue */
        { "www.dyn.example.org", RR_TXT, "x", 0, ERR_CONFLICT },   /* delegated */
        { "x.www.dyn.example.org", RR_TXT, "x", 0, ERR_CONFLICT },
        { "x.www.dyn.example.org", RR_A, "192.0.2.9", 0, OK },
        { "*.www.dyn.example.org", RR_TXT, "x", 0, ERR_CONFLICT },
        { "alias.dyn.example.org", RR_CNAME, "a.example.net", 0, OK },
        { "alias.dyn.example.org", RR_TXT, "x", 0, ERR_CONFLICT },
        { "*.alias.dyn.example.org", RR_TXT, "x", 0, OK },
        { "dyn.example.org", RR_MX, "10 mail.example.net", 0, OK },
        { "dyn.example.org", RR_CNAME, "a.example.net", 0, ERR_CONFLICT },
        { "dyn.example.org", RR_NS, "ns.example.net", 0, ERR_CONFLICT },
        { "*.dyn.example.org", RR_NS, "ns.example.net", 0, ERR_CONFLICT },
        { "home.dyn.example.org", RR_A, "192.0.2.1", 0, ERR_CONFLICT }, /* a host */
        { "home.dyn.example.org", RR_CNAME, "a.example.net", 0, ERR_CONFLICT },
        { "home.dyn.example.org", RR_NS, "ns.example.net", 0, ERR_CONFLICT },
        { "home.dyn.example.org", RR_TXT, "x", 0, OK },
        { "*.home.dyn.example.org", RR_A, "192.0.2.1", 0, OK },
        { "t.dyn.example.org", RR_TXT, "x", 86401, ERR_LIMIT },
        { "t.dyn.example.org", 43, "1 13 9 00", 0, ERR_SYNTAX }, /* DS */
        { "t.elsewhere.example", RR_TXT, "x", 0, ERR_NOT_FOUND },
    };
    struct bed bed;
    open_bed(&bed);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct record_row row =
            row_of(rows[i].owner, rows[i].type, rows[i].data, rows[i].ttl_s);
        struct error err = { "" };
        int64_t before = zone_change(&bed);
        enum status status = admin_record_add(&bed.admin, &row, &err);
        if (status != rows[i].want)
            print_error("row %zu: %s\n", i, err.text);
        CHECK_INT(status, rows[i].want);
        CHECK((status == OK) == (err.text[0] == 0));
        /* What is written raises the zone's serial; what is refused does not. */
        CHECK((zone_change(&bed) > before) == (status == OK));
    }
    close_bed(&bed);
}

TEST(a_record_takes_the_ttl_of_its_set_or_of_the_zone)
{
    struct bed bed;
    open_bed(&bed);
    struct record_row first = row_of("t.dyn.example.org", RR_TXT, "a", 900);
    struct record_row second = row_of("t.dyn.example.org", RR_TXT, "b", 0);
    struct record_row alone = row_of("u.dyn.example.org", RR_TXT, "b", 0);
    CHECK(admin_record_add(&bed.admin, &first, NULL) == OK);
    CHECK(admin_record_add(&bed.admin, &second, NULL) == OK);
    CHECK(admin_record_add(&bed.admin, &alone, NULL) == OK);
    CHECK_INT(second.ttl_s, 900);
    CHECK_INT(alone.ttl_s, 60);
    close_bed(&bed);
}

/* The names that the journal gives for its rows after `after`. */
struct journal {
    char text[512];
    struct buf out;
};

static enum status note_row(void *ctx, const struct change_row *row)
{
    struct journal *journal = ctx;
    buf_printf(&journal->out, "%d ", (int)row->kind);
    if (row->name.n)
        name_format(&row->name, &journal->out);
    buf_put_text(&journal->out, "\n");
    return OK;
}

static const char *read_journal(const struct bed *bed, int64_t after,
                                struct journal *journal)
{
    journal->out = BUF_ON(journal->text);
    CHECK(store_change_list(bed->store,
                            (struct store_page){ .after = after, .limit = 100 }, note_row,
                            journal, NULL) == OK);
    return buf_text(&journal->out);
}

TEST(a_host_takes_the_records_at_and_below_its_name_with_it)
{
    struct bed bed;
    open_bed(&bed);
    struct host_row host;
    const struct name name = bed_name("home.dyn.example.org");
    CHECK(store_host_find_name(bed.store, &name, &host, NULL) == OK);
    struct record_row at = row_of("home.dyn.example.org", RR_TXT, "a", 0);
    struct record_row below =
        row_of("_acme-challenge.home.dyn.example.org", RR_TXT, "b", 0);
    struct record_row beside = row_of("other.dyn.example.org", RR_TXT, "c", 0);
    CHECK(admin_record_add(&bed.admin, &at, NULL) == OK);
    CHECK(admin_record_add(&bed.admin, &below, NULL) == OK);
    CHECK(admin_record_add(&bed.admin, &beside, NULL) == OK);
    CHECK_INT(at.host_id, host.id);
    CHECK_INT(below.host_id, host.id);
    CHECK_INT(beside.host_id, 0);
    struct journal journal;
    int64_t before = zone_change(&bed);
    CHECK(admin_host_remove(&bed.admin, host.id, NULL) == OK);
    CHECK_TEXT(read_journal(&bed, before, &journal),
               "2 home.dyn.example.org\n2 _acme-challenge.home.dyn.example.org\n"
               "1 home.dyn.example.org\n");
    CHECK_INT(zone_change(&bed), before + 3);
    struct record_row found;
    CHECK_INT(store_record_find(bed.store, at.id, &found, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_record_find(bed.store, below.id, &found, NULL), ERR_NOT_FOUND);
    CHECK(store_record_find(bed.store, beside.id, &found, NULL) == OK);
    close_bed(&bed);
}

TEST(the_journal_names_what_nothing_else_tells_afterwards)
{
    struct bed bed;
    struct journal journal;
    open_bed(&bed);
    CHECK_TEXT(read_journal(&bed, zone_change(&bed), &journal),
               "1 home.dyn.example.org\n");
    int64_t before = 0;
    CHECK(store_newest_seq(bed.store, &before, NULL) == OK);
    struct record_row row = row_of("*.t.dyn.example.org", RR_TXT, "a", 0);
    CHECK(admin_record_add(&bed.admin, &row, NULL) == OK);
    CHECK(admin_record_remove(&bed.admin, row.id, NULL) == OK);
    CHECK_TEXT(read_journal(&bed, before, &journal),
               "2 t.dyn.example.org\n2 t.dyn.example.org\n");
    close_bed(&bed);
}

TEST(hosts_keep_away_from_records_and_delegations)
{
    static const struct {
        const char *name;
        bool wildcard;
        enum status want;
    } rows[] = {
        { "taken.dyn.example.org", false, ERR_EXISTS },
        { "cut.dyn.example.org", false, ERR_EXISTS },
        { "star.dyn.example.org", true, ERR_CONFLICT },
        { "star.dyn.example.org", false, OK },
    };
    struct bed bed;
    open_bed(&bed);
    struct record_row made[] = {
        row_of("taken.dyn.example.org", RR_TXT, "a", 0),
        row_of("cut.dyn.example.org", RR_NS, "ns.example.net", 0),
        row_of("*.star.dyn.example.org", RR_A, "192.0.2.1", 0),
    };
    for (size_t i = 0; i < LENGTH_OF(made); i++)
        CHECK(admin_record_add(&bed.admin, &made[i], NULL) == OK);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct host_row row = bed_host_row(&bed, rows[i].name);
        row.wildcard = rows[i].wildcard;
        CHECK_INT(admin_host_add(&bed.admin, &row, NULL), rows[i].want);
    }
    /* Nor may the wildcard be switched on later. */
    struct host_row star;
    const struct name name = bed_name("star.dyn.example.org");
    CHECK(store_host_find_name(bed.store, &name, &star, NULL) == OK);
    star.wildcard = true;
    CHECK_INT(admin_host_set(&bed.admin, &star, NULL, NULL), ERR_CONFLICT);
    close_bed(&bed);
}

TEST(the_rows_of_name_servers_are_not_for_removing)
{
    struct bed bed;
    open_bed(&bed);
    struct record_row row = row_of("t.dyn.example.org", RR_TXT, "a", 0);
    CHECK(admin_record_add(&bed.admin, &row, NULL) == OK);
    CHECK_INT(admin_record_remove(&bed.admin, 1, NULL), ERR_CONFLICT); /* the apex NS */
    int64_t before = zone_change(&bed);
    CHECK(admin_record_remove(&bed.admin, row.id, NULL) == OK);
    CHECK(zone_change(&bed) > before);
    CHECK_INT(admin_record_remove(&bed.admin, row.id, NULL), ERR_NOT_FOUND);
    close_bed(&bed);
}

TEST(expired_records_go_and_raise_the_serial)
{
    struct bed bed;
    open_bed(&bed);
    bool more = true;
    struct record_row past = row_of("t.dyn.example.org", RR_TXT, "a", 0);
    past.expires_s = BED_NOW_S;
    CHECK_INT(admin_record_add(&bed.admin, &past, NULL), ERR_LIMIT);
    struct record_row soon = past, later = row_of("t.dyn.example.org", RR_TXT, "b", 0);
    soon.expires_s = BED_NOW_S + 10;
    later.expires_s = BED_NOW_S + 20;
    CHECK(admin_record_add(&bed.admin, &soon, NULL) == OK);
    CHECK(admin_record_add(&bed.admin, &later, NULL) == OK);
    int64_t before = zone_change(&bed);
    CHECK(admin_record_expire(&bed.admin, &more, NULL) == OK);
    CHECK(!more && zone_change(&bed) == before);

    bed.admin.now_s = BED_NOW_S + 10;
    CHECK(admin_record_expire(&bed.admin, &more, NULL) == OK);
    struct record_row found;
    CHECK(!more && zone_change(&bed) > before);
    CHECK_INT(store_record_find(bed.store, soon.id, &found, NULL), ERR_NOT_FOUND);
    CHECK(store_record_find(bed.store, later.id, &found, NULL) == OK);
    close_bed(&bed);
}
