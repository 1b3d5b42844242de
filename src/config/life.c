// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/life.h"

#include "base/mem.h"

enum status config_check_life(const struct config *config, struct error *err)
{
    const struct {
        const char *name;
        uint32_t days;
    } rules[] = { { "life.hosts_after", config->stale_days },
                  { "life.accounts_after", config->stale_account_days },
                  { "life.zones_after", config->stale_zone_days } };
    for (size_t i = 0; i < LENGTH_OF(rules); i++) {
        if (rules[i].days == 0)
            continue;
        if (rules[i].days < CONFIG_LIFE_DAYS_MIN)
            return FAIL(err, ERR_LIMIT, "%s: %s: must be 0, or %d days at least",
                        config->file, rules[i].name, CONFIG_LIFE_DAYS_MIN);
        if (!config->mail_server[0])
            return FAIL(err, ERR_SYNTAX,
                        "%s: %s: needs mail.server, as nobody loses anything without a "
                        "warning",
                        config->file, rules[i].name);
    }
    return OK;
}
