// SPDX-License-Identifier: GPL-3.0-or-later
#include "bed.h"

#include <string.h>

#include "account/token.h"
#include "dns/zonefile.h"

/* What admin.h promises of things that stand beside each other, and every later change that
 * could break it: each either is refused or takes along what it would leave wrong. */
static struct bed bed;
static int64_t other;

static void open_bed(void)
{
    bed_make(&bed);
    bed_begin(&bed);
    struct zone_row zone;
    CHECK(store_zone_find(bed.store, bed.zone_id, &zone, NULL) == OK);
    zone.labels_max = 3;
    CHECK(admin_zone_set(&bed.admin, &zone, NULL, 0, NULL) == OK);
    other = bed_account(&bed, "other@example.org", ROLE_USER);
}

static void close_bed(void)
{
    store_rollback(bed.store);
    bed_remove(&bed);
}

static struct host_row host_of(int64_t id)
{
    struct host_row row;
    CHECK(store_host_find(bed.store, id, &row, NULL) == OK);
    return row;
}

static enum status give(int64_t id, int64_t owner_id)
{
    struct host_row row = host_of(id);
    row.owner_id = owner_id;
    return admin_host_set(&bed.admin, &row, NULL, NULL);
}

static int64_t add_record(const char *owner, uint16_t type, const char *data,
                          enum status want)
{
    struct record_row row = { .owner = bed_name(owner), .type = type };
    struct buf rdata = BUF_ON(row.rdata);
    CHECK(rdata_parse(type, str_from(data), &rdata, NULL) == OK);
    row.rdata_n = rdata.n;
    CHECK_INT(admin_record_add(&bed.admin, &row, NULL), want);
    return row.id;
}

static struct record_row record_of(int64_t id)
{
    struct record_row row;
    CHECK(store_record_find(bed.store, id, &row, NULL) == OK);
    return row;
}

static enum status set_role(int64_t id, enum account_role role)
{
    struct account_row row;
    CHECK(store_account_find(bed.store, id, &row, NULL) == OK);
    row.role = role;
    return admin_account_set(&bed.admin, &row, NULL);
}

/* ----- "all hosts of a token belong to its account, unless that is an operator's" ----- */

static bool token_holds(int64_t token_id, int64_t host_id)
{
    struct token_row row;
    return store_token_find(bed.store, token_id, &row, NULL) == OK &&
           token_has_host(&row, host_id);
}

TEST(a_tokens_hosts_are_its_accounts_after_a_host_or_a_role_has_changed)
{
    open_bed();
    int64_t ops = bed_account(&bed, "ops@example.org", ROLE_OPERATOR);
    int64_t host = bed_host(&bed, "home.dyn.example.org");
    int64_t second = bed_host(&bed, "second.dyn.example.org");
    const int64_t both[] = { host, second };
    int64_t token = bed_token(&bed, bed.owner_id, 1, both, 2);
    int64_t operators = bed_token(&bed, ops, 2, both, 2);
    CHECK(give(host, other) == OK);
    CHECK(!token_holds(token, host) && token_holds(token, second));
    CHECK(token_holds(operators, host) && token_holds(operators, second));

    CHECK(give(second, ops) == OK);
    CHECK(set_role(ops, ROLE_ZONE_OWNER) == OK);
    CHECK(!token_holds(operators, host) && token_holds(operators, second));
    CHECK(set_role(ops, ROLE_OPERATOR) == OK);
    CHECK(!token_holds(operators, host));
    close_bed();
}

TEST(a_demoted_operators_tokens_without_hosts_of_his_own_end)
{
    enum {
        TOKENS = 300 /* more than one page of them */
    };
    static int64_t ids[TOKENS];
    open_bed();
    int64_t ops = bed_account(&bed, "ops@example.org", ROLE_OPERATOR);
    for (int i = 0; i < TOKENS; i++) {
        char storage[64];
        struct buf text = BUF_ON(storage);
        buf_printf(&text, "h%d.dyn.example.org", i);
        int64_t host = bed_host(&bed, buf_text(&text));
        struct token_row row = bed_token_row(ops, 0, &host, 1);
        memcpy(row.digest.bytes, &host, sizeof(host));
        CHECK(admin_token_add(&bed.admin, &row, NULL) == OK);
        ids[i] = row.id;
    }
    CHECK(set_role(ops, ROLE_USER) == OK);
    for (int i = 0; i < TOKENS; i++) {
        struct token_row row;
        CHECK_INT(store_token_find(bed.store, ids[i], &row, NULL), ERR_NOT_FOUND);
    }
    close_bed();
}

/* ----- "at most two live update tokens per host" ----- */

