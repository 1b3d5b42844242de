// SPDX-License-Identifier: GPL-3.0-or-later
/* The command rovectl zone check. It learns from front what should be there, asks the parent's name
 * servers and the zone's own, and collects findings, which it prints at the end. */
#include "ctl/zone_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "base/json.h"
#include "base/mem.h"
#include "ctl/print.h"
#include "ctl/resolve.h"
#include "run/ask.h"

enum {
    SERVERS_MAX = 16,
    ADDRESSES_MAX = 8,
    DNS_PORT = 53,
    FINDING_SIZE = 2048,
    PATH_SIZE = 3 * NAME_TEXT_SIZE + 16,
};

/* A name server and its addresses. */
struct server {
    struct name name;
    struct ip ips[ADDRESSES_MAX];
    size_t ip_count;
};

struct servers {
    struct server at[SERVERS_MAX];
    size_t count;
};

struct check {
    const struct config *config;
    struct resolvers resolvers;
    uint16_t port; /* of all name servers */
    struct name zone, parent;
    struct servers wanted; /* with glue, if their names are in the zone */
    struct json *findings;
    bool wrong, delegation_wrong;
    bool has_serial;
    uint32_t serial; /* the one that we publish */
    struct dns_answer answer;
};

/* ----- findings ----- */

