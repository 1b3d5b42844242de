// SPDX-License-Identifier: GPL-3.0-or-later
/* bench_store - fills DIR/rove.db with N hosts and measures the database with them.
 *
 *     bench_store DIR N [KEYFILE]
 *
 * The result can be served as it is: account ops@example.org, zone dyn.example.org with the
 * name server ns1.example.org, hosts h0000000.dyn.example.org and on, each with the address
 * 2001:db8:X:Y::1 (X and Y the halves of its number), an IPv4 address, and one token, whose
 * secret secret.h tells. With KEYFILE the digests are made by its pepper; without, by a key
 * of zeros. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "account/keys.h"
#include "account/token.h"
#include "base/mem.h"
#include "base/random.h"
#include "secret.h"
#include "store/tables.h"

enum {
    FILL_BATCH = 20000,
    CHANGES = 40000, /* measured at each size of a batch */
    LOOKUPS = 40000,
    CREATED_S = 1700000000,
};

struct bench {
    struct store *store;
    struct keys keys;
    uint64_t hosts;
    struct name zone_name;
    int64_t account_id, zone_id, first_host_id, seq;
};

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    (void)fprintf(stderr, "bench_store: %s: %s\n", status_name(status), err->text);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct name name_of(const char *text)
{
    struct name name;
    struct error err;
    must(name_parse(str_from(text), &name, &err), &err);
    return name;
}

/* ----- filling ----- */

static void add_account(struct bench *bench)
{
    struct error err;
    struct account_row row = { .email = "ops@example.org",
                               .role = ROLE_OPERATOR,
                               .language = "en",
                               .created_s = CREATED_S,
                               .last_change = bench->seq };
    must(store_account_insert(bench->store, &row, &err), &err);
    bench->account_id = row.id;
}

static void add_zone(struct bench *bench)
{
    struct error err;
    struct zone_row row = { .name = bench->zone_name,
                            .owner_id = bench->account_id,
                            .policy = ZONE_NOBODY,
                            .mname = name_of("ns1.example.org"),
                            .rname = name_of("ops.example.org"),
                            .refresh_s = 3600,
                            .retry_s = 600,
                            .expire_s = 1209600,
                            .minimum_s = 60,
                            .soa_ttl_s = 60,
                            .ns_ttl_s = 86400,
                            .default_ttl_s = 60,
                            .serial_base = 1,
                            .labels_max = 1,
                            .created_s = CREATED_S,
                            .last_change = bench->seq };
    must(store_zone_insert(bench->store, &row, &err), &err);
    bench->zone_id = row.id;

    struct record_row record = {
        .zone_id = row.id, .owner = row.name, .type = RR_NS, .ttl_s = row.ns_ttl_s
    };
    struct str target = name_bytes(&row.mname);
    memcpy(record.rdata, target.at, target.n);
    record.rdata_n = target.n;
    must(store_record_insert(bench->store, &record, &err), &err);
}

static struct name host_name(const struct bench *bench, uint64_t number)
{
    char label[24];
    int n = snprintf(label, sizeof(label), "h%07llu", (unsigned long long)number);
    struct name name = { 0 };
    struct error err = { "name" };
    must(name_prepend(str_bytes(label, (size_t)n), &bench->zone_name, &name), &err);
    return name;
}

