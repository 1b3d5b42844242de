// SPDX-License-Identifier: GPL-3.0-or-later
/* A new password for an account, by its old one or by a link. */
#include <string.h>

#include "people/act.h"

static const char link_is_dead[] =
    "this link works no more: it was used, has expired, or was replaced by a newer one";

static enum status write_password(struct act *act, struct store *store, struct error *err)
{
    struct session_row before;
    enum status status = actor_renew(&act->actor, store, act->now_s, err);
    if (!status)
        status = act_find_again(act, store, err);
    if (!status)
        status = store_session_find(store, act->actor.session_id, &before, err);
    if (!status)
        status = act_save_password(act, store, err);
    if (!status)
        status = act_notify(act, store, EVENT_PASSWORD, err);
    if (status)
        return status;
    act->keep = before.keep;
    return act_begin_session(act, store, err);
}

void people_set_password(struct people *people, const struct people_from *from,
                         struct str old, struct str wanted, people_done_fn done,
                         void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    struct error err = { "" };
    enum status status = OK;
    act->write = write_password;
    int wait_s = limits_again(people->limits, act->actor.account_id,
                              clock_steady_ms(people->options.clock));
    if (wait_s) {
        act_wait(act, wait_s);
    } else if (act_find_own(act, NULL)) {
        act_refuse(act, ERR_DENIED, NULL, "the account cannot be read");
    } else if ((status = act_want(act, wanted, &err))) {
        act_refuse(act, status, NULL, err.text);
    } else if (!hash_order_check(act->order, old, act->account.password_hash)) {
        act_refuse(act, ERR_DENIED, "wrong", act_wrong);
    } else {
        act_put_words(act, act->account.email);
        act_start(act);
    }
}

/* ----- links ----- */

/* For a link of the first operator: the account that it makes. */
static enum status prepare_operator(struct act *act, struct store *store,
                                    struct error *err)
{
    int64_t id = 0;
    size_t count = 0;
    enum status status = store_account_operators(store, &id, 1, &count, err);
    if (status)
        return status;
    if (count)
        return act_fail(act, ERR_NOT_FOUND, "link", link_is_dead, err);
    act->account = (struct account_row){ .role = ROLE_OPERATOR, .language = "en" };
    memcpy(act->account.email, act->email, sizeof(act->account.email));
    return OK;
}

static enum status write_redeem(struct act *act, struct store *store, struct error *err)
{
    enum status status = store_link_use(store, act->link.digest, act->now_s, err);
    if (status == ERR_NOT_FOUND)
        return act_fail(act, status, "link", link_is_dead, err);
    if (!status)
        status = act->link.account_id
                     ? store_account_find(store, act->link.account_id, &act->account, err)
                     : prepare_operator(act, store, err);
    act->origin.via = VIA_LINK;
    act->origin.account_id = act->account.id;
    if (!status)
        status = act_save_password(act, store, err);
    if (!status)
        status = act_note(act, store, VIA_LINK, "link-used", err);
    if (!status && act->link.account_id == 0)
        status = store_link_remove_account(store, 0, err);
    if (!status)
        status = act_notify(act, store, EVENT_PASSWORD, err);
    if (status)
        return status;
    bool has_factor = false;
    status = factor_is_on(store, act->account.id, &has_factor, err);
    if (status || has_factor || act->link.purpose == LINK_RESET ||
        act->account.state != ACCOUNT_ACTIVE)
        return status;
    return act_begin_session(act, store, err);
}

/* What is plain from the database as it is now costs no hash. */
static enum status find_link(struct act *act, struct str secret, struct error *err)
{
    struct store *reader = change_reader(act->people->options.change);
    struct link_row *link = &act->link;
    enum status status =
        store_link_find(reader, secret_digest(act->keys, SECRET_LINK, secret), link, err);
    if (status == ERR_NOT_FOUND ||
        (!status && (link->used_s || link->expires_s <= act->now_s)))
        return act_fail(act, ERR_NOT_FOUND, "link", link_is_dead, err);
    if (status || link->account_id == 0)
        return status;
    status = store_account_find(reader, link->account_id, &act->account, err);
    memcpy(act->email, act->account.email, sizeof(act->email));
    return status;
}

static enum status prepare_redeem(struct act *act, const struct people_redeem *redeem,
                                  struct error *err)
{
    enum status status = find_link(act, redeem->link, err);
    if (status)
        return status;
    if (act->link.account_id == 0) {
        struct buf email = BUF_ON(act->email);
        buf_put(&email, redeem->email);
        (void)buf_text(&email);
        if (email.full || redeem->email.n == 0)
            return FAIL(err, ERR_SYNTAX, "email: is needed");
    }
    return act_want(act, redeem->password, err);
}

void people_redeem(struct people *people, const struct people_from *from,
                   const struct people_redeem *redeem, people_done_fn done, void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    struct error err = { "" };
    act->keep = redeem->keep;
    act->write = write_redeem;
    enum status status = prepare_redeem(act, redeem, &err);
    if (status) {
        act_refuse(act, status, act->outcome.word, err.text);
        return;
    }
    act_put_words(act, act->email);
    act_start(act);
}
