// SPDX-License-Identifier: GPL-3.0-or-later
/* publish - how long it takes until a change is in the image.
 *
 *     publish DIR HOSTS
 *
 * Builds DIR/data.cdb of a zone with that many hosts, then applies random changes to it: a new
 * A and a new AAAA record for a host, of which 3 % are new, with the zone's new serial. Prints
 * the time of a build, and of an apply of 1, of 100 and of 10,000 changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/random.h"
#include "dns/record.h"
#include "image/changes.h"
#include "image/draft.h"
#include "image/image.h"
#include "image/writer.h"

#define ZONE "\3dyn\7example\3org"

enum {
    CHANGES_MAX = 10000,
    STRIDE = 7919, /* from host to host of one apply; prime */
    HOSTS_MAX = 20000000,
    NEW_ONE_IN = 33,
    BUILDS = 3,
    SOON_US = 50, /* until the spare file is asked for again */
    BUSY_MAX = 100000,
};

static const struct {
    size_t changes, rounds;
} runs[] = { { 1, 5000 }, { 100, 300 }, { CHANGES_MAX, 15 } };

struct bench {
    struct image_writer *writer;
    uint32_t hosts, new_hosts, serial;
    uint64_t random;
    size_t busy, rebuilds;
};

static int64_t now_ns(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double in_us(int64_t ns)
{
    return (double)ns / 1e3;
}

static uint32_t draw(struct bench *bench)
{
    bench->random = bench->random * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(bench->random >> 33);
}

/* ----- the zone ----- */

static void name_host(uint32_t number, struct name *out)
{
    struct buf wire = BUF_ON(out->wire);
    buf_printf(&wire, "\11h%08u" ZONE, (unsigned)number);
    buf_put_u8(&wire, 0);
    out->n = (uint8_t)wire.n;
}

struct addresses {
    uint8_t a[4], aaaa[16];
};

static void fill_records(const struct addresses *addresses, struct record out[2])
{
    out[0] = (struct record){ .type = RR_A,
                              .ttl_s = 60,
                              .rdata = str_bytes(addresses->a, sizeof(addresses->a)) };
    out[1] =
        (struct record){ .type = RR_AAAA,
                         .ttl_s = 60,
                         .rdata = str_bytes(addresses->aaaa, sizeof(addresses->aaaa)) };
}

static void draw_addresses(struct bench *bench, struct addresses *out)
{
    uint32_t number = draw(bench);
    *out = (struct addresses){ .a = { 198, 51, 100 }, .aaaa = { 0x20, 1, 0xd, 0xb8 } };
    out->a[3] = (uint8_t)number;
    memcpy(out->aaaa + 8, &number, sizeof(number));
}

static enum status put_apex(const struct bench *bench, const struct record_sink *sink,
                            struct error *err)
{
    char bytes[2 * NAME_SIZE];
    struct buf rdata = BUF_ON(bytes);
    struct soa soa = { .serial = bench->serial, .minimum_s = 60 };
    struct record record = { .ttl_s = 60 };
    if (name_parse(STR("dyn.example.org"), &record.owner, err))
        return ERR_SYNTAX;
    soa.mname = soa.rname = record.owner;
    soa_encode(&soa, &rdata);
    record.type = RR_SOA;
    record.rdata = buf_str(&rdata);
    enum status status = sink_record(sink, &record, err);
    record.type = RR_NS;
    record.rdata = name_bytes(&record.owner);
    return status ? status : sink_record(sink, &record, err);
}

static enum status walk(void *ctx, const struct record_sink *sink, struct error *err)
{
    struct bench *bench = (struct bench *)ctx;
    enum status status = put_apex(bench, sink, err);
    for (uint32_t i = 0; i < bench->hosts && !status; i++) {
        struct addresses addresses;
        struct record records[2];
        draw_addresses(bench, &addresses);
        fill_records(&addresses, records);
        for (size_t j = 0; j < LENGTH_OF(records) && !status; j++) {
            name_host(i, &records[j].owner);
            status = sink_record(sink, &records[j], err);
        }
    }
    return status;
}

/* ----- measuring ----- */

static void fail(const char *what, const struct error *err)
{
    (void)fprintf(stderr, "publish: %s: %s\n", what, err->text);
    exit(1);
}

static void work(struct bench *bench)
{
    struct error err = { "" };
    while (image_writer_work(bench->writer, &err))
        ;
    if (err.text[0])
        fail("spare", &err);
}

/* Yields its nanoseconds, without those of the copy that follows it. */
static int64_t build(struct bench *bench)
{
    struct error err = { "" };
    struct image_source source = { .walk = walk, .ctx = bench };
    int64_t start = now_ns();
    if (image_rebuild(bench->writer, &source, &err))
        fail("build", &err);
    int64_t took = now_ns() - start;
    work(bench);
    return took;
}

/* Applies until it is done; yields the nanoseconds from the first try on. */
static int64_t apply(struct bench *bench, const struct image_changes *changes)
{
    struct error err = { "" };
    int64_t start = now_ns();
    for (size_t tries = 0; tries < BUSY_MAX; tries++) {
        enum status status = image_apply(bench->writer, changes, NULL, &err);
        if (status == OK)
            return now_ns() - start;
        if (status != ERR_BUSY && status != ERR_LIMIT)
            break;
        if (status == ERR_LIMIT) { /* no room left */
            bench->rebuilds++;
            (void)build(bench);
            start = now_ns();
            continue;
        }
        bench->busy++;
        work(bench);
        const struct timespec soon = { .tv_nsec = (long)SOON_US * 1000 };
        (void)nanosleep(&soon, NULL);
    }
    fail("apply", &err);
    return 0;
}

static int64_t change_some(struct bench *bench, size_t count)
{
    static struct name names[CHANGES_MAX];
    static struct addresses addresses[CHANGES_MAX];
    static struct record records[CHANGES_MAX][2];
    static struct image_node nodes[CHANGES_MAX];
    uint32_t host = draw(bench) % bench->hosts;
    for (size_t i = 0; i < count; i++) {
        bool is_new = draw(bench) % NEW_ONE_IN == 0;
        name_host(is_new ? bench->hosts + bench->new_hosts++ : host, &names[i]);
        draw_addresses(bench, &addresses[i]);
        fill_records(&addresses[i], records[i]);
        nodes[i] =
            (struct image_node){ .owner = names[i], .records = records[i], .count = 2 };
        host = (host + STRIDE) % bench->hosts;
    }
    struct image_zone zone = { .serial = ++bench->serial };
    struct error err = { "" };
    if (name_parse(STR("dyn.example.org"), &zone.apex, &err))
        fail("zone", &err);
    struct image_changes changes = {
        .nodes = nodes, .node_count = count, .zones = &zone, .zone_count = 1
    };
    return apply(bench, &changes);
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void measure(struct bench *bench, size_t changes, size_t rounds)
{
    CLEANUP(mem_freep)
    int64_t *took = (int64_t *)mem_new_array(rounds, sizeof(int64_t));
    bench->busy = bench->rebuilds = 0;
    for (size_t i = 0; i < rounds; i++)
        took[i] = change_some(bench, changes);
    qsort(took, rounds, sizeof(int64_t), compare);
    (void)printf(
        "%zu changes at once: p50 %.1f us, p99 %.1f us, most %.1f us (%zu rounds, "
        "%zu times busy, %zu rebuilds, %u %% of the room used)\n",
        changes, in_us(took[rounds / 2]), in_us(took[rounds * 99 / 100]),
        in_us(took[rounds - 1]), rounds, bench->busy, bench->rebuilds,
        image_writer_fill(bench->writer));
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    uint64_t hosts = 0;
    if (argc != 3 || str_to_u64(str_from(argv[2]), HOSTS_MAX, &hosts) ||
        hosts < CHANGES_MAX) {
        (void)fprintf(stderr, "usage: publish DIR HOSTS (at least %d)\n", CHANGES_MAX);
        return 2;
    }
    random_init();
    struct error err = { "" };
    struct bench bench = { .hosts = (uint32_t)hosts, .serial = 1, .random = 1 };
    if (image_writer_open(argv[1], &bench.writer, &err))
        fail("open", &err);
    const char *why = "";
    if (!image_writer_patches(bench.writer, &why)) {
        (void)fprintf(stderr, "publish: no changes in place: %s\n", why);
        return 1;
    }
    int64_t took[BUILDS];
    for (size_t i = 0; i < BUILDS; i++)
        took[i] = build(&bench);
    qsort(took, BUILDS, sizeof(took[0]), compare);
    (void)printf("full build: %.3f s (median of %d)\n", in_us(took[BUILDS / 2]) / 1e6,
                 BUILDS);
    for (size_t i = 0; i < LENGTH_OF(runs); i++)
        measure(&bench, runs[i].changes, runs[i].rounds);
    image_writer_close(bench.writer);
    return 0;
}
