// SPDX-License-Identifier: GPL-3.0-or-later
/* Publishes random changes in place without end, for tests that look on or kill it.
 *
 *     tool_publish DIR HOSTS SEED SERIAL PAUSE_US
 *
 * Zone dyn.example.org has the hosts h0, h1, ...; each has a number below 65536, from which its
 * A, AAAA and TXT records follow in such a way that bytes of two numbers are seen. Number 0: the
 * host is gone. Every generation has a serial of its own, from SERIAL on. What it changes is
 * told before: "> SERIAL HOST=NUMBER ...", the first time of all hosts; and "< SERIAL" when
 * it is in place, or "! SERIAL" when an image had to be built anew for it. Ends when standard
 * input does. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/random.h"
#include "image/changes.h"
#include "image/draft.h"
#include "image/writer.h"

enum {
    HOSTS_MAX = 4096,
    CHANGED_MAX = 20,
    HOST_RECORDS = 3,
    TRIES = 100000,
    LINE_SIZE = HOSTS_MAX * 16,
};

struct host {
    struct name name;
    uint16_t number;
    uint8_t v4[4], v6[16];
    char text[32];
    struct record records[HOST_RECORDS];
};

struct zone {
    struct name name, server;
    struct host *hosts;
    size_t count;
    uint32_t serial, seed;
};

static uint32_t random_to(struct zone *zone, uint32_t below)
{
    zone->seed = zone->seed * 1664525U + 1013904223U;
    return (zone->seed >> 8) % below;
}

static void set_number(struct host *host, uint16_t number)
{
    host->number = number;
    const uint8_t high = (uint8_t)(number >> 8), low = (uint8_t)(number & 0xff);
    const uint8_t v4[4] = { high, low, (uint8_t)~high, (uint8_t)~low };
    memcpy(host->v4, v4, sizeof(v4));
    for (size_t i = 0; i < sizeof(host->v6); i += 2) {
        host->v6[i] = high;
        host->v6[i + 1] = low;
    }
    struct buf text = BUF_ON(host->text);
    buf_put_u8(&text, 0);
    buf_printf(&text, "%u %u", (unsigned)number, (unsigned)number);
    host->text[0] = (char)(text.n - 1);
    host->records[0] = (struct record){ .type = RR_A, .rdata = str_bytes(host->v4, 4) };
    host->records[1] =
        (struct record){ .type = RR_AAAA, .rdata = str_bytes(host->v6, 16) };
    host->records[2] = (struct record){ .type = RR_TXT, .rdata = buf_str(&text) };
    for (size_t i = 0; i < HOST_RECORDS; i++) {
        host->records[i].owner = host->name;
        host->records[i].ttl_s = 60;
    }
}

static void say(const char *text)
{
    size_t n = strlen(text);
    if (write(STDOUT_FILENO, text, n) != (ssize_t)n)
        exit(EXIT_FAILURE);
}

static void say_serial(char kind, uint32_t serial)
{
    char line[32];
    struct buf buf = BUF_ON(line);
    buf_printf(&buf, "%c %u\n", kind, serial);
    say(buf_text(&buf));
}

static enum status walk(void *ctx, const struct record_sink *sink, struct error *err)
{
    const struct zone *zone = (const struct zone *)ctx;
    const struct soa soa = { .mname = zone->server,
                             .rname = zone->server,
                             .serial = zone->serial,
                             .minimum_s = 60 };
    uint8_t space[600];
    struct buf rdata = BUF_ON(space);
    soa_encode(&soa, &rdata);
    struct record record = {
        .owner = zone->name, .type = RR_SOA, .ttl_s = 60, .rdata = buf_str(&rdata)
    };
    enum status status = sink_record(sink, &record, err);
    record.type = RR_NS;
    record.rdata = name_bytes(&zone->server);
    if (!status)
        status = sink_record(sink, &record, err);
    for (size_t i = 0; i < zone->count * HOST_RECORDS && !status; i++) {
        const struct host *host = &zone->hosts[i / HOST_RECORDS];
        if (host->number)
            status = sink_record(sink, &host->records[i % HOST_RECORDS], err);
    }
    return status;
}

static void build(struct image_writer *writer, struct zone *zone)
{
    struct error err = { "" };
    const struct image_source source = { walk, zone };
    if (image_rebuild(writer, &source, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(EXIT_FAILURE);
    }
}

static void say_all(const struct zone *zone)
{
    static char line[LINE_SIZE];
    struct buf buf = BUF_ON(line);
    buf_printf(&buf, "> %u", zone->serial);
    for (size_t i = 0; i < zone->count; i++)
        buf_printf(&buf, " %zu=%u", i, (unsigned)zone->hosts[i].number);
    buf_put_text(&buf, "\n");
    say(buf_text(&buf));
}

/* Waits as long as somebody reads the file that is to be written. */
static enum status apply(struct image_writer *writer, const struct image_changes *changes)
{
    struct error err;
    enum status status = ERR_BUSY;
    for (int i = 0; i < TRIES && status == ERR_BUSY; i++) {
        status = image_apply(writer, changes, NULL, &err);
        if (status == ERR_BUSY && !image_writer_work(writer, NULL))
            (void)usleep(50);
    }
    return status;
}

