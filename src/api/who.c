// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/who.h"

#include "account/token.h"
#include "base/throttle.h"

static enum update_why why_of(enum token_verdict verdict)
{
    switch (verdict) {
    case TOKEN_OK:
        return WHY_NOTHING;
    case TOKEN_EXPIRED:
        return WHY_EXPIRED;
    case TOKEN_WRONG_NETWORK:
        return WHY_WRONG_NETWORK;
    case TOKEN_NO_RIGHT:
        break;
    }
    return WHY_NO_RIGHT;
}

enum update_why who_asks(const struct api *api, const struct update *update,
                         const struct name *next, struct token_row *token)
{
    if (!api->ready)
        return WHY_NOT_READY;
    if (update->secret.n == 0)
        return WHY_NO_CREDENTIALS;
    if (!token_is_formed(update->secret))
        return WHY_UNKNOWN_TOKEN;
    struct digest digest = token_digest(api->keys, update->secret);
    if (next)
        change_prefetch(api->change, digest, next);
    enum status status = change_find_token(api->change, digest, token, NULL);
    if (status == ERR_NOT_FOUND)
        return WHY_UNKNOWN_TOKEN;
    if (status)
        return status == ERR_BUSY ? WHY_NOT_READY : WHY_TROUBLE;
    if (token->kind != TOKEN_UPDATE)
        return WHY_NO_RIGHT;
    enum token_verdict verdict = token_judge(token, RIGHT_ADDRESS, update->origin.source,
                                             clock_wall_s(api->clock));
    if (verdict != TOKEN_OK)
        return why_of(verdict);
    bool active = false;
    if (change_account_active(api->change, token->account_id, &active, NULL))
        return WHY_TROUBLE;
    return active ? WHY_NOTHING : WHY_ACCOUNT_BLOCKED;
}

enum update_code who_refuse(struct api *api, const struct update *update,
                            enum update_why *why)
{
    if (*why == WHY_TROUBLE || *why == WHY_NOT_READY)
        return UPDATE_TROUBLE;
    /* Many clients ask once without credentials and wait for the challenge: that is no
     * guess, and costs nothing. */
    if (*why == WHY_NO_CREDENTIALS)
        return UPDATE_BADAUTH;
    if (throttle_take(api->strangers, throttle_source(update->origin.source),
                      clock_steady_ms(api->clock)))
        return UPDATE_BADAUTH;
    api->counts.strangers_slowed++;
    *why = WHY_THROTTLED;
    return UPDATE_TROUBLE;
}

static struct update_outcome refusal(enum update_code code, enum update_why why)
{
    return (struct update_outcome){ .code = code, .why = why };
}

void who_names(struct str text, struct name *name, struct update_outcome *out)
{
    *out = name_parse(text, name, NULL) || name_labels(name) < 2
               ? refusal(UPDATE_NOTFQDN, WHY_NOT_FQDN)
               : refusal(UPDATE_GOOD, WHY_NOTHING);
}

void who_finds(const struct api *api, const struct token_row *token,
               const struct name *name, struct host_row *host, struct update_outcome *out)
{
    *out = refusal(UPDATE_GOOD, WHY_NOTHING);
    enum status status = change_find_host(api->change, name, host, NULL);
    /* To the client a foreign host and a missing one look alike. */
    if (status == ERR_NOT_FOUND)
        *out = refusal(UPDATE_NOHOST, WHY_NO_SUCH_HOST);
    else if (status)
        *out = refusal(UPDATE_TROUBLE, WHY_TROUBLE);
    else if (!token_has_host(token, host->id))
        *out = refusal(UPDATE_NOHOST, WHY_NOT_ON_TOKEN);
    else if (host->state == HOST_ABUSE)
        *out = refusal(UPDATE_ABUSE, WHY_HOST_ABUSE);
    else if (host->state == HOST_DISABLED)
        *out = refusal(UPDATE_NOHOST, WHY_HOST_DISABLED);
}
