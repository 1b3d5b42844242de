// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/url.h"

#include "base/ip.h"

enum {
    HOST_MAX = 253
};

static bool is_name(struct str host)
{
    for (struct str rest = host, label; str_next_field(&rest, '.', &label);) {
        if (label.n == 0 || label.n > 63 || label.at[0] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!(label.at[i] >= 'a' && label.at[i] <= 'z') &&
                !char_is_digit(label.at[i]) && label.at[i] != '-')
                return false;
    }
    return true;
}

static bool is_bracketed(struct str host)
{
    struct ip ip;
    return host.n > 2 && host.at[0] == '[' && host.at[host.n - 1] == ']' &&
           !ip_parse(str_first(str_from_at(host, 1), host.n - 2), &ip) &&
           ip.family == IP_V6;
}

bool config_url_is_host(struct str host)
{
    return host.n <= HOST_MAX && (is_name(host) || is_bracketed(host));
}

static enum status parse_port(struct str text, uint16_t *out, struct error *err)
{
    uint64_t port = 0;
    if (str_to_u64(text, UINT16_MAX, &port) || port == 0)
        return FAIL(err, ERR_SYNTAX, "'" STR_FMT "' is no port", STR_ARG(text));
    *out = (uint16_t)port;
    return OK;
}

enum status config_url_parse(struct str text, struct config_url *out, struct error *err)
{
    size_t colon = str_find(text, ':');
    struct str rest = str_from_at(text, colon);
    if (!str_starts(rest, STR("://")))
        return FAIL(err, ERR_SYNTAX, "must be of the form scheme://host");
    struct config_url url = { .scheme = str_first(text, colon) };
    rest = str_from_at(rest, 3);
    size_t end =
        rest.n && rest.at[0] == '[' ? str_find(rest, ']') + 1 : str_find(rest, ':');
    url.host = str_first(rest, end);
    rest = str_from_at(rest, url.host.n);
    if (!config_url_is_host(url.host))
        return FAIL(err, ERR_SYNTAX,
                    "'" STR_FMT "' is no host in lower case, without path and user",
                    STR_ARG(url.host));
    if (rest.n && rest.at[0] != ':')
        return FAIL(err, ERR_SYNTAX, "must end with the host or its port");
    enum status status = rest.n ? parse_port(str_from_at(rest, 1), &url.port, err) : OK;
    if (!status)
        *out = url;
    return status;
}

bool config_url_is_local(const struct config_url *url)
{
    struct ip ip;
    bool is_v4 = !ip_parse(url->host, &ip) && ip.family == IP_V4;
    return str_equal(url->host, STR("localhost")) ||
           str_ends(url->host, STR(".localhost")) || str_equal(url->host, STR("[::1]")) ||
           (is_v4 && ip.bytes[0] == 127);
}
