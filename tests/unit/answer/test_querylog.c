// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/querylog.h"
#include "base/file.h"
#include "base/mem.h"
#include "dns/record.h"
#include "test.h"

struct place {
    char folder[32], path[48], moved[48];
};

static void place_init(struct place *place)
{
    *place = (struct place){ .folder = "/tmp/rove-log-XXXXXX" };
    CHECK(mkdtemp(place->folder) != NULL);
    CHECK(snprintf(place->path, sizeof(place->path), "%s/log", place->folder) > 0);
    CHECK(snprintf(place->moved, sizeof(place->moved), "%s/log.1", place->folder) > 0);
}

static void place_done(const struct place *place)
{
    (void)unlink(place->path);
    (void)unlink(place->moved);
    CHECK_INT(rmdir(place->folder), 0);
}

static void check_file(const char *path, const char *want)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    CHECK(!file_read(path, 1 << 20, &text, &n, NULL));
    CHECK_TEXT(text, want);
}

static void add(struct querylines *lines, const char *client, const char *name,
                enum dns_rcode rcode, size_t n)
{
    struct answer_job job = { .transport = ANSWER_UDP, .now_s = 1795391272 };
    struct dns_question question = { .type = RR_AAAA };
    CHECK(!ip_parse(str_from(client), &job.client));
    if (name)
        CHECK(!name_parse(str_from(name), &question.name, NULL));
    querylines_add(lines, &job, name ? &question : NULL, rcode, n);
}

TEST(each_query_is_a_line)
{
    struct place place;
    struct querylog *log = NULL;
    place_init(&place);
    CHECK_INT(querylog_open(place.path, &log, NULL), OK);
    struct querylines *lines = querylines_new(querylog_pipe(log));
    add(lines, "192.0.2.7", "home.example.org", RCODE_NOERROR, 54);
    add(lines, "2001:db8::7", "a\\032b\\010.example", RCODE_NXDOMAIN, 99);
    add(lines, "192.0.2.7", "home.example.org", RCODE_NOERROR, 0);
    add(lines, "192.0.2.7", NULL, RCODE_FORMERR, 12);
    CHECK_INT(querylines_flush(lines), 0);
    CHECK_INT(querylines_flush(lines), 0);
    querylines_free(lines);
    querylog_close(log);
    check_file(place.path,
               "1795391272 192.0.2.7 udp home.example.org AAAA NOERROR 54\n"
               "1795391272 2001:db8::7 udp a\\032b\\010.example AAAA NXDOMAIN 99\n"
               "1795391272 192.0.2.7 udp home.example.org AAAA - 0\n"
               "1795391272 192.0.2.7 udp - - FORMERR 12\n");
    place_done(&place);
}

static bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

TEST(a_file_that_was_moved_away_is_made_anew)
{
    struct place place;
    struct querylog *log = NULL;
    place_init(&place);
    CHECK_INT(querylog_open(place.path, &log, NULL), OK);
    CHECK_INT(rename(place.path, place.moved), 0);
    struct querylines *lines = querylines_new(querylog_pipe(log));
    add(lines, "192.0.2.7", "home.example.org", RCODE_NOERROR, 54);
    CHECK_INT(querylines_flush(lines), 0);
    querylines_free(lines);
    querylog_close(log);
    check_file(place.moved, "");
    check_file(place.path, "1795391272 192.0.2.7 udp home.example.org AAAA NOERROR 54\n");
    place_done(&place);
}

TEST(a_reader_that_stalls_costs_lines_and_nothing_else)
{
    int ends[2];
    CHECK_INT(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, PIPE_BUF) >= PIPE_BUF);
    struct querylines *lines = querylines_new(ends[1]);
    uint64_t lost = 0;
    enum {
        COUNT = 5000
    };
    for (int i = 0; i < COUNT; i++) {
        add(lines, "192.0.2.7", "home.example.org", RCODE_NOERROR, 54);
        lost += querylines_flush(lines);
    }
    querylines_free(lines);
    /* what was not lost is there, each line whole */
    static char text[1 << 20];
    ssize_t n = read(ends[0], text, sizeof(text));
    uint64_t kept = 0;
    for (struct str rest = str_bytes(text, (size_t)n), line; str_next(&rest, '\n', &line);
         kept++)
        CHECK(str_ends(line, STR("AAAA NOERROR 54")));
    CHECK(lost > 0 && kept > 0);
    CHECK_INT(lost + kept, COUNT);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

TEST(a_file_that_cannot_be_had_is_told)
{
    struct place place;
    place_init(&place);
    struct querylog *log = NULL;
    struct error err = { .text = "" };
    CHECK_INT(querylog_open("/nonexistent/log", &log, &err), ERR_IO);
    CHECK(strstr(err.text, "/nonexistent/log"));
    CHECK_INT(querylog_open(place.folder, &log, &err), ERR_IO);
    CHECK_INT(symlink("/etc/passwd", place.path), 0);
    CHECK_INT(querylog_open(place.path, &log, &err), ERR_IO);
    CHECK(log == NULL && file_exists(place.folder));
    place_done(&place);
}
