// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/str.h"
#include "fixture.h"

static struct mail_row mail_of(const char *recipient, uint8_t kind, int64_t created_s)
{
    struct mail_row row = { .kind = kind,
                            .language = "de",
                            .about = "token 1",
                            .message_id = "00@example.org",
                            .due_s = created_s,
                            .created_s = created_s };
    memcpy(row.recipient, recipient, strlen(recipient));
    return row;
}

static void check_same(const struct mail_row *got, const struct mail_row *want)
{
    CHECK(got->id == want->id && got->kind == want->kind);
    CHECK_INT(got->account_id, want->account_id);
    CHECK_TEXT(got->recipient, want->recipient);
    CHECK_TEXT(got->language, want->language);
    CHECK_TEXT(got->about, want->about);
    CHECK_TEXT(got->message_id, want->message_id);
    CHECK_INT(got->state, want->state);
    CHECK(got->due_s == want->due_s && got->tries == want->tries);
    CHECK_TEXT(got->last_error, want->last_error);
    CHECK(got->created_s == want->created_s && got->ended_s == want->ended_s);
}

static void insert(const struct fixture *fixture, struct mail_row *row)
{
    begin(fixture->store);
    CHECK_INT(store_mail_insert(fixture->store, row, STR("sealed\0bytes"), NULL), OK);
    commit(fixture->store);
}

static void settle(const struct fixture *fixture, const struct mail_row *row)
{
    begin(fixture->store);
    CHECK_INT(store_mail_settle(fixture->store, row, NULL), OK);
    commit(fixture->store);
}

static struct buf content_of(const struct fixture *fixture, int64_t id, char storage[32])
{
    struct buf out = buf_on(storage, 32);
    CHECK_INT(store_mail_content(fixture->store, id, &out, NULL), OK);
    return out;
}

TEST(a_mail_comes_back_as_it_was_inserted)
{
    FIXTURE(fixture);
    struct mail_row row = mail_of("Anna@Example.org", MAIL_KINDS_MAX - 1, 1000), got;
    row.account_id = fixture.account_id;
    insert(&fixture, &row);
    CHECK_INT(store_mail_find(fixture.store, row.id, &got, NULL), OK);
    check_same(&got, &row);
    char storage[32];
    struct buf content = content_of(&fixture, row.id, storage);
    CHECK(str_equal(buf_str(&content), STR("sealed\0bytes")));
}

TEST(what_a_mail_says_is_gone_once_it_is_sent_and_stays_when_it_is_refused)
{
    FIXTURE(fixture);
    struct mail_row sent = mail_of("a@example.org", 3, 1000), dead = sent, got;
    char storage[32];
    insert(&fixture, &sent);
    insert(&fixture, &dead);
    sent.state = MAIL_SENT;
    dead.state = MAIL_DEAD;
    sent.ended_s = dead.ended_s = 2000;
    memcpy(dead.last_error, "550 no", 6);
    settle(&fixture, &sent);
    settle(&fixture, &dead);
    CHECK_INT(content_of(&fixture, sent.id, storage).n, 0);
    CHECK_INT(content_of(&fixture, dead.id, storage).n, 12);
    CHECK_INT(store_mail_find(fixture.store, dead.id, &got, NULL), OK);
    check_same(&got, &dead);
}

TEST(the_mail_that_is_due_first_comes_first)
{
    FIXTURE(fixture);
    struct mail_row late = mail_of("a@example.org", 1, 3000),
                    early = mail_of("b@example.org", 1, 2000), got;
    CHECK_INT(store_mail_next(fixture.store, &got, NULL), ERR_NOT_FOUND);
    insert(&fixture, &late);
    insert(&fixture, &early);
    CHECK_INT(store_mail_next(fixture.store, &got, NULL), OK);
    CHECK_INT(got.id, early.id);
    early.state = MAIL_DEAD;
    settle(&fixture, &early);
    CHECK_INT(store_mail_next(fixture.store, &got, NULL), OK);
    CHECK_INT(got.id, late.id);
    int64_t waiting = 0, dead = 0, sent = 0;
    CHECK_INT(store_mail_count(fixture.store, MAIL_WAITING, &waiting, NULL), OK);
    CHECK_INT(store_mail_count(fixture.store, MAIL_DEAD, &dead, NULL), OK);
    CHECK_INT(store_mail_count(fixture.store, MAIL_SENT, &sent, NULL), OK);
    CHECK(waiting == 1 && dead == 1 && sent == 0);
}

TEST(mails_to_an_address_count_whatever_its_case_by_kinds_and_by_time)
{
    static const struct {
        const char *recipient;
        uint32_t kinds;
        int64_t since_s, want, newest_s;
    } rows[] = {
        { "A@example.ORG", 0x0f, 0, 3, 3000 },    { "a@example.org", 0x02, 0, 2, 3000 },
        { "a@example.org", 0x04, 0, 1, 2000 },    { "a@example.org", 0x08, 0, 0, 0 },
        { "a@example.org", 0x0f, 1000, 2, 3000 }, { "b@example.org", 0x0f, 0, 0, 0 },
    };
    FIXTURE(fixture);
    struct mail_row one = mail_of("a@example.org", 1, 1000),
                    two = mail_of("A@example.org", 2, 2000),
                    three = mail_of("a@EXAMPLE.org", 1, 3000);
    insert(&fixture, &one);
    insert(&fixture, &two);
    insert(&fixture, &three);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct store_recent_mails recent = { -1, -1 };
        CHECK_INT(store_mail_recent(fixture.store, str_from(rows[i].recipient),
                                    rows[i].kinds, rows[i].since_s, &recent, NULL),
                  OK);
        CHECK_INT(recent.count, rows[i].want);
        CHECK_INT(recent.newest_s, rows[i].newest_s);
    }
}

