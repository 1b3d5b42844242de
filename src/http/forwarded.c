// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/forwarded.h"

/* Reads one of "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]",
 * "[2001:db8::1]:4711" */
static bool read_element(struct str text, struct ip *out)
{
    uint16_t port = 0;
    if (!ip_parse(text, out) || !ip_parse_endpoint(text, out, &port))
        return true;
    return str_starts(text, STR("[")) && str_ends(text, STR("]")) &&
           !ip_parse(str_from_at(str_first(text, text.n - 1), 1), out) &&
           out->family == IP_V6;
}

struct ip forwarded_source(const struct http_head *head, struct ip peer,
                           struct prefixes peers)
{
    struct ip source = peer;
    for (size_t i = 0; i < head->field_count; i++) {
        struct str rest = head->fields[i].value;
        if (!str_equal_any_case(head->fields[i].name, STR("X-Forwarded-For")))
            continue;
        for (struct str element; str_next_field(&rest, ',', &element);) {
            struct ip ip = { 0 };
            if (!read_element(str_trim(element), &ip))
                source = peer;
            else if (!prefixes_have(peers, ip))
                source = ip;
        }
    }
    return source;
}

bool forwarded_encrypted(const struct http_head *head)
{
    bool encrypted = false;
    for (size_t i = 0; i < head->field_count; i++) {
        struct str rest = head->fields[i].value;
        if (!str_equal_any_case(head->fields[i].name, STR("X-Forwarded-Proto")))
            continue;
        for (struct str word; str_next_field(&rest, ',', &word);)
            encrypted = str_equal_any_case(str_trim(word), STR("https"));
    }
    return encrypted;
}
