// SPDX-License-Identifier: GPL-3.0-or-later
/* Passkeys: what is judged on the loop, and what is written of it. */
#include "people/passkey.h"

#include "people/act.h"

const char passkey_wrong[] = "passkey: is not known here, or has signed something else";

static const char challenge_wrong[] =
    "passkey: the challenge is none of ours, is too old, or was used: ask for another one";

static int64_t now_ms(const struct people *people)
{
    return clock_steady_ms(people->options.clock);
}

/* Whoever logs in may have a session, which ends then. */
static int64_t session_of(const struct actor *actor, enum challenge_purpose purpose)
{
    return purpose == CHALLENGE_LOGIN ? 0 : actor->session_id;
}

enum status people_challenge(const struct people *people, enum challenge_purpose purpose,
                             const struct actor *actor, uint8_t out[CHALLENGE_SIZE],
                             struct webauthn_site *site, struct error *err)
{
    enum status status = webauthn_site_of(str_from(people->options.origin), site, err);
    if (!status)
        challenge_make(people->challenges, purpose, session_of(actor, purpose),
                       now_ms(people), out);
    return status;
}

/* Takes the challenge out of what the browser says, into `out`, and tells where it has to be. */
static enum status find_challenge(const struct act *act, enum challenge_purpose purpose,
                                  struct str client, struct buf *out,
                                  struct webauthn_site *site, struct error *err)
{
    const struct people *people = act->people;
    enum status status = webauthn_site_of(str_from(people->options.origin), site, err);
    if (!status)
        status = webauthn_challenge(client, out, err);
    if (!status &&
        !challenge_is_ours(people->challenges, purpose, session_of(&act->actor, purpose),
                           now_ms(people), buf_str(out)))
        return FAIL(err, ERR_DENIED, "%s", challenge_wrong);
    return status;
}

/* What is signed counts, so that nobody gets far with passkeys of his own either. */
static enum status use_challenge(const struct act *act, int64_t account_id,
                                 struct str challenge, int *wait_s, struct error *err)
{
    const struct people *people = act->people;
    *wait_s = limits_passkey(people->limits, account_id, now_ms(people));
    if (*wait_s)
        return FAIL(err, ERR_BUSY, "passkeys of this account were used too often");
    enum status status = challenge_use(people->challenges, now_ms(people), challenge);
    if (status == ERR_DENIED)
        return FAIL(err, status, "%s", challenge_wrong);
    return status ? FAIL(err, status, "too many passkeys are being used") : OK;
}

/* ERR_DENIED: whatever of it is not as it should be. */
static enum status find_passkey(const struct act *act, const struct people_passkey *given,
                                struct passkey_row *out, struct error *err)
{
    struct store *reader = change_reader(act->people->options.change);
    struct account_row account;
    uint8_t handle[WEBAUTHN_HANDLE_SIZE];
    enum status status =
        store_passkey_find_credential(reader, given->credential, out, err);
    if (!status)
        status = store_account_find(reader, out->account_id, &account, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_DENIED, "%s", passkey_wrong);
    if (status)
        return status;
    webauthn_user_handle(act->keys, &account, handle);
    if (!access_logs_in(account.state) ||
        !str_equal(given->handle, str_bytes(handle, sizeof(handle))) ||
        webauthn_verify(out, &given->assertion, NULL))
        return FAIL(err, ERR_DENIED, "%s", passkey_wrong);
    return OK;
}

