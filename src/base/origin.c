// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/origin.h"

#include "base/ip.h"

enum {
    HOST_MAX = 253,
    LABEL_MAX = 63
};

static struct str scheme_of(bool is_https)
{
    return is_https ? STR("https://") : STR("http://");
}

static struct str own_port(bool is_https)
{
    return is_https ? STR(":443") : STR(":80");
}

static bool is_label(struct str label)
{
    for (size_t i = 0; i < label.n; i++) {
        char c = label.at[i];
        bool is_edge = i == 0 || i == label.n - 1;
        if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && (c != '-' || is_edge))
            return false;
    }
    return label.n > 0 && label.n <= LABEL_MAX;
}

static bool is_host_name(struct str host)
{
    struct str label;
    if (host.n == 0 || host.n > HOST_MAX)
        return false;
    while (host.at && str_next_field(&host, '.', &label))
        if (!is_label(label))
            return false;
    return true;
}

static bool is_loopback(struct str host)
{
    struct ip ip;
    if (ip_parse(host, &ip) == OK)
        return ip.family == IP_V4 ? ip.bytes[0] == 127 : str_equal(host, STR("::1"));
    return str_equal(host, STR("localhost")) || str_ends(host, STR(".localhost"));
}

/* Splits the authority at the colon of its port, and takes off the brackets of IPv6. */
static bool split(struct str authority, struct str *host, struct str *port)
{
    size_t n = authority.n;
    if (str_starts(authority, STR("["))) {
        size_t end = str_find(authority, ']');
        if (end == n)
            return false;
        *host = str_from_at(str_first(authority, end), 1);
        *port = str_from_at(authority, end + 1);
    } else {
        n = str_find(authority, ':');
        *host = str_first(authority, n);
        *port = str_from_at(authority, n);
    }
    return true;
}

static bool is_port(struct str port, bool is_https)
{
    uint64_t number = 0;
    if (port.n == 0)
        return true;
    struct str digits = str_from_at(port, 1);
    return port.at[0] == ':' && !str_equal(port, own_port(is_https)) &&
           !str_starts(digits, STR("0")) && str_to_u64(digits, UINT16_MAX, &number) == OK;
}

/* Browsers write an address in its shortest form. */
static bool is_own_spelling(struct str host, bool in_brackets)
{
    struct ip ip;
    if (ip_parse(host, &ip))
        return !in_brackets && is_host_name(host);
    return (ip.family == IP_V6) == in_brackets && str_equal(str_from(ip_text(ip)), host);
}

enum status origin_parse(struct str text, struct origin *out, struct error *err)
{
    struct str host, port;
    bool is_https = str_starts(text, scheme_of(true));
    if ((!is_https && !str_starts(text, scheme_of(false))) || text.n >= ORIGIN_SIZE)
        return FAIL(err, ERR_SYNTAX, "must begin with https://");
    struct str authority = str_from_at(text, scheme_of(is_https).n);
    if (str_find(authority, '/') < authority.n)
        return FAIL(err, ERR_SYNTAX, "must end after the name or port, without a '/'");
    if (!split(authority, &host, &port) ||
        !is_own_spelling(host, str_starts(authority, STR("["))))
        return FAIL(err, ERR_SYNTAX,
                    "has no host name in lower case, or an address that is not in its "
                    "shortest form");
    if (!is_port(port, is_https))
        return FAIL(err, ERR_SYNTAX,
                    "has a port that is none, or that browsers leave out");
    if (!is_https && !is_loopback(host))
        return FAIL(err, ERR_SYNTAX,
                    "must begin with https://, but for names of this machine such as "
                    "localhost");
    *out = (struct origin){
        .text = text, .authority = authority, .host = host, .is_https = is_https
    };
    return OK;
}

bool origin_has_host(const struct origin *origin, struct str host)
{
    struct str port = own_port(origin->is_https);
    if (str_equal_any_case(host, origin->authority))
        return true;
    return host.n == origin->authority.n + port.n && str_ends(host, port) &&
           str_equal_any_case(str_first(host, origin->authority.n), origin->authority) &&
           str_find(origin->authority, ':') == origin->authority.n;
}
