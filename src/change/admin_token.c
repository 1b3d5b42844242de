// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "account/access.h"
#include "change/admin_part.h"
#include "change/journal.h"
#include "change/notice.h"

/* ----- values ----- */

static enum status check_networks(const struct token_row *row, struct error *err)
{
    if (row->network_count > TOKEN_NETWORKS_MAX)
        return FAIL(err, ERR_LIMIT, "networks: more than %d", TOKEN_NETWORKS_MAX);
    for (size_t i = 0; i < row->network_count; i++) {
        const struct prefix *network = &row->networks[i];
        if (network->ip.family == IP_NONE ||
            network->length > (network->ip.family == IP_V4 ? 32 : 128))
            return FAIL(err, ERR_SYNTAX, "networks: number %zu is none", i + 1);
    }
    return OK;
}

static enum status check_values(const struct token_row *row, struct error *err)
{
    bool has_hosts = row->kind != TOKEN_API;
    if (row->rights == 0 ||
        row->rights & ~(unsigned)(has_hosts ? RIGHTS_OF_HOSTS : RIGHTS_OF_API))
        return FAIL(err, ERR_SYNTAX, "rights: are needed");
    if (has_hosts && row->host_count == 0)
        return FAIL(err, ERR_SYNTAX, "hosts: are needed");
    if (!has_hosts && row->host_count)
        return FAIL(err, ERR_SYNTAX, "hosts: a token for the API has none");
    if (row->host_count > TOKEN_HOSTS_MAX)
        return FAIL(err, ERR_LIMIT, "hosts: more than %d", TOKEN_HOSTS_MAX);
    if (!memchr(row->label, 0, sizeof(row->label)) || !admin_is_printable(row->label))
        return FAIL(err, ERR_SYNTAX, "label: must be one line of text");
    if (row->expires_s < 0)
        return FAIL(err, ERR_LIMIT, "expires: lies before time began");
    return check_networks(row, err);
}

/* ----- hosts ----- */

/* Live update tokens of a host, but for the one that is being set. */
struct live {
    int64_t now_s, but_id;
    size_t count;
};

static enum status count_live(void *ctx, const struct token_row *row)
{
    struct live *live = (struct live *)ctx;
    bool expired = row->expires_s && row->expires_s <= live->now_s;
    live->count += row->kind == TOKEN_UPDATE && row->id != live->but_id && !expired;
    return OK;
}

static enum status check_room(const struct admin *admin, const struct token_row *row,
                              const struct host_row *host, struct error *err)
{
    struct live live = { .now_s = admin->now_s, .but_id = row->id };
    if (row->kind != TOKEN_UPDATE || (row->expires_s && row->expires_s <= admin->now_s))
        return OK;
    enum status status = store_token_list(
        admin->store, host->id, (struct store_page){ .after = 0, .limit = SIZE_MAX },
        count_live, &live, err);
    if (!status && live.count >= ADMIN_TOKENS_PER_HOST)
        return FAIL(err, ERR_CONFLICT, "hosts: %s has %d live tokens: remove one first",
                    name_text(&host->name), ADMIN_TOKENS_PER_HOST);
    return status;
}

static enum status check_host(const struct admin *admin, const struct token_row *row,
                              const struct account_row *account, int64_t host_id,
                              struct error *err)
{
    struct host_row host;
    enum status status = store_host_find(admin->store, host_id, &host, err);
    if (status)
        return status;
    if (!access_is_owner(account->id, account->role, host.owner_id))
        return FAIL(err, ERR_CONFLICT, "hosts: %s does not belong to %s",
                    name_text(&host.name), account->email);
    return check_room(admin, row, &host, err);
}

static bool has_twice(const struct token_row *row)
{
    for (size_t i = 0; i < row->host_count; i++)
        for (size_t j = 0; j < i; j++)
            if (row->host_ids[i] == row->host_ids[j])
                return true;
    return false;
}

static enum status check(const struct admin *admin, const struct token_row *row,
                         struct error *err)
{
    struct account_row account;
    enum status status = check_values(row, err);
    if (!status && has_twice(row))
        return FAIL(err, ERR_SYNTAX, "hosts: one stands there twice");
    if (!status)
        status = admin_find_owner(admin, row->account_id, &account, err);
    if (!status && row->rights & RIGHT_OPERATE && account.role != ROLE_OPERATOR)
        return FAIL(err, ERR_CONFLICT, "rights: %s is no operator's account",
                    account.email);
    for (size_t i = 0; i < row->host_count && !status; i++)
        status = check_host(admin, row, &account, row->host_ids[i], err);
    return status;
}

