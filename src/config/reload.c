// SPDX-License-Identifier: GPL-3.0-or-later
/* The object stays the same, because roles and what they started hold pointers into it. */
#include <string.h>

#include "base/buf.h"
#include "config/option.h"

/* Both objects began as zero bytes, and every field was written once. */
static bool differs(const struct config_option *option, const struct config *running,
                    const struct config *fresh)
{
    for (size_t i = 0; i < CONFIG_PLACES_MAX; i++) {
        const struct config_place *place = &option->places[i];
        if (memcmp((const char *)running + place->offset,
                   (const char *)fresh + place->offset, place->size) != 0)
            return true;
    }
    return false;
}

static void swap_bytes(char *a, char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

static void swap_places(const struct config_option *option, struct config *running,
                        struct config *fresh)
{
    for (size_t i = 0; i < CONFIG_PLACES_MAX; i++) {
        const struct config_place *place = &option->places[i];
        swap_bytes((char *)running + place->offset, (char *)fresh + place->offset,
                   place->size);
    }
}

/* `fresh` gets what was there, and frees it. */
static void take_over(struct config *running, struct config *fresh, struct buf *restart)
{
    for (const struct config_option *option = config_options; option->name; option++) {
        if (option->is_member)
            continue;
        if (option->reload == CONFIG_TAKEN) {
            swap_places(option, running, fresh);
        } else if (differs(option, running, fresh)) {
            buf_put_text(restart, restart->n ? ", " : "");
            buf_put_text(restart, option->name);
        }
    }
}

enum status config_reload(struct config *config, bool with_secrets, struct buf *restart,
                          struct error *err)
{
    CLEANUP(config_freep) struct config *fresh = NULL;
    enum status status = config_load(config->file, &fresh, err);
    if (!status && with_secrets)
        status = config_load_secrets(fresh, err);
    if (status)
        return status;
    take_over(config, fresh, restart);
    log_set_level(config->log_level);
    return OK;
}

bool config_log_reload(struct config *config, bool with_secrets)
{
    char storage[256];
    struct buf restart = BUF_ON(storage);
    struct error err;
    if (config_reload(config, with_secrets, &restart, &err)) {
        log_error("not-reloaded", LOG_TEXT("why", err.text));
        return false;
    }
    if (restart.n)
        log_warning("restart-needed", LOG_STR("for", buf_str(&restart)));
    log_info("reloaded");
    return true;
}
