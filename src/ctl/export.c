// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/export.h"

#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "base/json.h"
#include "base/mem.h"
#include "dns/tinydns_writer.h"
#include "dns/zonefile.h"
#include "run/ask.h"

enum {
    LINE_SIZE = 32 * 1024, /* data have at most 1 kB */
    RDATA_MAX = 2048,
    PATH_SIZE = 2048,
    COPY_SIZE = 64 * 1024
};

/* The SOA is printed first, but is known last: its serial needs the last change of every host. So
 * all other records wait in a file. */
struct exporting {
    const struct config *config;
    struct name zone;
    bool tinydns;
    int64_t newest; /* the highest seq of a change to the zone or its hosts */
    FILE *rest;
};

static enum status put_line(const struct record *record, bool tinydns, struct buf *out,
                            struct error *err)
{
    if (tinydns)
        return tinydns_put(record, TINYDNS_STOCK, out, err);
    buf_put_text(out, record->wildcard ? "*." : "");
    name_format(&record->owner, out);
    buf_printf(out, ". %lu IN ", (unsigned long)record->ttl_s);
    rr_type_format(record->type, out);
    buf_put_text(out, " ");
    rdata_format(record->type, record->rdata, out);
    buf_put_text(out, "\n");
    return OK;
}

static enum status print_record(FILE *to, const struct record *record, bool tinydns,
                                struct error *err)
{
    CLEANUP(mem_freep) char *space = (char *)mem_new(LINE_SIZE);
    struct buf line = buf_on(space, LINE_SIZE);
    enum status status = put_line(record, tinydns, &line, err);
    if (status) {
        error_prefix(err, "%s", name_text(&record->owner));
        return status;
    }
    if (line.full)
        return FAIL(err, ERR_LIMIT, "%s: too long for a line", name_text(&record->owner));
    if (fwrite(line.at, 1, line.n, to) != line.n)
        return FAIL(err, ERR_IO, "the zone cannot be written");
    return OK;
}

static uint32_t u32_of(const struct json *item, const char *key)
{
    return (uint32_t)((uint64_t)json_get_number(item, key) & UINT32_MAX);
}

static enum status name_in(const struct json *item, const char *key, struct name *out,
                           struct error *err)
{
    return name_parse(json_get_text(item, key), out, err);
}

/* ----- records and hosts ----- */

static enum status export_record(void *ctx, const struct json *item, struct error *err)
{
    const struct exporting *all = (const struct exporting *)ctx;
    uint8_t space[RDATA_MAX];
    struct buf rdata = BUF_ON(space);
    struct str name = json_get_text(item, "name");
    struct record record = { .wildcard = str_starts(name, STR("*.")),
                             .ttl_s = u32_of(item, "ttl") };
    enum status status =
        name_parse(str_from_at(name, record.wildcard ? 2 : 0), &record.owner, err);
    if (!status)
        status = rr_type_parse(json_get_text(item, "type"), &record.type);
    if (!status)
        status = rdata_parse(record.type, json_get_text(item, "data"), &rdata, err);
    if (status) {
        error_prefix(err, "the record at " STR_FMT, STR_ARG(name));
        return status;
    }
    record.rdata = buf_str(&rdata);
    return print_record(all->rest, &record, all->tinydns, err);
}

static enum status export_addresses(const struct exporting *all, struct record *record,
                                    const struct json *addresses, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < json_count(addresses) && !status; i++) {
        struct str text = STR("");
        struct ip ip;
        (void)json_as_text(json_item(addresses, i), &text);
        if (ip_parse(text, &ip))
            return FAIL(err, ERR_IO, "front gave a bad address");
        record->type = ip.family == IP_V4 ? RR_A : RR_AAAA;
        record->rdata = ip_bytes(&ip);
        status = print_record(all->rest, record, all->tinydns, err);
    }
    return status;
}

