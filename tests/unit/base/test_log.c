// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

/* A text and its length, zero bytes in it included. */
#define TEXT(literal) literal, sizeof(literal) - 1

TEST(values_from_outside_cannot_start_a_line_or_a_field)
{
    static const struct {
        const char *value;
        size_t n;
        const char *want;
    } rows[] = {
        { TEXT("plain"), "info test event key=plain\n" },
        { TEXT(""), "info test event key=\"\"\n" },
        { TEXT("two words"), "info test event key=\"two words\"\n" },
        { TEXT("a=b"), "info test event key=\"a=b\"\n" },
        { TEXT("say \"x\\y\""), "info test event key=\"say \\\"x\\\\y\\\"\"\n" },
        { TEXT("a\nerror test forged"), "info test event key=\"a?error test forged\"\n" },
        { TEXT("\t\x1b[31m\x7f"), "info test event key=\"??[31m?\"\n" },
        { TEXT("\x7f"), "info test event key=?\n" },
        { TEXT("a\0b"), "info test event key=\"a?b\"\n" },
        { TEXT("gr\xc3\xbc\xc3\x9f"), "info test event key=gr\xc3\xbc\xc3\x9f\n" },
        { TEXT("\xc2\x9b\xff\xc3"), "info test event key=???\n" },
        { TEXT("2001:db8::1"), "info test event key=2001:db8::1\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char line[256];
        struct buf out = BUF_ON(line);
        struct log_field field = LOG_STR("key", str_bytes(rows[i].value, rows[i].n));
        log_format(&out, "test", LOG_INFO, "event", &field, 1);
        CHECK_STR(buf_str(&out), rows[i].want);
    }
}

TEST(numbers_have_their_sign_and_all_digits)
{
    char line[256];
    struct buf out = BUF_ON(line);
    const struct log_field fields[] = { LOG_NUMBER("a", INT64_MIN), LOG_NUMBER("b", 0),
                                        LOG_NUMBER("c", INT64_MAX) };
    log_format(&out, "r", LOG_ERROR, "e", fields, LENGTH_OF(fields));
    CHECK_STR(buf_str(&out),
              "error r e a=-9223372036854775808 b=0 c=9223372036854775807\n");
}

TEST(long_values_and_lines_are_cut_and_lines_still_end)
{
    static char value[3000];
    memset(value, 'x', sizeof(value));
    struct log_field field = LOG_STR("k", str_bytes(value, sizeof(value)));

    static char room[4096];
    struct buf whole = BUF_ON(room);
    log_format(&whole, "r", LOG_DEBUG, "e", &field, 1);
    CHECK(str_ends(buf_str(&whole), STR("xxx...\n")));
    CHECK(whole.n < 1100);

    for (size_t size = 1; size < 40; size++) {
        struct buf small = buf_on(room, size);
        log_format(&small, "r", LOG_DEBUG, "e", &field, 1);
        CHECK(small.n <= size);
        CHECK(str_ends(buf_str(&small), STR("\n")));
    }
}

TEST(levels_are_named)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        enum log_level level = LOG_DEBUG;
        CHECK(log_level_parse(str_from(names[i]), &level));
        CHECK_INT(level, i);
    }
    enum log_level level = LOG_WARNING;
    CHECK(!log_level_parse(STR("warn"), &level));
    CHECK(!log_level_parse(STR(""), &level));
    CHECK_INT(level, LOG_WARNING);
}

TEST(events_below_the_level_are_dropped_and_each_other_is_one_line)
{
    int ends[2];
    CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
    log_set_fd(ends[1]);
    log_init("front", LOG_WARNING);
    log_debug("never");
    log_info("never", LOG_TEXT("x", "y"));
    log_warning("queue-full", LOG_NUMBER("waiting", 64));
    log_error("stop", LOG_TEXT("path", "/a b"), LOG_TEXT("why", NULL));
    log_error("bare");
    log_set_fd(STDERR_FILENO);
    log_init("test", LOG_INFO);
    (void)close(ends[1]);

    char text[512];
    ssize_t n = read(ends[0], text, sizeof(text));
    (void)close(ends[0]);
    CHECK(n > 0);
    CHECK_STR(str_bytes(text, (size_t)n), "warning front queue-full waiting=64\n"
                                          "error front stop path=\"/a b\" why=\"\"\n"
                                          "error front bare\n");
}
