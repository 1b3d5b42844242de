// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/mem.h"
#include "config/dns.h"
#include "config/guard.h"
#include "config/peers.h"
#include "config/value.h"

static enum status check_level(struct str value, struct error *err)
{
    enum log_level level;
    if (!log_level_parse(value, &level))
        return FAIL(err, ERR_SYNTAX, "must be debug, info, warning or error");
    return OK;
}

static const char *const sandbox_words[] = {
    [SANDBOX_ON] = "on", [SANDBOX_OFF] = "off", [SANDBOX_REQUIRED] = "required"
};

static bool parse_sandbox(struct str value, enum sandbox_mode *out)
{
    for (size_t i = 0; i < LENGTH_OF(sandbox_words); i++)
        if (str_equal(value, str_from(sandbox_words[i]))) {
            *out = (enum sandbox_mode)i;
            return true;
        }
    return false;
}

static enum status check_sandbox(struct str value, struct error *err)
{
    enum sandbox_mode mode;
    if (!parse_sandbox(value, &mode))
        return FAIL(err, ERR_SYNTAX, "must be on, off or required");
    return OK;
}

static enum status check_user(struct str value, struct error *err)
{
    if (value.n == 0 || value.n >= CONFIG_USER_SIZE)
        return FAIL(err, ERR_SYNTAX, "must be the name of a user, at most %d letters",
                    CONFIG_USER_SIZE - 1);
    return OK;
}

static const struct conf_option http_options[] = {
    { .key = "listen",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = config_check_endpoint },
    { .key = "max_connections",
      .type = CONF_NUMBER,
      .fallback = "4096",
      .min = 16,
      .max = 1000000 },
    { .key = "max_connections_per_source",
      .type = CONF_NUMBER,
      .fallback = "256",
      .min = 1,
      .max = 1000000 },
    { .key = "proxy_from",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = config_check_prefix },
    { .key = "forwarded_from",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = config_check_prefix },
    { .key = NULL },
};
static const struct conf_option metrics_options[] = {
    { .key = "listen",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = config_check_endpoint },
    { .key = NULL },
};
static const struct conf_option update_options[] = {
    { .key = "private_addresses", .type = CONF_BOOL, .fallback = "false" },
    { .key = "max_hosts", .type = CONF_NUMBER, .fallback = "20", .min = 1, .max = 1000 },
    { .key = "changes_per_hour",
      .type = CONF_NUMBER,
      .fallback = "120",
      .min = 1,
      .max = 1000000 },
    { .key = NULL },
};
static const struct conf_option hosts_options[] = {
    { .key = "reserved",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = config_check_reserved },
    { .key = NULL },
};
static const struct conf_option publish_options[] = {
    { .key = "text", .type = CONF_TEXT, .check = config_check_path },
    { .key = "hook", .type = CONF_LIST, .fallback = "{}" },
    { .key = "hook_timeout",
      .type = CONF_NUMBER,
      .fallback = "60",
      .min = 1,
      .max = 86400 },
    { .key = NULL },
};
static const struct conf_option history_options[] = {
    { .key = "keep_days",
      .type = CONF_NUMBER,
      .fallback = "400",
      .min = 0,
      .max = 36500 },
    { .key = NULL },
};
static const struct conf_option user_options[] = {
    { .key = "front", .type = CONF_TEXT, .fallback = "rove", .check = check_user },
    { .key = "publish",
      .type = CONF_TEXT,
      .fallback = "rove-publish",
      .check = check_user },
    { .key = "answer",
      .type = CONF_TEXT,
      .fallback = "rove-answer",
      .check = check_user },
    { .key = NULL },
};
static const struct conf_option log_options[] = {
    { .key = "level", .type = CONF_TEXT, .fallback = "info", .check = check_level },
    { .key = "requests", .type = CONF_BOOL, .fallback = "false" },
    { .key = NULL },
};
static const struct conf_option options[] = {
    { .key = "data",
      .type = CONF_TEXT,
      .fallback = "/var/lib/rove",
      .check = config_check_path },
    { .key = "run",
      .type = CONF_TEXT,
      .fallback = "/run/rove",
      .check = config_check_path },
    { .key = "sandbox", .type = CONF_TEXT, .fallback = "on", .check = check_sandbox },
    { .key = "hang_after", .type = CONF_NUMBER, .fallback = "60", .min = 0, .max = 3600 },
    { .key = "http", .type = CONF_SECTION, .options = http_options },
    { .key = "metrics", .type = CONF_SECTION, .options = metrics_options },
    { .key = "dns", .type = CONF_SECTION, .options = config_dns_options },
    { .key = "update", .type = CONF_SECTION, .options = update_options },
    { .key = "hosts", .type = CONF_SECTION, .options = hosts_options },
    { .key = "publish", .type = CONF_SECTION, .options = publish_options },
    { .key = "history", .type = CONF_SECTION, .options = history_options },
    { .key = "key",
      .type = CONF_SECTION,
      .options = config_key_options,
      .multiple = true },
    { .key = "secondary",
      .type = CONF_SECTION,
      .options = config_secondary_options,
      .multiple = true },
    { .key = "users", .type = CONF_SECTION, .options = user_options },
    { .key = "log", .type = CONF_SECTION, .options = log_options },
    { .key = NULL },
};

