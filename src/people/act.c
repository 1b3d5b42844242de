// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/act.h"

#include <string.h>

#include "base/mem.h"
#include "change/admin.h"

enum {
    ZONES_MAX = 16 /* whose names no password is made of */
};

const char act_wrong[] = "the address or the password is wrong";
const char act_link_is_dead[] =
    "this link works no more: it was used, has expired, or was replaced by a newer one";

struct act *act_new(struct people *people, const struct people_from *from,
                    people_done_fn done, void *ctx)
{
    struct act *act = NEW(struct act);
    act->people = people;
    act->keys = people->options.keys;
    act->post = people->options.post;
    act->now_s = clock_wall_s(people->options.clock);
    act->origin.source = from->source;
    struct buf agent = BUF_ON(act->origin.agent);
    buf_put(&agent, str_first(str_from(from->agent), AGENT_SIZE - 1));
    (void)buf_text(&agent);
    if (from->actor)
        act->actor = *from->actor;
    act->order = hash_order_new();
    act->done = done;
    act->ctx = ctx;
    return act;
}

static void end(struct act *act, enum status status, const struct error *err)
{
    act->outcome.status = status;
    if (status && err)
        act->outcome.err = *err;
    if (status)
        act->outcome.session.id = 0;
    act->done(act->ctx, &act->outcome);
    hash_order_free(act->order);
    mem_wipe(act, sizeof(*act));
    mem_free(act);
}

enum status act_fail(struct act *act, enum status status, const char *word,
                     const char *text, struct error *err)
{
    act->outcome.word = word;
    return FAIL(err, status, "%s", text);
}

void act_refuse(struct act *act, enum status status, const char *word, const char *text)
{
    struct error err;
    end(act, act_fail(act, status, word, text, &err), &err);
}

void act_wait(struct act *act, int wait_s)
{
    act->outcome.wait_s = wait_s;
    act_refuse(act, ERR_BUSY, "wait", "this was tried too often: wait a while");
}

enum status act_find_own(struct act *act, struct error *err)
{
    enum status status = store_account_find(change_reader(act->people->options.change),
                                            act->actor.account_id, &act->account, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_DENIED, "the account is gone");
    return status;
}

static enum status put_zone(void *ctx, const struct zone_row *zone)
{
    password_words_add((struct password_words *)ctx, str_from(name_text(&zone->name)));
    return OK;
}

void act_put_words(struct act *act, const char *email)
{
    struct password_words *words = &act->order->words;
    const struct people_options *options = &act->people->options;
    password_words_add(words, str_from(email));
    password_words_add(words, str_from(options->origin));
    password_words_add(words, STR("rove"));
    /* Without them a password is only judged more mildly. */
    enum status listed =
        store_zone_list(change_reader(options->change),
                        (struct store_page){ .limit = ZONES_MAX }, put_zone, words, NULL);
    (void)listed;
}

enum status act_want(struct act *act, struct str password, struct error *err)
{
    enum status status = password_check_size(password, err);
    if (status)
        return status;
    return hash_order_want(act->order, password) ? OK : ERR_LIMIT;
}

/* ----- the way ----- */

static enum status run_write(struct store *store, void *work, struct error *err)
{
    struct act *act = (struct act *)work;
    act->outcome.word = NULL;
    act->outcome.session.id = 0;
    act->is_copied = false;
    return act->write(act, store, err);
}

/* In a transaction of its own: that of the act has failed. */
static enum status run_warning(struct store *store, void *work, struct error *err)
{
    return act_notify((const struct act *)work, store, EVENT_PASSKEY_COPIED, err);
}

static void warned(void *ctx, enum status status, const struct error *err)
{
    struct act *act = (struct act *)ctx;
    (void)status, (void)err; /* what is told is why the act failed */
    end(act, ERR_DENIED, NULL);
}

static void written(void *ctx, enum status status, const struct error *err)
{
    struct act *act = (struct act *)ctx;
    if (status == ERR_DENIED && act->is_copied) {
        act->outcome.err = *err;
        if (!change_submit(act->people->options.change, run_warning, act, warned, act))
            return;
    }
    end(act, status, err);
}

