// SPDX-License-Identifier: GPL-3.0-or-later
/* Sessions and links. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

enum {
    NOW = 1000000
};

static struct session_row session_of(const struct fixture *fixture, uint8_t byte)
{
    return (struct session_row){ .account_id = fixture->account_id,
                                 .digest = { { byte } },
                                 .created_s = NOW,
                                 .used_s = NOW,
                                 .fresh_s = NOW + 600,
                                 .expires_s = NOW + 3600,
                                 .keep = true,
                                 .source = ip_of("192.0.2.1"),
                                 .agent = "test/1" };
}

static int64_t add_session(const struct fixture *fixture, uint8_t byte)
{
    struct session_row row = session_of(fixture, byte);
    begin(fixture->store);
    CHECK_INT(store_session_insert(fixture->store, &row, NULL), OK);
    commit(fixture->store);
    return row.id;
}

TEST(a_session_comes_back_as_it_was_inserted)
{
    FIXTURE(fixture);
    struct session_row want = session_of(&fixture, 7), got;
    int64_t id = add_session(&fixture, 7);
    CHECK_INT(store_session_find_digest(fixture.store, want.digest, &got, NULL), OK);
    CHECK_INT(got.id, id);
    CHECK_INT(got.account_id, want.account_id);
    CHECK(digest_equal(got.digest, want.digest));
    CHECK_INT(got.created_s, want.created_s);
    CHECK_INT(got.used_s, want.used_s);
    CHECK_INT(got.fresh_s, want.fresh_s);
    CHECK_INT(got.expires_s, want.expires_s);
    CHECK_INT(got.keep, want.keep);
    CHECK(ip_equal(got.source, want.source));
    CHECK_TEXT(got.agent, want.agent);
    want.digest.bytes[0]++;
    CHECK_INT(store_session_find_digest(fixture.store, want.digest, &got, NULL),
              ERR_NOT_FOUND);
}

TEST(the_last_use_of_a_session_goes_forward_only)
{
    FIXTURE(fixture);
    struct session_row got;
    int64_t id = add_session(&fixture, 1);
    begin(fixture.store);
    CHECK_INT(store_session_set_used(fixture.store, id, NOW + 5, NULL), OK);
    CHECK_INT(store_session_set_used(fixture.store, id, NOW + 3, NULL), OK);
    CHECK_INT(store_session_set_used(fixture.store, id + 1, NOW + 3, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_session_find(fixture.store, id, &got, NULL), OK);
    CHECK_INT(got.used_s, NOW + 5);
}

TEST(a_session_that_is_renewed_is_no_longer_found_by_its_old_secret)
{
    FIXTURE(fixture);
    struct session_row row = session_of(&fixture, 1), got;
    row.id = add_session(&fixture, 1);
    row.digest.bytes[0] = 2;
    row.fresh_s = NOW + 900;
    begin(fixture.store);
    CHECK_INT(store_session_renew(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_session_find_digest(fixture.store, row.digest, &got, NULL), OK);
    CHECK_INT(got.fresh_s, NOW + 900);
    row.digest.bytes[0] = 1;
    CHECK_INT(store_session_find_digest(fixture.store, row.digest, &got, NULL),
              ERR_NOT_FOUND);
}

static enum status count(void *ctx, const struct session_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return OK;
}

static size_t sessions_of(const struct fixture *fixture, int64_t account_id)
{
    size_t n = 0;
    CHECK_INT(store_session_list(fixture->store, account_id,
                                 (struct store_page){ .limit = SIZE_MAX }, count, &n,
                                 NULL),
              OK);
    return n;
}

TEST(sessions_end_one_by_one_all_but_one_and_with_their_account)
{
    FIXTURE(fixture);
    int64_t first = add_session(&fixture, 1), second = add_session(&fixture, 2);
    (void)add_session(&fixture, 3);
    begin(fixture.store);
    CHECK_INT(store_session_remove(fixture.store, first, NULL), OK);
    CHECK_INT(store_session_remove(fixture.store, first, NULL), ERR_NOT_FOUND);
    CHECK_INT(sessions_of(&fixture, fixture.account_id), 2);
    CHECK_INT(
        store_session_remove_account(fixture.store, fixture.account_id, second, NULL),
        OK);
    CHECK_INT(sessions_of(&fixture, fixture.account_id), 1);
    struct account_row account = account_of("other@example.org");
    CHECK_INT(store_account_insert(fixture.store, &account, NULL), OK);
    struct session_row row = session_of(&fixture, 9);
    row.account_id = account.id;
    CHECK_INT(store_session_insert(fixture.store, &row, NULL), OK);
    CHECK_INT(store_account_remove(fixture.store, account.id, NULL), OK);
    CHECK_INT(sessions_of(&fixture, account.id), 0);
    CHECK_INT(sessions_of(&fixture, fixture.account_id), 1);
    commit(fixture.store);
}

TEST(sessions_and_links_that_have_expired_are_removed_in_slices)
{
    FIXTURE(fixture);
    size_t removed = 0;
    for (uint8_t i = 0; i < 3; i++) {
        struct link_row link = { .digest = { { i } }, .expires_s = NOW + 3600 };
        (void)add_session(&fixture, i);
        begin(fixture.store);
        CHECK_INT(store_link_insert(fixture.store, &link, NULL), OK);
        commit(fixture.store);
    }
    begin(fixture.store);
    CHECK_INT(store_session_trim(fixture.store, NOW + 3599, 2, &removed, NULL), OK);
    CHECK_INT(removed, 0);
    CHECK_INT(store_session_trim(fixture.store, NOW + 3600, 2, &removed, NULL), OK);
    CHECK_INT(removed, 2);
    CHECK_INT(store_link_trim(fixture.store, NOW + 3599, 2, &removed, NULL), OK);
    CHECK_INT(removed, 0);
    CHECK_INT(store_link_trim(fixture.store, NOW + 3600, 2, &removed, NULL), OK);
    CHECK_INT(removed, 2);
    commit(fixture.store);
}

TEST(a_link_works_once_and_not_after_its_end)
{
    FIXTURE(fixture);
    struct link_row row = { .digest = { { 1 } },
                            .purpose = LINK_RESET,
                            .account_id = fixture.account_id,
                            .created_s = NOW,
                            .expires_s = NOW + 60 },
                    late = row, got;
    late.digest.bytes[0] = 2;
    begin(fixture.store);
    CHECK_INT(store_link_insert(fixture.store, &row, NULL), OK);
    CHECK_INT(store_link_insert(fixture.store, &row, NULL), ERR_EXISTS);
    CHECK_INT(store_link_insert(fixture.store, &late, NULL), OK);
    CHECK_INT(store_link_find(fixture.store, row.digest, &got, NULL), OK);
    CHECK_INT(got.purpose, LINK_RESET);
    CHECK_INT(got.account_id, fixture.account_id);
    CHECK_INT(got.expires_s, NOW + 60);
    CHECK_INT(got.used_s, 0);
    CHECK_INT(store_link_use(fixture.store, row.digest, NOW + 59, NULL), OK);
    CHECK_INT(store_link_use(fixture.store, row.digest, NOW + 59, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_link_use(fixture.store, late.digest, NOW + 60, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_link_find(fixture.store, row.digest, &got, NULL), OK);
    CHECK_INT(got.used_s, NOW + 59);
    commit(fixture.store);
}

TEST(links_are_removed_by_account_by_purpose_and_by_address)
{
    FIXTURE(fixture);
    static const struct {
        enum link_purpose purpose;
        bool is_own;
        const char *email;
    } rows[] = {
        { LINK_INVITE, true, "" },
        { LINK_RESET, true, "" },
        { LINK_INVITE, false, "" }, /* of the first operator */
        { LINK_SIGN_UP, false, "new@example.org" },
        { LINK_SIGN_UP, false, "other@example.org" },
    };
    static const struct {
        size_t like;
        const char *left; /* a bit for each row */
    } steps[] = { { 1, "10111" }, { 2, "10011" }, { 3, "10001" } };
    struct link_row links[LENGTH_OF(rows)], got;
    begin(fixture.store);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        links[i] =
            (struct link_row){ .digest = { { (uint8_t)i } },
                               .purpose = rows[i].purpose,
                               .account_id = rows[i].is_own ? fixture.account_id : 0,
                               .language = "de" };
        (void)snprintf(links[i].email, EMAIL_SIZE, "%s", rows[i].email);
        CHECK_INT(store_link_insert(fixture.store, &links[i], NULL), OK);
    }
    (void)snprintf(links[3].email, EMAIL_SIZE, "NEW@example.org");
    for (size_t k = 0; k < LENGTH_OF(steps); k++) {
        CHECK_INT(store_link_remove_like(fixture.store, &links[steps[k].like], NULL), OK);
        for (size_t i = 0; i < LENGTH_OF(rows); i++)
            CHECK_INT(store_link_find(fixture.store, links[i].digest, &got, NULL) == OK,
                      steps[k].left[i] == '1');
    }
    CHECK_TEXT(got.email, "other@example.org");
    CHECK_TEXT(got.language, "de");
    CHECK_INT(got.purpose, LINK_SIGN_UP);
    CHECK_INT(store_link_remove_account(fixture.store, fixture.account_id, NULL), OK);
    CHECK_INT(store_link_find(fixture.store, links[0].digest, &got, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_link_find(fixture.store, links[4].digest, &got, NULL), OK);
    commit(fixture.store);
}

