// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/conf.h"
#include "base/mem.h"

static enum status check_endpoint(struct str value, struct error *err)
{
    struct ip ip;
    uint16_t port = 0;
    if (ip_parse_endpoint(value, &ip, &port))
        return FAIL(err, ERR_SYNTAX,
                    "must be an address and a port, such as "
                    "\"192.0.2.1:53\" or \"[2001:db8::1]:53\"");
    return OK;
}

static enum status check_prefix(struct str value, struct error *err)
{
    struct prefix prefix;
    if (prefix_parse(value, &prefix))
        return FAIL(err, ERR_SYNTAX,
                    "must be an address or a network, such as \"192.0.2.0/24\"");
    return OK;
}

static enum status check_path(struct str value, struct error *err)
{
    if (!str_starts(value, STR("/")))
        return FAIL(err, ERR_SYNTAX, "must be an absolute path");
    return OK;
}

static enum status check_level(struct str value, struct error *err)
{
    enum log_level level;
    if (!log_level_parse(value, &level))
        return FAIL(err, ERR_SYNTAX, "must be debug, info, warning or error");
    return OK;
}

static const struct conf_option http_options[] = {
    { .key = "listen", .type = CONF_LIST, .fallback = "{}", .check = check_endpoint },
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
    { .key = "proxy_from", .type = CONF_LIST, .fallback = "{}", .check = check_prefix },
    { .key = "forwarded_from",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = check_prefix },
    { .key = NULL },
};
static const struct conf_option metrics_options[] = {
    { .key = "listen", .type = CONF_LIST, .fallback = "{}", .check = check_endpoint },
    { .key = NULL },
};
static const struct conf_option dns_options[] = {
    { .key = "listen", .type = CONF_LIST, .fallback = "{}", .check = check_endpoint },
    { .key = "static", .type = CONF_LIST, .fallback = "{}", .check = check_path },
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
static const struct conf_option log_options[] = {
    { .key = "level", .type = CONF_TEXT, .fallback = "info", .check = check_level },
    { .key = "requests", .type = CONF_BOOL, .fallback = "false" },
    { .key = NULL },
};
static const struct conf_option options[] = {
    { .key = "data",
      .type = CONF_TEXT,
      .fallback = "/var/lib/rove",
      .check = check_path },
    { .key = "run", .type = CONF_TEXT, .fallback = "/run/rove", .check = check_path },
    { .key = "http", .type = CONF_SECTION, .options = http_options },
    { .key = "metrics", .type = CONF_SECTION, .options = metrics_options },
    { .key = "dns", .type = CONF_SECTION, .options = dns_options },
    { .key = "update", .type = CONF_SECTION, .options = update_options },
    { .key = "log", .type = CONF_SECTION, .options = log_options },
    { .key = NULL },
};

static enum status take_endpoints(const struct conf *conf, const char *key,
                                  struct endpoint *out, size_t *count, struct error *err)
{
    size_t n = conf_list_count(conf, key);
    if (n > CONFIG_LISTEN_MAX)
        return FAIL(err, ERR_LIMIT, "%s: more than %d", key, CONFIG_LISTEN_MAX);
    for (size_t i = 0; i < n; i++) {
        enum status status = ip_parse_endpoint(str_from(conf_list_item(conf, key, i)),
                                               &out[i].ip, &out[i].port);
        if (status)
            return FAIL(err, status, "%s: bad address", key);
    }
    *count = n;
    return OK;
}

static enum status take_prefixes(const struct conf *conf, const char *key,
                                 struct prefix *out, size_t *count, struct error *err)
{
    size_t n = conf_list_count(conf, key);
    if (n > CONFIG_PEERS_MAX)
        return FAIL(err, ERR_LIMIT, "%s: more than %d", key, CONFIG_PEERS_MAX);
    for (size_t i = 0; i < n; i++)
        if (prefix_parse(str_from(conf_list_item(conf, key, i)), &out[i]))
            return FAIL(err, ERR_SYNTAX, "%s: bad network", key);
    *count = n;
    return OK;
}

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
        !join(config->front_socket, run, "/front.sock"))
        return FAIL(err, ERR_LIMIT, "data, run: path too long");
    return OK;
}

static enum status take_values(const struct conf *conf, struct config *config,
                               struct error *err)
{
    enum status status = take_paths(conf, config, err);
    if (!status)
        status =
            take_endpoints(conf, "http.listen", config->http, &config->http_count, err);
    if (!status)
        status = take_endpoints(conf, "dns.listen", config->dns, &config->dns_count, err);
    if (!status)
        status = take_endpoints(conf, "metrics.listen", config->metrics,
                                &config->metrics_count, err);
    if (!status)
        status = take_prefixes(conf, "http.proxy_from", config->proxy_peers,
                               &config->proxy_peer_count, err);
    if (!status)
        status = take_prefixes(conf, "http.forwarded_from", config->forwarded_peers,
                               &config->forwarded_peer_count, err);
    if (!status)
        status = take_static(conf, config, err);
    if (status)
        return status;
    config->private_addresses = conf_bool(conf, "update.private_addresses");
    config->changes_per_hour = (uint32_t)conf_number(conf, "update.changes_per_hour");
    config->log_requests = conf_bool(conf, "log.requests");
    config->hosts_max = (size_t)conf_number(conf, "update.max_hosts");
    config->connections_max = (size_t)conf_number(conf, "http.max_connections");
    config->connections_per_source =
        (size_t)conf_number(conf, "http.max_connections_per_source");
    (void)log_level_parse(str_from(conf_text(conf, "log.level")), &config->log_level);
    return OK;
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
    enum status status = conf_load(path, options, &conf, err);
    if (status)
        return status;
    status = take_values(conf, config, err);
    if (status) {
        error_prefix(err, "%s", path);
        return status;
    }
    *out = TAKE(config);
    return OK;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->static_count; i++)
        mem_free(config->static_paths[i]);
    mem_free(config);
}

static enum status make_directory(const char *path, mode_t mode, struct error *err)
{
    if (mkdir(path, mode) != 0 && errno == EEXIST)
        return OK; /* an operator's own, with the mode that he wants */
    /* Not as the umask would have it. */
    if (chmod(path, mode) == 0)
        return OK;
    return FAIL(err, ERR_IO, "%s: cannot be made: %s", path, strerror(errno));
}

enum status config_make_directories(const struct config *config, struct error *err)
{
    enum status status = make_directory(config->data, 0711, err);
    if (!status)
        status = make_directory(config->image, 0755, err);
    return status ? status : make_directory(config->run, 0711, err);
}