TEST(a_host_has_two_live_tokens_whatever_is_set_later)
{
    open_bed();
    int64_t host = bed_host(&bed, "home.dyn.example.org");
    int64_t second = bed_host(&bed, "second.dyn.example.org");
    (void)bed_token(&bed, bed.owner_id, 1, &host, 1);
    struct token_row ends = bed_token_row(bed.owner_id, 2, &host, 1);
    ends.expires_s = BED_NOW_S + 10;
    CHECK(admin_token_add(&bed.admin, &ends, NULL) == OK);
    bed.admin.now_s += 20;
    (void)bed_token(&bed, bed.owner_id, 3, &host, 1);
    /* One that has run out does not come to life beside two others, */
    ends.expires_s = 0;
    CHECK_INT(admin_token_set(&bed.admin, &ends, NULL), ERR_CONFLICT);
    /* nor does one come over from another host. */
    struct token_row moves = bed_token_row(bed.owner_id, 4, &second, 1);
    CHECK(admin_token_add(&bed.admin, &moves, NULL) == OK);
    moves.host_ids[0] = host;
    CHECK_INT(admin_token_set(&bed.admin, &moves, NULL), ERR_CONFLICT);
    close_bed();
}

/* ----- "names below a host are its owner's" ----- */

TEST(names_below_a_host_stay_its_owners_when_it_changes_hands)
{
    open_bed();
    int64_t home = bed_host(&bed, "home.dyn.example.org");
    int64_t nas = bed_host(&bed, "nas.home.dyn.example.org");
    int64_t disk = bed_host(&bed, "disk.nas.home.dyn.example.org");
    int64_t aside = bed_host(&bed, "myhome.dyn.example.org");
    int64_t token = bed_token(&bed, bed.owner_id, 1, &disk, 1);
    /* Not out of the middle, */
    CHECK_INT(give(nas, other), ERR_CONFLICT);
    /* but as a whole. */
    CHECK(give(home, other) == OK);
    CHECK_INT(host_of(nas).owner_id, other);
    CHECK_INT(host_of(disk).owner_id, other);
    CHECK_INT(host_of(aside).owner_id, bed.owner_id);
    CHECK(!token_holds(token, disk));
    close_bed();
}

TEST(hosts_that_would_not_fit_the_new_owner_stay_all_where_they_are)
{
    open_bed();
    int64_t home = bed_host(&bed, "home.dyn.example.org");
    (void)bed_host(&bed, "nas.home.dyn.example.org");
    struct account_row row;
    CHECK(store_account_find(bed.store, other, &row, NULL) == OK);
    row.hosts_max = 1;
    CHECK(admin_account_set(&bed.admin, &row, NULL) == OK);
    CHECK_INT(give(home, other), ERR_LIMIT); /* its savepoint undoes the rest */
    close_bed();
}

TEST(a_zones_labels_do_not_fall_below_its_hosts)
{
    struct zone_row zone;
    open_bed();
    (void)bed_host(&bed, "nas.home.dyn.example.org");
    CHECK(store_zone_find(bed.store, bed.zone_id, &zone, NULL) == OK);
    zone.labels_max = 1;
    CHECK_INT(admin_zone_set(&bed.admin, &zone, NULL, 0, NULL), ERR_CONFLICT);
    zone.labels_max = 2;
    CHECK(admin_zone_set(&bed.admin, &zone, NULL, 0, NULL) == OK);
    /* Who looks below a name goes by it. */
    struct host_row above = bed_host_row(&bed, "home.dyn.example.org");
    above.owner_id = other;
    CHECK_INT(admin_host_add(&bed.admin, &above, NULL), ERR_CONFLICT);

    const struct name server = bed_name("ns1.example.net");
    (void)bed_host(&bed, "a.sub.dyn.example.org");
    zone = bed_zone_row(&bed, "dyn.example.org");
    zone.name = bed_name("sub.dyn.example.org");
    CHECK(admin_zone_add(&bed.admin, &zone, &server, 1, NULL) == OK);
    close_bed();
}

TEST(a_zone_does_not_take_hosts_with_more_labels_than_it_allows)
{
    open_bed();
    const struct name server = bed_name("ns1.example.net");
    (void)bed_host(&bed, "a.b.sub.dyn.example.org");
    struct zone_row zone = bed_zone_row(&bed, "sub.dyn.example.org");
    CHECK_INT(admin_zone_add(&bed.admin, &zone, &server, 1, NULL), ERR_CONFLICT);
    close_bed();
}

/* ----- "a host follows one of its owner that follows none" ----- */

