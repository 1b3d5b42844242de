// SPDX-License-Identifier: GPL-3.0-or-later
/* Members of zones, and what waits for consent. */
#include "fixture.h"

#include <string.h>

#include "base/buf.h"

enum {
    NOW = 1000000
};

static int64_t add_account(const struct fixture *fixture, const char *email)
{
    struct account_row row = account_of(email);
    begin(fixture->store);
    CHECK_INT(store_account_insert(fixture->store, &row, NULL), OK);
    commit(fixture->store);
    return row.id;
}

static int64_t add_zone(const struct fixture *fixture, const char *name, int64_t owner_id)
{
    struct zone_row row = zone_of(name, owner_id);
    begin(fixture->store);
    CHECK_INT(store_zone_insert(fixture->store, &row, NULL), OK);
    commit(fixture->store);
    return row.id;
}

static enum status try_member(const struct fixture *fixture, int64_t zone_id,
                              int64_t account_id, enum member_role role, int64_t *id)
{
    struct member_row row = {
        .zone_id = zone_id, .account_id = account_id, .role = role, .created_s = NOW
    };
    begin(fixture->store);
    enum status status = store_member_insert(fixture->store, &row, NULL);
    commit(fixture->store);
    *id = row.id;
    return status;
}

static int64_t add_member(const struct fixture *fixture, int64_t zone_id,
                          int64_t account_id, enum member_role role)
{
    int64_t id = 0;
    CHECK_INT(try_member(fixture, zone_id, account_id, role, &id), OK);
    return id;
}

static struct request_row request_of(enum request_kind kind, int64_t zone_id,
                                     int64_t host_id, int64_t asker_id, const char *email)
{
    struct request_row row = { .kind = kind,
                               .zone_id = zone_id,
                               .host_id = host_id,
                               .asker_id = asker_id,
                               .message = "hello",
                               .created_s = NOW,
                               .expires_s = NOW + 100 };
    struct buf text = BUF_ON(row.email);
    buf_put_text(&text, email);
    (void)buf_text(&text);
    return row;
}

static enum status put(const struct fixture *fixture, struct request_row row, int64_t *id)
{
    begin(fixture->store);
    enum status status = store_request_insert(fixture->store, &row, NULL);
    commit(fixture->store);
    *id = row.id;
    return status;
}

struct seen {
    char text[128];
};

static enum status note_zone(void *ctx, const struct zone_row *row)
{
    struct buf text = BUF_ON(((struct seen *)ctx)->text);
    text.n = strlen(((struct seen *)ctx)->text);
    buf_printf(&text, "%s ", name_text(&row->name));
    (void)buf_text(&text);
    return OK;
}

static enum status note_request(void *ctx, const struct request_row *row)
{
    struct buf text = BUF_ON(((struct seen *)ctx)->text);
    text.n = strlen(((struct seen *)ctx)->text);
    buf_printf(&text, "%lld ", (long long)row->id);
    (void)buf_text(&text);
    return OK;
}

TEST(an_account_is_a_member_of_a_zone_once)
{
    FIXTURE(fixture);
    struct member_row got;
    int64_t bob = add_account(&fixture, "bob@example.org"), id = 0, other = 0;
    id = add_member(&fixture, fixture.zone_id, bob, MEMBER_CREATOR);
    CHECK_INT(try_member(&fixture, fixture.zone_id, bob, MEMBER_MANAGER, &other),
              ERR_EXISTS);
    begin(fixture.store);
    CHECK_INT(store_member_set_role(fixture.store, id, MEMBER_MANAGER, NULL), OK);
    CHECK_INT(store_member_set_role(fixture.store, id + 1, MEMBER_MANAGER, NULL),
              ERR_NOT_FOUND);
    CHECK_INT(store_member_find_account(fixture.store, fixture.zone_id, bob, &got, NULL),
              OK);
    CHECK(got.id == id && got.role == MEMBER_MANAGER && got.created_s == NOW);
    CHECK_INT(store_member_remove(fixture.store, id, NULL), OK);
    CHECK_INT(store_member_remove(fixture.store, id, NULL), ERR_NOT_FOUND);
    commit(fixture.store);
}