static enum status take_static(const struct conf *conf, struct config *config,
                               struct error *err)
{
    size_t n = conf_list_count(conf, "dns.static");
    if (n > CONFIG_STATIC_MAX)
        return FAIL(err, ERR_LIMIT, "dns.static: more than %d paths", CONFIG_STATIC_MAX);
    for (size_t i = 0; i < n; i++)
        config->static_paths[config->static_count++] =
            mem_copy_text(conf_list_item(conf, "dns.static", i));
    return OK;
}

static enum status take_hook(const struct conf *conf, struct config *config,
                             struct error *err)
{
    size_t n = conf_list_count(conf, "publish.hook");
    if (n > CONFIG_HOOK_MAX)
        return FAIL(err, ERR_LIMIT, "publish.hook: more than %d words", CONFIG_HOOK_MAX);
    for (size_t i = 0; i < n; i++)
        config->hook[config->hook_count++] =
            mem_copy_text(conf_list_item(conf, "publish.hook", i));
    if (n && config->hook[0][0] != '/')
        return FAIL(err, ERR_SYNTAX,
                    "publish.hook: the program must be an absolute path");
    config->hook_timeout_s = (uint32_t)conf_number(conf, "publish.hook_timeout");
    return config_take_text(conf, "publish.text", config->publish_text,
                            sizeof(config->publish_text), err);
}

static enum status take_users(const struct conf *conf, struct config *config,
                              struct error *err)
{
    enum status status = config_take_text(conf, "users.front", config->front_user,
                                          sizeof(config->front_user), err);
    if (!status)
        status = config_take_text(conf, "users.publish", config->publish_user,
                                  sizeof(config->publish_user), err);
    return status ? status
                  : config_take_text(conf, "users.answer", config->answer_user,
                                     sizeof(config->answer_user), err);
}

static bool join(char out[CONFIG_PATH_SIZE], const char *folder, const char *file)
{
    struct buf path = buf_on(out, CONFIG_PATH_SIZE);
    buf_put_text(&path, folder);
    buf_put_text(&path, file);
    (void)buf_text(&path);
    return !path.full;
}

static enum status take_paths(const struct conf *conf, struct config *config,
                              struct error *err)
{
    const char *data = conf_text(conf, "data");
    const char *run = conf_text(conf, "run");
    if (!join(config->data, data, "") || !join(config->run, run, "") ||
        !join(config->database, data, "/rove.db") ||
        !join(config->key_file, data, "/rove.key") ||
        !join(config->image, data, "/dns") ||
        !join(config->front_socket, run, "/front/socket") ||
        !join(config->publish_socket, run, "/publish/socket"))
        return FAIL(err, ERR_LIMIT, "data, run: path too long");
    return OK;
}

