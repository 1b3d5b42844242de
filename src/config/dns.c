// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/dns.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "config/guard.h"
#include "config/value.h"

enum {
    SECRET_FILE_MAX = 4096,
    RATE_MAX = 1000, /* as of answer/limit.h */
};

static enum status check_nsid(struct str value, struct error *err)
{
    if (value.n >= CONFIG_NSID_SIZE)
        return FAIL(err, ERR_LIMIT, "more than %d letters", CONFIG_NSID_SIZE - 1);
    return OK;
}

static enum status check_name(struct str value, struct error *err)
{
    struct name name;
    return name_parse(value, &name, err);
}

const struct conf_option config_dns_options[] = {
    { .key = "listen",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = config_check_endpoint },
    { .key = "static", .type = CONF_LIST, .fallback = "{}", .check = config_check_path },
    { .key = "threads",
      .type = CONF_NUMBER,
      .fallback = "0",
      .min = 0,
      .max = CONFIG_THREADS_MAX },
    { .key = "cookies", .type = CONF_BOOL, .fallback = "true" },
    { .key = "cookie_secret_file", .type = CONF_TEXT, .check = config_check_path },
    { .key = "nsid", .type = CONF_TEXT, .check = check_nsid },
    { .key = "whoami", .type = CONF_LIST, .fallback = "{}", .check = check_name },
    { .key = "amplification",
      .type = CONF_NUMBER,
      .fallback = "4",
      .min = 0,
      .max = 100 },
    { .key = "rate", .type = CONF_NUMBER, .fallback = "200", .min = 0, .max = RATE_MAX },
    { .key = "rate_exempt",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = config_check_prefix },
    { .key = "query_log", .type = CONF_TEXT, .check = config_check_path },
    { .key = NULL },
};

/* This machine's own addresses, which nobody can forge from outside, unless others are given. */
static enum status take_exempt(const struct conf *conf, struct config *config,
                               struct error *err)
{
    static const struct prefix own[] = {
        { .ip = { .family = IP_V4, .bytes = { 127 } }, .length = 8 },
        { .ip = { .family = IP_V6, .bytes = { [15] = 1 } }, .length = 128 },
    };
    enum status status = config_take_prefixes(conf, "dns.rate_exempt", config->dns_exempt,
                                              &config->dns_exempt_count, err);
    if (status || config->dns_exempt_count > 0)
        return status;
    memcpy(config->dns_exempt, own, sizeof(own));
    config->dns_exempt_count = LENGTH_OF(own);
    return OK;
}

static enum status take_whoami(const struct conf *conf, struct config *config,
                               struct error *err)
{
    size_t n = conf_list_count(conf, "dns.whoami");
    if (n > CONFIG_WHOAMI_MAX)
        return FAIL(err, ERR_LIMIT, "dns.whoami: more than %d names", CONFIG_WHOAMI_MAX);
    enum status status = OK;
    for (size_t i = 0; i < n && !status; i++)
        status = name_parse(str_from(conf_list_item(conf, "dns.whoami", i)),
                            &config->dns_whoami[i], err);
    config->dns_whoami_count = n;
    return status;
}

enum status config_take_dns(const struct conf *conf, struct config *config,
                            struct error *err)
{
    config->dns_threads = (size_t)conf_number(conf, "dns.threads");
    config->dns_cookies = conf_bool(conf, "dns.cookies");
    config->dns_amplify = (uint32_t)conf_number(conf, "dns.amplification");
    config->dns_rate = (uint32_t)conf_number(conf, "dns.rate");
    enum status status =
        config_take_text(conf, "dns.cookie_secret_file", config->dns_cookie_file,
                         sizeof(config->dns_cookie_file), err);
    if (!status)
        status = config_take_text(conf, "dns.nsid", config->dns_nsid,
                                  sizeof(config->dns_nsid), err);
    if (!status)
        status = config_take_text(conf, "dns.query_log", config->dns_query_log,
                                  sizeof(config->dns_query_log), err);
    if (!status)
        status = take_exempt(conf, config, err);
    return status ? status : take_whoami(conf, config, err);
}

static enum status take_secrets(struct str text, struct config *config, struct error *err)
{
    size_t count = 0;
    for (struct str line; str_next(&text, '\n', &line);) {
        line = str_trim(line);
        if (line.n == 0)
            continue;
        if (count == CONFIG_COOKIE_SECRETS)
            return FAIL(err, ERR_LIMIT, "more than %d secrets", CONFIG_COOKIE_SECRETS);
        if (line.n != sizeof(config->dns_cookie_secrets[0]) * 2 ||
            str_from_hex(line, config->dns_cookie_secrets[count], line.n / 2))
            return FAIL(err, ERR_SYNTAX, "a secret has 32 hexadecimal digits");
        count++;
    }
    if (count == 0)
        return FAIL(err, ERR_SYNTAX, "there is no secret");
    config->dns_cookie_secret_count = count;
    return OK;
}

enum status config_load_cookies(struct config *config, struct error *err)
{
    const char *path = config->dns_cookie_file;
    if (!path[0])
        return OK;
    char *text = NULL;
    size_t n = 0;
    enum status status = guard_secret_file(path, err);
    if (!status)
        status = file_read(path, SECRET_FILE_MAX, &text, &n, err);
    if (status)
        return status;
    status = take_secrets(str_bytes(text, n), config, err);
    if (status)
        error_prefix(err, "%s", path);
    mem_wipe(text, n);
    mem_free(text);
    return status;
}