static enum status export_host(void *ctx, const struct json *item, struct error *err)
{
    struct exporting *all = (struct exporting *)ctx;
    const struct json *addresses = json_get(item, "addresses");
    struct record record = { .ttl_s = u32_of(item, "ttl") };
    bool wildcard = json_get_bool(item, "wildcard");
    int64_t change = json_get_number(item, "last_change");
    if (change > all->newest)
        all->newest = change;
    enum status status = name_in(item, "name", &record.owner, err);
    /* What is not in DNS here is not to be there elsewhere. */
    if (status || !str_equal(json_get_text(item, "state"), STR("active")) ||
        json_count(json_get(item, "withheld")) > 0)
        return status;
    status = export_addresses(all, &record, addresses, err);
    record.wildcard = true;
    return status || !wildcard ? status : export_addresses(all, &record, addresses, err);
}

/* ----- the zone ----- */

static enum status print_soa(const struct exporting *all, const struct json *zone,
                             struct error *err)
{
    uint8_t space[2 * NAME_SIZE + 20];
    struct buf rdata = BUF_ON(space);
    struct soa soa = { .refresh_s = u32_of(zone, "refresh"),
                       .retry_s = u32_of(zone, "retry"),
                       .expire_s = u32_of(zone, "expire"),
                       .minimum_s = u32_of(zone, "minimum") };
    /* The serial is published modulo 2^32. */
    soa.serial =
        (uint32_t)(((uint64_t)all->newest + u32_of(zone, "serial_base")) & UINT32_MAX);
    enum status status = name_in(zone, "mname", &soa.mname, err);
    if (!status)
        status = name_in(zone, "rname", &soa.rname, err);
    if (status)
        return status;
    soa_encode(&soa, &rdata);
    const struct record record = { .owner = all->zone,
                                   .type = RR_SOA,
                                   .ttl_s = u32_of(zone, "soa_ttl"),
                                   .rdata = buf_str(&rdata) };
    return print_record(stdout, &record, all->tinydns, err);
}

static enum status print_rest(FILE *rest, struct error *err)
{
    CLEANUP(mem_freep) char *space = (char *)mem_new(COPY_SIZE);
    size_t n = 0;
    rewind(rest);
    while ((n = fread(space, 1, COPY_SIZE, rest)) > 0)
        if (fwrite(space, 1, n, stdout) != n)
            return FAIL(err, ERR_IO, "the zone cannot be written");
    return ferror(rest) || fflush(stdout)
               ? FAIL(err, ERR_IO, "the zone cannot be written")
               : OK;
}

static enum status walk_list(struct exporting *all, const char *path, ask_item_fn fn,
                             struct error *err)
{
    char storage[PATH_SIZE];
    struct buf query = BUF_ON(storage);
    buf_put_text(&query, path);
    ask_put_escaped(&query, str_from(name_text(&all->zone)));
    return ask_each(all->config, buf_text(&query), fn, all, err);
}

static enum status export_zone(struct exporting *all, struct error *err)
{
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    CLEANUP(json_freep) struct json *zone = NULL;
    buf_put_text(&path, "/zones/");
    ask_put_escaped(&path, str_from(name_text(&all->zone)));
    enum status status = ask_for(all->config, buf_text(&path), &zone, err);
    if (status)
        return status;
    all->newest = json_get_number(zone, "last_change");
    status = walk_list(all, "/records?zone=", export_record, err);
    if (!status)
        status = walk_list(all, "/hosts?zone=", export_host, err);
    if (!status)
        status = print_soa(all, zone, err);
    return status ? status : print_rest(all->rest, err);
}

static enum status begin(struct exporting *all, const struct json *options,
                         struct error *err)
{
    struct str format = json_get_text(options, "format");
    all->tinydns = str_equal(format, STR("tinydns"));
    if (format.n && !all->tinydns && !str_equal(format, STR("zone")))
        return FAIL(err, ERR_SYNTAX, "--format: must be zone or tinydns");
    enum status status = name_in(options, "zone", &all->zone, err);
    if (status)
        return status;
    all->rest = tmpfile();
    return all->rest ? OK : FAIL(err, ERR_IO, "no temporary file can be made");
}

int run_export(const struct config *config, const struct json *options)
{
    struct exporting all = { .config = config };
    struct error err = { "" };
    enum status status = begin(&all, options, &err);
    if (!status)
        status = export_zone(&all, &err);
    if (all.rest)
        (void)fclose(all.rest);
    if (status)
        (void)fprintf(stderr, "rovectl: %s\n", err.text);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