TEST(a_change_of_address_is_found_by_either_secret_until_it_is_replaced_or_ends)
{
    FIXTURE(fixture);
    struct address_change_row row = { .account_id = fixture.account_id,
                                      .email = "new@example.org",
                                      .old_digest = { { 1 } },
                                      .new_digest = { { 2 } },
                                      .new_confirmed = true,
                                      .created_s = NOW,
                                      .expires_s = NOW + 60 },
                              got;
    size_t removed = 0;
    begin(fixture.store);
    CHECK_INT(store_address_change_put(fixture.store, &row, NULL), OK);
    const struct digest digests[] = { row.old_digest, row.new_digest };
    for (size_t i = 0; i < LENGTH_OF(digests); i++) {
        CHECK_INT(store_address_change_find_digest(fixture.store, digests[i], &got, NULL),
                  OK);
        CHECK_TEXT(got.email, row.email);
        CHECK_INT(got.account_id, row.account_id);
        CHECK(digest_equal(got.old_digest, row.old_digest));
        CHECK(digest_equal(got.new_digest, row.new_digest));
        CHECK(!got.old_confirmed && got.new_confirmed);
        CHECK_INT(got.created_s, NOW);
        CHECK_INT(got.expires_s, NOW + 60);
    }
    row.old_digest.bytes[0] = 3;
    CHECK_INT(store_address_change_put(fixture.store, &row, NULL), OK);
    CHECK_INT(store_address_change_find_digest(fixture.store, digests[0], &got, NULL),
              ERR_NOT_FOUND);
    CHECK_INT(store_address_change_trim(fixture.store, NOW + 59, 9, &removed, NULL), OK);
    CHECK_INT(removed, 0);
    CHECK_INT(store_address_change_find(fixture.store, row.account_id, &got, NULL), OK);
    CHECK_INT(store_address_change_trim(fixture.store, NOW + 60, 9, &removed, NULL), OK);
    CHECK_INT(removed, 1);
    CHECK_INT(store_address_change_put(fixture.store, &row, NULL), OK);
    CHECK_INT(store_address_change_remove(fixture.store, row.account_id, NULL), OK);
    CHECK_INT(store_address_change_find(fixture.store, row.account_id, &got, NULL),
              ERR_NOT_FOUND);
    CHECK_INT(store_address_change_remove(fixture.store, row.account_id, NULL), OK);
    commit(fixture.store);
}
