// SPDX-License-Identifier: GPL-3.0-or-later
/* What strangers ask for by mail: an account, or another password. */
#include <string.h>

#include "base/log.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "people/act.h"
#include "people/link.h"
#include "people/refused.h"

struct ask {
    const struct post *post;
    enum people_wish wish;
    struct link_row link; /* as it will be, if one is made */
};

/* ----- whether it may be asked ----- */

static enum status refuse_sign_up(const struct people_settings *settings,
                                  const char *what, struct error *err)
{
    const char *contact = settings->contact;
    return contact && contact[0]
               ? FAIL(err, ERR_DENIED, "%s: ask %s", what, contact)
               : FAIL(err, ERR_DENIED, "%s: ask whoever runs this service", what);
}

enum status act_judge_sign_up(const struct people_settings *settings, const char **word,
                              struct error *err)
{
    switch (settings->sign_up) {
    case SIGN_UP_OPEN:
    case SIGN_UP_APPROVAL:
        return OK;
    case SIGN_UP_CLOSED:
        *word = "closed";
        return refuse_sign_up(settings, "nobody opens an account here alone", err);
    case SIGN_UP_INVITED:
        break;
    }
    *word = "invited";
    return refuse_sign_up(settings, "an account needs an invitation", err);
}

enum status act_judge_address(const struct people *people, struct str email,
                              bool for_account, const char **word, struct error *err)
{
    if (!people->options.post) {
        *word = "no-mail";
        return FAIL(err, ERR_DENIED,
                    "this service sends no mails: ask whoever runs it for a link");
    }
    if (email.n == 0)
        return FAIL(err, ERR_SYNTAX, "email: is needed");
    if (!mailbox_is_plain(email))
        return FAIL(err, ERR_SYNTAX,
                    "email: must be a plain address such as name@example.org");
    if (for_account && refused_has(people->settings.refused, email))
        return FAIL(err, ERR_DENIED, "email: addresses at " STR_FMT " are not taken here",
                    STR_ARG(mailbox_domain(email)));
    return OK;
}

static enum status judge_language(struct str language, struct error *err)
{
    if (language.n >= LANGUAGE_SIZE)
        return FAIL(err, ERR_LIMIT, "language: more than %d bytes", LANGUAGE_SIZE - 1);
    for (size_t i = 0; i < language.n; i++)
        if (!char_is_alpha(language.at[i]) && language.at[i] != '-')
            return FAIL(err, ERR_SYNTAX, "language: must be a tag such as 'en'");
    return OK;
}

static enum status judge(const struct people *people, const struct people_ask *ask,
                         const char **word, struct error *err)
{
    bool for_account = ask->wish == WISH_ACCOUNT;
    enum status status =
        for_account ? act_judge_sign_up(&people->settings, word, err) : OK;
    if (!status)
        status = act_judge_address(people, ask->email, for_account, word, err);
    return status ? status : judge_language(ask->language, err);
}

/* ----- what comes of it ----- */

static enum status tell_of_account(const struct ask *ask, struct store *store,
                                   const struct account_row *account, struct error *err)
{
    enum post_result result = POST_QUEUED;
    struct post_mail mail = { .kind = POST_ACCOUNT_EXISTS,
                              .account_id = account->id,
                              .now_s = ask->link.created_s };
    return post_put(ask->post, store, &mail, &result, err);
}

/* The mail goes to the address as it is stored, whatever was typed. */
static enum status answer(struct store *store, void *work, struct error *err)
{
    const struct ask *ask = (const struct ask *)work;
    struct account_row account = { .id = 0 };
    struct link_row link = ask->link;
    bool sent = false;
    enum status status =
        store_account_find_email(store, str_from(link.email), &account, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    if (!status && !access_logs_in(account.state))
        return OK;
    if (ask->wish == WISH_ACCOUNT)
        return status ? link_mail(ask->post, store, &link, &sent, err)
                      : tell_of_account(ask, store, &account, err);
    if (status)
        return OK;
    link.account_id = account.id;
    return link_mail(ask->post, store, &link, &sent, err);
}

static void answered(void *ctx, enum status status, const struct error *err)
{
    if (status)
        log_warning("ask-not-answered", LOG_TEXT("why", err ? err->text : ""));
    mem_free(ctx);
}

static struct ask *new_ask(const struct people *people, const struct people_ask *given)
{
    struct ask *ask = NEW(struct ask);
    bool for_account = given->wish == WISH_ACCOUNT;
    struct buf email = BUF_ON(ask->link.email), language = BUF_ON(ask->link.language);
    ask->post = people->options.post;
    ask->wish = given->wish;
    ask->link.purpose = for_account ? LINK_SIGN_UP : LINK_RESET;
    ask->link.created_s = clock_wall_s(people->options.clock);
    buf_put(&email, given->email);
    buf_put(&language, given->language.n ? given->language : STR("en"));
    (void)buf_text(&email);
    (void)buf_text(&language);
    return ask;
}

void people_ask(struct people *people, const struct people_from *from,
                const struct people_ask *given, people_done_fn done, void *ctx)
{
    struct people_outcome outcome = { .status = OK };
    outcome.status = judge(people, given, &outcome.word, &outcome.err);
    if (!outcome.status)
        outcome.wait_s = limits_mail(people->limits, from->source,
                                     clock_steady_ms(people->options.clock));
    if (outcome.wait_s) {
        outcome.word = "wait";
        outcome.status =
            FAIL(&outcome.err, ERR_BUSY, "too many mails were asked for: wait a while");
    }
    struct ask *ask = outcome.status ? NULL : new_ask(people, given);
    done(ctx, &outcome);
    if (ask && change_submit(people->options.change, answer, ask, answered, ask))
        answered(ask, ERR_BUSY, NULL);
}
