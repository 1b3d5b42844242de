// SPDX-License-Identifier: GPL-3.0-or-later
/* From the file to struct config: base/conf reads and checks, then each option is taken. */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/mem.h"
#include "config/guard.h"
#include "config/life.h"
#include "config/mail.h"
#include "config/option.h"

/* Appends the options of a section, and the empty row that ends them, to a table. */
static void put_section(struct str section, struct conf_option **end)
{
    for (const struct config_option *option = config_options; option->name; option++)
        if (config_is_in(option, section))
            *(*end)++ = (struct conf_option){
                .key = option->name + section.n + (section.n > 0),
                .type = option->kind->type,
                .fallback = option->fallback,
                .min = option->min,
                .max = option->max,
                .check = option->kind->check,
                .multiple = option->kind->multiple,
            };
    (*end)++;
}

/* Our options as base/conf wants them: one table for each section, here one after the other. The
 * caller frees it. */
static struct conf_option *make_table(void)
{
    size_t rows = 1;
    for (const struct config_option *option = config_options; option->name; option++)
        rows += option->kind->type == CONF_SECTION ? 2 : 1;
    struct conf_option *table = mem_new_array(rows, sizeof(*table)), *end = table;
    put_section(STR(""), &end);
    for (struct conf_option *row = table; row->key; row++)
        if (row->type == CONF_SECTION) {
            row->options = end;
            put_section(str_from(row->key), &end);
        }
    return table;
}

static bool join(char out[CONFIG_PATH_SIZE], const char *folder, const char *file)
{
    struct buf path = buf_on(out, CONFIG_PATH_SIZE);
    buf_put_text(&path, folder);
    buf_put_text(&path, file);
    (void)buf_text(&path);
    return !path.full;
}

/* Paths that follow from two options. */
static enum status make_paths(struct config *config, struct error *err)
{
    if (!join(config->database, config->data, "/rove.db") ||
        !join(config->key_file, config->data, "/rove.key") ||
        !join(config->image, config->data, "/dns") ||
        !join(config->tls_folder, config->data, "/tls") ||
        !join(config->streams_socket, config->run, "/front/streams") ||
        !join(config->mails_socket, config->run, "/front/mails") ||
        !join(config->front_socket, config->run, "/front/socket") ||
        !join(config->publish_socket, config->run, "/publish/socket"))
        return FAIL(err, ERR_LIMIT, "%s: data, run: path too long", config->file);
    return OK;
}

/* An error about a section has its file and line already. */
static enum status take_values(const struct conf *conf, struct config *config,
                               struct error *err)
{
    for (const struct config_option *option = config_options; option->name; option++) {
        const struct config_kind *kind = option->kind;
        if (option->is_member || !kind->take)
            continue;
        enum status status = kind->take(option, conf, config, err);
        if (status && kind->type != CONF_SECTION)
            error_prefix(err, "%s", config->file);
        if (status)
            return status;
    }
    enum status status = config_check_mail(config, err);
    if (!status)
        status = config_check_life(config, err);
    return status ? status : make_paths(config, err);
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

    CLEANUP(mem_freep) struct conf_option *table = make_table();
    CLEANUP(conf_freep) struct conf *conf = NULL;
    enum status status = guard_config_file(config->file, err);
    if (!status)
        status = conf_load(path, table, &conf, err);
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
    for (const struct config_option *option = config_options; option->name; option++)
        if (!option->is_member && option->kind->release)
            option->kind->release(option, config);
    mem_wipe(config->dns_cookie_secrets, sizeof(config->dns_cookie_secrets));
    mem_free(config);
}
