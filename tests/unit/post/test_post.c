// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/post.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "test.h"

enum {
    NOW_S = 1700000000
};

static const struct keys keys = { .seal = { 7 } };
static const struct post post = { .keys = &keys,
                                  .origin = "https://ddns.example.org",
                                  .domain = "example.org" };

struct office {
    char folder[64], path[96];
    struct store *store;
    struct account_row account;
};

static void close_office(struct office *office)
{
    static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
    store_rollback(office->store);
    store_close(office->store);
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        char storage[128];
        struct buf path = BUF_ON(storage);
        buf_printf(&path, "%s%s", office->path, ends[i]);
        (void)unlink(buf_text(&path));
    }
    CHECK_INT(rmdir(office->folder), 0);
}

/* A transaction is open. */
static void open_office(struct office *office)
{
    *office = (struct office){ .folder = "/tmp/rove-post-XXXXXX" };
    CHECK(mkdtemp(office->folder) != NULL);
    struct buf path = BUF_ON(office->path);
    buf_printf(&path, "%s/db", office->folder);
    (void)buf_text(&path);
    CHECK_INT(store_open(office->path, STORE_CREATE, &office->store, NULL), OK);
    CHECK_INT(store_begin(office->store, NULL), OK);
    office->account =
        (struct account_row){ .email = "Owner@example.org", .language = "de" };
    CHECK_INT(store_account_insert(office->store, &office->account, NULL), OK);
}
#define OFFICE(name) \
    __attribute__((cleanup(close_office))) struct office name; \
    open_office(&(name))

static struct post_mail mail_of(enum post_kind kind, int64_t account_id, int64_t now_s)
{
    struct post_mail mail = { .kind = kind,
                              .account_id = account_id,
                              .recipient = STR("stranger@example.net"),
                              .language = STR("en"),
                              .secret = STR("SECRETSECRET"),
                              .now_s = now_s };
    for (const struct post_field *field = post_traits[kind].fields; field->name; field++)
        post_values_add(&mail.values, field->name, str_from(field->example));
    return mail;
}

static enum post_result put(const struct office *office, struct post_mail *mail)
{
    enum post_result result = POST_QUEUE_FULL;
    CHECK_INT(post_put(&post, office->store, mail, &result, NULL), OK);
    return result;
}

static int64_t waiting(const struct office *office)
{
    int64_t count = -1;
    CHECK_INT(store_mail_count(office->store, MAIL_WAITING, &count, NULL), OK);
    return count;
}

TEST(a_notice_goes_to_the_address_and_in_the_language_of_its_account)
{
    OFFICE(office);
    struct post_mail mail = mail_of(POST_NEW_TOKEN, office.account.id, NOW_S);
    CHECK_INT(put(&office, &mail), POST_QUEUED);
    struct mail_row row;
    struct post_content content;
    CHECK_INT(store_mail_next(office.store, &row, NULL), OK);
    CHECK_TEXT(row.recipient, "Owner@example.org");
    CHECK_TEXT(row.language, "de");
    CHECK_INT(row.kind, POST_NEW_TOKEN);
    CHECK_INT(row.due_s, NOW_S);
    CHECK_INT(row.created_s, NOW_S);
    CHECK(str_ends(str_from(row.message_id), STR("@example.org")));
    CHECK_INT(str_from(row.message_id).n, 32 + 12);
    CHECK_INT(post_open(&post, office.store, &row, &content, NULL), OK);
    CHECK_TEXT(content.subject, "Ein neues Token f\xc3\xbcr home.dyn.example.org");
    CHECK(strstr(content.body, "Guten Tag") && strstr(content.body, "Owner@example.org"));
    CHECK(str_starts(str_from(content.unsubscribe), STR("https://ddns.example.org/u/")));
    CHECK(strstr(content.body, content.unsubscribe) != NULL);
}

