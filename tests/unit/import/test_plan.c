// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "import/import.h"

enum {
    FILE_MAX = 1 << 20,
    TEXT_SIZE = 8192
};

/* What is planned, as lines: zones with their servers, hosts, records, remarks. */
static char told[TEXT_SIZE];

static void tell_zone(const struct plan_zone *zone, struct buf *out)
{
    buf_printf(out, "zone %s of %s serial %lu:", name_text(&zone->name),
               zone->owner ? zone->owner : "-",
               zone->has_soa ? (unsigned long)zone->soa.serial : 0);
    for (size_t i = 0; i < zone->server_count; i++)
        buf_printf(out, " %s+%zu", name_text(&zone->servers[i].name),
                   zone->servers[i].count);
    buf_put_text(out, zone->disabled ? " disabled\n" : "\n");
}

static void tell_host(const struct plan_host *host, struct buf *out)
{
    buf_printf(out, "host %s%s %lu", name_text(&host->name), host->wildcard ? " *" : "",
               (unsigned long)host->ttl_s);
    for (size_t i = 0; i < addresses_count(&host->addresses); i++)
        buf_printf(out, " %s", ip_text(addresses_get(&host->addresses, i)));
    if (host->follows.n)
        buf_printf(out, " follows %s %s", name_text(&host->follows),
                   ip_text(host->interface_id));
    buf_printf(out, "%s%s\n", host->state ? " " : "", host->state ? host->state : "");
}

static void tell_record(const struct plan_record *record, struct buf *out)
{
    CLEANUP(json_freep) struct json *body = plan_record_json(record);
    struct str name, type, data;
    CHECK(json_as_text(json_get(body, "name"), &name));
    CHECK(json_as_text(json_get(body, "type"), &type));
    CHECK(json_as_text(json_get(body, "data"), &data));
    buf_printf(out, "record " STR_FMT " %lu " STR_FMT " " STR_FMT "\n", STR_ARG(name),
               (unsigned long)record->ttl_s, STR_ARG(type), STR_ARG(data));
}

static const char *plan_of(const char *file, import_fn read, const char *only,
                           bool no_hosts)
{
    struct plan plan;
    struct error err = { "" };
    struct buf out = BUF_ON(told);
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", SAMPLES, file);
    CHECK(file_read(path, FILE_MAX, &text, &n, &err) == OK);
    plan_init(&plan, file);
    plan.no_hosts = no_hosts;
    if (only)
        CHECK(name_parse(str_from(only), &plan.only, NULL) == OK);
    if (read(&plan, str_bytes(text, n), &err))
        print_error("%s\n", err.text);
    CHECK_TEXT(err.text, "");
    plan_find_zones(&plan);
    plan_settle(&plan);
    plan_sort_remarks(&plan);
    for (size_t i = 0; i < plan.zone_count; i++)
        if (plan_wants(&plan, i))
            tell_zone(&plan.zones[i], &out);
    for (size_t i = 0; i < plan.host_count; i++)
        tell_host(&plan.hosts[i], &out);
    for (size_t i = 0; i < plan.record_count; i++)
        if (!plan.records[i].taken && plan.records[i].zone != PLAN_NO_ZONE)
            tell_record(&plan.records[i], &out);
    for (size_t i = 0; i < plan.remark_count; i++)
        buf_printf(&out, "%llu: " STR_FMT "\n", (unsigned long long)plan.remarks[i].line,
                   STR_ARG(plan.remarks[i].text));
    plan_done(&plan);
    return buf_text(&out);
}

static void check_has(const char *line)
{
    char whole[512];
    (void)snprintf(whole, sizeof(whole), "%s\n", line);
    if (!strstr(told, whole))
        print_error("missing: %s in\n%s", whole, told);
    CHECK(strstr(told, whole) != NULL);
}

static void check_has_all(const char *const *lines, size_t count)
{
    size_t there = 0;
    for (size_t i = 0; i < count; i++)
        check_has(lines[i]);
    for (const char *at = told; *at; at++)
        there += *at == '\n';
    if (there != count)
        print_error("more than wanted:\n%s", told);
    CHECK_INT(there, count);
}

