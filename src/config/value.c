// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/value.h"

#include "base/buf.h"

enum status config_check_endpoint(struct str value, struct error *err)
{
    struct ip ip;
    uint16_t port = 0;
    if (ip_parse_endpoint(value, &ip, &port))
        return FAIL(err, ERR_SYNTAX,
                    "must be an address and a port, such as "
                    "\"192.0.2.1:53\" or \"[2001:db8::1]:53\"");
    return OK;
}

enum status config_check_prefix(struct str value, struct error *err)
{
    struct prefix prefix;
    if (prefix_parse(value, &prefix))
        return FAIL(err, ERR_SYNTAX,
                    "must be an address or a network, such as \"192.0.2.0/24\"");
    return OK;
}

enum status config_check_reserved(struct str value, struct error *err)
{
    enum {
        LABEL_MAX = 63
    };
    struct str word = value;
    if (str_ends(word, STR("*")))
        word.n--;
    if (word.n == 0 || word.n > LABEL_MAX)
        return FAIL(err, ERR_SYNTAX, "must be a label, or the begin of one and a star");
    for (size_t i = 0; i < word.n; i++)
        if (!(word.at[i] >= 'a' && word.at[i] <= 'z') && !char_is_digit(word.at[i]) &&
            word.at[i] != '-')
            return FAIL(err, ERR_SYNTAX,
                        "must be of small letters, digits and hyphens, as names have");
    return OK;
}

enum status config_check_path(struct str value, struct error *err)
{
    if (!str_starts(value, STR("/")))
        return FAIL(err, ERR_SYNTAX, "must be an absolute path");
    return OK;
}

static enum status count_items(const struct conf *conf, const char *path, size_t max,
                               size_t *out, struct error *err)
{
    size_t n = conf_list_count(conf, path);
    if (n > max)
        return FAIL(err, ERR_LIMIT, "%s: more than %zu", path, max);
    *out = n;
    return OK;
}

enum status config_take_endpoints(const struct conf *conf, const char *path,
                                  struct endpoint *out, size_t max, size_t *count,
                                  struct error *err)
{
    size_t n = 0;
    enum status status = count_items(conf, path, max, &n, err);
    for (size_t i = 0; i < n && !status; i++)
        if (ip_parse_endpoint(str_from(conf_list_item(conf, path, i)), &out[i].ip,
                              &out[i].port))
            status = FAIL(err, ERR_SYNTAX, "%s: bad address", path);
    if (!status)
        *count = n;
    return status;
}

enum status config_take_prefixes(const struct conf *conf, const char *path,
                                 struct prefix *out, size_t *count, struct error *err)
{
    size_t n = 0;
    enum status status = count_items(conf, path, CONFIG_PEERS_MAX, &n, err);
    for (size_t i = 0; i < n && !status; i++)
        if (prefix_parse(str_from(conf_list_item(conf, path, i)), &out[i]))
            status = FAIL(err, ERR_SYNTAX, "%s: bad network", path);
    if (!status)
        *count = n;
    return status;
}

enum status config_take_text(const struct conf *conf, const char *path, char *out,
                             size_t size, struct error *err)
{
    struct buf text = buf_on(out, size);
    buf_put_text(&text, conf_text(conf, path));
    (void)buf_text(&text);
    if (text.full)
        return FAIL(err, ERR_LIMIT, "%s: more than %zu bytes", path, size - 1);
    return OK;
}