TEST(a_token_of_no_certain_host_is_for_the_whole_account_in_the_words_of_the_language)
{
    static const struct {
        const char *language, *subject, *line;
    } rows[] = { { "en", "A new token for your whole account",
                   "for:   your whole account" },
                 { "de", "Ein neues Token f\xc3\xbcr Ihr ganzes Konto",
                   "f\xc3\xbcr:   Ihr ganzes Konto" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        OFFICE(office);
        struct post_mail mail = { .kind = POST_NEW_TOKEN,
                                  .recipient = STR("a@example.net"),
                                  .language = str_from(rows[i].language),
                                  .now_s = NOW_S };
        post_values_add(&mail.values, "time", STR("now"));
        post_values_add(&mail.values, "host", STR(""));
        post_values_add(&mail.values, "hosts", STR(""));
        post_values_add(&mail.values, "token", STR("12"));
        CHECK_INT(put(&office, &mail), POST_QUEUED);
        struct mail_row row;
        struct post_content content;
        CHECK_INT(store_mail_next(office.store, &row, NULL), OK);
        CHECK_INT(post_open(&post, office.store, &row, &content, NULL), OK);
        CHECK_TEXT(content.subject, rows[i].subject);
        CHECK(strstr(content.body, rows[i].line) != NULL);
    }
}

TEST(the_secret_of_a_mail_stands_nowhere_in_clear)
{
    OFFICE(office);
    struct post_mail mail = mail_of(POST_CONFIRM, 0, NOW_S);
    CHECK_INT(put(&office, &mail), POST_QUEUED);
    struct mail_row row;
    struct post_content content;
    CHECK_INT(store_mail_next(office.store, &row, NULL), OK);
    CHECK_INT(post_open(&post, office.store, &row, &content, NULL), OK);
    CHECK(strstr(content.body, "https://ddns.example.org/confirm#SECRETSECRET") != NULL);
    CHECK_TEXT(content.unsubscribe, "");
    CHECK_INT(store_commit(office.store, NULL), OK);
    static const char *const ends[] = { "", "-wal" };
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        char storage[128], *bytes = NULL;
        struct buf path = BUF_ON(storage);
        size_t n = 0;
        buf_printf(&path, "%s%s", office.path, ends[i]);
        CHECK_INT(file_read(buf_text(&path), 10000000, &bytes, &n, NULL), OK);
        CHECK(i == 0 || memmem(bytes, n, "stranger@example.net", 20));
        CHECK(!memmem(bytes, n, "SECRETSECRET", 12));
        CHECK(!memmem(bytes, n, "confirm that it is", 18));
        free(bytes);
    }
    CHECK_INT(store_begin(office.store, NULL), OK);
}

TEST(what_was_sealed_for_one_mail_opens_for_no_other_and_with_no_other_key)
{
    OFFICE(office);
    struct post_mail mail = mail_of(POST_NEW_LOGIN, office.account.id, NOW_S);
    CHECK_INT(put(&office, &mail), POST_QUEUED);
    struct mail_row row;
    struct post_content content;
    CHECK_INT(store_mail_next(office.store, &row, NULL), OK);
    static const struct keys others = { .seal = { 8 } };
    struct post elsewhere = post;
    elsewhere.keys = &others;
    CHECK_INT(post_open(&elsewhere, office.store, &row, &content, NULL), ERR_CONFLICT);
    row.message_id[0] = row.message_id[0] == '0' ? '1' : '0';
    CHECK_INT(post_open(&post, office.store, &row, &content, NULL), ERR_CONFLICT);
}

TEST(what_the_owner_has_switched_off_is_not_sent)
{
    OFFICE(office);
    for (unsigned kind = 0; kind < POST_KINDS; kind++)
        CHECK_INT(
            store_account_switch_mail_off(office.store, office.account.id, kind, NULL),
            OK);
    for (size_t kind = 0; kind < POST_KINDS; kind++) {
        struct post_mail mail = mail_of((enum post_kind)kind, office.account.id,
                                        NOW_S + 1000 * (int64_t)kind);
        CHECK_INT(put(&office, &mail),
                  post_traits[kind].can_be_off ? POST_SWITCHED_OFF : POST_QUEUED);
    }
    CHECK_INT(waiting(&office), 4); /* confirm, reset, test, account-ending */
}