TEST(a_zone_file_becomes_name_servers_hosts_and_records)
{
    static const char *const want[] = {
        ("zone dyn.example.org of - serial 2026112205: ns1.dyn.example.org+2 "
         "ns2.example.net+0"),
        "host home.dyn.example.org 60 198.51.100.7 2001:db8::7",
        "host office.dyn.example.org * 300 203.0.113.5",
        "record dyn.example.org 300 MX 10 mail.example.net.",
        "record dyn.example.org 300 TXT \"v=spf1 -all\"",
        "record dyn.example.org 300 CAA 0 issue \"ca.example.net\"",
        "record home.dyn.example.org 300 TXT \"semi;colon\" \"second\"",
        ("record _443._tcp.home.dyn.example.org 300 TLSA 3 1 1 "
         "D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971"),
        "record alias.dyn.example.org 300 CNAME home.dyn.example.org.",
        "record sip.dyn.example.org 300 SRV 1 2 5060 sip.example.net.",
        "record deep.er.dyn.example.org 300 TXT \"two labels\"",
        "record sub.dyn.example.org 300 NS ns.sub.dyn.example.org.",
        "record ns.sub.dyn.example.org 300 A 192.0.2.77",
        "record long.dyn.example.org 86400 TXT \"a week\"",
        "record uni.dyn.example.org 300 TXT \"gr\\195\\188\\195\\159 dich\"",
        "host mixed.dyn.example.org 60 198.51.100.41 2001:db8::41",
        "record set.dyn.example.org 60 TXT \"one\"",
        "record set.dyn.example.org 60 TXT \"two\"",
        "record mapped.dyn.example.org 300 A 198.51.100.42",
        "record mapped.dyn.example.org 300 AAAA ::ffff:198.51.100.42",
        "23: long.dyn.example.org: its TTL of 172800 becomes 86400",
        ("26: mixed.dyn.example.org AAAA: its TTL of 300 becomes 60, the lowest of its"
         " host"),
        "28: set.dyn.example.org TXT: its TTL of 300 becomes 60, the lowest of its set",
        ("31: a record of a type that is not known here: web     ALIAS"
         " pages.example.net."),
        ("32: dyn.example.org: its DS record belongs to the zone above, which is not"
         " asked for"),
        ("33: signed.dyn.example.org: a DS record is of use in a signed zone only, and"
         " this one is not signed here"),
    };
    (void)plan_of("example.zone", import_zonefile, "dyn.example.org", false);
    check_has_all(want, LENGTH_OF(want));
}

TEST(static_addresses_stay_records)
{
    (void)plan_of("example.zone", import_zonefile, "dyn.example.org", true);
    check_has("record home.dyn.example.org 60 A 198.51.100.7");
    check_has("record *.office.dyn.example.org 300 A 203.0.113.5");
    CHECK(strstr(told, "host ") == NULL);
}

TEST(one_zone_of_tinydns_data_is_taken_and_the_others_left)
{
    static const char *const want[] = {
        ("zone dyn.example.org of - serial 2026112201: ns1.dyn.example.org+1 "
         "ns2.example.net+0"),
        "host rr.dyn.example.org 60 198.51.100.9 198.51.100.10",
        "host home.dyn.example.org 60 198.51.100.7 2001:db8::7",
        "host star.dyn.example.org * 60 198.51.100.8",
        "record www.dyn.example.org 300 A 198.51.100.80", /* a reserved word */
        "record dyn.example.org 3600 MX 10 mail.example.net.",
        "record dyn.example.org 3600 TXT \"v=spf1 -all\"",
        "record home.dyn.example.org 60 TXT \"a : colon; and \\\\ more\"",
        "record alias.dyn.example.org 300 CNAME home.dyn.example.org.",
        "record _sip._udp.dyn.example.org 300 SRV 1 2 5060 sip.example.net.",
        "record sub.dyn.example.org 3600 NS ns.sub.dyn.example.org.",
        "record ns.sub.dyn.example.org 3600 A 192.0.2.77",
        "18: late.dyn.example.org: a record with a time stamp cannot be carried over",
        "19: away.dyn.example.org: a record with a location cannot be carried over",
    };
    (void)plan_of("tinydns.data", import_tinydns, "dyn.example.org", false);
    check_has_all(want, LENGTH_OF(want));
}