void act_submit(struct act *act)
{
    if (change_submit(act->people->options.change, run_write, act, written, act))
        act_refuse(act, ERR_BUSY, NULL, "too many changes are under way");
}

static void hashed(void *ctx, struct hash_order *order)
{
    struct act *act = (struct act *)ctx;
    int wait_s = 0;
    if (order->dropped)
        act_refuse(act, ERR_BUSY, NULL, "the service ends");
    else if (order->checks && !order->matches)
        act_refuse(act, ERR_DENIED, "wrong", act_wrong);
    else if (order->wants && order->status)
        end(act, order->status, &order->err);
    else if ((wait_s = act->wait ? act->wait(act) : 0))
        act_wait(act, wait_s);
    else
        act_submit(act);
}

void act_start(struct act *act)
{
    act->order->done = hashed;
    act->order->ctx = act;
    if (hasher_submit(act->people->hasher, act->order))
        act_refuse(act, ERR_BUSY, NULL, "too many passwords are being checked");
}

/* ----- what is written ----- */

enum status act_find_again(struct act *act, struct store *store, struct error *err)
{
    struct account_row row;
    enum status status = act->account.id
                             ? store_account_find(store, act->account.id, &row, err)
                             : ERR_NOT_FOUND;
    if (status && status != ERR_NOT_FOUND)
        return status;
    if (status || !access_logs_in(row.state) ||
        strcmp(row.password_hash, act->order->hash) != 0)
        return act_fail(act, ERR_DENIED, "wrong", act_wrong, err);
    act->account = row;
    act->outcome.account = row;
    return OK;
}

enum status act_save_password(struct act *act, struct store *store, struct error *err)
{
    const struct admin admin = {
        .store = store, .now_s = act->now_s, .origin = &act->origin, .actor = act->actor
    };
    bool had_one = act->account.password_hash[0] != 0;
    memcpy(act->account.password_hash, act->order->made, PASSWORD_HASH_SIZE);
    enum status status = act->account.id ? admin_account_set(&admin, &act->account, err)
                                         : admin_account_add(&admin, &act->account, err);
    if (!status)
        status = store_session_remove_account(store, act->account.id, 0, err);
    if (!status)
        status = admin_account_end_links(&admin, act->account.id, err);
    act->outcome.account = act->account;
    return status || !had_one ? status : act_notify(act, store, EVENT_PASSWORD, err);
}

enum status act_notify(const struct act *act, struct store *store,
                       enum people_event event, struct error *err)
{
    struct people_notice notice = { .event = event,
                                    .account_id = act->account.id,
                                    .now_s = act->now_s,
                                    .source = act->origin.source,
                                    .name = str_from(act->passkey.name) };
    bool sent = false;
    enum status status =
        event == EVENT_RECOVERY_CODE
            ? store_recovery_count(store, act->account.id, &notice.codes_left, err)
            : OK;
    return status ? status : people_notify(act->post, store, &notice, &sent, err);
}

enum status act_renew_session(struct act *act, struct store *store, struct error *err)
{
    struct session_row row;
    enum status status = store_session_find(store, act->actor.session_id, &row, err);
    if (!status)
        status =
            session_renew(store, act->keys, act->now_s, &row, act->outcome.secret, err);
    if (!status)
        act->outcome.session = row;
    return status;
}

enum status act_note(struct act *act, struct store *store, enum change_via via,
                     const char *word, struct error *err)
{
    const struct admin admin = { .store = store,
                                 .now_s = act->now_s,
                                 .origin = &act->origin };
    act->origin.via = via;
    act->origin.account_id = act->account.id;
    return admin_note_act(&admin, act->account.id, word, err);
}

enum status act_begin_session(struct act *act, struct store *store, struct error *err)
{
    struct session_row row = { .account_id = act->account.id,
                               .keep = act->keep,
                               .source = act->origin.source };
    memcpy(row.agent, act->origin.agent, sizeof(row.agent));
    enum status status =
        session_begin(store, act->keys, act->now_s, &row, act->outcome.secret, err);
    if (!status)
        act->outcome.session = row;
    return status;
}