TEST(a_follower_and_its_router_stay_of_one_owner_and_one_step)
{
    open_bed();
    int64_t router = bed_host(&bed, "router.dyn.example.org");
    struct host_row follower = bed_host_row(&bed, "nas.dyn.example.org");
    follower.follows_id = router;
    CHECK(admin_host_add(&bed.admin, &follower, NULL) == OK);
    CHECK_INT(give(router, other), ERR_CONFLICT);
    CHECK_INT(give(follower.id, other), ERR_CONFLICT);
    struct host_row row = host_of(router);
    row.follows_id = bed_host(&bed, "third.dyn.example.org");
    CHECK_INT(admin_host_set(&bed.admin, &row, NULL, NULL), ERR_CONFLICT);
    CHECK(admin_host_remove(&bed.admin, router, NULL) == OK);
    CHECK_INT(host_of(follower.id).follows_id, 0);
    close_bed();
}

/* ----- "a CNAME stands alone", "what stands at a host's name or below is the host's" ----- */

TEST(a_host_below_another_takes_the_records_of_its_name_and_no_alias)
{
    open_bed();
    int64_t home = bed_host(&bed, "home.dyn.example.org");
    int64_t text =
        add_record("_acme-challenge.nas.home.dyn.example.org", RR_TXT, "x", OK);
    int64_t same = add_record("nas.home.dyn.example.org", RR_TXT, "x", OK);
    int64_t aside = add_record("tv.home.dyn.example.org", RR_TXT, "x", OK);
    (void)add_record("alias.home.dyn.example.org", RR_CNAME, "a.example.net", OK);
    (void)add_record("fixed.home.dyn.example.org", RR_A, "192.0.2.1", OK);
    static const char *const refused[] = { "alias.home.dyn.example.org",
                                           "fixed.home.dyn.example.org" };
    for (size_t i = 0; i < LENGTH_OF(refused); i++) {
        struct host_row row = bed_host_row(&bed, refused[i]);
        CHECK_INT(admin_host_add(&bed.admin, &row, NULL), ERR_EXISTS);
    }
    CHECK_INT(record_of(same).host_id, home);
    int64_t nas = bed_host(&bed, "nas.home.dyn.example.org");
    CHECK_INT(record_of(same).host_id, nas);
    CHECK_INT(record_of(text).host_id, nas);
    CHECK_INT(record_of(aside).host_id, home);
    CHECK(admin_host_remove(&bed.admin, nas, NULL) == OK);
    struct record_row row;
    CHECK_INT(store_record_find(bed.store, text, &row, NULL), ERR_NOT_FOUND);
    CHECK(store_record_find(bed.store, aside, &row, NULL) == OK);
    close_bed();
}

/* ----- "a name belongs to the longest zone" ----- */

TEST(a_new_zone_takes_the_records_within_it_and_the_place_of_a_delegation)
{
    open_bed();
    const struct name server = bed_name("ns1.example.net");
    int64_t host = bed_host(&bed, "a.sub.dyn.example.org");
    int64_t of_host = add_record("a.sub.dyn.example.org", RR_TXT, "x", OK);
    int64_t of_zone = add_record("b.sub.dyn.example.org", RR_TXT, "x", OK);
    int64_t aside = add_record("b.dyn.example.org", RR_TXT, "x", OK);
    int64_t delegation = add_record("cut.dyn.example.org", RR_NS, "ns9.example.net", OK);
    int64_t zone = bed_zone(&bed, "sub.dyn.example.org");
    CHECK_INT(record_of(of_host).zone_id, zone);
    CHECK_INT(record_of(of_host).host_id, host);
    CHECK_INT(record_of(of_zone).zone_id, zone);
    CHECK_INT(record_of(aside).zone_id, bed.zone_id);
    /* So that what may stand beside them is asked of all of them. */
    (void)add_record("b.sub.dyn.example.org", RR_TXT, "x", ERR_EXISTS);
    (void)add_record("b.sub.dyn.example.org", RR_CNAME, "a.example.net", ERR_CONFLICT);

    (void)bed_zone(&bed, "cut.dyn.example.org");
    struct record_row row;
    CHECK_INT(store_record_find(bed.store, delegation, &row, NULL), ERR_NOT_FOUND);
    (void)add_record("alias.dyn.example.org", RR_CNAME, "a.example.net", OK);
    struct zone_row alias = bed_zone_row(&bed, "alias.dyn.example.org");
    CHECK_INT(admin_zone_add(&bed.admin, &alias, &server, 1, NULL), ERR_CONFLICT);
    close_bed();
}

/* ----- names of the operator's ----- */

