// SPDX-License-Identifier: GPL-3.0-or-later
/* A new password for an account, by its old one or by a link. */
#include <string.h>

#include "people/act.h"

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
        return act_fail(act, ERR_NOT_FOUND, "link", act_link_is_dead, err);
    act->account = (struct account_row){ .role = ROLE_OPERATOR, .language = "en" };
    memcpy(act->account.email, act->email, sizeof(act->account.email));
    return OK;
}

/* For a link of somebody who opens an account: that account. */
static enum status prepare_signed_up(struct act *act, struct store *store,
                                     struct error *err)
{
    struct account_row known;
    enum status status =
        store_account_find_email(store, str_from(act->link.email), &known, err);
    if (!status)
        return act_fail(act, ERR_NOT_FOUND, "link", act_link_is_dead, err);
    if (status != ERR_NOT_FOUND)
        return status;
    act->account = (struct account_row){
        .role = ROLE_USER,
        .state = act->sign_up == SIGN_UP_APPROVAL ? ACCOUNT_WAITING : ACCOUNT_ACTIVE,
        .hosts_max = act->new_hosts,
    };
    memcpy(act->account.email, act->link.email, sizeof(act->account.email));
    memcpy(act->account.language, act->link.language, sizeof(act->account.language));
    return OK;
}

/* For a link of somebody who was invited to a zone: likewise. The invitation waits in it. */
static enum status prepare_invited(struct act *act, struct store *store,
                                   struct error *err)
{
    struct request_row request;
    struct account_row account;
    enum status status = store_request_find(store, act->link.request_id, &request, NULL);
    if (!status)
        status = store_account_find(store, request.asker_id, &account, NULL);
    if (status)
        return act_fail(act, ERR_NOT_FOUND, "link", act_link_is_dead, err);
    act->account = (struct account_row){ .role = ROLE_USER };
    memcpy(act->account.email, request.email, sizeof(act->account.email));
    memcpy(act->account.language, account.language, sizeof(act->account.language));
    status = store_account_find_email(store, str_from(request.email), &account, NULL);
    return status == ERR_NOT_FOUND
               ? OK
               : act_fail(act, ERR_NOT_FOUND, "link", act_link_is_dead, err);
}

/* The account that the link is for, or makes. */
static enum status prepare_account(struct act *act, struct store *store,
                                   struct error *err)
{
    if (act->link.account_id)
        return store_account_find(store, act->link.account_id, &act->account, err);
    if (act->link.request_id)
        return prepare_invited(act, store, err);
    return act->link.purpose == LINK_SIGN_UP ? prepare_signed_up(act, store, err)
                                             : prepare_operator(act, store, err);
}

static enum status write_redeem(struct act *act, struct store *store, struct error *err)
{
    enum status status = store_link_use(store, act->link.digest, act->now_s, err);
    if (status == ERR_NOT_FOUND)
        return act_fail(act, status, "link", act_link_is_dead, err);
    if (!status)
        status = prepare_account(act, store, err);
    act->origin.via = VIA_LINK;
    act->origin.account_id = act->account.id;
    if (!status)
        status = act_save_password(act, store, err);
    if (!status)
        status = act_note(act, store, VIA_LINK, "link-used", err);
    if (!status && act->link.account_id == 0 && act->link.request_id == 0)
        status = store_link_remove_like(store, &act->link, err);
    if (!status && act->link.purpose == LINK_SIGN_UP &&
        act->account.state == ACCOUNT_WAITING)
        status = people_notify_operators(act->post, store, act->now_s, err);
    if (status)
        return status;
    bool has_factor = false;
    status = factor_is_on(store, act->account.id, &has_factor, err);
    if (status || has_factor || act->link.purpose == LINK_RESET ||
        !access_logs_in(act->account.state))
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
        return act_fail(act, ERR_NOT_FOUND, "link", act_link_is_dead, err);
    if (!status && link->request_id)
        return prepare_invited(act, reader, err);
    if (status || link->account_id == 0)
        return status;
    return store_account_find(reader, link->account_id, &act->account, err);
}

static enum status prepare_redeem(struct act *act, const struct people_redeem *redeem,
                                  struct error *err)
{
    enum status status = find_link(act, redeem->link, err);
    if (status)
        return status;
    memcpy(act->email, act->account.email, sizeof(act->email));
    if (act->link.purpose == LINK_SIGN_UP) {
        const struct people_settings *settings = &act->people->settings;
        memcpy(act->email, act->link.email, sizeof(act->email));
        act->sign_up = settings->sign_up;
        act->new_hosts = settings->new_hosts;
        status = act_judge_sign_up(settings, &act->outcome.word, err);
    } else if (act->link.account_id == 0 && act->link.request_id == 0) {
        struct buf email = BUF_ON(act->email);
        buf_put(&email, redeem->email);
        (void)buf_text(&email);
        if (email.full || redeem->email.n == 0)
            return FAIL(err, ERR_SYNTAX, "email: is needed");
    }
    return status ? status : act_want(act, redeem->password, err);
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
