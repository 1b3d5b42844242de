// SPDX-License-Identifier: GPL-3.0-or-later
#include "accept.h"

#include <stdio.h>

#include "test.h"

#include "base/ip.h"

enum {
    REPLY_MAX = 1024 /* fixed buffers in firmware */
};

static bool has(struct str text, struct str part)
{
    for (size_t i = 0; i + part.n <= text.n; i++)
        if (str_equal_any_case(str_first(str_from_at(text, i), part.n), part))
            return true;
    return false;
}

static bool starts_well(struct str text)
{
    return str_starts(text, STR("good")) || str_starts(text, STR("nochg"));
}

/* The first run of bytes of an address that is one of the family. */
static struct str find_ip(struct str text, uint8_t family)
{
    for (size_t i = 0; i < text.n;) {
        size_t n = 0;
        while (i + n < text.n &&
               str_find(STR("0123456789abcdefABCDEF.:"), text.at[i + n]) < 24U)
            n++;
        struct str run = str_first(str_from_at(text, i), n);
        struct ip ip;
        if (!ip_parse(run, &ip) && ip.family == family)
            return run;
        i += n + 1;
    }
    return STR("");
}

/* ----- clients ----- */

/* A line for each host, and each of them a success. */
static bool ddclient(const struct played *reply, struct str arg)
{
    uint64_t hosts = 0, lines = 0;
    for (struct str rest = reply->body, line; str_next(&rest, '\n', &line); lines++)
        if (!starts_well(line))
            return false;
    return reply->status / 100 == 2 && !str_to_u64(arg, 20, &hosts) && lines == hosts;
}

static bool dyndns1(const struct played *reply, struct str arg)
{
    (void)arg;
    return reply->status == 200 && has(reply->body, STR("<TITLE>update</TITLE>\n")) &&
           has(reply->body, STR("\nreturn code: NOERROR\n")) &&
           has(reply->body, STR("\nerror code: NOERROR\n"));
}

static bool inadyn(const struct played *reply, struct str arg)
{
    (void)arg;
    return reply->status == 200 &&
           (has(reply->body, STR("good")) || has(reply->body, STR("nochg")));
}

static bool dyndnsc(const struct played *reply, struct str arg)
{
    (void)arg;
    return reply->status == 200 && (str_starts(reply->body, STR("good ")) ||
                                    str_starts(reply->body, STR("nochg")));
}

/* Any line of the reply that starts with 'w', head included, is an order to wait. */
static bool ez_ipupdate(const struct played *reply, struct str arg)
{
    (void)arg;
    for (struct str rest = reply->head, line; str_next(&rest, '\n', &line);)
        if (str_starts(line, STR("w")))
            return false;
    return str_starts(reply->body, STR("good ")) ||
           str_starts(reply->body, STR("nochg "));
}

/* Home Assistant, IPFire, and what is known of most firmware. */
static bool starts(const struct played *reply, struct str arg)
{
    (void)arg;
    return reply->status == 200 && starts_well(reply->body);
}

/* ddns-updater; ddclient's noip: the address must be the one that was sent. */
static bool returned(const struct played *reply, struct str arg)
{
    size_t blank = str_find(reply->body, ' ');
    return reply->status == 200 && starts_well(reply->body) &&
           str_equal(str_trim(str_from_at(reply->body, blank)), arg);
}

static bool pfsense(const struct played *reply, struct str arg)
{
    (void)arg;
    return !has(reply->body, STR("notfqdn")) &&
           (has(reply->body, STR("nochg")) || has(reply->body, STR("good")));
}

static bool tomato(const struct played *reply, struct str arg)
{
    static const char *const bad[] = { "dnserr",   "911",     "badsys",   "numhost",
                                       "badagent", "badauth", "!donator", "notfqdn",
                                       "!yours",   "nohost",  "abuse",    "TOOSOON" };
    (void)arg;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (has(reply->body, str_from(bad[i])))
            return false;
    return inadyn(reply, arg);
}

