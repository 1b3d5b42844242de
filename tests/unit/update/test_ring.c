// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "update/ring.h"

static const struct ring_span all = { .below = 0 };

static void put(struct ring *ring, enum ring_lane lane, const char *host, int64_t time_s)
{
    struct ring_entry entry = { .time_s = time_s };
    ring_text(str_from(host), true, entry.host, sizeof(entry.host));
    ring_put(ring, lane, &entry);
}

TEST(the_newest_of_a_host_come_first_from_all_lanes)
{
    CLEANUP(ring_freep) struct ring *ring = ring_new(8);
    const struct ring_entry *found[8];
    CHECK_INT(ring_find(ring, STR("a.example.org"), all, found, 8), 0);
    put(ring, RING_FINE, "a.example.org", 1);
    put(ring, RING_STRANGER, "A.Example.ORG.", 2);
    put(ring, RING_FAILED, "b.example.org", 3);
    put(ring, RING_FAILED, "a.example.org", 4);
    put(ring, RING_FINE, "a.example.org", 5);
    CHECK_INT(ring_find(ring, STR("a.EXAMPLE.org"), all, found, 8), 4);
    static const int64_t times[] = { 5, 4, 2, 1 };
    for (size_t i = 0; i < 4; i++)
        CHECK_INT(found[i]->time_s, times[i]);
    /* The next page. */
    CHECK_INT(ring_find(ring, STR("a.example.org"), all, found, 2), 2);
    const struct ring_span next = { .below = found[1]->number };
    CHECK_INT(ring_find(ring, STR("a.example.org"), next, found, 8), 2);
    CHECK_INT(found[0]->time_s, 2);
    const struct ring_span newer = { .since_s = 4 };
    CHECK_INT(ring_find(ring, STR("a.example.org"), newer, found, 8), 2);
    CHECK_INT(found[1]->time_s, 4);
    CHECK_INT(ring_find(ring, STR("b.example.org"), all, found, 8), 1);
    CHECK_INT(ring_find(ring, STR("example.org"), all, found, 8), 0);
}

TEST(a_flood_pushes_out_nothing_of_another_lane)
{
    CLEANUP(ring_freep) struct ring *ring = ring_new(4);
    const struct ring_entry *found[16];
    put(ring, RING_FAILED, "mine.example.org", 1);
    for (int64_t i = 0; i < 1000; i++) {
        put(ring, RING_STRANGER, "mine.example.org", 1000 + i);
        put(ring, RING_FINE, "other.example.org", 1000 + i);
    }
    size_t count = ring_find(ring, STR("mine.example.org"), all, found, 16);
    CHECK_INT(count, 5);
    CHECK_INT(found[0]->time_s, 1999);
    CHECK_INT(found[3]->time_s, 1996);
    CHECK_INT(found[4]->time_s, 1);
    CHECK_INT(ring_find(ring, STR("other.example.org"), all, found, 16), 4);
}

TEST(text_is_kept_without_secrets_and_controls)
{
    static const struct {
        const char *text;
        bool folded;
        const char *want;
    } rows[] = {
        { "Home.Example.ORG", true, "home.example.org" },
        { "home.example.org.", true, "home.example.org" },
        { "ddclient/3.10.0", false, "ddclient/3.10.0" },
        { "DDclient 1.", false, "DDclient 1." },
        { "user:rv_abc@home.example.org", true, "home.example.org" },
        { "a@b@home.example.org", true, "home.example.org" },
        { "rv_abcdefghijklmnopqrstuvwx", true, "rv_***" },
        { "x?pw=RV_abc123&h=home", true, "x?pw=rv_***&h=home" },
        { "a\r\nb\x1b[1m\xc3\xa4", false, "a??b?[1m??" },
        { "rv_", false, "rv_" },
        { ".", true, "." },
        { "", true, "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char out[64];
        ring_text(str_from(rows[i].text), rows[i].folded, out, sizeof(out));
        CHECK_TEXT(out, rows[i].want);
    }
}

TEST(long_text_is_cut_to_the_storage)
{
    char text[400], out[RING_HOST_SIZE];
    memset(text, 'a', sizeof(text));
    ring_text(str_bytes(text, sizeof(text)), true, out, sizeof(out));
    CHECK_INT(strlen(out), RING_HOST_SIZE - 1);
    /* A secret at the edge is not shown half. */
    memcpy(text + RING_HOST_SIZE - 5, "rv_secret", 9);
    ring_text(str_bytes(text, sizeof(text)), true, out, sizeof(out));
    CHECK(!strstr(out, "sec"));
    CHECK_INT(strlen(out), RING_HOST_SIZE - 5);
    ring_free(NULL);
}
