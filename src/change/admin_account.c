// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "change/admin_part.h"
#include "change/journal.h"
#include "change/withhold.h"
#include "post/post.h"

/* Enough to keep out what cannot be an address; whether mail arrives only mail can tell. */
enum status admin_check_email(const char *email, const char *member, struct error *err)
{
    struct str text = { email, strnlen(email, EMAIL_SIZE) };
    if (text.n == EMAIL_SIZE)
        return FAIL(err, ERR_LIMIT, "%s: more than %d bytes", member, EMAIL_SIZE - 1);
    size_t at = str_find(text, '@');
    struct str domain = str_from_at(text, at + 1);
    if (at == 0 || domain.n == 0 || str_find(domain, '@') < domain.n)
        return FAIL(err, ERR_SYNTAX, "%s: '%s' is not of the form name@domain", member,
                    email);
    if (str_find(text, ' ') < text.n || !admin_is_printable(email))
        return FAIL(err, ERR_SYNTAX, "%s: '%s' has blanks or control characters", member,
                    email);
    return OK;
}

static enum status check_language(const char *language, struct error *err)
{
    for (const char *at = language; *at; at++)
        if (!char_is_alpha(*at) && *at != '-')
            return FAIL(err, ERR_SYNTAX, "language: must be a tag such as 'en'");
    return OK;
}

static enum status check(const struct account_row *row, struct error *err)
{
    enum status status = admin_check_email(row->email, "email", err);
    if (!status)
        status = check_language(row->language, err);
    if (!status && row->hosts_max < 0)
        status = FAIL(err, ERR_LIMIT, "hosts_max: must not be negative");
    return status;
}

/* An account comes to its end by admin_ending_begin() alone, and does not come back from there. */
static enum status check_state(const struct account_row *row,
                               const struct account_row *old, struct error *err)
{
    if (old && old->state == ACCOUNT_ENDING)
        return FAIL(err, ERR_CONFLICT, "account %s is being removed", old->email);
    if (row->state == ACCOUNT_ENDING)
        return FAIL(err, ERR_SYNTAX, "state: cannot be set to ending");
    if (old && row->state == ACCOUNT_WAITING && old->state != ACCOUNT_WAITING)
        return FAIL(err, ERR_CONFLICT, "state: %s waits no more", old->email);
    return OK;
}

static enum status save(const struct admin *admin, struct account_row *row,
                        const char *word, struct str what, struct error *err)
{
    enum status status = journal_account(admin, row, word, what, err);
    return status ? status : store_account_update(admin->store, row, err);
}

/* What the log says of a change: never a secret, and no address that somebody had. */
static void put_what(const struct account_row *old, const struct account_row *row,
                     struct buf *out)
{
    static const char *const roles[] = { "user", "zone-owner", "operator" };
    static const char *const states[] = { "active", "blocked", "waiting", "ending" };
    if (row->role != old->role)
        buf_printf(out, " role=%s", roles[row->role]);
    if (row->state != old->state)
        buf_printf(out, " state=%s", states[row->state]);
    if (row->hosts_max != old->hosts_max)
        buf_printf(out, " hosts_max=%d", (int)row->hosts_max);
    if (strcmp(row->password_hash, old->password_hash) != 0)
        buf_put_text(out, " password");
    if (strcmp(row->email, old->email) != 0)
        buf_put_text(out, " email");
    if (strcmp(row->language, old->language) != 0)
        buf_printf(out, " language=%s", row->language);
    if (row->mail_off != old->mail_off)
        buf_put_text(out, " mail_off");
}

enum status admin_account_add(const struct admin *admin, struct account_row *row,
                              struct error *err)
{
    enum status status = check(row, err);
    if (!status)
        status = check_state(row, NULL, err);
    if (status)
        return status;
    row->created_s = admin->now_s;
    row->last_change = 0;
    status = store_account_insert(admin->store, row, err);
    return status ? status : save(admin, row, "add", STR(""), err);
}

enum status admin_account_end_links(const struct admin *admin, int64_t id,
                                    struct error *err)
{
    enum status status = store_link_remove_account(admin->store, id, err);
    return status ? status : store_address_change_remove(admin->store, id, err);
}

/* Whoever reads the mails of the address that the account had hears of it, too. */
static enum status tell_old_address(const struct admin *admin,
                                    const struct account_row *old, struct error *err)
{
    char time[POST_TIME_SIZE];
    enum post_result result = POST_QUEUED;
    post_time(admin->now_s, time);
    struct post_mail mail = { .kind = POST_ADDRESS_CHANGED,
                              .recipient = str_from(old->email),
                              .language = str_from(old->language),
                              .now_s = admin->now_s };
    post_values_add(&mail.values, "time", str_from(time));
    return post_put(admin->post, admin->store, &mail, &result, err);
}

static enum status tell_approved(const struct admin *admin, const struct account_row *row,
                                 struct error *err)
{
    enum post_result result = POST_QUEUED;
    struct post_mail mail = { .kind = POST_ACCOUNT_APPROVED,
                              .account_id = row->id,
                              .now_s = admin->now_s };
    return post_put(admin->post, admin->store, &mail, &result, err);
}

/* What a changed row ends, and who hears of it. */
static enum status follow(const struct admin *admin, const struct account_row *old,
                          const struct account_row *row, struct error *err)
{
    bool is_blocked = row->state == ACCOUNT_BLOCKED,
         moves = strcmp(row->email, old->email) != 0;
    enum status status = OK;
    if (is_blocked != (old->state == ACCOUNT_BLOCKED))
        status = withhold_account(admin, row, err);
    if (!status && is_blocked)
        status = store_session_remove_account(admin->store, row->id, 0, err);
    /* A link went to the address that the account had. */
    if (!status && (is_blocked || moves))
        status = admin_account_end_links(admin, row->id, err);
    if (!status && moves)
        status = tell_old_address(admin, old, err);
    if (!status && old->state == ACCOUNT_WAITING && row->state == ACCOUNT_ACTIVE)
        status = tell_approved(admin, row, err);
    if (!status && old->role == ROLE_OPERATOR && row->role != ROLE_OPERATOR)
        status = admin_release_tokens(admin, 0, row->id, err);
    return status;
}

enum status admin_account_set(const struct admin *admin, struct account_row *row,
                              struct error *err)
{
    struct account_row old;
    char storage[128];
    struct buf what = BUF_ON(storage);
    enum status status = store_account_find(admin->store, row->id, &old, err);
    if (!status)
        status = check(row, err);
    if (!status)
        status = check_state(row, &old, err);
    if (status)
        return status;
    put_what(&old, row, &what);
    row->created_s = old.created_s;
    row->last_change = old.last_change;
    status = save(admin, row, "set", str_trim(buf_str(&what)), err);
    return status ? status : follow(admin, &old, row, err);
}

enum status admin_account_remove(const struct admin *admin, int64_t id, struct error *err)
{
    struct account_row row;
    enum status status = store_account_find(admin->store, id, &row, err);
    if (!status)
        status = journal_word(admin, CHANGE_ACCOUNT, id, "remove", &row.last_change, err);
    if (status)
        return status;
    status = store_account_remove(admin->store, id, err);
    if (status == ERR_CONFLICT)
        return FAIL(err, status, "account %s owns zones or hosts", row.email);
    return status ? status : store_stale_remove(admin->store, STALE_ACCOUNT, id, err);
}
