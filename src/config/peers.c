// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/peers.h"

#include "base/mem.h"
#include "config/kind.h"

/* One that is long enough: there is one parser of keys, and it wants all three parts. */
static const char some_secret[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

static enum status check_algorithm(struct str value, struct error *err)
{
    struct tsig_key key;
    if (tsig_key_parse(STR("key.example.org"), value, STR(some_secret), &key, NULL))
        return FAIL(err, ERR_SYNTAX, "must be hmac-sha256, hmac-sha384 or hmac-sha512");
    return OK;
}

const struct config_kind kind_key_algorithm = { .type = CONF_TEXT,
                                                .check = check_algorithm };
const struct config_kind kind_key_secret = { .type = CONF_TEXT };
const struct config_kind kind_key_secret_file = { .type = CONF_TEXT,
                                                  .check = config_check_path };
const struct config_kind kind_secondary_key = { .type = CONF_TEXT };

/* ----- keys ----- */

static int find_key(const struct config *config, const struct name *name)
{
    for (size_t i = 0; i < config->key_count; i++)
        if (name_equal(&config->keys[i].name, name))
            return (int)i;
    return -1;
}

/* Of a key whose secret is in a file, name and algorithm stand already in *config. */
static enum status take_tsig_key(const struct conf *section, struct config *config,
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

static enum status take_keys(const struct config_option *option, const struct conf *conf,
                             void *base, struct error *err)
{
    return config_take_sections(option, conf, (struct config *)base, CONFIG_KEYS_MAX,
                                take_tsig_key, err);
}

static void release_keys(const struct config_option *option, void *base)
{
    struct config *config = (struct config *)base;
    (void)option;
    for (size_t i = 0; i < config->key_count; i++)
        mem_free(config->key_secret_files[i]);
    mem_wipe(config->keys, sizeof(config->keys));
}

const struct config_kind kind_keys = {
    .type = CONF_SECTION, .multiple = true, .take = take_keys, .release = release_keys
};

/* ----- secondaries ----- */

static enum status take_zones(const struct config_option *option, const struct conf *conf,
                              void *base, struct error *err)
{
    const char *key = config_key(option);
    size_t n = conf_list_count(conf, key);
    if (n > CONFIG_ZONES_MAX)
        return FAIL(err, ERR_LIMIT, "%s: more than %d", key, CONFIG_ZONES_MAX);
    struct name *zones = mem_new_array(n, sizeof(*zones));
    *(struct name **)config_place(option, base, 0) = zones;
    *(size_t *)config_place(option, base, 1) = n;
    enum status status = OK;
    for (size_t i = 0; i < n && !status; i++)
        status = name_parse(str_from(conf_list_item(conf, key, i)), &zones[i], err);
    return status;
}

const struct config_kind kind_zones = { .type = CONF_LIST,
                                        .check = config_check_name,
                                        .take = take_zones };

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

/* Left out, either list means everybody or everything. What an empty one means is not clear. */
static enum status refuse_empty(const struct conf *section, struct error *err)
{
    static const char *const lists[] = { "from", "zones" };
    for (size_t i = 0; i < LENGTH_OF(lists); i++)
        if (conf_list_is_emptied(section, lists[i]))
            return FAIL(err, ERR_SYNTAX, "%s: empty list: leave it out", lists[i]);
    return OK;
}

static void ask_where_it_is_told(struct config_secondary *secondary)
{
    for (size_t i = 0; i < secondary->notify_count; i++)
        secondary->ask[i] = secondary->notify[i];
    secondary->ask_count = secondary->notify_count;
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
        status = config_take_members("secondary", section, out, err);
    if (!status && out->from_count == 0 && out->key < 0 && out->notify_count == 0 &&
        out->ask_count == 0)
        status = FAIL(err, ERR_SYNTAX, "needs from, key, notify or ask");
    if (!status && out->ask_count == 0 && !conf_list_is_emptied(section, "ask"))
        ask_where_it_is_told(out);
    return status;
}

static enum status take_secondaries(const struct config_option *option,
                                    const struct conf *conf, void *base,
                                    struct error *err)
{
    return config_take_sections(option, conf, (struct config *)base,
                                CONFIG_SECONDARIES_MAX, take_secondary, err);
}

static void release_secondaries(const struct config_option *option, void *base)
{
    struct config *config = (struct config *)base;
    (void)option;
    for (size_t i = 0; i < config->secondary_count; i++)
        mem_free(config->secondaries[i].zones);
}

const struct config_kind kind_secondaries = { .type = CONF_SECTION,
                                              .multiple = true,
                                              .take = take_secondaries,
                                              .release = release_secondaries };