enum status passkey_judge(const struct act *act, enum challenge_purpose purpose,
                          const struct people_passkey *given, struct passkey_proof *out,
                          int *wait_s, struct error *err)
{
    uint8_t storage[CHALLENGE_SIZE];
    struct buf challenge = BUF_ON(storage);
    struct webauthn_site site;
    struct passkey_row row;
    struct passkey_proof proof = { .passkey_id = 0 };
    enum status status = find_challenge(act, purpose, given->assertion.said.client,
                                        &challenge, &site, err);
    if (!status)
        status = webauthn_assert(&site, &given->assertion, &proof.use, err);
    if (!status)
        status = find_passkey(act, given, &row, err);
    if (!status && row.can_be_copied != proof.use.can_be_copied)
        return FAIL(err, ERR_DENIED, "%s", passkey_wrong);
    if (!status)
        status = use_challenge(act, row.account_id, buf_str(&challenge), wait_s, err);
    if (status)
        return status;
    proof.passkey_id = row.id;
    proof.account_id = row.account_id;
    *out = proof;
    return OK;
}

enum status passkey_use(struct act *act, struct store *store, struct error *err)
{
    struct passkey_row *row = &act->passkey;
    const struct webauthn_use *use = &act->proof.use;
    enum status status = store_passkey_find(store, act->proof.passkey_id, row, err);
    if (status == ERR_NOT_FOUND || (!status && row->account_id != act->account.id))
        return act_fail(act, ERR_DENIED, "passkey", passkey_wrong, err);
    if (status)
        return status;
    if (!webauthn_counter_rises(row->counter, use->counter)) {
        act->is_copied = true;
        return act_fail(act, ERR_DENIED, "passkey",
                        "passkey: its counter fell, as if somebody else had it too", err);
    }
    row->counter = use->counter;
    row->is_copied = use->is_copied;
    row->used_s = act->now_s;
    return store_passkey_update(store, row, err);
}

/* ----- a new one ----- */

static enum status insert(struct act *act, struct store *store, struct error *err)
{
    if (act->account.passkeys >= PASSKEYS_MAX)
        return FAIL(err, ERR_LIMIT, "the account has %d passkeys: remove one first",
                    PASSKEYS_MAX);
    act->passkey.created_s = act->now_s;
    act->passkey.account_id = act->account.id;
    return store_passkey_insert(store, &act->passkey, err);
}

static enum status write_new(struct act *act, struct store *store, struct error *err)
{
    struct account_row *account = &act->account;
    int64_t id = act->actor.account_id;
    enum status status = actor_renew(&act->actor, store, act->now_s, err);
    if (!status)
        status = store_account_find(store, id, account, err);
    if (!status)
        status = insert(act, store, err);
    if (!status)
        status = store_session_remove_account(store, id, act->actor.session_id, err);
    if (!status)
        status = act_renew_session(act, store, err);
    if (!status)
        status = store_account_find(store, id, account, err);
    if (status)
        return status;
    act->outcome.account = *account;
    act->outcome.passkey = &act->passkey;
    return act_notify(act, store, EVENT_PASSKEY_ADDED, err);
}

static enum status judge_new(struct act *act, const struct people_new_passkey *given,
                             int *wait_s, struct error *err)
{
    uint8_t storage[CHALLENGE_SIZE];
    struct buf challenge = BUF_ON(storage), name = BUF_ON(act->passkey.name);
    struct webauthn_site site;
    enum status status = find_challenge(
        act, CHALLENGE_REGISTER, given->registration.said.client, &challenge, &site, err);
    if (!status)
        status = webauthn_register(&site, &given->registration, &act->passkey, err);
    if (status)
        return status;
    buf_put(&name, given->name);
    (void)buf_text(&name);
    act->passkey.transports = given->transports;
    return use_challenge(act, act->actor.account_id, buf_str(&challenge), wait_s, err);
}

void people_add_passkey(struct people *people, const struct people_from *from,
                        const struct people_new_passkey *passkey, people_done_fn done,
                        void *ctx)
{
    struct act *act = act_new(people, from, done, ctx);
    struct error err = { "" };
    int wait_s = 0;
    act->write = write_new;
    enum status status = judge_new(act, passkey, &wait_s, &err);
    if (wait_s)
        act_wait(act, wait_s);
    else if (status)
        act_refuse(act, status, status == ERR_DENIED ? "passkey" : NULL, err.text);
    else
        act_submit(act);
}
