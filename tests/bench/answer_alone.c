// SPDX-License-Identifier: GPL-3.0-or-later
/* answer_alone - what an answer costs without sockets and the kernel.
 *
 *     answer_alone FILE < QUESTIONS
 *
 * FILE is an image; a question is a line "name A" or "name AAAA", asked with EDNS. All are
 * asked some times over. Prints nanoseconds of CPU per question, the best time of all. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer/answer.h"
#include "base/mem.h"
#include "base/random.h"
#include "dns/record.h"
#include "image/image.h"

enum {
    QUERY_SIZE = 128,
    QUESTIONS_MAX = 1 << 18,
    TIMES = 9,
    BATCH = 12, /* as many come at a time to a busy server */
};

struct query {
    uint8_t n, wire[QUERY_SIZE];
};

static bool read_question(struct query *out)
{
    char line[QUERY_SIZE];
    struct name name;
    struct str rest, text;
    if (!fgets(line, sizeof(line), stdin))
        return false;
    rest = str_trim(str_from(line));
    uint16_t type = str_ends(rest, STR(" AAAA")) ? RR_AAAA : RR_A;
    if (!str_next(&rest, ' ', &text) || name_parse(text, &name, NULL))
        return false;
    struct buf wire = BUF_ON(out->wire);
    buf_put(&wire, STR("\22\64\0\0\0\1\0\0\0\0\0\1"));
    buf_put(&wire, name_bytes(&name));
    buf_put_u8(&wire, 0);
    buf_put_u8(&wire, (uint8_t)type);
    buf_put(&wire, STR("\0\1\0\0\51\20\0\0\0\0\0\0\0"));
    out->n = (uint8_t)wire.n;
    return !wire.full;
}

static double cpu_ns(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void prefetch(struct answer *answer, const struct image *image,
                     const struct query *queries, size_t count)
{
    struct str wires[BATCH];
    for (size_t i = 0; i < count; i++)
        wires[i] = str_bytes(queries[i].wire, queries[i].n);
    answer_prefetch(answer, image, wires, count);
}

static size_t ask_all(struct answer *answer, const struct image *image,
                      struct query *queries, size_t count)
{
    static uint8_t reply[MESSAGE_UDP_EDNS];
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (i % BATCH == 0)
            prefetch(answer, image, queries + i, count - i < BATCH ? count - i : BATCH);
        struct answer_job job = { .transport = ANSWER_UDP,
                                  .query = queries[i].wire,
                                  .query_n = queries[i].n,
                                  .reply = reply,
                                  .client = { .family = IP_V4,
                                              .bytes = { 192, 0, 2, 1 } },
                                  .now_s = 1700000000 };
        bytes += answer_query(answer, image, &job);
    }
    return bytes;
}

int main(int argc, char **argv)
{
    struct error err = { "" };
    random_init();
    CLEANUP(image_closep) struct image *image = NULL;
    if (argc != 2 || image_open(argv[1], &image, &err)) {
        (void)fprintf(stderr, "usage: answer_alone FILE < QUESTIONS\n%s\n", err.text);
        return 2;
    }
    CLEANUP(mem_freep)
    struct query *queries = (struct query *)mem_new(QUESTIONS_MAX * sizeof(*queries));
    CLEANUP(answer_freep) struct answer *answer = answer_new();
    size_t count = 0, bytes = 0;
    while (count < QUESTIONS_MAX && read_question(&queries[count]))
        count++;
    double best = 0;
    for (int i = 0; i < TIMES && count; i++) {
        double start = cpu_ns();
        bytes = ask_all(answer, image, queries, count);
        double took = (cpu_ns() - start) / (double)count;
        best = best > 0 && best < took ? best : took;
    }
    (void)printf("%.0f ns, %zu questions, %zu bytes\n", best, count, bytes);
    return 0;
}