/* ----- the calls ----- */

static enum status save(const struct admin *admin, struct token_row *row,
                        const char *word, struct error *err)
{
    enum status status =
        journal_word(admin, CHANGE_TOKEN, row->id, word, &row->last_change, err);
    return status ? status : store_token_update(admin->store, row, err);
}

enum status admin_token_add(const struct admin *admin, struct token_row *row,
                            struct error *err)
{
    row->id = 0;
    enum status status = check(admin, row, err);
    if (!status && row->expires_s && row->expires_s <= admin->now_s)
        return FAIL(err, ERR_LIMIT, "expires: lies in the past");
    if (status)
        return status;
    row->created_s = admin->now_s;
    row->last_used_s = 0;
    row->last_change = 0;
    status = store_token_insert(admin->store, row, err);
    if (!status)
        status = save(admin, row, "add", err);
    return status ? status
                  : notice_of_token(admin->post, admin->store, POST_NEW_TOKEN, row,
                                    admin->now_s, err);
}

enum status admin_token_set(const struct admin *admin, struct token_row *row,
                            struct error *err)
{
    struct token_row old;
    enum status status = store_token_find(admin->store, row->id, &old, err);
    if (status)
        return status;
    row->account_id = old.account_id;
    row->kind = old.kind;
    row->digest = old.digest;
    row->key_version = old.key_version;
    memcpy(row->hint, old.hint, sizeof(row->hint));
    row->weak = old.weak;
    row->created_s = old.created_s;
    row->last_used_s = old.last_used_s;
    row->last_change = old.last_change;
    status = check(admin, row, err);
    return status ? status : save(admin, row, "set", err);
}

enum status admin_token_remove(const struct admin *admin, int64_t id, struct error *err)
{
    struct token_row row;
    enum status status = store_token_find(admin->store, id, &row, err);
    if (!status)
        status = journal_word(admin, CHANGE_TOKEN, id, "remove", &row.last_change, err);
    return status ? status : store_token_remove(admin->store, id, err);
}

/* ----- what a token's account may not have any more ----- */

static enum status keep_hosts(const struct admin *admin, struct token_row *token,
                              const struct account_row *account, struct error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < token->host_count; i++) {
        struct host_row host;
        enum status status =
            store_host_find(admin->store, token->host_ids[i], &host, err);
        if (status)
            return status;
        if (access_is_owner(account->id, account->role, host.owner_id))
            token->host_ids[kept++] = token->host_ids[i];
    }
    token->host_count = kept;
    return OK;
}

static enum status release_token(const struct admin *admin, int64_t token_id,
                                 struct error *err)
{
    struct token_row token;
    struct account_row account;
    enum status status = store_token_find(admin->store, token_id, &token, err);
    if (!status)
        status = store_account_find(admin->store, token.account_id, &account, err);
    size_t had = status ? 0 : token.host_count;
    if (!status)
        status = keep_hosts(admin, &token, &account, err);
    if (status || token.host_count == had)
        return status;
    return token.host_count ? save(admin, &token, "set", err)
                            : admin_token_remove(admin, token_id, err);
}

struct token_page {
    int64_t ids[WALK_PAGE], last;
    size_t count;
};

static enum status note_token(void *ctx, const struct token_row *token)
{
    struct token_page *page = (struct token_page *)ctx;
    page->ids[page->count++] = token->id;
    page->last = token->id;
    return OK;
}

enum status admin_release_tokens(const struct admin *admin, int64_t host_id,
                                 int64_t account_id, struct error *err)
{
    struct token_page page = { .last = 0 };
    do {
        const struct store_page next = { page.last, WALK_PAGE, account_id };
        page.count = 0;
        enum status status =
            store_token_list(admin->store, host_id, next, note_token, &page, err);
        for (size_t i = 0; i < page.count && !status; i++)
            status = release_token(admin, page.ids[i], err);
        if (status)
            return status;
    } while (page.count == WALK_PAGE);
    return OK;
}