static enum status add_host_as(struct actor actor, const char *name, int64_t owner_id)
{
    struct host_row row = bed_host_row(&bed, name);
    row.owner_id = owner_id;
    bed.admin.actor = actor;
    enum status status = admin_host_add(&bed.admin, &row, NULL);
    bed.admin.actor = actor_at_machine();
    if (!status)
        CHECK(admin_host_remove(&bed.admin, row.id, NULL) == OK);
    return status;
}

static struct actor session_of(int64_t account_id, enum account_role role)
{
    return (struct actor){ .kind = ACTOR_SESSION,
                           .rights = ACTOR_READS | ACTOR_WRITES,
                           .account_id = account_id,
                           .role = role };
}

static void set_policy(enum zone_policy policy)
{
    struct zone_row zone;
    CHECK(store_zone_find(bed.store, bed.zone_id, &zone, NULL) == OK);
    zone.policy = policy;
    CHECK(admin_zone_set(&bed.admin, &zone, NULL, 0, NULL) == OK);
}

TEST(operators_and_the_zones_owner_decide_about_names_where_strangers_make_no_hosts)
{
    static const char *const names[] = { "dyn.example.org", "www.dyn.example.org",
                                         "xn--mnchen-3ya.dyn.example.org" };
    static const enum status refusals[] = { ERR_SYNTAX, ERR_CONFLICT, ERR_SYNTAX };
    open_bed();
    struct actor ops =
        session_of(bed_account(&bed, "ops@example.org", ROLE_OPERATOR), ROLE_OPERATOR);
    struct actor owner = session_of(bed.owner_id, ROLE_ZONE_OWNER);
    struct actor stranger = session_of(other, ROLE_USER);
    for (int policy = ZONE_NOBODY; policy <= ZONE_EVERYBODY; policy++) {
        set_policy((enum zone_policy)policy);
        for (size_t i = 0; i < LENGTH_OF(names); i++) {
            enum status trusted = policy == ZONE_EVERYBODY ? refusals[i] : OK;
            enum status strange = policy == ZONE_EVERYBODY ? refusals[i] : ERR_DENIED;
            CHECK_INT(add_host_as(actor_at_machine(), names[i], bed.owner_id), trusted);
            CHECK_INT(add_host_as(ops, names[i], bed.owner_id), trusted);
            CHECK_INT(add_host_as(owner, names[i], bed.owner_id), trusted);
            CHECK_INT(add_host_as(stranger, names[i], other), strange);
        }
    }
    close_bed();
}

TEST(the_policy_of_a_zone_decides_who_makes_hosts_there)
{
    open_bed();
    int64_t ops_id = bed_account(&bed, "ops@example.org", ROLE_OPERATOR);
    const struct {
        struct actor actor;
        int64_t owner_id;
        enum status want[ZONE_EVERYBODY + 1]; /* by policy */
    } rows[] = {
        { actor_at_machine(), other, { OK, OK, OK } },
        { session_of(ops_id, ROLE_OPERATOR), other, { OK, OK, OK } },
        { session_of(bed.owner_id, ROLE_ZONE_OWNER), bed.owner_id, { OK, OK, OK } },
        { session_of(bed.owner_id, ROLE_ZONE_OWNER),
          other,
          { ERR_DENIED, ERR_DENIED, ERR_DENIED } },
        { session_of(other, ROLE_USER), other, { ERR_DENIED, ERR_DENIED, OK } },
        { session_of(other, ROLE_ZONE_OWNER), other, { ERR_DENIED, ERR_DENIED, OK } },
        { session_of(other, ROLE_USER),
          bed.owner_id,
          { ERR_DENIED, ERR_DENIED, ERR_DENIED } },
        { (struct actor){ .kind = ACTOR_NONE, .role = ROLE_OPERATOR },
          other,
          { ERR_DENIED, ERR_DENIED, ERR_DENIED } },
    };
    for (int policy = ZONE_NOBODY; policy <= ZONE_EVERYBODY; policy++) {
        set_policy((enum zone_policy)policy);
        for (size_t i = 0; i < LENGTH_OF(rows); i++) {
            /* A name of its own each time: tombstones keep a name for its last owner. */
            char name[32];
            (void)snprintf(name, sizeof(name), "h%d-%zu.dyn.example.org", policy, i);
            enum status got = add_host_as(rows[i].actor, name, rows[i].owner_id);
            if (got != rows[i].want[policy])
                print_error("policy %d, row %zu\n", policy, i);
            CHECK_INT(got, rows[i].want[policy]);
        }
    }
    close_bed();
}

