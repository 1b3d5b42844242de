// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/refused.h"

static const enum post_reason reasons[UPDATE_WHYS] = {
    [WHY_UNKNOWN_TOKEN] = POST_WHY_UNKNOWN_TOKEN, [WHY_EXPIRED] = POST_WHY_EXPIRED,
    [WHY_WRONG_NETWORK] = POST_WHY_NETWORK,       [WHY_NO_RIGHT] = POST_WHY_RIGHT,
    [WHY_ACCOUNT_BLOCKED] = POST_WHY_ACCOUNT,     [WHY_PLAIN_HTTP] = POST_WHY_IN_CLEAR,
    [WHY_NOT_ON_TOKEN] = POST_WHY_OTHER_HOST,     [WHY_NO_WILDCARD] = POST_WHY_WILDCARD,
    [WHY_HOST_DISABLED] = POST_WHY_DISABLED,      [WHY_HOST_ABUSE] = POST_WHY_ABUSE,
    [WHY_BAD_ADDRESS] = POST_WHY_ADDRESS,
};

void refused_host(const struct updates *updates, int64_t account_id,
                  const struct host_row *host, enum update_why why)
{
    if (reasons[why] && host->id && account_id == host->owner_id)
        change_refused(updates->change, host->id, reasons[why]);
}

void refused_call(const struct updates *updates, const struct update *update,
                  enum update_why why, const struct asker *asker, const struct name *name)
{
    struct host_row host = { .id = 0 };
    struct ip source = update->origin.source;
    if (!reasons[why] || change_find_host(updates->change, name, &host, NULL))
        return;
    if (why != WHY_UNKNOWN_TOKEN) {
        refused_host(updates, asker->token.account_id, &host, why);
        return;
    }
    if (source.family != IP_NONE &&
        (ip_equal(source, host.v4) || ip_equal(source, host.v6)))
        change_refused(updates->change, host.id, reasons[why]);
}