TEST(dumps_of_vegadns_give_what_it_would_have_published)
{
    static const char *const first[] = {
        "zone one.example.org of owner@example.org serial 2026112201: ns1.example.net+0",
        "zone two.example.org of - serial 0: ns1.example.net+0 disabled",
        "host home.one.example.org 300 198.51.100.21 2001:db8::21",
        "record one.example.org 3600 MX 10 mail.example.net.",
        "record one.example.org 3600 TXT \"v=spf1 ip4:192.0.2.0/24 -all\"",
        "record _sip._tcp.one.example.org 3600 SRV 1 2 5060 sip.example.net.",
        "record alias.one.example.org 3600 CNAME home.one.example.org.",
        "0: passwords of accounts cannot be carried over",
        "19: account owner@example.org is inactive there, active here",
        "53: one.example.org: a record of type 'F' with value 'v=spf1 -all'",
        "54: bad.one.example.org: field 2: not an IPv4 address: not an address",
        "57: lost.example.org: a record of no domain",
    };
    static const char *const second[] = {
        "zone three.example.org of second@example.org serial 0: ns1.example.net+0",
        "host home.three.example.org 300 198.51.100.31",
        "record three.example.org 300 TXT \"it's \\\"quoted\\\"\"",
        "record three.example.org 300 CAA 0 issue \"ca.example.net; account=1\"",
        "record map.three.example.org 300 AAAA ::ffff:198.51.100.33",
        "record u.three.example.org 300 TXT \"gr\\195\\188\\195\\159 dich\"",
        "host six.three.example.org 300 2001:db8::34",
        ("43: 4.3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa:"
         " belongs to no zone of the file"),
        "43: three.example.org: not the flags:tag:value of a CAA record",
        "0: passwords of accounts cannot be carried over",
        "43: near.three.example.org: records with a location are for static files",
    };
    (void)plan_of("vegadns1.sql", import_vegadns, NULL, false);
    check_has_all(first, LENGTH_OF(first));
    (void)plan_of("vegadns2.sql", import_vegadns, NULL, false);
    check_has_all(second, LENGTH_OF(second));
}

TEST(a_dump_of_nsupdate_info_gives_hosts_without_addresses)
{
    (void)plan_of("nsupdate.json", import_nsupdate, NULL, false);
    check_has("zone nsu.example.org of ops@example.org serial 0:");
    check_has("host first.nsu.example.org 0");
    check_has("host second.nsu.example.org 0 abuse");
    check_has("host third.nsu.example.org 0 disabled");
    check_has("host printer.first.nsu.example.org 0 follows first.nsu.example.org ::1");
    check_has("8: host lost: its domain is not in the file");
}

TEST(what_is_no_such_file_is_refused_with_its_place)
{
    static const struct {
        import_fn read;
        const char *text, *want;
    } rows[] = {
        { import_tinydns, "+a.example.org:192.0.2.1\n+b.example.org:bad\n", "f:2: " },
        { import_zonefile, "a.example.org. A bad\n", "f:1: " },
        { import_zonefile, ". SOA a b 1 2 3 4 5\n", "f:1: the file does not say" },
        { import_vegadns, "SELECT 1;", "f: has no domains" },
        { import_vegadns, "INSERT INTO x (a) VALUES (\n'", "f:2: " },
        { import_nsupdate, "{}", "f: not a list of objects" },
        { import_nsupdate, "[", "f: " },
        { import_nsupdate, "[]", "f: has no domains" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct plan plan;
        struct error err = { "" };
        plan_init(&plan, "f");
        CHECK(rows[i].read(&plan, str_from(rows[i].text), &err) != OK);
        if (strncmp(err.text, rows[i].want, strlen(rows[i].want)) != 0)
            print_error("row %zu: %s\n", i, err.text);
        CHECK(strncmp(err.text, rows[i].want, strlen(rows[i].want)) == 0);
        plan_done(&plan);
    }
}
