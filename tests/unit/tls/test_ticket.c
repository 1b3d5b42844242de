// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/ticket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "test.h"

#define BAD_DIGITS \
    "rove-tickets 1 998 zz0102030405060708090a0b0c0d0e0f1011121314151617" \
    "18191a1b1c1d1e1f"

enum {
    NOW = 1000 * TICKET_EPOCH_S + 5
};

static const uint8_t *present_name(const struct ticket_keys *keys)
{
    return keys->list[keys->present].name;
}

TEST(each_epoch_has_a_key_of_its_own_and_takes_tickets_of_its_neighbours)
{
    struct ticket_secret secret;
    struct ticket_keys before, keys;
    ticket_secret_make(NOW, &secret);
    ticket_secret_derive(&secret, NOW, &before);
    CHECK_INT(before.count, 4);
    for (int64_t epoch = 1; epoch < 5; epoch++) {
        int64_t now_s = NOW + epoch * TICKET_EPOCH_S;
        CHECK(ticket_secret_advance(&secret, now_s));
        CHECK(!ticket_secret_advance(&secret, now_s + 60));
        ticket_secret_derive(&secret, now_s, &keys);
        const struct ticket_key *old = ticket_keys_find(&keys, present_name(&before));
        CHECK((old != NULL) == (epoch <= 2));
        CHECK(old == NULL ||
              memcmp(old, &before.list[before.present], sizeof(*old)) == 0);
        CHECK(ticket_keys_find(&keys, present_name(&keys)) == &keys.list[keys.present]);
        CHECK(memcmp(present_name(&keys), present_name(&before), TICKET_NAME_SIZE) != 0);
    }
}

TEST(a_node_whose_clock_is_ahead_is_understood)
{
    struct ticket_secret secret;
    struct ticket_keys ours, theirs;
    ticket_secret_make(NOW, &secret);
    ticket_secret_derive(&secret, NOW, &ours);
    (void)ticket_secret_advance(&secret, NOW + TICKET_EPOCH_S);
    ticket_secret_derive(&secret, NOW + TICKET_EPOCH_S, &theirs);
    CHECK(ticket_keys_find(&ours, present_name(&theirs)) != NULL);
}

TEST(nodes_that_share_a_secret_once_agree_for_good)
{
    struct ticket_secret first, second;
    struct ticket_keys a, b;
    ticket_secret_make(NOW, &first);
    second = first;
    for (int64_t epoch = 1; epoch < 50; epoch++)
        (void)ticket_secret_advance(&first, NOW + epoch * TICKET_EPOCH_S);
    (void)ticket_secret_advance(&second, NOW + 49 * (int64_t)TICKET_EPOCH_S);
    ticket_secret_derive(&first, NOW + 49 * (int64_t)TICKET_EPOCH_S, &a);
    ticket_secret_derive(&second, NOW + 49 * (int64_t)TICKET_EPOCH_S, &b);
    CHECK(memcmp(&a, &b, sizeof(a)) == 0);
}

TEST(a_clock_that_steps_back_changes_nothing)
{
    struct ticket_secret secret;
    struct ticket_keys before, after;
    ticket_secret_make(NOW, &secret);
    ticket_secret_derive(&secret, NOW, &before);
    CHECK(!ticket_secret_advance(&secret, NOW - 10 * (int64_t)TICKET_EPOCH_S));
    ticket_secret_derive(&secret, NOW - 10 * (int64_t)TICKET_EPOCH_S, &after);
    CHECK(after.count > 0);
    CHECK(ticket_keys_find(&before, present_name(&after)) != NULL);
}

TEST(a_secret_is_read_strictly)
{
    static const char good[] =
        "rove-tickets 1 998 "
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
    struct ticket_secret secret = { .epoch = 7 };
    CHECK_INT(ticket_secret_parse(STR(good), &secret), OK);
    CHECK_INT(secret.epoch, 998);
    CHECK_INT(secret.bytes[31], 0x1f);
    char storage[TICKET_TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    ticket_secret_format(&secret, &text);
    CHECK_STR(buf_str(&text), good);
    static const char *const bad[] = {
        "",
        "rove-tickets 1 998 00",
        "rove-tickets 2 998 0001",
        "rove-tickets 1 x 0001",
        "nonsense",
        BAD_DIGITS,
    };
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        CHECK_INT(ticket_secret_parse(str_from(bad[i]), &secret), ERR_SYNTAX);
        CHECK_INT(secret.epoch, 998);
    }
}

TEST(the_file_is_made_kept_and_stepped_on)
{
    char folder[] = "/tmp/rove-ticket-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/tickets", folder);
    struct ticket_secret first, again, later;
    struct stat about;
    CHECK_INT(ticket_secret_load(path, NOW, &first, NULL), OK);
    CHECK_INT(stat(path, &about), 0);
    CHECK_INT(about.st_mode & 0777, 0600);
    CHECK_INT(ticket_secret_load(path, NOW, &again, NULL), OK);
    CHECK(memcmp(&first, &again, sizeof(first)) == 0);
    CHECK_INT(ticket_secret_load(path, NOW + TICKET_EPOCH_S, &later, NULL), OK);
    CHECK_INT(later.epoch, first.epoch + 1);
    CHECK_INT(ticket_secret_load(path, NOW + TICKET_EPOCH_S, &again, NULL), OK);
    CHECK(memcmp(&later, &again, sizeof(later)) == 0);
    /* What cannot be trusted is neither used nor replaced. */
    struct error err;
    CHECK_INT(chmod(path, 0640), 0);
    CHECK_INT(ticket_secret_load(path, NOW, &again, &err), ERR_DENIED);
    CHECK(memcmp(&later, &again, sizeof(later)) != 0);
    CHECK_INT(file_replace(path, STR("nonsense"), 0600, NULL), OK);
    CHECK_INT(ticket_secret_load(path, NOW, &again, &err), ERR_SYNTAX);
    CHECK(strstr(err.text, path) != NULL);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(rmdir(folder), 0);
    CHECK(ticket_secret_load(path, NOW, &again, &err) != OK); /* its folder */
}