TEST(who_was_told_of_something_is_known)
{
    static const struct {
        const char *recipient, *about;
        uint8_t kind;
        bool want;
    } rows[] = { { "a@EXAMPLE.org", "token 1", 1, true },
                 { "b@example.org", "token 1", 1, false },
                 { "a@example.org", "token 2", 1, false },
                 { "a@example.org", "token 1", 2, false } };
    FIXTURE(fixture);
    struct mail_row row = mail_of("a@example.org", 1, 1000);
    insert(&fixture, &row);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        bool known = !rows[i].want;
        CHECK_INT(store_mail_is_known(fixture.store, str_from(rows[i].recipient),
                                      rows[i].kind, rows[i].about, &known, NULL),
                  OK);
        CHECK_INT(known, rows[i].want);
    }
}

TEST(mails_that_ended_long_ago_are_trimmed_and_those_that_wait_stay)
{
    FIXTURE(fixture);
    struct mail_row row;
    for (int i = 0; i < 5; i++) {
        row = mail_of("a@example.org", 1, 1000);
        insert(&fixture, &row);
        row.state = i == 0 ? MAIL_WAITING : MAIL_SENT;
        row.ended_s = i == 0 ? 0 : 1000 + i;
        settle(&fixture, &row);
    }
    size_t removed = 0;
    begin(fixture.store);
    CHECK_INT(store_mail_trim(fixture.store, 1004, 2, &removed, NULL), OK);
    CHECK_INT(removed, 2);
    CHECK_INT(store_mail_trim(fixture.store, 1004, 2, &removed, NULL), OK);
    CHECK_INT(removed, 1);
    commit(fixture.store);
    int64_t waiting = 0, sent = 0;
    CHECK_INT(store_mail_count(fixture.store, MAIL_WAITING, &waiting, NULL), OK);
    CHECK_INT(store_mail_count(fixture.store, MAIL_SENT, &sent, NULL), OK);
    CHECK(waiting == 1 && sent == 1);
}

TEST(an_account_takes_its_mails_with_it)
{
    FIXTURE(fixture);
    struct account_row account = account_of("a@example.org");
    struct mail_row row = mail_of("a@example.org", 1, 1000), got;
    begin(fixture.store);
    CHECK_INT(store_account_insert(fixture.store, &account, NULL), OK);
    commit(fixture.store);
    row.account_id = account.id;
    insert(&fixture, &row);
    begin(fixture.store);
    CHECK_INT(store_account_remove(fixture.store, account.id, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_mail_find(fixture.store, row.id, &got, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_mail_settle(fixture.store, &row, NULL), ERR_IO); /* no transaction */
    begin(fixture.store);
    CHECK_INT(store_mail_settle(fixture.store, &row, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_mail_remove(fixture.store, row.id, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_mail_insert(fixture.store, &row, STR(""), NULL), ERR_CONFLICT);
    commit(fixture.store);
}

TEST(kinds_are_switched_off_one_by_one)
{
    FIXTURE(fixture);
    struct account_row got;
    begin(fixture.store);
    CHECK_INT(store_account_switch_mail_off(fixture.store, fixture.account_id, 3, NULL),
              OK);
    CHECK_INT(store_account_switch_mail_off(fixture.store, fixture.account_id, 31, NULL),
              OK);
    CHECK_INT(store_account_switch_mail_off(fixture.store, fixture.account_id, 3, NULL),
              OK);
    CHECK_INT(store_account_switch_mail_off(fixture.store, 4711, 3, NULL), ERR_NOT_FOUND);
    commit(fixture.store);
    CHECK_INT(store_account_find(fixture.store, fixture.account_id, &got, NULL), OK);
    CHECK_INT(got.mail_off, UINT32_C(1) << 31 | 8);
}

TEST(operators_are_found_among_all_others)
{
    FIXTURE(fixture);
    int64_t ids[4], want[3] = { 0 };
    size_t count = 99, wanted = 0;
    begin(fixture.store);
    for (int i = 0; i < 6; i++) {
        char email[] = "0@example.org";
        email[0] = (char)('0' + i);
        struct account_row row = account_of(email);
        row.role = i % 2 ? ROLE_OPERATOR : ROLE_USER;
        row.state = i == 3 ? ACCOUNT_BLOCKED : ACCOUNT_ACTIVE;
        CHECK_INT(store_account_insert(fixture.store, &row, NULL), OK);
        if (i == 1 || i == 5)
            want[wanted++] = row.id;
    }
    commit(fixture.store);
    CHECK_INT(store_account_operators(fixture.store, ids, 4, &count, NULL), OK);
    for (size_t i = 0; i < count; i++)
        CHECK(ids[i] == fixture.account_id || ids[i] == want[0] || ids[i] == want[1]);
    CHECK(count >= wanted);
    CHECK_INT(store_account_operators(fixture.store, ids, 1, &count, NULL), OK);
    CHECK_INT(count, 1);
}
