// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/update.h"

#include "account/token.h"

struct call;

/* One host of a call: resolved first, then changed. */
struct item {
    struct call *call;
    struct host_row host;
    bool found; /* `host` is to be changed */
    struct update_outcome *outcome;
};

struct call {
    struct api *api;
    struct update *update;
    struct item *items;
    struct update_outcome *outcomes;
    size_t count, waiting;
    update_done_fn done;
    void *ctx;
};

static void finish_whole(const struct call *call, enum update_code code)
{
    const struct update_result result = { .whole = true, .code = code };
    call->done(call->ctx, &result);
}

/* Trouble with one host is told for the whole call: the client asks again, and what was
 * committed is then a nochg. */
static void finish(const struct call *call)
{
    for (size_t i = 0; i < call->count; i++)
        if (call->outcomes[i].code == UPDATE_TROUBLE) {
            finish_whole(call, UPDATE_TROUBLE);
            return;
        }
    const struct update_result result = { .outcomes = call->outcomes,
                                          .count = call->count };
    call->done(call->ctx, &result);
}

static void count_down(struct call *call)
{
    if (--call->waiting == 0)
        finish(call);
}

static enum update_code code_of(enum change_result result, bool was_same)
{
    switch (result) {
    case CHANGE_DONE:
        return was_same ? UPDATE_NOCHG : UPDATE_GOOD;
    case CHANGE_SAME:
        return UPDATE_NOCHG;
    case CHANGE_BAD_IP:
        return UPDATE_BADIP;
    case CHANGE_TOO_MANY:
        return UPDATE_NUMHOST;
    case CHANGE_GONE:
        return UPDATE_NOHOST;
    case CHANGE_TROUBLE:
        break;
    }
    return UPDATE_TROUBLE;
}

static void host_done(void *ctx, enum change_result result, bool was_same,
                      const struct rule_decision *decision)
{
    const struct item *item = (const struct item *)ctx;
    item->outcome->code = code_of(result, was_same);
    if (item->outcome->code <= UPDATE_NOCHG) {
        for (size_t i = 0; i < decision->reply_count; i++)
            item->outcome->addresses[i] = decision->reply[i];
        item->outcome->address_count = decision->reply_count;
    }
    count_down(item->call);
}

/* Who asks: OK and *token, ERR_DENIED, or ERR_IO for trouble of ours. */
static enum status authenticate(const struct api *api, const struct update *update,
                                struct token_row *token)
{
    if (!token_is_formed(update->secret))
        return ERR_DENIED;
    enum status status = change_find_token(
        api->change, token_digest(api->keys, update->secret), token, NULL);
    if (status)
        return status == ERR_NOT_FOUND ? ERR_DENIED : ERR_IO;
    if (token->kind != TOKEN_UPDATE ||
        token_judge(token, RIGHT_ADDRESS, update->origin.source,
                    clock_wall_s(api->clock)) != TOKEN_OK)
        return ERR_DENIED;
    bool active = false;
    if (change_account_active(api->change, token->account_id, &active, NULL))
        return ERR_IO;
    return active ? OK : ERR_DENIED;
}

/* Which host is meant and whether the token may change it. */
static enum update_code resolve(const struct api *api, const struct token_row *token,
                                struct str text, struct host_row *host)
{
    struct name name;
    if (name_parse(text, &name, NULL) || name_labels(&name) < 2)
        return UPDATE_NOTFQDN;
    enum status status = change_find_host(api->change, &name, host, NULL);
    if (status && status != ERR_NOT_FOUND)
        return UPDATE_TROUBLE;
    /* A foreign host and a missing one look alike. */
    if (status || !token_has_host(token, host->id))
        return UPDATE_NOHOST;
    switch (host->state) {
    case HOST_ACTIVE:
    case HOST_OFFLINE:
        return UPDATE_GOOD;
    case HOST_ABUSE:
        return UPDATE_ABUSE;
    case HOST_DISABLED:
        break;
    }
    return UPDATE_NOHOST;
}

static size_t count_hosts(struct str hosts)
{
    size_t count = 0;
    for (struct str rest = hosts, piece; str_next(&rest, ',', &piece);)
        count += str_trim(piece).n > 0;
    return count;
}

/* Fills items and outcomes; UPDATE_GOOD when the call may go on. */
static enum update_code resolve_all(struct call *call, const struct token_row *token)
{
    size_t i = 0;
    for (struct str rest = call->update->hosts, piece; str_next(&rest, ',', &piece);) {
        piece = str_trim(piece);
        if (piece.n == 0)
            continue;
        struct item *item = &call->items[i];
        *item = (struct item){ .call = call, .outcome = &call->outcomes[i] };
        item->outcome->code = resolve(call->api, token, piece, &item->host);
        item->found = item->outcome->code == UPDATE_GOOD;
        /* One host that must not be updated in clear stops the call before any change. */
        if (item->found && !item->host.plain_http && !call->update->origin.encrypted)
            return UPDATE_BADAUTH;
        i++;
    }
    return UPDATE_GOOD;
}

static void change_all(struct call *call, bool may_renumber)
{
    const struct rule_request request = {
        .values = call->update->values,
        .count = call->update->value_count,
        .source = call->update->origin.source,
        .offline = call->update->offline,
        .may_renumber = may_renumber,
    };
    call->waiting = 1; /* ours, so that an answer at once does not finish too early */
    for (size_t i = 0; i < call->count; i++) {
        struct item *item = &call->items[i];
        if (!item->found)
            continue;
        call->waiting++;
        change_update(call->api->change, &item->host, &request, &call->update->origin,
                      host_done, item);
    }
    count_down(call);
}

void update_run(struct api *api, struct arena *arena, struct update *update,
                update_done_fn done, void *ctx)
{
    struct call *call = ARENA_NEW(arena, struct call);
    *call = (struct call){ .api = api, .update = update, .done = done, .ctx = ctx };

    struct token_row token;
    enum status status = api->ready ? authenticate(api, update, &token) : ERR_BUSY;
    if (status) {
        finish_whole(call, status == ERR_DENIED ? UPDATE_BADAUTH : UPDATE_TROUBLE);
        return;
    }
    update->origin.token_id = token.id;

    call->count = count_hosts(update->hosts);
    if (call->count == 0 || call->count > api->hosts_max) {
        finish_whole(call, call->count == 0 ? UPDATE_NOTFQDN : UPDATE_NUMHOST);
        return;
    }
    call->items =
        (struct item *)arena_take_array(arena, call->count, sizeof(*call->items));
    call->outcomes = (struct update_outcome *)arena_take_array(arena, call->count,
                                                               sizeof(*call->outcomes));
    enum update_code code = resolve_all(call, &token);
    if (code != UPDATE_GOOD) {
        finish_whole(call, code);
        return;
    }
    change_all(call, (token.rights & RIGHT_PREFIX) != 0);
}