static void publish_one(struct image_writer *writer, struct zone *zone)
{
    struct image_node nodes[CHANGED_MAX];
    char line[CHANGED_MAX * 16 + 32];
    struct buf buf = BUF_ON(line);
    size_t count = 0, want = 1 + random_to(zone, CHANGED_MAX);
    zone->serial++;
    buf_printf(&buf, "> %u", zone->serial);
    for (size_t i = 0; i < want; i++) {
        /* Each at most once: they follow each other. */
        size_t at = (zone->serial * 7919ULL + i * 3) % zone->count;
        struct host *host = &zone->hosts[at];
        uint16_t number = (uint16_t)(1 + random_to(zone, UINT16_MAX));
        set_number(host, random_to(zone, 10) ? number : 0);
        nodes[count++] = (struct image_node){ host->name, host->records,
                                              host->number ? HOST_RECORDS : 0 };
        buf_printf(&buf, " %zu=%u", at, (unsigned)host->number);
    }
    buf_put_text(&buf, "\n");
    say(buf_text(&buf));

    const struct image_zone apex = { .apex = zone->name, .serial = zone->serial };
    const struct image_changes changes = { nodes, count, &apex, 1 };
    enum status status = apply(writer, &changes);
    if (status)
        build(writer, zone);
    say_serial(status ? '!' : '<', zone->serial);
}

static bool input_ended(int wait_us)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    if (wait_us > 0)
        (void)usleep((useconds_t)wait_us);
    return poll(&input, 1, 0) > 0;
}

static void make_zone(struct zone *zone, size_t count)
{
    zone->count = count < HOSTS_MAX ? count : HOSTS_MAX;
    zone->hosts = (struct host *)mem_new_array(zone->count, sizeof(struct host));
    enum status status = name_parse(STR("dyn.example.org"), &zone->name, NULL);
    if (!status)
        status = name_parse(STR("ns.example.org"), &zone->server, NULL);
    for (size_t i = 0; i < zone->count && !status; i++) {
        char label[16];
        struct buf text = BUF_ON(label);
        buf_printf(&text, "h%zu", i);
        status = name_prepend(buf_str(&text), &zone->name, &zone->hosts[i].name);
        set_number(&zone->hosts[i], (uint16_t)(1 + random_to(zone, UINT16_MAX)));
    }
    if (status)
        exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return EXIT_FAILURE;
    random_init();
    struct error err = { "" };
    struct image_writer *writer = NULL;
    if (image_writer_open(argv[1], &writer, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    struct zone zone = { .seed = (uint32_t)strtoul(argv[3], NULL, 10),
                         .serial = (uint32_t)strtoul(argv[4], NULL, 10) };
    make_zone(&zone, strtoul(argv[2], NULL, 10));
    say_all(&zone);
    build(writer, &zone);
    say_serial('!', zone.serial);
    while (image_writer_work(writer, NULL)) {
    }
    while (!input_ended((int)strtol(argv[5], NULL, 10)))
        publish_one(writer, &zone);
    image_writer_close(writer);
    mem_free(zone.hosts);
    return EXIT_SUCCESS;
}
