// SPDX-License-Identifier: GPL-3.0-or-later
/* Another address for an account, confirmed at both ends. */
#include <string.h>

#include "base/mem.h"
#include "change/admin.h"
#include "people/act.h"
#include "people/link.h"

/* ----- asking for it ----- */

static enum status tell_old(const struct act *act, struct store *store,
                            const char *secret, struct error *err)
{
    char time[POST_TIME_SIZE];
    enum post_result result = POST_QUEUED;
    struct post_mail mail = { .kind = POST_ADDRESS_OLD,
                              .account_id = act->account.id,
                              .secret = str_from(secret),
                              .now_s = act->now_s };
    post_time(act->now_s, time);
    post_values_add(&mail.values, "time", str_from(time));
    post_values_add(&mail.values, "source", str_from(ip_text(act->origin.source)));
    post_values_add(&mail.values, "new", str_from(act->email));
    enum status status = post_put(act->post, store, &mail, &result, err);
    if (!status && result != POST_QUEUED)
        return FAIL(err, ERR_CONFLICT, "%s gets no mail now: %s", act->account.email,
                    post_result_text(result));
    return status;
}

/* Whoever has the address already learns that somebody else wants it; who asks does not. */
static enum status tell_new(const struct act *act, struct store *store,
                            const char *secret, struct error *err)
{
    enum post_result result = POST_QUEUED;
    struct account_row known = { .id = 0 };
    enum status status =
        store_account_find_email(store, str_from(act->email), &known, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    bool is_free = status || known.id == act->account.id;
    struct post_mail mail = { .kind = is_free ? POST_ADDRESS_NEW : POST_ACCOUNT_EXISTS,
                              .account_id = is_free ? 0 : known.id,
                              .recipient = str_from(act->email),
                              .language = str_from(act->account.language),
                              .secret = str_from(secret),
                              .now_s = act->now_s };
    return !is_free && !access_logs_in(known.state)
               ? OK
               : post_put(act->post, store, &mail, &result, err);
}

static enum status judge_mover(struct act *act, struct error *err)
{
    if (act->account.state == ACCOUNT_WAITING)
        return act_fail(act, ERR_DENIED, "waiting",
                        "the account waits for an operator, who lets it in", err);
    if (strcmp(act->account.email, act->email) == 0)
        return FAIL(err, ERR_CONFLICT, "email: it is that already");
    return OK;
}

static enum status write_move(struct act *act, struct store *store, struct error *err)
{
    char old_secret[SECRET_TEXT_SIZE], new_secret[SECRET_TEXT_SIZE];
    struct address_change_row row = { .account_id = act->actor.account_id,
                                      .created_s = act->now_s,
                                      .expires_s = act->now_s + LINK_ADDRESS_S };
    enum status status = actor_renew(&act->actor, store, act->now_s, err);
    if (!status)
        status = store_account_find(store, act->actor.account_id, &act->account, err);
    if (!status)
        status = judge_mover(act, err);
    if (status)
        return status;
    secret_make(old_secret);
    secret_make(new_secret);
    row.old_digest = secret_digest(act->keys, SECRET_LINK, str_from(old_secret));
    row.new_digest = secret_digest(act->keys, SECRET_LINK, str_from(new_secret));
    memcpy(row.email, act->email, sizeof(row.email));
    status = store_address_change_put(store, &row, err);
    if (!status)
        status = tell_old(act, store, old_secret, err);
    if (!status)
        status = tell_new(act, store, new_secret, err);
    mem_wipe(old_secret, sizeof(old_secret));
    mem_wipe(new_secret, sizeof(new_secret));
    return status;
}

/* Of the account, so that nobody writes to many others; and of the source, as all mails. */
static int wait_to_move(const struct people *people, const struct act *act)
{
    int64_t now_ms = clock_steady_ms(people->options.clock);
    int wait_s = limits_mail(people->limits, act->origin.source, now_ms);
    return wait_s ? wait_s : limits_move(people->limits, act->actor.account_id, now_ms);
}

void people_move(struct people *people, const struct people_from *from, struct str email,
                 people_done_fn done, void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    struct error err = { "" };
    const char *word = NULL;
    struct buf text = BUF_ON(act->email);
    enum status status = act_judge_address(people, email, true, &word, &err);
    if (status) {
        act_refuse(act, status, word, err.text);
        return;
    }
    buf_put(&text, email);
    (void)buf_text(&text);
    act->write = write_move;
    int wait_s = wait_to_move(people, act);
    if (wait_s)
        act_wait(act, wait_s);
    else
        act_submit(act);
}

/* ----- answering the mails ----- */

static enum status find_move(struct act *act, struct store *store,
                             struct address_change_row *out, struct error *err)
{
    enum status status = store_address_change_find_digest(store, act->secret, out, err);
    if (status == ERR_NOT_FOUND || (!status && out->expires_s <= act->now_s))
        return act_fail(act, ERR_NOT_FOUND, "link", act_link_is_dead, err);
    return status;
}

/* That the address was taken meanwhile is told to nobody. */
static enum status do_move(struct act *act, struct store *store,
                           const struct address_change_row *row, struct error *err)
{
    const struct admin admin = { .store = store,
                                 .now_s = act->now_s,
                                 .origin = &act->origin,
                                 .actor = act->actor,
                                 .post = act->post };
    enum status status = store_account_find(store, row->account_id, &act->account, err);
    if (status)
        return status;
    memcpy(act->account.email, row->email, sizeof(act->account.email));
    status = admin_account_set(&admin, &act->account, err);
    if (status == ERR_EXISTS)
        return act_fail(act, ERR_NOT_FOUND, "link", act_link_is_dead, err);
    act->outcome.move = MOVE_DONE;
    /* Where the case of its letters is all that changes, nothing else has ended it. */
    return status ? status : store_address_change_remove(store, row->account_id, err);
}

static enum status write_answer(struct act *act, struct store *store, struct error *err)
{
    struct address_change_row row;
    enum status status = find_move(act, store, &row, err);
    if (status)
        return status;
    if (act->refuses) {
        act->outcome.move = MOVE_REFUSED;
        return store_address_change_remove(store, row.account_id, err);
    }
    if (digest_equal(row.old_digest, act->secret))
        row.old_confirmed = true;
    else
        row.new_confirmed = true;
    if (row.old_confirmed && row.new_confirmed)
        return do_move(act, store, &row, err);
    act->outcome.move = MOVE_WAITS;
    return store_address_change_put(store, &row, err);
}

void people_answer_move(struct people *people, const struct people_from *from,
                        struct str link, bool refuses, people_done_fn done, void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    struct error err = { "" };
    struct address_change_row row;
    act->secret = secret_digest(act->keys, SECRET_LINK, link);
    act->refuses = refuses;
    act->write = write_answer;
    /* What is plain from the database as it is now writes nothing. */
    enum status status =
        find_move(act, change_reader(people->options.change), &row, &err);
    if (status)
        act_refuse(act, status, act->outcome.word, err.text);
    else
        act_submit(act);
}
