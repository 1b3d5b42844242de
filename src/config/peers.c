// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/peers.h"

#include "base/file.h"
#include "base/mem.h"
#include "config/dns.h"
#include "config/guard.h"
#include "config/value.h"

enum {
    SECRET_FILE_MAX = 4096
};

/* One that is long enough: there is one parser of keys, and it wants all three parts. */
static const char some_secret[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

static enum status check_algorithm(struct str value, struct error *err)
{
    struct tsig_key key;
    if (tsig_key_parse(STR("key.example.org"), value, STR(some_secret), &key, NULL))
        return FAIL(err, ERR_SYNTAX, "must be hmac-sha256, hmac-sha384 or hmac-sha512");
    return OK;
}

static enum status check_zone(struct str value, struct error *err)
{
    struct name name;
    return name_parse(value, &name, err);
}

const struct conf_option config_key_options[] = {
    { .key = "algorithm",
      .type = CONF_TEXT,
      .fallback = "hmac-sha256",
      .check = check_algorithm },
    { .key = "secret", .type = CONF_TEXT },
    { .key = "secret_file", .type = CONF_TEXT, .check = config_check_path },
    { .key = NULL },
};

const struct conf_option config_secondary_options[] = {
    { .key = "from", .type = CONF_LIST, .fallback = "{}", .check = config_check_prefix },
    { .key = "key", .type = CONF_TEXT },
    { .key = "notify",
      .type = CONF_LIST,
      .fallback = "{}",
      .check = config_check_endpoint },
    { .key = "zones", .type = CONF_LIST, .fallback = "{}", .check = check_zone },
    { .key = NULL },
};

/* ---- keys ----------------------------------------------------------------------------- */

static int find_key(const struct config *config, const struct name *name)
{
    for (size_t i = 0; i < config->key_count; i++)
        if (name_equal(&config->keys[i].name, name))
            return (int)i;
    return -1;
}

/* Of a key whose secret is in a file, name and algorithm stand already in *config. */
static enum status take_key(const struct conf *section, struct config *config,
                            struct error *err)
{
    const char *secret = conf_text(section, "secret");
    const char *file = conf_text(section, "secret_file");
    if ((secret[0] != 0) == (file[0] != 0))
        return FAIL(err, ERR_SYNTAX, "needs either secret or secret_file");
    struct tsig_key key;
    enum status status = tsig_key_parse(
        str_from(conf_title(section)), str_from(conf_text(section, "algorithm")),
        secret[0] ? str_from(secret) : STR(some_secret), &key, err);
    if (status)
        return status;
    if (find_key(config, &key.name) >= 0)
        return FAIL(err, ERR_EXISTS, "stands there twice");
    if (file[0]) {
        mem_wipe(key.secret, sizeof(key.secret));
        key.secret_n = 0;
        config->key_secret_files[config->key_count] = mem_copy_text(file);
    }
    config->keys[config->key_count++] = key;
    mem_wipe(&key, sizeof(key));
    return OK;
}

static enum status read_secret(const char *path, struct tsig_key *key, struct error *err)
{
    static const char *const algorithms[] = { [TSIG_HMAC_SHA256] = "hmac-sha256",
                                              [TSIG_HMAC_SHA384] = "hmac-sha384",
                                              [TSIG_HMAC_SHA512] = "hmac-sha512" };
    char *text = NULL;
    size_t n = 0;
    enum status status = guard_secret_file(path, err);
    if (!status)
        status = file_read(path, SECRET_FILE_MAX, &text, &n, err);
    if (status)
        return status;
    struct tsig_key whole;
    status = tsig_key_parse(str_from(name_text(&key->name)),
                            str_from(algorithms[key->algorithm]), str_bytes(text, n),
                            &whole, err);
    if (status)
        error_prefix(err, "%s", path);
    else
        *key = whole;
    mem_wipe(&whole, sizeof(whole));
    mem_wipe(text, n);
    mem_free(text);
    return status;
}

enum status config_load_secrets(struct config *config, struct error *err)
{
    enum status status = config_load_cookies(config, err);
    for (size_t i = 0; i < config->key_count && !status; i++)
        if (config->key_secret_files[i])
            status = read_secret(config->key_secret_files[i], &config->keys[i], err);
    return status;
}

/* ---- secondaries ---------------------------------------------------------------------- */

static enum status take_zones(const struct conf *section, struct config_secondary *out,
                              struct error *err)
{
    size_t n = conf_list_count(section, "zones");
    if (n > CONFIG_ZONES_MAX)
        return FAIL(err, ERR_LIMIT, "zones: more than %d", CONFIG_ZONES_MAX);
    out->zones = mem_new_array(n, sizeof(*out->zones));
    enum status status = OK;
    for (size_t i = 0; i < n && !status; i++)
        status = name_parse(str_from(conf_list_item(section, "zones", i)), &out->zones[i],
                            err);
    out->zone_count = n;
    return status;
}

static enum status take_key_name(const struct conf *section, const struct config *config,
                                 int *out, struct error *err)
{
    const char *text = conf_text(section, "key");
    *out = -1;
    if (!text[0])
        return OK;
    struct name name;
    enum status status = name_parse(str_from(text), &name, err);
    if (status)
        return status;
    *out = find_key(config, &name);
    return *out >= 0 ? OK : FAIL(err, ERR_NOT_FOUND, "key: no section key \"%s\"", text);
}

/* Left out, either means everybody or everything; written out empty, nobody knows. */
static enum status refuse_empty(const struct conf *section, struct error *err)
{
    static const char *const lists[] = { "from", "zones" };
    for (size_t i = 0; i < LENGTH_OF(lists); i++)
        if (conf_list_is_emptied(section, lists[i]))
            return FAIL(err, ERR_SYNTAX, "%s: empty list: leave it out", lists[i]);
    return OK;
}

static enum status take_secondary(const struct conf *section, struct config *config,
                                  struct error *err)
{
    struct config_secondary *out = &config->secondaries[config->secondary_count++];
    struct buf title = BUF_ON(out->title);
    buf_put(&title, str_first(str_from(conf_title(section)), sizeof(out->title) - 1));
    (void)buf_text(&title);
    enum status status = refuse_empty(section, err);
    if (!status)
        status = take_key_name(section, config, &out->key, err);
    if (!status)
        status = config_take_prefixes(section, "from", out->from, &out->from_count, err);
    if (!status)
        status = config_take_endpoints(section, "notify", out->notify, CONFIG_PEERS_MAX,
                                       &out->notify_count, err);
    if (!status)
        status = take_zones(section, out, err);
    if (!status && out->from_count == 0 && out->key < 0 && out->notify_count == 0)
        status = FAIL(err, ERR_SYNTAX, "needs from, key or notify");
    return status;
}

/* ---- all ------------------------------------------------------------------------------ */

/* Takes all sections of a kind; an error gets FILE:LINE and the section's name. */
static enum status take_sections(const struct conf *conf, const char *kind, size_t max,
                                 enum status (*take)(const struct conf *section,
                                                     struct config *config,
                                                     struct error *err),
                                 struct config *config, struct error *err)
{
    size_t n = conf_section_count(conf, kind);
    if (n > max)
        return FAIL(err, ERR_LIMIT, "%s: %s: more than %zu", config->file, kind, max);
    for (size_t i = 0; i < n; i++) {
        const struct conf *section = conf_section(conf, kind, i);
        enum status status = take(section, config, err);
        if (status) {
            error_prefix(err, "%s:%d: %s \"%s\"", config->file, conf_line(section), kind,
                         conf_title(section));
            return status;
        }
    }
    return OK;
}

enum status config_take_peers(const struct conf *conf, struct config *config,
                              struct error *err)
{
    enum status status =
        take_sections(conf, "key", CONFIG_KEYS_MAX, take_key, config, err);
    return status ? status
                  : take_sections(conf, "secondary", CONFIG_SECONDARIES_MAX,
                                  take_secondary, config, err);
}

void config_free_peers(struct config *config)
{
    for (size_t i = 0; i < config->key_count; i++)
        mem_free(config->key_secret_files[i]);
    mem_wipe(config->keys, sizeof(config->keys));
    mem_wipe(config->dns_cookie_secrets, sizeof(config->dns_cookie_secrets));
    for (size_t i = 0; i < config->secondary_count; i++)
        mem_free(config->secondaries[i].zones);
}
