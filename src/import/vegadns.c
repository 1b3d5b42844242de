// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads a dump of VegaDNS, which keeps the fields of tinydns data lines and makes lines of them
 * when it publishes. This reader makes the same lines, and lets dns/tinydns_reader.h read them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/tinydns_reader.h"
#include "dns/zonefile.h"
#include "import/import.h"
#include "import/sqldump.h"

enum {
    LINE_SIZE = 4096
};

struct account {
    struct str id;
    const char *email;
};

struct domain {
    struct str id, owner_id;
    size_t zone; /* its index in the plan */
};

struct dump {
    struct plan *plan;
    struct account *accounts;
    struct domain *domains;
    size_t account_count, account_room, domain_count, domain_room;
    uint64_t line; /* of the present row */
};

static bool is_table(const struct sqldump_row *row, const char *name)
{
    return str_equal_any_case(row->table, str_from(name));
}

static void dump_done(struct dump *dump)
{
    mem_free(dump->accounts);
    mem_free(dump->domains);
}

/* ----- accounts and domains ----- */

static void take_account(struct dump *dump, const struct sqldump_row *row)
{
    struct str email = sqldump_get(row, "Email");
    struct plan *plan = dump->plan;
    dump->accounts = mem_grow(dump->accounts, dump->account_count + 1,
                              &dump->account_room, sizeof(*dump->accounts));
    dump->accounts[dump->account_count++] =
        (struct account){ arena_copy(plan->arena, sqldump_get(row, "cid")),
                          plan_text(plan, email) };
    if (str_equal(sqldump_get(row, "Status"), STR("inactive")))
        plan_remark(plan, row->line, "account " STR_FMT " is inactive there, active here",
                    STR_ARG(email));
}

/* Compares the ids with which items of both lists begin. The lists are sorted after the first
 * pass. */
static int compare_ids(const void *a, const void *b)
{
    struct str x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return str_compare(x, y);
}

static void sort_ids(struct dump *dump)
{
    if (dump->account_count)
        qsort(dump->accounts, dump->account_count, sizeof(struct account), compare_ids);
    if (dump->domain_count)
        qsort(dump->domains, dump->domain_count, sizeof(struct domain), compare_ids);
}

static const void *find_id(const void *list, size_t count, size_t size, struct str id)
{
    return count ? bsearch(&id, list, count, size, compare_ids) : NULL;
}

static const char *find_email(const struct dump *dump, struct str id)
{
    const struct account *found = (const struct account *)find_id(
        dump->accounts, dump->account_count, sizeof(*found), id);
    return found ? found->email : NULL;
}

static void take_domain(struct dump *dump, const struct sqldump_row *row)
{
    struct name name;
    struct error why;
    struct plan *plan = dump->plan;
    if (name_parse(sqldump_get(row, "domain"), &name, &why)) {
        plan_refuse(plan, row->line, "domain: %s", why.text);
        return;
    }
    size_t zone = plan_zone(plan, &name, row->line);
    plan->zones[zone].disabled = str_equal(sqldump_get(row, "status"), STR("inactive"));
    dump->domains = mem_grow(dump->domains, dump->domain_count + 1, &dump->domain_room,
                             sizeof(*dump->domains));
    dump->domains[dump->domain_count++] = (struct domain){
        .id = arena_copy(plan->arena, sqldump_get(row, "domain_id")),
        .owner_id = arena_copy(plan->arena, sqldump_get(row, "owner_id")),
        .zone = zone,
    };
}

static enum status take_first(void *ctx, const struct sqldump_row *row, struct error *err)
{
    struct dump *dump = (struct dump *)ctx;
    (void)err;
    if (is_table(row, "accounts"))
        take_account(dump, row);
    else if (is_table(row, "domains"))
        take_domain(dump, row);
    return OK;
}

/* ----- records ----- */

static const struct domain *find_domain(const struct dump *dump, struct str id)
{
    return (const struct domain *)find_id(dump->domains, dump->domain_count,
                                          sizeof(struct domain), id);
}

static enum status take_record(void *ctx, const struct record *record, struct error *err)
{
    const struct dump *dump = (const struct dump *)ctx;
    (void)err;
    plan_record(dump->plan, record, dump->line);
    return OK;
}

/* Writes a text as it is into a line. VegaDNS escapes only the colons of a TXT. */
static void put_field(struct buf *line, struct str text)
{
    buf_put_text(line, ":");
    for (size_t i = 0; i < text.n; i++)
        if (text.at[i] == ':' || text.at[i] == '\n' || text.at[i] == '\r')
            buf_printf(line, "\\%03o", (unsigned)(uint8_t)text.at[i]);
        else
            buf_put_u8(line, (uint8_t)text.at[i]);
}