TEST(memberships_go_with_the_account_and_with_the_zone)
{
    FIXTURE(fixture);
    struct member_row got;
    int64_t bob = add_account(&fixture, "bob@example.org");
    int64_t carol = add_account(&fixture, "carol@example.org");
    int64_t zone = add_zone(&fixture, "other.example.org", fixture.account_id);
    int64_t of_bob = add_member(&fixture, fixture.zone_id, bob, MEMBER_CREATOR);
    int64_t of_carol = add_member(&fixture, zone, carol, MEMBER_CREATOR);
    begin(fixture.store);
    CHECK_INT(store_account_remove(fixture.store, bob, NULL), OK);
    CHECK_INT(store_zone_remove(fixture.store, zone, NULL), OK);
    CHECK_INT(store_member_find(fixture.store, of_bob, &got, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_member_find(fixture.store, of_carol, &got, NULL), ERR_NOT_FOUND);
    commit(fixture.store);
}

TEST(the_zones_of_an_account_are_those_it_owns_and_those_it_shares)
{
    FIXTURE(fixture);
    int64_t bob = add_account(&fixture, "bob@example.org");
    (void)add_zone(&fixture, "a.example.org", bob);
    (void)add_zone(&fixture, "b.example.org", fixture.account_id);
    (void)add_member(&fixture, add_zone(&fixture, "c.example.org", fixture.account_id),
                     bob, MEMBER_CREATOR);
    (void)add_zone(&fixture, "d.example.org", bob);
    struct seen seen = { "" };
    struct store_page page = { .limit = 2, .owner_id = bob };
    CHECK_INT(store_zone_list(fixture.store, page, note_zone, &seen, NULL), OK);
    CHECK_TEXT(seen.text, "a.example.org c.example.org ");
    page.after = fixture.zone_id + 3;
    CHECK_INT(store_zone_list(fixture.store, page, note_zone, &seen, NULL), OK);
    CHECK_TEXT(seen.text, "a.example.org c.example.org d.example.org ");
}

TEST(only_managers_are_found_as_managers)
{
    FIXTURE(fixture);
    int64_t ids[4];
    size_t count = 9;
    int64_t bob = add_account(&fixture, "bob@example.org");
    (void)add_member(&fixture, fixture.zone_id, add_account(&fixture, "c@example.org"),
                     MEMBER_CREATOR);
    (void)add_member(&fixture, fixture.zone_id, bob, MEMBER_MANAGER);
    CHECK_INT(store_member_managers(fixture.store, fixture.zone_id, ids, 4, &count, NULL),
              OK);
    CHECK(count == 1 && ids[0] == bob);
}

TEST(there_is_one_request_of_a_kind_for_the_same)
{
    FIXTURE(fixture);
    int64_t host = add_host(&fixture, "a.dyn.example.org"), zone = fixture.zone_id,
            id = 0;
    int64_t bob = add_account(&fixture, "bob@example.org"), owner = fixture.account_id;
    const struct {
        struct request_row row;
        enum status want;
    } rows[] = {
        { request_of(REQUEST_JOIN, zone, 0, bob, ""), OK },
        { request_of(REQUEST_JOIN, zone, 0, bob, ""), ERR_EXISTS },
        { request_of(REQUEST_JOIN, zone, 0, owner, ""), OK },
        { request_of(REQUEST_INVITE, zone, 0, owner, "Bob@example.org"), OK },
        { request_of(REQUEST_INVITE, zone, 0, bob, "bob@EXAMPLE.org"), ERR_EXISTS },
        { request_of(REQUEST_INVITE, zone, 0, owner, "eve@example.org"), OK },
        { request_of(REQUEST_TRANSFER, zone, host, owner, "bob@example.org"), OK },
        { request_of(REQUEST_TRANSFER, zone, host, owner, "eve@example.org"),
          ERR_EXISTS },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(put(&fixture, rows[i].row, &id), rows[i].want);
}

TEST(an_account_sees_the_requests_that_it_has_to_do_with)
{
    FIXTURE(fixture);
    int64_t host = add_host(&fixture, "a.dyn.example.org"), zone = fixture.zone_id,
            ids[5] = { 0 };
    int64_t bob = add_account(&fixture, "Bob@example.org"),
            eve = add_account(&fixture, "eve@example.org"),
            manager = add_account(&fixture, "m@example.org"), owner = fixture.account_id;
    (void)add_member(&fixture, zone, manager, MEMBER_MANAGER);
    struct request_row old = request_of(REQUEST_JOIN, zone, 0, bob, "");
    old.expires_s = NOW;
    const struct request_row rows[] = {
        request_of(REQUEST_JOIN, zone, 0, eve, ""),
        request_of(REQUEST_INVITE, zone, 0, owner, "bob@example.org"),
        request_of(REQUEST_TRANSFER, zone, host, owner, "eve@example.org"),
        old,
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(put(&fixture, rows[i], &ids[i]), OK);
        CHECK_INT((int)ids[i], (int)i + 1);
    }
    const struct {
        int64_t account_id;
        const char *email, *want;
    } people[] = {
        { bob, "Bob@example.org", "2 " },
        { eve, "eve@example.org", "1 3 " },
        { manager, "m@example.org", "1 2 " },
        { owner, "owner@example.org", "1 2 3 " },
        { 0, "", "1 2 3 " },
    };
    for (size_t i = 0; i < LENGTH_OF(people); i++) {
        struct seen seen = { "" };
        const struct store_page page = { .limit = 9, .owner_id = people[i].account_id };
        const struct store_open open = { NOW, str_from(people[i].email) };
        CHECK_INT(
            store_request_list(fixture.store, page, open, note_request, &seen, NULL), OK);
        CHECK_TEXT(seen.text, people[i].want);
    }
}

TEST(requests_end_and_go_with_the_host_and_with_who_asked)
{
    FIXTURE(fixture);
    int64_t host = add_host(&fixture, "a.dyn.example.org"), id = 0, offered = 0;
    int64_t bob = add_account(&fixture, "bob@example.org");
    size_t removed = 0;
    struct request_row got;
    CHECK_INT(put(&fixture, request_of(REQUEST_JOIN, fixture.zone_id, 0, bob, ""), &id),
              OK);
    CHECK_INT(put(&fixture,
                  request_of(REQUEST_TRANSFER, fixture.zone_id, host, fixture.account_id,
                             "bob@example.org"),
                  &offered),
              OK);
    begin(fixture.store);
    CHECK_INT(store_request_trim(fixture.store, NOW + 99, 9, &removed, NULL), OK);
    CHECK_INT(removed, 0);
    CHECK_INT(store_host_remove(fixture.store, host, NULL), OK);
    CHECK_INT(store_request_find(fixture.store, offered, &got, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_request_trim(fixture.store, NOW + 100, 9, &removed, NULL), OK);
    CHECK_INT(removed, 1);
    CHECK_INT(store_request_find(fixture.store, id, &got, NULL), ERR_NOT_FOUND);
    commit(fixture.store);
}

TEST(a_request_or_member_that_holds_nonsense_is_trouble)
{
    static const char *const texts[] = { "UPDATE requests SET kind = 3",
                                         "UPDATE requests SET role = 2",
                                         "UPDATE zone_members SET role = 2" };
    FIXTURE(fixture);
    struct request_row request;
    struct member_row member;
    int64_t bob = add_account(&fixture, "bob@example.org"), id = 0;
    int64_t of_bob = add_member(&fixture, fixture.zone_id, bob, MEMBER_CREATOR);
    CHECK_INT(put(&fixture, request_of(REQUEST_JOIN, fixture.zone_id, 0, bob, ""), &id),
              OK);
    CHECK_INT(store_request_find(fixture.store, id, &request, NULL), OK);
    for (size_t i = 0; i < LENGTH_OF(texts); i++)
        run_sql(fixture.store, texts[i]);
    CHECK_INT(store_request_find(fixture.store, id, &request, NULL), ERR_IO);
    CHECK_INT(store_member_find(fixture.store, of_bob, &member, NULL), ERR_IO);
}