static enum status take_network(const struct conf *conf, struct config *config,
                                struct error *err)
{
    enum status status = config_take_endpoints(
        conf, "http.listen", config->http, CONFIG_LISTEN_MAX, &config->http_count, err);
    if (!status)
        status = config_take_endpoints(conf, "dns.listen", config->dns, CONFIG_LISTEN_MAX,
                                       &config->dns_count, err);
    if (!status)
        status = config_take_endpoints(conf, "metrics.listen", config->metrics,
                                       CONFIG_LISTEN_MAX, &config->metrics_count, err);
    if (!status)
        status = config_take_prefixes(conf, "http.proxy_from", config->proxy_peers,
                                      &config->proxy_peer_count, err);
    return status ? status
                  : config_take_prefixes(conf, "http.forwarded_from",
                                         config->forwarded_peers,
                                         &config->forwarded_peer_count, err);
}

/* A list that stands in the file is the whole list, also an empty one. */
static enum status take_reserved(const struct conf *conf, struct config *config,
                                 struct error *err)
{
    static const char path[] = "hosts.reserved";
    struct buf words = BUF_ON(config->reserved);
    size_t count = conf_list_count(conf, path);
    config->reserved_given = count > 0 || conf_list_is_emptied(conf, path);
    for (size_t i = 0; i < count; i++)
        buf_printf(&words, "%s%s", i ? " " : "", conf_list_item(conf, path, i));
    (void)buf_text(&words);
    if (words.full)
        return FAIL(err, ERR_LIMIT, "%s: more than %d bytes", path,
                    CONFIG_RESERVED_SIZE - 1);
    return OK;
}

static void take_numbers(const struct conf *conf, struct config *config)
{
    config->private_addresses = conf_bool(conf, "update.private_addresses");
    config->changes_per_hour = (uint32_t)conf_number(conf, "update.changes_per_hour");
    config->hang_after_s = (uint32_t)conf_number(conf, "hang_after");
    config->keep_days = (uint32_t)conf_number(conf, "history.keep_days");
    config->log_requests = conf_bool(conf, "log.requests");
    config->hosts_max = (size_t)conf_number(conf, "update.max_hosts");
    config->connections_max = (size_t)conf_number(conf, "http.max_connections");
    config->connections_per_source =
        (size_t)conf_number(conf, "http.max_connections_per_source");
    (void)log_level_parse(str_from(conf_text(conf, "log.level")), &config->log_level);
    (void)parse_sandbox(str_from(conf_text(conf, "sandbox")), &config->sandbox);
}

static enum status take_values(const struct conf *conf, struct config *config,
                               struct error *err)
{
    enum status status = take_paths(conf, config, err);
    if (!status)
        status = take_network(conf, config, err);
    if (!status)
        status = config_take_dns(conf, config, err);
    if (!status)
        status = take_static(conf, config, err);
    if (!status)
        status = take_hook(conf, config, err);
    if (!status)
        status = take_users(conf, config, err);
    if (!status)
        status = take_reserved(conf, config, err);
    if (status) {
        error_prefix(err, "%s", config->file);
        return status;
    }
    take_numbers(conf, config);
    return config_take_peers(conf, config, err);
}

enum status config_load(const char *path, struct config **out, struct error *err)
{
    CLEANUP(config_freep) struct config *config = NEW(struct config);
    char *absolute = realpath(path, NULL);
    if (!absolute)
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    bool fits = join(config->file, absolute, "");
    free(absolute);
    if (!fits)
        return FAIL(err, ERR_LIMIT, "%s: path too long", path);

    CLEANUP(conf_freep) struct conf *conf = NULL;
    enum status status = guard_config_file(config->file, err);
    if (!status)
        status = conf_load(path, options, &conf, err);
    if (!status)
        status = take_values(conf, config, err);
    if (!status)
        *out = TAKE(config);
    return status;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->static_count; i++)
        mem_free(config->static_paths[i]);
    for (size_t i = 0; i < config->hook_count; i++)
        mem_free(config->hook[i]);
    config_free_peers(config);
    mem_free(config);
}