/* Writes "LETTERhost:FIELDS:ttl"; `gap` adds an empty field for an address. */
static void put_line(struct buf *line, char letter, const struct sqldump_row *row,
                     bool gap)
{
    buf_put_u8(line, (uint8_t)letter);
    buf_put(line, sqldump_get(row, "host"));
    if (gap)
        buf_put_text(line, ":");
    put_field(line, sqldump_get(row, "val"));
    if (letter == '@')
        put_field(line, sqldump_get(row, "distance"));
    put_field(line, sqldump_get(row, "ttl"));
}

/* Writes a Z line. host is "mailbox:nameserver", and val "refresh:retry:expire:minimum:serial",
 * whose fields are optional. */
static void put_soa(struct buf *line, const struct sqldump_row *row,
                    const struct name *zone)
{
    struct str host = sqldump_get(row, "host"), rest = sqldump_get(row, "val");
    struct str values[5] = { STR("") };
    size_t colon = str_find(host, ':');
    for (size_t i = 0; i < LENGTH_OF(values); i++) {
        values[i] = STR("");
        (void)str_next(&rest, ':', &values[i]);
    }
    buf_printf(line, "Z%s", name_text(zone));
    put_field(line, str_from_at(host, colon + 1));
    put_field(line, str_first(host, colon));
    put_field(line, values[4]);
    for (size_t i = 0; i < 4; i++)
        put_field(line, values[i]);
    put_field(line, sqldump_get(row, "ttl"));
}

/* Writes types 3 and 6: AAAA, and AAAA with PTR. */
static bool put_ipv6(struct buf *line, char letter, const struct sqldump_row *row)
{
    struct ip ip;
    struct str val = sqldump_get(row, "val");
    if (ip_parse(val, &ip) || str_find(val, ':') == val.n)
        return false;
    buf_put_u8(line, (uint8_t)letter);
    buf_put(line, sqldump_get(row, "host"));
    buf_put_text(line, ip.family == IP_V4 ? ":00000000000000000000ffff" : ":");
    buf_put_hex(line, ip_bytes(&ip));
    put_field(line, sqldump_get(row, "ttl"));
    return true;
}

/* Makes the line that VegaDNS would write. False: there is none. */
static bool make_line(struct buf *line, char type, const struct sqldump_row *row,
                      const struct name *zone)
{
    static const struct {
        char type, letter;
        bool gap;
    } kinds[] = { { 'A', '+', false }, { '=', '=', false }, { 'M', '@', true },
                  { 'N', '&', true },  { 'P', '^', false }, { 'T', '\'', false },
                  { 'C', 'C', false } };
    if (type == 'S') {
        put_soa(line, row, zone);
        return true;
    }
    if (type == '3' || type == '6')
        return put_ipv6(line, type, row);
    for (size_t i = 0; i < LENGTH_OF(kinds); i++)
        if (kinds[i].type == type) {
            put_line(line, kinds[i].letter, row, kinds[i].gap);
            return true;
        }
    return false;
}

/* Adds a record that stock tinydns has no line for, from the text of its data. */
static enum status take_text(const struct dump *dump, const struct sqldump_row *row,
                             uint16_t type, struct str text, struct error *err)
{
    uint8_t rdata_space[2048];
    struct buf rdata = BUF_ON(rdata_space);
    uint64_t ttl_s = 0;
    struct record record = { .type = type };
    struct str host = sqldump_get(row, "host");
    record.wildcard = str_starts(host, STR("*."));
    if (str_to_u64(sqldump_get(row, "ttl"), INT32_MAX, &ttl_s))
        return FAIL(err, ERR_SYNTAX, "a bad TTL");
    enum status status =
        name_parse(str_from_at(host, record.wildcard ? 2 : 0), &record.owner, err);
    if (!status)
        status = rdata_parse(type, text, &rdata, err);
    if (status)
        return status;
    record.ttl_s = (uint32_t)ttl_s;
    record.rdata = buf_str(&rdata);
    plan_record(dump->plan, &record, dump->line);
    return OK;
}