TEST(an_address_gets_no_more_than_anybody_may_ask_for)
{
    static const struct {
        int64_t after_s;
        enum post_kind kind;
        enum post_result want;
    } rows[] = {
        { 0, POST_CONFIRM, POST_QUEUED },     { 1, POST_CONFIRM, POST_TOO_MANY },
        { 299, POST_RESET, POST_TOO_MANY },   { 300, POST_RESET, POST_QUEUED },
        { 600, POST_CONFIRM, POST_QUEUED },   { 900, POST_CONFIRM, POST_QUEUED },
        { 1200, POST_RESET, POST_QUEUED },    { 1500, POST_CONFIRM, POST_TOO_MANY },
        { 86399, POST_RESET, POST_TOO_MANY }, { 86400, POST_RESET, POST_QUEUED },
        { 86401, POST_TEST, POST_QUEUED },
    };
    OFFICE(office);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct post_mail mail = mail_of(rows[i].kind, 0, NOW_S + rows[i].after_s);
        if (i % 2)
            mail.recipient = STR("STRANGER@example.net");
        CHECK_INT(put(&office, &mail), rows[i].want);
    }
    struct post_mail other = mail_of(POST_CONFIRM, 0, NOW_S);
    other.recipient = STR("another@example.net");
    CHECK_INT(put(&office, &other), POST_QUEUED);
}

TEST(a_day_has_twenty_notices_and_nobody_hears_twice_of_the_same)
{
    OFFICE(office);
    struct post_mail mail = mail_of(POST_EXPOSED_TOKEN, office.account.id, NOW_S);
    mail.about = STR("token 1");
    CHECK_INT(put(&office, &mail), POST_QUEUED);
    CHECK_INT(put(&office, &mail), POST_TOLD_ALREADY);
    mail.about = STR("token 2");
    CHECK_INT(put(&office, &mail), POST_QUEUED);
    mail.about = STR("");
    for (int i = 2; i < POST_NOTICES_PER_DAY; i++)
        CHECK_INT(put(&office, &mail), POST_QUEUED);
    CHECK_INT(put(&office, &mail), POST_TOO_MANY);
    mail.now_s += 86400;
    CHECK_INT(put(&office, &mail), POST_QUEUED);
}

TEST(addresses_that_are_not_plain_get_nothing)
{
    static const char *const rows[] = { "a@b\r\nBcc: c@d", "b\xc3\xbc@example.org", "a",
                                        "\"a b\"@example.org", "a@b,c@d" };
    OFFICE(office);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct post_mail mail = mail_of(POST_CONFIRM, 0, NOW_S);
        mail.recipient = str_from(rows[i]);
        CHECK_INT(put(&office, &mail), POST_NO_ADDRESS);
    }
    CHECK_INT(waiting(&office), 0);
}

TEST(without_mail_set_up_nothing_is_queued_and_nothing_fails)
{
    OFFICE(office);
    struct post_mail mail = mail_of(POST_NEW_TOKEN, office.account.id, NOW_S);
    enum post_result result = POST_QUEUED;
    CHECK_INT(post_put(NULL, office.store, &mail, &result, NULL), OK);
    CHECK_INT(result, POST_NOT_SET_UP);
    CHECK_INT(waiting(&office), 0);
    mail.account_id = 4711;
    CHECK_INT(post_put(&post, office.store, &mail, &result, NULL), ERR_NOT_FOUND);
}

TEST(the_queue_has_an_end)
{
    OFFICE(office);
    struct mail_row row = { .recipient = "a@example.org",
                            .language = "en",
                            .message_id = "x@y",
                            .created_s = NOW_S };
    for (int i = 0; i < POST_QUEUE_MAX; i++)
        CHECK_INT(store_mail_insert(office.store, &row, STR(""), NULL), OK);
    struct post_mail mail = mail_of(POST_NEW_TOKEN, office.account.id, NOW_S);
    CHECK_INT(put(&office, &mail), POST_QUEUE_FULL);
    CHECK_INT(store_mail_remove(office.store, row.id, NULL), OK);
    CHECK_INT(put(&office, &mail), POST_QUEUED);
}

TEST(the_longest_values_fit)
{
    OFFICE(office);
    static char name[254], names[20 * 256];
    memset(name, 'a', sizeof(name) - 1);
    memset(names, 'b', sizeof(names) - 1);
    struct post_mail mail = { .kind = POST_NEW_TOKEN,
                              .account_id = office.account.id,
                              .now_s = NOW_S };
    post_values_add(&mail.values, "time", STR("now"));
    post_values_add(&mail.values, "host", str_from(name));
    post_values_add(&mail.values, "hosts", str_from(names));
    post_values_add(&mail.values, "token", STR("12"));
    CHECK_INT(put(&office, &mail), POST_QUEUED);
}
