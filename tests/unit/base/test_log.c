// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* Reads what waits there, and counts its lines. */
static size_t drain(int fd, char *text, size_t size)
{
    size_t lines = 0;
    CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    for (ssize_t n; (n = read(fd, text, size - 1)) > 0;) {
        text[n] = 0;
        for (ssize_t i = 0; i < n; i++)
            lines += text[i] == '\n';
    }
    return lines;
}

static bool open_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0;
}

static bool open_stream(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
}

static bool open_terminal(int ends[2])
{
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[0] < 0 || grantpt(ends[0]) || unlockpt(ends[0]))
        return false;
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
    return ends[1] >= 0;
}

/* Standard error leads to `fd` until it is put back; the result is what it was. */
static int lead_to(int fd)
{
    int errors = dup(STDERR_FILENO);
    CHECK(errors >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    log_init("test", LOG_INFO);
    log_never_wait();
    return errors;
}

static void put_back(int errors)
{
    CHECK(dup2(errors, STDERR_FILENO) >= 0 && close(errors) == 0);
}

enum {
    MANY = 100000 /* lines: more than any of them holds */
};

static uint64_t lose_some(void)
{
    uint64_t before = log_lost();
    for (int line = 0; line < MANY; line++)
        log_info("said");
    return log_lost() - before;
}

TEST(no_line_waits_for_a_reader_and_those_lost_are_counted)
{
    static bool (*const open_one[])(int ends[2]) = { open_pipe, open_stream };
    for (size_t i = 0; i < LENGTH_OF(open_one); i++) {
        static char text[4096];
        char want[128];
        int ends[2] = { -1, -1 };
        CHECK(open_one[i](ends));
        int errors = lead_to(ends[1]);
        uint64_t lost = lose_some();
        size_t got = drain(ends[0], text, sizeof(text));
        log_info("again");
        size_t more = drain(ends[0], text, sizeof(text));
        put_back(errors);

        CHECK(lost > 0);
        CHECK_INT(got + lost, MANY);
        CHECK_INT(more, 2);
        CHECK(snprintf(want, sizeof(want),
                       "warning test log-lines-lost count=%llu\ninfo test again\n",
                       (unsigned long long)lost) > 0);
        CHECK_TEXT(text, want);
        /* Who else has it open still waits. */
        CHECK(!(fcntl(ends[1], F_GETFL) & O_NONBLOCK));
        CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
    }
}

static int grow(int fd)
{
    (void)fcntl(fd, F_SETPIPE_SZ, 1 << 20);
    return fcntl(fd, F_GETPIPE_SZ);
}

TEST(a_pipe_gets_room_for_a_burst)
{
    int ends[2] = { -1, -1 }, others[2] = { -1, -1 };
    CHECK(open_pipe(ends) && open_pipe(others));
    int before = fcntl(ends[1], F_GETPIPE_SZ), most = grow(others[1]);
    put_back(lead_to(ends[1]));
    CHECK_INT(fcntl(ends[1], F_GETPIPE_SZ), most > before ? most : before);
    for (size_t i = 0; i < 2; i++)
        CHECK(close(ends[i]) == 0 && close(others[i]) == 0);
}

TEST(no_line_waits_for_a_terminal)
{
    int ends[2] = { -1, -1 };
    CHECK(open_terminal(ends));
    int errors = lead_to(ends[1]);
    uint64_t lost = lose_some();
    put_back(errors);
    CHECK(lost > 0);
    CHECK(!(fcntl(ends[1], F_GETFL) & O_NONBLOCK));
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}

TEST(a_pipe_that_cannot_be_opened_anew_makes_nobody_wait)
{
    /* One with a name, which nobody reads. */
    char path[] = "/tmp/rove-fifo-XXXXXX";
    int other = mkstemp(path);
    CHECK(other >= 0 && close(other) == 0 && unlink(path) == 0);
    CHECK_INT(mkfifo(path, S_IRUSR | S_IWUSR), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int writer = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(reader >= 0 && writer >= 0 && close(reader) == 0 && unlink(path) == 0);
    put_back(lead_to(writer));
    CHECK(fcntl(writer, F_GETFL) & O_NONBLOCK);
    CHECK(close(writer) == 0);
}