/* Adds a record of type V: SRV. */
static enum status take_srv(const struct dump *dump, const struct sqldump_row *row,
                            struct error *err)
{
    char storage[LINE_SIZE];
    struct buf text = BUF_ON(storage);
    static const char *const columns[] = { "distance", "weight", "port", "val" };
    for (size_t i = 0; i < LENGTH_OF(columns); i++) {
        buf_put_text(&text, i ? " " : "");
        buf_put(&text, sqldump_get(row, columns[i]));
    }
    return take_text(dump, row, RR_SRV, buf_str(&text), err);
}

/* Adds a record of type E: CAA as "flags:tag:value". */
static enum status take_caa(const struct dump *dump, const struct sqldump_row *row,
                            struct error *err)
{
    char storage[LINE_SIZE];
    struct buf text = BUF_ON(storage);
    struct str value = sqldump_get(row, "val"), flags, tag;
    (void)str_next(&value, ':', &flags);
    if (str_find(value, ':') == value.n || !str_next(&value, ':', &tag))
        return FAIL(err, ERR_SYNTAX, "not the flags:tag:value of a CAA record");
    buf_printf(&text, STR_FMT " " STR_FMT " \"", STR_ARG(flags), STR_ARG(tag));
    for (size_t i = 0; i < value.n; i++) {
        buf_put_text(&text, value.at[i] == '"' || value.at[i] == '\\' ? "\\" : "");
        buf_put_u8(&text, (uint8_t)value.at[i]);
    }
    buf_put_text(&text, "\"");
    return take_text(dump, row, RR_CAA, buf_str(&text), err);
}

static enum status take_row(struct dump *dump, const struct sqldump_row *row,
                            const struct name *zone, struct error *err)
{
    char storage[LINE_SIZE];
    struct buf line = BUF_ON(storage);
    const struct record_sink sink = { take_record, NULL, dump };
    struct str type = sqldump_get(row, "type"), host = sqldump_get(row, "host");
    if (str_find(host, '\n') < host.n || type.n != 1)
        return FAIL(err, ERR_SYNTAX, "not a record of VegaDNS");
    if (type.at[0] == 'V')
        return take_srv(dump, row, err);
    if (type.at[0] == 'E')
        return take_caa(dump, row, err);
    if (type.at[0] != 'S' && str_find(host, ':') < host.n)
        return FAIL(err, ERR_SYNTAX, "not a record of VegaDNS");
    if (!make_line(&line, type.at[0], row, zone))
        return FAIL(err, ERR_SYNTAX,
                    "a record of type '" STR_FMT "' with value '" STR_FMT "'",
                    STR_ARG(type), STR_ARG(str_first(sqldump_get(row, "val"), 80)));
    if (line.full)
        return FAIL(err, ERR_LIMIT, "too long");
    return tinydns_parse_line(buf_str(&line), 0, &sink, err);
}

static enum status take_second(void *ctx, const struct sqldump_row *row,
                               struct error *err)
{
    struct dump *dump = (struct dump *)ctx;
    struct error why = { "" };
    (void)err;
    if (!is_table(row, "records"))
        return OK;
    const struct domain *domain = find_domain(dump, sqldump_get(row, "domain_id"));
    struct str host = str_first(sqldump_get(row, "host"), 100);
    struct str location = sqldump_get(row, "location_id");
    dump->line = row->line;
    if (location.n && !str_equal(location, STR("0")))
        plan_remark(dump->plan, row->line,
                    STR_FMT ": records with a location are for static files",
                    STR_ARG(host));
    else if (!domain)
        plan_refuse(dump->plan, row->line, STR_FMT ": a record of no domain",
                    STR_ARG(host));
    else if (plan_wants(dump->plan, domain->zone) &&
             take_row(dump, row, &dump->plan->zones[domain->zone].name, &why))
        plan_refuse(dump->plan, row->line, STR_FMT ": %s", STR_ARG(host), why.text);
    return OK;
}

enum status import_vegadns(struct plan *plan, struct str text, struct error *err)
{
    CLEANUP(dump_done) struct dump dump = { .plan = plan };
    enum status status = sqldump_parse(plan->file, text, take_first, &dump, err);
    sort_ids(&dump);
    if (!status && dump.domain_count == 0)
        return FAIL(err, ERR_SYNTAX, "%s: has no domains: not a dump of VegaDNS",
                    plan->file);
    if (!status)
        status = sqldump_parse(plan->file, text, take_second, &dump, err);
    for (size_t i = 0; i < dump.domain_count && !status; i++)
        plan->zones[dump.domains[i].zone].owner =
            find_email(&dump, dump.domains[i].owner_id);
    if (!status && dump.account_count)
        plan_remark(plan, 0, "passwords of accounts cannot be carried over");
    return status;
}