static struct ip host_v6(uint64_t number)
{
    return (struct ip){ .family = IP_V6,
                        .bytes = { 0x20, 0x01, 0x0d, 0xb8, (uint8_t)(number >> 24),
                                   (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                                   (uint8_t)number, [15] = 1 } };
}

static struct ip some_v4(uint64_t number)
{
    return (struct ip){ .family = IP_V4,
                        .bytes = { 203, 0, 113, (uint8_t)(number % 254 + 1) } };
}

static void add_host(struct bench *bench, uint64_t number)
{
    struct error err;
    struct host_row host = { .zone_id = bench->zone_id,
                             .owner_id = bench->account_id,
                             .name = host_name(bench, number),
                             .v4 = some_v4(number),
                             .v6 = host_v6(number),
                             .ttl_s = 60,
                             .private_allowed = true,
                             .plain_http = true,
                             .created_s = CREATED_S,
                             .last_change = bench->seq };
    must(store_host_insert(bench->store, &host, &err), &err);
    if (number == 0)
        bench->first_host_id = host.id;

    char secret[BENCH_SECRET_SIZE];
    bench_secret(number, secret);
    struct token_row token = { .account_id = bench->account_id,
                               .kind = TOKEN_UPDATE,
                               .label = "bench",
                               .rights = RIGHT_ADDRESS,
                               .host_ids = { host.id },
                               .host_count = 1,
                               .created_s = CREATED_S,
                               .last_change = bench->seq };
    token_describe(&bench->keys, str_from(secret), &token);
    must(store_token_insert(bench->store, &token, &err), &err);
}

static void fill(struct bench *bench, bool has_keys)
{
    struct error err;
    double start = seconds(CLOCK_MONOTONIC);
    must(store_begin(bench->store, &err), &err);
    if (has_keys)
        must(keys_match(&bench->keys, bench->store, &err), &err);
    struct change_row change = { .kind = CHANGE_ZONE, .time_s = CREATED_S };
    must(store_change_append(bench->store, &change, &err), &err);
    bench->seq = change.seq;
    add_account(bench);
    add_zone(bench);
    for (uint64_t i = 0; i < bench->hosts; i++) {
        add_host(bench, i);
        if (i % FILL_BATCH != FILL_BATCH - 1)
            continue;
        must(store_commit(bench->store, &err), &err);
        must(store_checkpoint(bench->store, &err), &err);
        must(store_begin(bench->store, &err), &err);
    }
    must(store_commit(bench->store, &err), &err);
    must(store_checkpoint(bench->store, &err), &err);
    printf("fill: %llu hosts with tokens in %.1f s\n", (unsigned long long)bench->hosts,
           seconds(CLOCK_MONOTONIC) - start);
}

/* ----- measuring ----- */

static uint64_t random_host(const struct bench *bench)
{
    return random_below((uint32_t)bench->hosts);
}

/* One change as the service makes it: the newest row, the journal, the addresses. */
static void change_one(struct bench *bench, uint64_t number)
{
    struct error err;
    struct host_row row;
    struct addresses before, after;
    must(
        store_host_find(bench->store, bench->first_host_id + (int64_t)number, &row, &err),
        &err);
    must(store_host_addresses(bench->store, &row, &before, &err), &err);
    after = before;
    after.v4.at[0] = some_v4(random_below(254));
    after.v4.count = 1;

    struct change_row change = { .kind = CHANGE_HOST,
                                 .id = row.id,
                                 .prev = row.last_change,
                                 .time_s = CREATED_S,
                                 .source = after.v4.at[0],
                                 .agent = "router/1.0",
                                 .token_id = row.id,
                                 .dialect = 1 };
    struct buf bytes = BUF_ON(change.before);
    store_addresses_encode(&before, &bytes);
    change.before_n = bytes.n;
    bytes = BUF_ON(change.after);
    store_addresses_encode(&after, &bytes);
    change.after_n = bytes.n;
    must(store_change_append(bench->store, &change, &err), &err);
    row.last_change = change.seq;
    row.last_seen_s++;
    must(store_host_set_addresses(bench->store, &row, &after, &err), &err);
}

static void measure_changes(struct bench *bench, int batch)
{
    struct error err;
    double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int done = 0; done < CHANGES; done += batch) {
        must(store_begin(bench->store, &err), &err);
        for (int i = 0; i < batch; i++)
            change_one(bench, random_host(bench));
        must(store_commit(bench->store, &err), &err);
        must(store_checkpoint(bench->store, &err), &err);
    }
    double took = seconds(CLOCK_MONOTONIC) - start;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("changes, batches of %d: %.0f/s, %.1f us of CPU each\n", batch, CHANGES / took,
           cpu * 1e6 / CHANGES);
}

static void measure_lookups(struct bench *bench, struct store *reader)
{
    struct error err;
    double token_s = 0, host_s = 0;
    for (int i = 0; i < LOOKUPS; i++) {
        uint64_t number = random_host(bench);
        char secret[BENCH_SECRET_SIZE];
        bench_secret(number, secret);
        struct digest digest = token_digest(&bench->keys, str_from(secret));
        struct name name = host_name(bench, number);
        struct token_row token;
        struct host_row host;
        double start = seconds(CLOCK_MONOTONIC);
        must(store_token_find_digest(reader, digest, &token, &err), &err);
        double middle = seconds(CLOCK_MONOTONIC);
        must(store_host_find_name(reader, &name, &host, &err), &err);
        host_s += seconds(CLOCK_MONOTONIC) - middle;
        token_s += middle - start;
        if (token.host_count != 1 || token.host_ids[0] != host.id) {
            (void)fprintf(stderr, "bench_store: token and host %llu do not match\n",
                          (unsigned long long)number);
            exit(1);
        }
    }
    printf("look-ups: token by digest %.1f us, host by name %.1f us\n",
           token_s * 1e6 / LOOKUPS, host_s * 1e6 / LOOKUPS);
}

static enum status count(void *ctx, const struct host_row *row)
{
    *(uint64_t *)ctx += row->v6.family == IP_V6;
    return OK;
}

static void measure_scan(struct bench *bench, struct store *reader)
{
    struct error err;
    uint64_t hosts = 0;
    double start = seconds(CLOCK_MONOTONIC);
    must(store_host_scan(reader, count, &hosts, &err), &err);
    printf("scan: %llu hosts in %.2f s\n", (unsigned long long)hosts,
           seconds(CLOCK_MONOTONIC) - start);
    if (hosts != bench->hosts)
        exit(1);
}

int main(int argc, char **argv)
{
    struct bench bench = { .hosts = argc > 2 ? strtoull(argv[2], NULL, 10) : 0 };
    if (argc < 3 || argc > 4 || !bench.hosts || bench.hosts > UINT32_MAX) {
        (void)fprintf(stderr, "usage: bench_store DIR N [KEYFILE]\n");
        return 2;
    }
    random_init();
    struct error err;
    if (argc == 4)
        must(keys_load(argv[3], &bench.keys, &err), &err);
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/rove.db", argv[1]);
    must(store_open(path, STORE_CREATE, &bench.store, &err), &err);
    bench.zone_name = name_of("dyn.example.org");
    fill(&bench, argc == 4);
    measure_changes(&bench, 64);
    measure_changes(&bench, 512);
    CLEANUP(store_closep) struct store *reader = NULL;
    must(store_open(path, STORE_READER, &reader, &err), &err);
    measure_lookups(&bench, reader);
    measure_scan(&bench, reader);
    keys_done(&bench.keys);
    store_close(bench.store);
    return 0;
}