TEST(records_are_made_by_the_owner_of_the_host_or_else_of_the_zone)
{
    open_bed();
    struct host_row host = bed_host_row(&bed, "home.dyn.example.org");
    host.owner_id = other;
    CHECK(admin_host_add(&bed.admin, &host, NULL) == OK);
    const struct {
        struct actor actor;
        const char *name;
        enum status want;
    } rows[] = {
        { session_of(other, ROLE_USER), "a.home.dyn.example.org", OK },
        { session_of(other, ROLE_USER), "a.dyn.example.org", ERR_DENIED },
        { session_of(other, ROLE_USER), "dyn.example.org", ERR_DENIED },
        { session_of(bed.owner_id, ROLE_ZONE_OWNER), "b.home.dyn.example.org",
          ERR_DENIED },
        { session_of(bed.owner_id, ROLE_ZONE_OWNER), "b.dyn.example.org", OK },
        { session_of(other, ROLE_OPERATOR), "c.dyn.example.org", OK },
        { (struct actor){ .kind = ACTOR_NONE }, "d.dyn.example.org", ERR_DENIED },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        bed.admin.actor = rows[i].actor;
        (void)add_record(rows[i].name, RR_TXT, "x", rows[i].want);
    }
    bed.admin.actor = actor_at_machine();
    close_bed();
}

TEST(a_host_with_the_zones_own_name_stands_beside_what_the_zone_has)
{
    open_bed();
    int64_t mx = add_record("dyn.example.org", RR_MX, "10 mail.example.net", OK);
    int64_t acme = add_record("_acme-challenge.dyn.example.org", RR_TXT, "x", OK);
    struct host_row below = bed_host_row(&bed, "home.dyn.example.org");
    below.owner_id = other; /* names below the zone are not its owner's alone */
    CHECK(admin_host_add(&bed.admin, &below, NULL) == OK);
    int64_t apex = bed_host(&bed, "dyn.example.org");
    struct host_row later = bed_host_row(&bed, "later.dyn.example.org");
    later.owner_id = other;
    CHECK(admin_host_add(&bed.admin, &later, NULL) == OK);

    (void)add_record("dyn.example.org", RR_TXT, "v=spf1 -all", OK);
    (void)add_record("dyn.example.org", RR_A, "192.0.2.9", ERR_CONFLICT);
    (void)add_record("dyn.example.org", RR_CNAME, "a.example.net", ERR_CONFLICT);
    struct host_row row = host_of(apex);
    row.owner_id = other;
    row.wildcard = true;
    CHECK(admin_host_set(&bed.admin, &row, NULL, NULL) == OK);
    CHECK_INT(host_of(below.id).owner_id, other);
    struct record_row star = {
        .owner = bed_name("dyn.example.org"), .wildcard = true, .type = RR_A, .rdata_n = 4
    };
    CHECK_INT(admin_record_add(&bed.admin, &star, NULL), ERR_CONFLICT);
    /* The zone's records stay when the host goes, and its name is free at once. */
    CHECK(admin_host_remove(&bed.admin, apex, NULL) == OK);
    CHECK_INT(record_of(mx).host_id, 0);
    CHECK_INT(record_of(acme).host_id, 0);
    CHECK(bed_host(&bed, "dyn.example.org") > apex);
    close_bed();
}

TEST(a_host_cannot_take_the_zones_own_name_from_addresses)
{
    open_bed();
    int64_t address = add_record("dyn.example.org", RR_A, "192.0.2.9", OK);
    struct host_row row = bed_host_row(&bed, "dyn.example.org");
    CHECK_INT(admin_host_add(&bed.admin, &row, NULL), ERR_EXISTS);
    CHECK(admin_record_remove(&bed.admin, address, NULL) == OK);
    CHECK(admin_host_add(&bed.admin, &row, NULL) == OK);
    close_bed();
}

TEST(a_host_becomes_the_one_with_its_new_zones_name)
{
    open_bed();
    int64_t host = bed_host(&bed, "sub.dyn.example.org");
    int64_t text = add_record("x.sub.dyn.example.org", RR_TXT, "x", OK);
    CHECK_INT(record_of(text).host_id, host);
    int64_t zone = bed_zone(&bed, "sub.dyn.example.org");
    CHECK_INT(host_of(host).zone_id, zone);
    CHECK_INT(record_of(text).zone_id, zone);
    CHECK_INT(record_of(text).host_id, 0);
    CHECK_INT(admin_zone_remove(&bed.admin, zone, NULL), ERR_CONFLICT);
    CHECK(admin_host_remove(&bed.admin, host, NULL) == OK);
    CHECK(admin_zone_remove(&bed.admin, zone, NULL) == OK);
    close_bed();
}