static bool openwrt(const struct played *reply, struct str arg)
{
    (void)arg;
    return reply->status / 100 == 2 &&
           (has(reply->body, STR("good")) || has(reply->body, STR("nochg")));
}

static bool any_2xx(const struct played *reply, struct str arg)
{
    (void)arg;
    return reply->status / 100 == 2;
}

/* GNU wget and uclient-fetch send credentials after this alone. */
static bool challenged(const struct played *reply, struct str arg)
{
    (void)arg;
    return reply->status == 401 && has(reply->head, STR("\nWWW-Authenticate: Basic "));
}

static bool first_ipv4(const struct played *reply, struct str arg)
{
    struct str found = find_ip(reply->head, IP_V4);
    return str_equal(found.n > 0 ? found : find_ip(reply->body, IP_V4), arg);
}

/* inadyn looks for IPv6 anywhere, then for IPv4. */
static bool address_in_body(const struct played *reply, struct str arg)
{
    struct str found = find_ip(reply->body, IP_V6);
    return reply->status == 200 &&
           str_equal(found.n > 0 ? found : find_ip(reply->body, IP_V4), arg);
}

bool accept_reply(struct str client, const struct played *reply, struct str arg)
{
    static const struct {
        const char *name;
        bool (*accepts)(const struct played *reply, struct str arg);
    } clients[] = {
        { "ddclient", ddclient },       { "dyndns1", dyndns1 },
        { "inadyn", inadyn },           { "dyndnsc", dyndnsc },
        { "ez-ipupdate", ez_ipupdate }, { "starts", starts },
        { "returned", returned },       { "pfsense", pfsense },
        { "tomato", tomato },           { "openwrt", openwrt },
        { "any-2xx", any_2xx },         { "challenged", challenged },
        { "first-ipv4", first_ipv4 },   { "address-in-body", address_in_body },
    };
    for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
        if (str_equal(client, str_from(clients[i].name)))
            return clients[i].accepts(reply, arg);
    print_error("no such client: %.*s\n", (int)client.n, client.at);
    return false;
}

/* ----- every reply ----- */

static bool complain(bool fine, const char *what)
{
    if (!fine)
        print_error("the reply has %s\n", what);
    return fine;
}

/* Usual capitals, and no digits in the reason. */
static bool head_is_usual(struct str head)
{
    struct str line;
    (void)str_next(&head, '\n', &line);
    for (size_t i = sizeof("HTTP/1.1 200"); i < line.n; i++)
        if (char_is_digit(line.at[i]))
            return false;
    while (str_next(&head, '\n', &line))
        if (line.n == 0 || line.at[0] < 'A' || line.at[0] > 'Z')
            return false;
    return true;
}

static bool length_fits(const struct played *reply, bool has_body)
{
    char field[64];
    (void)snprintf(field, sizeof(field), "\nContent-Length: %zu\r", reply->body.n);
    if (!has_body)
        return reply->body.n == 0 && has(reply->head, STR("\nContent-Length: "));
    return has(reply->head, str_from(field));
}

bool accept_shape(const struct played *reply, bool closes, bool has_body)
{
    struct str head = reply->head;
    return complain(head_is_usual(head), "a head of unusual form") &&
           complain(length_fits(reply, has_body), "no fitting length") &&
           complain(!has(head, STR("\nTransfer-Encoding:")), "chunks") &&
           complain(!has(head, STR("\nContent-Encoding:")), "a compressed body") &&
           complain(!has(head, STR("\nLocation:")), "a redirect") &&
           complain(reply->status / 100 != 3 && reply->status != 429, "a bad status") &&
           complain(find_ip(head, IP_V4).n == 0, "an address in its head") &&
           complain(!closes || has(head, STR("\nConnection: close\r")), "no end") &&
           complain(head.n + reply->body.n < REPLY_MAX, "too many bytes");
}
