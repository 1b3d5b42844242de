// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/resolve.h"

#include "base/file.h"
#include "base/mem.h"

enum {
    DNS_PORT = 53,
    FILE_MAX_SIZE = 65536
};

static const char resolv_conf[] = "/etc/resolv.conf";

/* Takes a line of resolv.conf. One that we cannot use, such as an address with a zone id, is
 * skipped. */
static void take_line(struct str line, struct resolvers *out)
{
    static const char keyword[] = "nameserver";
    struct str value = str_trim(line);
    struct ip ip;
    if (!str_starts(value, STR(keyword)))
        return;
    value = str_from_at(value, sizeof(keyword) - 1);
    if (out->count < RESOLVERS_MAX && ip_parse(str_trim(value), &ip) == OK)
        out->at[out->count++] = (struct dns_server){ ip, DNS_PORT };
}

enum status resolvers_load(struct str text, struct resolvers *out, struct error *err)
{
    *out = (struct resolvers){ .count = 0 };
    if (text.n > 0) {
        out->count = 1;
        if (ip_parse_endpoint(text, &out->at[0].ip, &out->at[0].port))
            return FAIL(err, ERR_SYNTAX,
                        "--resolver: must be an address and a port, such as "
                        "\"192.0.2.1:53\"");
        return OK;
    }
    CLEANUP(mem_freep) char *contents = NULL;
    size_t n = 0;
    enum status status = file_read(resolv_conf, FILE_MAX_SIZE, &contents, &n, err);
    if (status)
        return status;
    for (struct str rest = str_bytes(contents, n), line; str_next(&rest, '\n', &line);)
        take_line(line, out);
    if (out->count == 0)
        return FAIL(err, ERR_NOT_FOUND, "%s names no resolver", resolv_conf);
    return OK;
}

enum status resolvers_ask(const struct resolvers *resolvers, const struct name *name,
                          uint16_t type, struct dns_answer *out, struct error *err)
{
    const struct dns_ask ask = { .name = *name, .type = type, .recursive = true };
    struct error why = { .text = "none is known" };
    for (size_t i = 0; i < resolvers->count; i++)
        if (dns_ask(&resolvers->at[i], &ask, out, &why) == OK)
            return OK;
    return FAIL(err, ERR_BUSY, "no resolver answers (%s)", why.text);
}

enum status resolvers_addresses(const struct resolvers *resolvers,
                                const struct name *host, struct ip *out, size_t max,
                                size_t *count, struct error *err)
{
    static const uint16_t types[] = { RR_A, RR_AAAA };
    CLEANUP(mem_freep) struct dns_answer *answer = NEW(struct dns_answer);
    *count = 0;
    for (size_t i = 0; i < LENGTH_OF(types); i++) {
        enum status status = resolvers_ask(resolvers, host, types[i], answer, err);
        if (status)
            return status;
        /* Their owner may be another name, as the host may be an alias. */
        for (size_t at = 0; at < answer->count && *count < max; at++)
            if (answer->records[at].type == types[i] &&
                answer->records[at].section == SECTION_ANSWER)
                out[(*count)++] = answer->records[at].ip;
    }
    return OK;
}
