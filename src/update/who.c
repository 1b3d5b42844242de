// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/who.h"

#include "base/throttle.h"

static struct update_outcome refusal(enum update_code code, enum update_why why)
{
    return (struct update_outcome){ .code = code, .why = why };
}

/* To the client a foreign host and a missing one look alike. */
struct update_outcome who_outcome(enum access_result access)
{
    static const struct update_outcome outcomes[ACCESS_LAST + 1] = {
        [ACCESS_GRANTED] = { .code = UPDATE_GOOD, .why = WHY_NOTHING },
        [ACCESS_NO_TOKEN] = { .code = UPDATE_BADAUTH, .why = WHY_UNKNOWN_TOKEN },
        [ACCESS_EXPIRED] = { .code = UPDATE_BADAUTH, .why = WHY_EXPIRED },
        [ACCESS_WRONG_NETWORK] = { .code = UPDATE_BADAUTH, .why = WHY_WRONG_NETWORK },
        [ACCESS_NO_RIGHT] = { .code = UPDATE_BADAUTH, .why = WHY_NO_RIGHT },
        [ACCESS_BLOCKED] = { .code = UPDATE_BADAUTH, .why = WHY_ACCOUNT_BLOCKED },
        [ACCESS_NO_HOST] = { .code = UPDATE_NOHOST, .why = WHY_NO_SUCH_HOST },
        [ACCESS_NOT_ON_TOKEN] = { .code = UPDATE_NOHOST, .why = WHY_NOT_ON_TOKEN },
        [ACCESS_NOT_OWNER] = { .code = UPDATE_NOHOST, .why = WHY_NOT_OWNER },
        [ACCESS_DISABLED] = { .code = UPDATE_NOHOST, .why = WHY_HOST_DISABLED },
        [ACCESS_ABUSE] = { .code = UPDATE_ABUSE, .why = WHY_HOST_ABUSE },
        [ACCESS_PLAIN] = { .code = UPDATE_BADAUTH, .why = WHY_PLAIN_HTTP },
    };
    return outcomes[access];
}

static unsigned rights_for(const struct update *update)
{
    if (!update->txt)
        return RIGHT_ADDRESS;
    return update->txt->alone ? RIGHT_TXT : RIGHT_TXT | RIGHT_ADDRESS;
}

enum update_why who_asks(const struct updates *updates, const struct update *update,
                         const struct name *next, struct asker *asker)
{
    struct token_row *token = &asker->token;
    struct access_account *account = &asker->account;
    if (!updates_are_ready(updates))
        return WHY_NOT_READY;
    if (update->secret.n == 0)
        return WHY_NO_CREDENTIALS;
    if (!token_is_formed(update->secret))
        return WHY_UNKNOWN_TOKEN;
    struct digest digest = token_digest(updates->keys, update->secret);
    if (next)
        change_prefetch(updates->change, digest, next);
    enum status status = change_find_token(updates->change, digest, token, NULL);
    if (status == ERR_NOT_FOUND)
        return WHY_UNKNOWN_TOKEN;
    if (!status)
        status = change_find_account(updates->change, token->account_id, account, NULL);
    if (status)
        return status == ERR_BUSY ? WHY_NOT_READY : WHY_TROUBLE;
    return who_outcome(access_of_token(token, account, rights_for(update),
                                       update->origin.source,
                                       clock_wall_s(updates->clock)))
        .why;
}

enum update_code who_refuse(struct updates *updates, const struct update *update,
                            enum update_why *why)
{
    if (*why == WHY_TROUBLE || *why == WHY_NOT_READY)
        return UPDATE_TROUBLE;
    /* Many clients ask once without credentials and wait for the challenge: that is no
     * guess, and costs nothing. */
    if (*why == WHY_NO_CREDENTIALS)
        return UPDATE_BADAUTH;
    if (throttle_take(updates->strangers, throttle_source(update->origin.source),
                      clock_steady_ms(updates->clock)))
        return UPDATE_BADAUTH;
    updates->counts.strangers_slowed++;
    *why = WHY_THROTTLED;
    return UPDATE_TROUBLE;
}

static struct str without_scheme(struct str text)
{
    size_t colon = str_find(text, ':');
    struct str scheme = str_first(text, colon);
    if (str_starts(str_from_at(text, colon), STR("://")) &&
        (str_equal_any_case(scheme, STR("http")) ||
         str_equal_any_case(scheme, STR("https"))))
        return str_from_at(text, colon + STR("://").n);
    return text;
}

static struct str without_path(struct str text)
{
    size_t i = 0;
    while (i < text.n && text.at[i] != '/' && text.at[i] != '?' && text.at[i] != '#' &&
           text.at[i] != '\\')
        i++;
    return str_first(text, i);
}

struct str who_host_text(struct str text, bool *wildcard)
{
    text = without_path(without_scheme(str_trim(text)));
    size_t colon = str_find(text, ':');
    uint64_t port = 0;
    if (!str_to_u64(str_from_at(text, colon + 1), UINT16_MAX, &port))
        text = str_first(text, colon);
    *wildcard = str_starts(text, STR("*."));
    return str_from_at(text, *wildcard ? 2 : 0);
}

void who_names(struct str text, struct name *name, bool *wildcard,
               struct update_outcome *out)
{
    text = who_host_text(text, wildcard);
    *out = name_parse(text, name, NULL) || name_labels(name) < 2
               ? refusal(UPDATE_NOTFQDN, WHY_NOT_FQDN)
               : refusal(UPDATE_GOOD, WHY_NOTHING);
}

void who_finds(const struct updates *updates, const struct asker *asker,
               const struct name *name, bool encrypted, struct host_row *host,
               struct update_outcome *out)
{
    enum status status = change_find_host(updates->change, name, host, NULL);
    if (status == ERR_NOT_FOUND)
        *out = who_outcome(ACCESS_NO_HOST);
    else if (status)
        *out = refusal(UPDATE_TROUBLE, status == ERR_BUSY ? WHY_NOT_READY : WHY_TROUBLE);
    else
        *out =
            who_outcome(access_to_host(&asker->token, &asker->account, host, encrypted));
}
