// SPDX-License-Identifier: GPL-3.0-or-later
/* The second factor of the actor's account; operators take away that of another. */
#include "people/factor.h"
#include "base/json.h"
#include "base/mem.h"
#include "people/notify.h"
#include "rest/people.h"

enum {
    URI_SIZE = 1024
};

static int64_t own_id(const struct rest_call *call)
{
    return call->admin.actor.account_id;
}

enum status rest_factor_show(struct rest_call *call, struct error *err)
{
    bool is_on = false;
    int64_t codes = 0;
    enum status status = factor_is_on(call->admin.store, own_id(call), &is_on, err);
    if (!status)
        status = store_recovery_count(call->admin.store, own_id(call), &codes, err);
    if (status)
        return status;
    call->result = json_new_object();
    json_put_bool(call->result, "on", is_on);
    json_put_number(call->result, "recovery_codes_left", codes);
    return OK;
}

enum status rest_factor_begin(struct rest_call *call, struct error *err)
{
    uint8_t seed[TOTP_SEED_SIZE];
    char text[TOTP_SEED_TEXT_SIZE], storage[URI_SIZE];
    struct account_row account;
    struct buf uri = BUF_ON(storage);
    enum status status =
        store_account_find(call->admin.store, own_id(call), &account, err);
    if (!status)
        status = factor_begin(call->admin.store, call->keys, call->admin.now_s,
                              account.id, seed, err);
    if (status)
        return status;
    totp_seed_format(seed, text);
    totp_put_uri(seed, str_from(account.email), &uri);
    call->result = json_new_object();
    json_put_text(call->result, "secret", str_from(text));
    json_put_text(call->result, "uri", buf_str(&uri));
    rest_put_qr(call->result, buf_str(&uri));
    mem_wipe(seed, sizeof(seed));
    mem_wipe(text, sizeof(text));
    mem_wipe(storage, sizeof(storage));
    return OK;
}

static enum status tell(const struct rest_call *call, int64_t account_id,
                        enum people_event event, struct error *err)
{
    const struct people_notice notice = { .event = event,
                                          .account_id = account_id,
                                          .now_s = call->admin.now_s,
                                          .source = call->admin.origin->source };
    const char *word = event == EVENT_FACTOR_ON ? "factor-on" : "factor-off";
    bool sent = false;
    enum status status = admin_note_act(&call->admin, account_id, word, err);
    return status
               ? status
               : people_notify(call->admin.post, call->admin.store, &notice, &sent, err);
}

static enum status change_sessions(struct rest_call *call, enum people_event event,
                                   struct error *err)
{
    enum status status = rest_renew_session(call, err);
    return status ? status : tell(call, own_id(call), event, err);
}

static enum status put_codes(struct rest_call *call, struct error *err)
{
    char codes[RECOVERY_CODES][RECOVERY_TEXT_SIZE];
    enum status status =
        factor_make_codes(call->admin.store, call->keys, own_id(call), codes, err);
    if (status)
        return status;
    struct json *list = json_new_array();
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        json_append(list, json_new_string(str_from(codes[i])));
    json_put(call->result, "recovery_codes", list);
    mem_wipe(codes, sizeof(codes));
    return OK;
}

struct code_body {
    char code[RECOVERY_TEXT_SIZE];
};

static const struct field of_code[] = {
    FIELD(struct code_body, code, "code", FIELD_TEXT, SET_BY_OWNER,
          "of the app that has the seed", .needed = true),
};
const struct shape code_shape = { "Code", of_code, LENGTH_OF(of_code) };

enum status rest_factor_turn_on(struct rest_call *call, struct error *err)
{
    struct code_body body = { .code = "" };
    enum status status =
        fields_read(&code_shape, call->body, SET_BY_OWNER, true, &body, err);
    if (!status)
        status = factor_turn_on(call->admin.store, call->keys, call->admin.now_s,
                                own_id(call), str_from(body.code), err);
    if (!status)
        status = change_sessions(call, EVENT_FACTOR_ON, err);
    return status ? status : put_codes(call, err);
}

enum status rest_factor_turn_off(struct rest_call *call, struct error *err)
{
    enum status status = factor_turn_off(call->admin.store, own_id(call), err);
    if (!status)
        status = change_sessions(call, EVENT_FACTOR_OFF, err);
    json_free(TAKE(call->result)); /* what is removed has no body */
    return status;
}

enum status rest_factor_renew_codes(struct rest_call *call, struct error *err)
{
    bool is_on = false;
    enum status status = factor_is_on(call->admin.store, own_id(call), &is_on, err);
    if (status)
        return status;
    if (!is_on)
        return FAIL(err, ERR_CONFLICT, "there is no second factor");
    status = admin_note_act(&call->admin, own_id(call), "factor-codes", err);
    if (status)
        return status;
    call->result = json_new_object();
    return put_codes(call, err);
}

/* The factor of the app, and all passkeys. */
static enum status drop_all(struct store *store, int64_t account_id, struct error *err)
{
    size_t passkeys = 0;
    enum status status = store_passkey_remove_account(store, account_id, &passkeys, err);
    if (!status)
        status = factor_turn_off(store, account_id, err);
    return status == ERR_NOT_FOUND && passkeys ? OK : status;
}

enum status rest_factor_turn_off_of(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    if (!status)
        status = drop_all(call->admin.store, row.id, err);
    if (!status)
        status = store_session_remove_account(call->admin.store, row.id, 0, err);
    return status ? status : tell(call, row.id, EVENT_FACTOR_OFF, err);
}