__attribute__((format(printf, 3, 4))) static void add_finding(struct check *check,
                                                              const char *level,
                                                              const char *format, ...)
{
    char text[FINDING_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    check->wrong |= strcmp(level, "wrong") == 0;
    struct json *finding = json_new_object();
    json_put_text(finding, "level", str_from(level));
    json_put_text(finding, "text", str_from(text));
    json_append(check->findings, finding);
}

static void print_findings(const struct check *check)
{
    for (size_t i = 0; i < json_count(check->findings); i++) {
        const struct json *finding = json_item(check->findings, i);
        struct str level = json_get_text(finding, "level");
        struct str text = json_get_text(finding, "text");
        (void)printf(STR_FMT ": " STR_FMT "\n", STR_ARG(level), STR_ARG(text));
    }
}

/* ----- what should be ----- */

static struct server *find_server(struct servers *servers, const struct name *name)
{
    for (size_t i = 0; i < servers->count; i++)
        if (name_equal(&servers->at[i].name, name))
            return &servers->at[i];
    return NULL;
}

static void add_server(struct servers *servers, const struct name *name)
{
    if (servers->count < SERVERS_MAX && !find_server(servers, name))
        servers->at[servers->count++] = (struct server){ .name = *name };
}

static void add_address(struct server *server, struct ip ip)
{
    if (server->ip_count < ADDRESSES_MAX)
        server->ips[server->ip_count++] = ip;
}

static bool has_address(const struct server *server, struct ip ip)
{
    for (size_t i = 0; i < server->ip_count; i++)
        if (ip_equal(server->ips[i], ip))
            return true;
    return false;
}

/* Takes the first and the last piece of "OWNER TTL IN TYPE DATA". */
static void split_line(struct str line, struct str *owner, struct str *data)
{
    *owner = str_first(line, str_find(line, ' '));
    for (struct str rest = line, piece; str_next(&rest, ' ', &piece);)
        *data = piece;
}

/* Takes the lines that should be in the parent zone. */
static void take_delegation(struct check *check, const struct json *delegation)
{
    const struct json *ns = json_get(delegation, "ns");
    const struct json *glue = json_get(delegation, "glue");
    struct str text, owner, data = STR("");
    struct name name;
    struct ip ip;
    for (size_t i = 0; i < json_count(ns); i++) {
        if (!json_as_text(json_item(ns, i), &text))
            continue;
        split_line(text, &owner, &data);
        if (name_parse(data, &name, NULL) == OK)
            add_server(&check->wanted, &name);
    }
    for (size_t i = 0; i < json_count(glue); i++) {
        if (!json_as_text(json_item(glue, i), &text))
            continue;
        split_line(text, &owner, &data);
        struct server *server = name_parse(owner, &name, NULL) == OK
                                    ? find_server(&check->wanted, &name)
                                    : NULL;
        if (server && ip_parse(data, &ip) == OK)
            add_address(server, ip);
    }
}

/* ----- the parent ----- */

static void take_servers(const struct dns_answer *answer, const struct name *owner,
                         struct servers *out)
{
    out->count = 0;
    for (size_t i = 0; i < answer->count; i++) {
        const struct dns_record *record = &answer->records[i];
        if (record->type == RR_NS && record->section != SECTION_ADDITIONAL &&
            name_equal(&record->owner, owner))
            add_server(out, &record->server);
    }
}

/* Finds the parent zone, which may be more than one label above. */
static enum status find_parent(struct check *check, struct servers *out,
                               struct error *err)
{
    check->parent = check->zone;
    while (!name_is_root(&check->parent)) {
        name_parent(&check->parent, &check->parent);
        enum status status =
            resolvers_ask(&check->resolvers, &check->parent, RR_NS, &check->answer, err);
        if (status)
            return status;
        take_servers(&check->answer, &check->parent, out);
        if (out->count > 0)
            return OK;
    }
    return FAIL(err, ERR_NOT_FOUND, "the resolver knows no zone above %s",
                name_text(&check->zone));
}

static void check_glue(struct check *check, const struct server *wanted)
{
    struct server held = { .name = wanted->name };
    for (size_t i = 0; i < check->answer.count; i++) {
        const struct dns_record *record = &check->answer.records[i];
        if ((record->type == RR_A || record->type == RR_AAAA) &&
            name_equal(&record->owner, &wanted->name))
            add_address(&held, record->ip);
    }
    for (size_t i = 0; i < wanted->ip_count; i++)
        if (!has_address(&held, wanted->ips[i])) {
            check->delegation_wrong = true;
            add_finding(
                check, "wrong",
                "the parent zone %s lacks the address %s of %s: enter it there as glue",
                name_text(&check->parent), ip_text(wanted->ips[i]),
                name_text(&wanted->name));
        }
    for (size_t i = 0; i < held.ip_count; i++)
        if (!has_address(wanted, held.ips[i]))
            add_finding(
                check, "wrong",
                "the parent zone %s has the address %s for %s, which the zone has not: "
                "take it out there, or give it with 'rovectl zone set --ns'",
                name_text(&check->parent), ip_text(held.ips[i]),
                name_text(&wanted->name));
}

static uint32_t delegation_ttl(const struct check *check)
{
    for (size_t i = 0; i < check->answer.count; i++)
        if (check->answer.records[i].type == RR_NS)
            return check->answer.records[i].ttl_s;
    return 0;
}

/* Compares the delegation of a server of the parent, which is in check->answer, with our lines. */
static void compare_delegation(struct check *check)
{
    CLEANUP(mem_freep) struct servers *held = NEW(struct servers);
    take_servers(&check->answer, &check->zone, held);
    if (held->count == 0) {
        check->delegation_wrong = true;
        add_finding(
            check, "wrong",
            "the parent zone %s does not delegate %s: enter the lines below there",
            name_text(&check->parent), name_text(&check->zone));
        return;
    }
    bool wrong_before = check->wrong;
    for (size_t i = 0; i < check->wanted.count; i++) {
        const struct server *wanted = &check->wanted.at[i];
        if (find_server(held, &wanted->name)) {
            if (name_is_within(&wanted->name, &check->zone))
                check_glue(check, wanted);
            continue;
        }
        check->delegation_wrong = true;
        add_finding(check, "wrong",
                    "the parent zone %s does not name the name server %s: add it",
                    name_text(&check->parent), name_text(&wanted->name));
    }
    for (size_t i = 0; i < held->count; i++)
        if (!find_server(&check->wanted, &held->at[i].name))
            add_finding(
                check, "wrong",
                "the parent zone %s names the name server %s, which the zone does not: "
                "take it out there, or give it with 'rovectl zone set --ns'",
                name_text(&check->parent), name_text(&held->at[i].name));
    if (check->wrong == wrong_before)
        add_finding(check, "ok",
                    "the parent zone %s delegates %s to the right name servers",
                    name_text(&check->parent), name_text(&check->zone));
    add_finding(check, "note",
                "resolvers keep the delegation for %lu s (its TTL at the parent)",
                (unsigned long)delegation_ttl(check));
}

/* Asks a server of the parent. True: its answer is in check->answer. */
static bool ask_parent_server(struct check *check, const struct server *server)
{
    const struct dns_ask ask = { .name = check->zone, .type = RR_NS };
    for (size_t i = 0; i < server->ip_count; i++) {
        const struct dns_server at = { server->ips[i], check->port };
        if (dns_ask(&at, &ask, &check->answer, NULL) == OK &&
            (check->answer.rcode == RCODE_NOERROR ||
             check->answer.rcode == RCODE_NXDOMAIN))
            return true;
    }
    return false;
}

static enum status resolve(struct check *check, struct server *server, struct error *err)
{
    return resolvers_addresses(&check->resolvers, &server->name, server->ips,
                               ADDRESSES_MAX, &server->ip_count, err);
}

static enum status check_parent(struct check *check, struct error *err)
{
    CLEANUP(mem_freep) struct servers *parents = NEW(struct servers);
    enum status status = find_parent(check, parents, err);
    for (size_t i = 0; i < parents->count && !status; i++) {
        status = resolve(check, &parents->at[i], err);
        if (!status && ask_parent_server(check, &parents->at[i])) {
            compare_delegation(check);
            return OK;
        }
    }
    if (!status)
        add_finding(check, "wrong",
                    "no name server of the parent zone %s answers: try again later",
                    name_text(&check->parent));
    return status;
}

/* ----- the zone's own servers ----- */

static const struct soa *soa_of(const struct check *check)
{
    for (size_t i = 0; i < check->answer.count; i++) {
        const struct dns_record *record = &check->answer.records[i];
        if (record->type == RR_SOA && record->section == SECTION_ANSWER &&
            name_equal(&record->owner, &check->zone))
            return &record->soa;
    }
    return NULL;
}

/* Asks this machine for the serial that the other servers should have. */
static void ask_ourselves(struct check *check)
{
    if (check->config->dns_count == 0)
        return;
    struct dns_server at = { check->config->dns[0].ip, check->config->dns[0].port };
    if (ip_kind(at.ip) == IP_UNSPECIFIED)
        at.ip.bytes[at.ip.family == IP_V6 ? 15 : 0] = at.ip.family == IP_V6 ? 1 : 127;
    if (at.ip.family == IP_V4 && at.ip.bytes[0] == 127 && at.ip.bytes[3] == 0)
        at.ip.bytes[3] = 1;
    const struct dns_ask ask = { .name = check->zone, .type = RR_SOA };
    struct error err;
    if (dns_ask(&at, &ask, &check->answer, &err)) {
        add_finding(check, "wrong", "roved itself does not answer here: %s", err.text);
        return;
    }
    const struct soa *soa = soa_of(check);
    check->has_serial = soa != NULL;
    if (soa)
        check->serial = soa->serial;
    else
        add_finding(
            check, "wrong",
            "roved itself does not serve %s yet: see 'rovectl status' for the reason",
            name_text(&check->zone));
}

static void check_serial(struct check *check, const char *who, uint32_t serial)
{
    if (!check->has_serial) {
        check->has_serial = true; /* other servers are compared with the first one */
        check->serial = serial;
    }
    if (serial == check->serial)
        add_finding(check, "ok", "%s serves the zone, serial %lu", who,
                    (unsigned long)serial);
    else
        add_finding(
            check, "wrong",
            "%s has the serial %lu instead of %lu: see whether it may transfer the zone, "
            "and gets notified",
            who, (unsigned long)serial, (unsigned long)check->serial);
}

/* Judges the answer of a server, which is in check->answer. */
static void judge_answer(struct check *check, const char *who)
{
    const struct soa *soa = soa_of(check);
    if (check->answer.rcode == RCODE_REFUSED)
        add_finding(check, "wrong", "%s refuses: configure the zone there", who);
    else if (check->answer.rcode != RCODE_NOERROR)
        add_finding(check, "wrong", "%s answers with code %u: look into its log", who,
                    (unsigned)check->answer.rcode);
    else if (!check->answer.authoritative || !soa)
        add_finding(
            check, "wrong",
            "%s answers, but not as a server of this zone: configure the zone there",
            who);
    else
        check_serial(check, who, soa->serial);
}

/* Checks one address of a server. False: this machine cannot reach it, which tells nothing about
 * the server. */
static bool check_address(struct check *check, const struct server *server, struct ip ip)
{
    char who[NAME_TEXT_SIZE + IP_TEXT_SIZE + 8];
    (void)snprintf(who, sizeof(who), "%s at %s", name_text(&server->name), ip_text(ip));
    const struct dns_server at = { ip, check->port };
    const struct dns_ask ask = { .name = check->zone, .type = RR_SOA };
    struct error err;
    enum status status = dns_ask(&at, &ask, &check->answer, &err);
    bool no_way = status == ERR_IO || status == ERR_DENIED;
    if (no_way)
        add_finding(check, "note", "%s cannot be asked from this machine (%s)", who,
                    err.text);
    else if (status)
        add_finding(check, "wrong",
                    "%s does not answer (%s): see whether it runs, and the firewall", who,
                    err.text);
    else
        judge_answer(check, who);
    return !no_way;
}

static void check_server(struct check *check, const struct server *server)
{
    bool asked = false;
    if (server->ip_count == 0) {
        add_finding(check, "wrong",
                    "the name server %s has no address: enter one in its zone",
                    name_text(&server->name));
        return;
    }
    for (size_t i = 0; i < server->ip_count; i++)
        asked |= check_address(check, server, server->ips[i]);
    if (!asked)
        add_finding(check, "wrong",
                    "the name server %s could not be asked: try from elsewhere",
                    name_text(&server->name));
}

static enum status check_servers(struct check *check, struct error *err)
{
    for (size_t i = 0; i < check->wanted.count; i++) {
        struct server *server = &check->wanted.at[i];
        bool inside = name_is_within(&server->name, &check->zone);
        enum status status = inside ? OK : resolve(check, server, err);
        if (status)
            return status;
        check_server(check, server);
    }
    return OK;
}

/* ----- the command ----- */

static void print_all(const struct check *check, const struct json *delegation,
                      bool as_json, bool with_lines)
{
    if (as_json) {
        CLEANUP(json_freep) struct json *all = json_clone(delegation);
        json_put(all, "findings", json_clone(check->findings));
        json_put_bool(all, "well", !check->wrong);
        CLEANUP(mem_freep) char *text = json_pretty(all);
        (void)puts(text);
        return;
    }
    print_findings(check);
    if (with_lines) {
        (void)puts("");
        print_delegation(delegation);
    }
}

static int check_online(struct check *check, const struct json *options,
                        const struct json *delegation, bool as_json)
{
    struct str resolver = json_get_text(options, "resolver");
    struct error err = { .text = "" };
    take_delegation(check, delegation);
    enum status status = resolvers_load(resolver, &check->resolvers, &err);
    if (status == ERR_SYNTAX) {
        (void)fprintf(stderr, "rovectl: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (!status)
        status = check_parent(check, &err);
    if (!status) {
        ask_ourselves(check);
        status = check_servers(check, &err);
    }
    if (status)
        add_finding(
            check, "wrong",
            "the network could not be asked: %s; 'zone check --offline' prints the lines "
            "without it",
            err.text);
    print_all(check, delegation, as_json, status || check->delegation_wrong);
    return check->wrong ? EXIT_TROUBLE : EXIT_OK;
}

static enum status fetch(const struct config *config, struct str zone, struct json **out,
                         struct error *err)
{
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    buf_put_text(&path, "/delegations/");
    ask_put_escaped(&path, zone);
    const char *text = buf_text(&path);
    if (path.full)
        return FAIL(err, ERR_LIMIT, "argument too long");
    return ask_for(config, text, out, err);
}

int zone_check(const struct config *config, const struct json *options, bool as_json)
{
    struct str zone = json_get_text(options, "zone");
    int64_t port = DNS_PORT;
    struct error err = { .text = "" };
    CLEANUP(json_freep) struct json *delegation = NULL;
    (void)json_as_number(json_get(options, "port"), &port);
    if (port < 1 || port > UINT16_MAX) {
        (void)fputs("rovectl: --port: must be from 1 to 65535\n", stderr);
        return EXIT_USAGE;
    }
    enum status status = fetch(config, zone, &delegation, &err);
    struct str name = zone;
    (void)json_as_text(json_get(delegation, "zone"), &name);
    CLEANUP(mem_freep) struct check *check = NEW(struct check);
    if (!status)
        status = name_parse(name, &check->zone, &err);
    if (status) {
        (void)fprintf(stderr, "rovectl: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    check->config = config;
    check->port = (uint16_t)port;
    check->findings = json_new_array();
    int code = EXIT_OK;
    if (json_get_bool(options, "offline"))
        print_all(check, delegation, as_json, true);
    else
        code = check_online(check, options, delegation, as_json);
    json_free(check->findings);
    return code;
}
