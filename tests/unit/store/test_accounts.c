// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <stdio.h>

#include <string.h>

#include "base/str.h"

static void check_same(const struct account_row *got, const struct account_row *want)
{
    CHECK_INT(got->id, want->id);
    CHECK_TEXT(got->email, want->email);
    CHECK_TEXT(got->password_hash, want->password_hash);
    CHECK_INT(got->role, want->role);
    CHECK_INT(got->state, want->state);
    CHECK_INT(got->hosts_max, want->hosts_max);
    CHECK_TEXT(got->language, want->language);
    CHECK_INT(got->created_s, want->created_s);
    CHECK_INT(got->last_change, want->last_change);
    CHECK_INT(got->mail_off, want->mail_off);
}

TEST(an_account_comes_back_as_it_was_inserted)
{
    FIXTURE(fixture);
    struct account_row row = account_of("Anna@Example.org"), got;
    begin(fixture.store);
    CHECK_INT(store_account_insert(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    CHECK(row.id > 0);
    CHECK_INT(store_account_find(fixture.store, row.id, &got, NULL), OK);
    check_same(&got, &row);
}

TEST(an_account_is_found_by_its_email_in_any_case)
{
    static const struct {
        const char *email;
        enum status want;
    } rows[] = { { "Ops@Example.org", OK },
                 { "ops@example.org", OK },
                 { "OPS@EXAMPLE.ORG", OK },
                 { "ops@example.or", ERR_NOT_FOUND },
                 { "", ERR_NOT_FOUND } };
    FIXTURE(fixture);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct account_row got = { .id = -1 };
        struct str email = str_from(rows[i].email);
        CHECK_INT(store_account_find_email(fixture.store, email, &got, NULL),
                  rows[i].want);
        CHECK_INT(got.id, rows[i].want ? -1 : fixture.account_id);
    }
}

TEST(an_email_longer_than_any_account_can_have_is_not_found)
{
    FIXTURE(fixture);
    char email[EMAIL_SIZE * 2];
    memset(email, 'a', sizeof(email));
    struct account_row got;
    CHECK_INT(store_account_find_email(fixture.store, str_bytes(email, sizeof(email)),
                                       &got, NULL),
              ERR_NOT_FOUND);
}

TEST(a_second_account_of_the_same_email_is_refused_by_name)
{
    FIXTURE(fixture);
    struct account_row row = account_of("OPS@example.ORG"),
                       other = account_of("b@example.org");
    struct error err = { "" };
    begin(fixture.store);
    CHECK_INT(store_account_insert(fixture.store, &row, &err), ERR_EXISTS);
    CHECK(strstr(err.text, "OPS@example.ORG") != NULL);
    CHECK_INT(row.id, 0);
    CHECK_INT(store_account_insert(fixture.store, &other, &err), OK);
    memcpy(other.email, row.email, sizeof(row.email));
    CHECK_INT(store_account_update(fixture.store, &other, &err), ERR_EXISTS);
    commit(fixture.store);
}

TEST(an_update_changes_every_column_of_the_account)
{
    FIXTURE(fixture);
    struct account_row row = account_of("new@example.org"), got;
    row.id = fixture.account_id;
    row.role = ROLE_OPERATOR;
    row.state = ACCOUNT_ACTIVE;
    row.hosts_max = 0;
    row.password_hash[0] = '\0';
    row.last_change = 77;
    begin(fixture.store);
    CHECK_INT(store_account_update(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_account_find_email(fixture.store, STR("NEW@example.org"), &got, NULL),
              OK);
    check_same(&got, &row);
}

TEST(an_account_that_is_not_there_is_told_so_by_every_call)
{
    FIXTURE(fixture);
    struct account_row row = account_of("b@example.org");
    row.id = 4711;
    struct error err = { "" };
    begin(fixture.store);
    CHECK_INT(store_account_update(fixture.store, &row, &err), ERR_NOT_FOUND);
    CHECK_INT(store_account_remove(fixture.store, row.id, &err), ERR_NOT_FOUND);
    CHECK_INT(store_account_find(fixture.store, row.id, &row, &err), ERR_NOT_FOUND);
    CHECK_TEXT(err.text, "no account 4711");
    commit(fixture.store);
}

TEST(an_account_with_zones_or_hosts_is_not_removed)
{
    FIXTURE(fixture);
    struct account_row owner = account_of("owner@example.org"), got;
    struct host_row host = host_of("a.dyn.example.org", &fixture);
    begin(fixture.store);
    CHECK_INT(store_account_insert(fixture.store, &owner, NULL), OK);
    host.owner_id = owner.id;
    CHECK_INT(store_host_insert(fixture.store, &host, NULL), OK);
    CHECK_INT(store_account_remove(fixture.store, fixture.account_id, NULL),
              ERR_CONFLICT);
    CHECK_INT(store_account_remove(fixture.store, owner.id, NULL), ERR_CONFLICT);
    CHECK_INT(store_account_find(fixture.store, owner.id, &got, NULL), OK);
    CHECK_INT(store_host_remove(fixture.store, host.id, NULL), OK);
    CHECK_INT(store_account_remove(fixture.store, owner.id, NULL), OK);
    commit(fixture.store);
}

TEST(removing_an_account_removes_its_tokens_and_its_id_is_not_given_again)
{
    FIXTURE(fixture);
    struct account_row owner = account_of("owner@example.org"), next = owner;
    struct token_row token = token_of(1, &fixture);
    begin(fixture.store);
    CHECK_INT(store_account_insert(fixture.store, &owner, NULL), OK);
    token.account_id = owner.id;
    CHECK_INT(store_token_insert(fixture.store, &token, NULL), OK);
    CHECK_INT(store_account_remove(fixture.store, owner.id, NULL), OK);
    CHECK_INT(store_token_find(fixture.store, token.id, &token, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_account_insert(fixture.store, &next, NULL), OK);
    CHECK(next.id > owner.id);
    commit(fixture.store);
}

struct seen {
    int64_t ids[8];
    size_t count;
    enum status answer;
};

static enum status note(void *ctx, const struct account_row *row)
{
    struct seen *seen = ctx;
    seen->ids[seen->count++] = row->id;
    return seen->answer;
}

TEST(a_list_goes_on_after_an_id_and_ends_at_the_limit_or_at_the_callers_wish)
{
    FIXTURE(fixture);
    struct account_row b = account_of("b@example.org"), c = account_of("c@example.org");
    begin(fixture.store);
    CHECK_INT(store_account_insert(fixture.store, &b, NULL), OK);
    CHECK_INT(store_account_insert(fixture.store, &c, NULL), OK);
    commit(fixture.store);
    const struct {
        int64_t after;
        size_t limit;
        enum status answer;
        size_t want;
        int64_t first;
    } rows[] = { { 0, SIZE_MAX, OK, 3, fixture.account_id },
                 { 0, 2, OK, 2, fixture.account_id },
                 { fixture.account_id, 10, OK, 2, b.id },
                 { c.id, 10, OK, 0, 0 },
                 { 0, 0, OK, 0, 0 },
                 { b.id, 10, ERR_NOT_FOUND, 1, c.id } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct seen seen = { .answer = rows[i].answer };
        CHECK_INT(store_account_list(fixture.store,
                                     (struct store_page){ .after = rows[i].after,
                                                          .limit = rows[i].limit },
                                     note, &seen, NULL),
                  rows[i].answer);
        CHECK_INT(seen.count, rows[i].want);
        CHECK_INT(seen.ids[0], rows[i].first);
    }
}

TEST(accounts_are_listed_by_their_state_and_those_that_wait_are_counted)
{
    FIXTURE(fixture);
    static const enum account_state states[] = { ACCOUNT_WAITING, ACCOUNT_ACTIVE,
                                                 ACCOUNT_WAITING, ACCOUNT_BLOCKED };
    struct account_row rows[LENGTH_OF(states)], first;
    int64_t waiting = -1;
    begin(fixture.store);
    CHECK_INT(store_account_find(fixture.store, fixture.account_id, &first, NULL), OK);
    first.state = ACCOUNT_ACTIVE;
    CHECK_INT(store_account_update(fixture.store, &first, NULL), OK);
    for (size_t i = 0; i < LENGTH_OF(states); i++) {
        char email[32];
        (void)snprintf(email, sizeof(email), "n%zu@example.org", i);
        rows[i] = account_of(email);
        rows[i].state = states[i];
        CHECK_INT(store_account_insert(fixture.store, &rows[i], NULL), OK);
    }
    commit(fixture.store);
    CHECK_INT(store_account_count_waiting(fixture.store, &waiting, NULL), OK);
    CHECK_INT(waiting, 2);
    const struct {
        enum account_state state;
        struct store_page page;
        size_t want;
        int64_t first;
    } lists[] = {
        { ACCOUNT_WAITING, { .limit = 9 }, 2, rows[0].id },
        { ACCOUNT_WAITING, { .limit = 1 }, 1, rows[0].id },
        { ACCOUNT_WAITING, { .after = rows[0].id, .limit = 9 }, 1, rows[2].id },
        { ACCOUNT_BLOCKED, { .limit = 9 }, 1, rows[3].id },
        { ACCOUNT_ACTIVE, { .limit = 9 }, 2, fixture.account_id },
    };
    for (size_t i = 0; i < LENGTH_OF(lists); i++) {
        struct seen seen = { .answer = OK };
        CHECK_INT(store_account_list_state(fixture.store, lists[i].state, lists[i].page,
                                           note, &seen, NULL),
                  OK);
        CHECK_INT(seen.count, lists[i].want);
        CHECK_INT(seen.ids[0], lists[i].first);
    }
}
