// SPDX-License-Identifier: GPL-3.0-or-later
/* Removes an account with all that it owns. One transaction marks it, which is when it can do nothing
 * any more; others remove its things, a few at a time, so that nobody waits for them. The mark and
 * who asked are rows, so a process that dies leaves the rest to the next one. */
#include <string.h>

#include "change/admin_part.h"
#include "change/journal.h"
#include "post/post.h"

enum {
    /* Of one transaction: some 10 ms. */
    HOSTS_MAX = 32,
    TOKENS_MAX = 128,
    ZONES_MAX = 8
};

struct ids {
    int64_t at[TOKENS_MAX];
    size_t count;
};

static enum status note_host(void *ctx, const struct host_row *row)
{
    struct ids *ids = (struct ids *)ctx;
    ids->at[ids->count++] = row->id;
    return OK;
}

static enum status note_token(void *ctx, const struct token_row *row)
{
    struct ids *ids = (struct ids *)ctx;
    ids->at[ids->count++] = row->id;
    return OK;
}

static enum status note_zone(void *ctx, const struct zone_row *row)
{
    struct ids *ids = (struct ids *)ctx;
    ids->at[ids->count++] = row->id;
    return OK;
}

/* ----- what is in the way ----- */

struct search {
    const struct admin *admin;
    struct buf *out;
    struct error *err;
};

static enum status look_at_zone(void *ctx, const struct zone_row *zone)
{
    const struct search *search = (const struct search *)ctx;
    int64_t hosts = 0, members = 0;
    enum status status = store_zone_count_others(search->admin->store, zone, 1, &hosts,
                                                 &members, search->err);
    if (!status && (hosts || members) && !search->out->full)
        buf_printf(search->out, "%s%s", search->out->n ? " " : "",
                   name_text(&zone->name));
    return status;
}

enum status admin_ending_in_the_way(const struct admin *admin, int64_t account_id,
                                    struct buf *out, struct error *err)
{
    struct search search = { admin, out, err };
    return store_zone_list_owned(
        admin->store, (struct store_page){ .limit = SIZE_MAX, .owner_id = account_id },
        look_at_zone, &search, err);
}

/* ----- the beginning ----- */

static enum status check(const struct admin *admin, const struct account_row *account,
                         struct error *err)
{
    int64_t ids[2];
    size_t count = 0;
    char storage[200];
    struct buf zones = BUF_ON(storage);
    if (account->state == ACCOUNT_ENDING)
        return FAIL(err, ERR_CONFLICT, "account %s is being removed", account->email);
    enum status status = store_account_operators(admin->store, ids, 2, &count, err);
    if (!status && count == 1 && ids[0] == account->id)
        return FAIL(err, ERR_CONFLICT,
                    "account %s is the last operator's: make another one first",
                    account->email);
    if (!status)
        status = admin_ending_in_the_way(admin, account->id, &zones, err);
    if (!status && zones.n)
        return FAIL(err, ERR_CONFLICT,
                    "zones of account %s have hosts or members of others: %s%s",
                    account->email, buf_text(&zones), zones.full ? "..." : "");
    return status;
}

/* Nobody makes hosts in a zone that is about to go. */
static enum status close_zone(const struct admin *admin, int64_t zone_id,
                              struct error *err)
{
    struct zone_row zone;
    enum status status = store_zone_find(admin->store, zone_id, &zone, err);
    if (status || zone.policy == ZONE_NOBODY)
        return status;
    zone.policy = ZONE_NOBODY;
    return admin_zone_set(admin, &zone, NULL, 0, err);
}

static enum status close_zones(const struct admin *admin, int64_t account_id,
                               struct error *err)
{
    struct store_page page = { .limit = ZONES_MAX, .owner_id = account_id };
    struct ids ids = { .count = ZONES_MAX };
    enum status status = OK;
    while (!status && ids.count == ZONES_MAX) {
        ids.count = 0;
        status = store_zone_list_owned(admin->store, page, note_zone, &ids, err);
        for (size_t i = 0; i < ids.count && !status; i++)
            status = close_zone(admin, page.after = ids.at[i], err);
    }
    return status;
}

static enum status put_mark(const struct admin *admin, struct account_row *account,
                            struct error *err)
{
    struct change_row change = { .kind = CHANGE_ACCOUNT };
    journal_set_origin(admin, &change);
    struct ending_row row = { .account_id = account->id,
                              .actor_id = change.account_id,
                              .token_id = change.token_id,
                              .via = change.via,
                              .source = change.source,
                              .created_s = admin->now_s };
    memcpy(row.agent, change.agent, sizeof(row.agent));
    account->state = ACCOUNT_ENDING;
    enum status status = store_ending_insert(admin->store, &row, err);
    if (!status)
        status = journal_account(admin, account, "ending", STR(""), err);
    return status ? status : store_account_update(admin->store, account, err);
}

