// SPDX-License-Identifier: GPL-3.0-or-later
/* Logging in, and saying again who one is. */
#include <string.h>

#include "people/act.h"

/* The hash of a password whose parameters have changed since is replaced by a new one. */
static enum status save_hash(struct act *act, struct store *store, struct error *err)
{
    if (act->order->status || !act->order->made[0])
        return OK;
    memcpy(act->account.password_hash, act->order->made, PASSWORD_HASH_SIZE);
    return store_account_update(store, &act->account, err);
}

/* Whoever logs in anew leaves the session that he had. */
static enum status leave(const struct act *act, struct store *store, struct error *err)
{
    if (act->actor.kind != ACTOR_SESSION)
        return OK;
    enum status status = store_session_remove(store, act->actor.session_id, err);
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Whoever owns the account hears of a recovery code, each of which is one fewer. */
static enum status use_code(struct act *act, struct store *store, struct error *err)
{
    int64_t before = 0, after = 0;
    enum status status = store_recovery_count(store, act->account.id, &before, err);
    if (!status)
        status = factor_use(store, act->keys, act->now_s, act->account.id,
                            str_from(act->code), err);
    if (!status)
        status = store_recovery_count(store, act->account.id, &after, err);
    return status || after == before ? status
                                     : act_notify(act, store, EVENT_RECOVERY_CODE, err);
}

/* The code counts where the account has a second factor. A passkey that came has to be right, as a
 * code would. */
static enum status pass_factor(struct act *act, struct store *store, struct error *err)
{
    bool is_on = false;
    if (act->has_proof && act->proof_status)
        return act_fail(act, act->proof_status, "passkey", act->proof_err.text, err);
    if (act->has_proof)
        return passkey_use(act, store, err);
    enum status status = factor_is_on(store, act->account.id, &is_on, err);
    if (status || !is_on)
        return status;
    if (!act->code[0])
        return act_fail(act, ERR_DENIED, "factor", "code: is needed", err);
    status = use_code(act, store, err);
    if (status == ERR_DENIED)
        act->outcome.word = "code";
    return status;
}

/* Whoever tries codes knows the password; so this bounds nobody who only guesses that. */
static int wait_for_code(const struct act *act)
{
    const struct people *people = act->people;
    return act->code[0] ? limits_code(people->limits, act->account.id,
                                      clock_steady_ms(people->options.clock))
                        : 0;
}

static enum status write_login(struct act *act, struct store *store, struct error *err)
{
    enum status status = act_find_again(act, store, err);
    if (!status)
        status = pass_factor(act, store, err);
    if (!status)
        status = save_hash(act, store, err);
    if (!status)
        status = leave(act, store, err);
    if (!status)
        status = act_begin_session(act, store, err);
    if (!status)
        status = act_note(act, store, VIA_SESSION, "login", err);
    return status ? status : act_notify(act, store, EVENT_LOGGED_IN, err);
}

/* *out is all zero where there is no such account. */
static enum status find_account(struct act *act, struct str email, struct error *err)
{
    enum status status = store_account_find_email(
        change_reader(act->people->options.change), email, &act->account, err);
    if (status == ERR_NOT_FOUND)
        memset(&act->account, 0, sizeof(act->account));
    return status == ERR_NOT_FOUND ? OK : status;
}

/* A passkey that is wrong is told of when the password was right. */
static int judge_passkey(struct act *act, const struct people_passkey *passkey)
{
    int wait_s = 0;
    act->has_proof = passkey != NULL;
    if (passkey)
        act->proof_status = passkey_judge(act, CHALLENGE_LOGIN, passkey, &act->proof,
                                          &wait_s, &act->proof_err);
    return wait_s;
}

void people_login(struct people *people, const struct people_from *from,
                  const struct people_login *login, people_done_fn done, void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    act->keep = login->keep;
    act->write = write_login;
    act->wait = wait_for_code;
    struct buf code = BUF_ON(act->code);
    buf_put(&code, str_first(login->code, sizeof(act->code) - 1));
    (void)buf_text(&code);
    int wait_s = limits_login(people->limits, login->email, from->source,
                              clock_steady_ms(people->options.clock));
    if (!wait_s)
        wait_s = judge_passkey(act, login->passkey);
    if (wait_s)
        act_wait(act, wait_s);
    else if (find_account(act, login->email, NULL))
        act_refuse(act, ERR_IO, NULL, "the database cannot be read");
    else if (!hash_order_check(act->order, login->password, act->account.password_hash))
        act_refuse(act, ERR_DENIED, "wrong", act_wrong);
    else
        act_start(act);
}

/* The account as it is now, whatever its password. */
static enum status find_active(struct act *act, struct store *store, struct error *err)
{
    enum status status = store_account_find(store, act->account.id, &act->account, err);
    if (status == ERR_NOT_FOUND || (!status && !access_logs_in(act->account.state)))
        return act_fail(act, ERR_DENIED, "passkey", "the account is gone or blocked",
                        err);
    act->outcome.account = act->account;
    return status;
}

static enum status write_passkey_login(struct act *act, struct store *store,
                                       struct error *err)
{
    enum status status = find_active(act, store, err);
    if (!status)
        status = passkey_use(act, store, err);
    if (!status)
        status = leave(act, store, err);
    if (!status)
        status = act_begin_session(act, store, err);
    if (!status)
        status = act_note(act, store, VIA_SESSION, "login", err);
    return status ? status : act_notify(act, store, EVENT_LOGGED_IN, err);
}

/* Goes on with what passkey_judge() said; `account_id` 0: whoever has the passkey. */
static void go_on(struct act *act, enum status status, int64_t account_id, int wait_s,
                  const struct error *err)
{
    if (wait_s) {
        act_wait(act, wait_s);
    } else if (status) {
        act_refuse(act, status, status == ERR_DENIED ? "passkey" : NULL, err->text);
    } else if (account_id && act->proof.account_id != account_id) {
        act_refuse(act, ERR_DENIED, "passkey", passkey_wrong);
    } else {
        act->account.id = act->proof.account_id;
        act_submit(act);
    }
}

void people_login_passkey(struct people *people, const struct people_from *from,
                          const struct people_passkey *passkey, bool keep,
                          people_done_fn done, void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    struct error err = { "" };
    enum status status = OK;
    act->keep = keep;
    act->write = write_passkey_login;
    int wait_s = limits_source(people->limits, from->source,
                               clock_steady_ms(people->options.clock));
    if (!wait_s)
        status = passkey_judge(act, CHALLENGE_LOGIN, passkey, &act->proof, &wait_s, &err);
    go_on(act, status, 0, wait_s, &err);
}

static enum status write_passkey_confirm(struct act *act, struct store *store,
                                         struct error *err)
{
    enum status status = actor_renew(&act->actor, store, act->now_s, err);
    if (!status)
        status = find_active(act, store, err);
    if (!status)
        status = passkey_use(act, store, err);
    return status ? status : act_renew_session(act, store, err);
}

void people_confirm_passkey(struct people *people, const struct people_from *from,
                            const struct people_passkey *passkey, people_done_fn done,
                            void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    struct error err = { "" };
    int wait_s = 0;
    act->write = write_passkey_confirm;
    enum status status =
        passkey_judge(act, CHALLENGE_CONFIRM, passkey, &act->proof, &wait_s, &err);
    go_on(act, status, act->actor.account_id, wait_s, &err);
}

static enum status write_confirm(struct act *act, struct store *store, struct error *err)
{
    enum status status = actor_renew(&act->actor, store, act->now_s, err);
    if (!status)
        status = act_find_again(act, store, err);
    return status ? status : act_renew_session(act, store, err);
}

void people_confirm(struct people *people, const struct people_from *from,
                    struct str password, people_done_fn done, void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    act->write = write_confirm;
    int wait_s = limits_again(people->limits, act->actor.account_id,
                              clock_steady_ms(people->options.clock));
    if (wait_s)
        act_wait(act, wait_s);
    else if (act_find_own(act, NULL))
        act_refuse(act, ERR_DENIED, NULL, "the account cannot be read");
    else if (!hash_order_check(act->order, password, act->account.password_hash))
        act_refuse(act, ERR_DENIED, "wrong", act_wrong);
    else
        act_start(act);
}