enum status admin_ending_begin(const struct admin *admin, int64_t account_id,
                               struct error *err)
{
    struct account_row account;
    enum status status = store_account_find(admin->store, account_id, &account, err);
    if (!status)
        status = check(admin, &account, err);
    if (!status)
        status = close_zones(admin, account_id, err);
    if (!status)
        status = put_mark(admin, &account, err);
    if (!status)
        status = store_session_remove_account(admin->store, account_id, 0, err);
    return status ? status : admin_account_end_links(admin, account_id, err);
}

/* ----- piece by piece ----- */

typedef enum status (*remove_fn)(const struct admin *admin, int64_t id,
                                 struct error *err);

static enum status remove_all(const struct admin *admin, const struct ids *ids,
                              remove_fn remove, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < ids->count && !status; i++)
        status = remove(admin, ids->at[i], err);
    return status;
}

/* The mail is to the address, as the account's own mails go with it. */
static enum status send_last_mail(const struct admin *admin,
                                  const struct account_row *account, struct error *err)
{
    char time[POST_TIME_SIZE];
    enum post_result result = POST_QUEUED;
    struct post_mail mail = { .kind = POST_ACCOUNT_ENDED,
                              .recipient = str_from(account->email),
                              .language = str_from(account->language),
                              .now_s = admin->now_s };
    post_time(admin->now_s, time);
    post_values_add(&mail.values, "time", str_from(time));
    return post_put(admin->post, admin->store, &mail, &result, err);
}

static enum status remove_account(const struct admin *admin, int64_t account_id,
                                  struct error *err)
{
    struct account_row account;
    enum status status = store_account_find(admin->store, account_id, &account, err);
    if (!status)
        status = send_last_mail(admin, &account, err);
    return status ? status : admin_account_remove(admin, account_id, err);
}

/* ERR_CONFLICT: a zone has hosts of others, and nothing was removed. */
static enum status remove_zones(const struct admin *admin, const struct ids *ids,
                                struct error *err)
{
    for (size_t i = 0; i < ids->count; i++) {
        struct zone_row zone;
        int64_t hosts = 0, members = 0;
        enum status status = store_zone_find(admin->store, ids->at[i], &zone, err);
        if (!status)
            status =
                store_zone_count_others(admin->store, &zone, 1, &hosts, &members, err);
        if (status || hosts)
            return status ? status : ERR_CONFLICT;
    }
    return remove_all(admin, ids, admin_zone_remove, err);
}

/* Hosts, then tokens, then zones, then the account. */
static enum status remove_some(const struct admin *admin, int64_t account_id,
                               struct error *err)
{
    struct store_page page = { .limit = HOSTS_MAX, .owner_id = account_id };
    struct ids ids = { .count = 0 };
    enum status status = store_host_list(admin->store, 0, page, note_host, &ids, err);
    if (status || ids.count)
        return status ? status : remove_all(admin, &ids, admin_host_remove, err);
    page.limit = TOKENS_MAX;
    status = store_token_list(admin->store, 0, page, note_token, &ids, err);
    if (status || ids.count)
        return status ? status : remove_all(admin, &ids, admin_token_remove, err);
    page.limit = ZONES_MAX;
    status = store_zone_list_owned(admin->store, page, note_zone, &ids, err);
    if (status || ids.count)
        return status ? status : remove_zones(admin, &ids, err);
    return remove_account(admin, account_id, err);
}

enum status admin_ending_go_on(const struct admin *admin, enum admin_ending *out,
                               struct error *err)
{
    struct ending_row row;
    enum status status = store_ending_first(admin->store, &row, err);
    *out = status ? ENDING_DONE : ENDING_MORE;
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    struct change_origin origin = { .source = row.source,
                                    .token_id = row.token_id,
                                    .via = row.via,
                                    .account_id = row.actor_id };
    memcpy(origin.agent, row.agent, sizeof(origin.agent));
    /* Its own blocked hosts go, too: their names stay reserved for nobody. */
    struct admin ending = *admin;
    ending.origin = &origin;
    ending.actor = actor_at_machine();
    status = remove_some(&ending, row.account_id, err);
    if (status != ERR_CONFLICT)
        return status;
    *out = ENDING_STUCK;
    return store_ending_postpone(admin->store, row.account_id, admin->now_s, err);
}
