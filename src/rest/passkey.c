// SPDX-License-Identifier: GPL-3.0-or-later
/* Passkeys: the objects that a page hands to its browser and gets from it are those of the standard
 * (PublicKeyCredentialCreationOptionsJSON and its relatives, W3C Web Authentication, level 3). */
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "people/notify.h"
#include "rest/people.h"

enum {
    TEXT_SIZE = 2 * PASSKEY_ID_MAX, /* bytes as base64url */
    UUID_BYTES = 16
};

static struct json *new_base64(struct str bytes)
{
    char storage[TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    base64_put(bytes, &text);
    return json_new_string(buf_str(&text));
}

static struct str credential_of(const struct passkey_row *row)
{
    return str_bytes(row->credential, row->credential_n);
}

static struct json *transports_json(unsigned transports)
{
    struct json *list = json_new_array();
    for (size_t i = 0; webauthn_transports[i]; i++)
        if (transports >> i & 1)
            json_append(list, json_new_string(str_from(webauthn_transports[i])));
    return list;
}

/* ----- a passkey ----- */

static const struct field fields[] = {
    FIELD(struct passkey_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD(struct passkey_row, name, "name", FIELD_TEXT, SET_BY_OWNER,
          "for its owner to know it by"),
    FIELD(struct passkey_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct passkey_row, used_s, "last_used", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970; 0: never"),
    FIELD(struct passkey_row, can_be_copied, "backup_eligible", FIELD_BOOL, SET_BY_NOBODY,
          "it may be on several devices of its owner"),
    FIELD(struct passkey_row, is_copied, "backed_up", FIELD_BOOL, SET_BY_NOBODY,
          "it is kept elsewhere, too"),
    BY_HAND("algorithm", HAND_TEXT, SET_BY_NOBODY, "ES256, EdDSA or RS256"),
    BY_HAND("aaguid", HAND_TEXT, SET_BY_NOBODY,
            "the authenticator's model; zeros: it did not tell"),
    BY_HAND("transports", HAND_TEXTS, SET_BY_NOBODY, "how a browser reaches it",
            .words = webauthn_transports),
    BY_HAND("credential", HAND_TEXT, SET_BY_NOBODY,
            "the authenticator's name for it, in base64url"),
};
const struct shape passkey_shape = { "Passkey", fields, LENGTH_OF(fields) };

static const char *algorithm_name(int64_t algorithm)
{
    if (algorithm == WEBAUTHN_RS256)
        return "RS256";
    return algorithm == WEBAUTHN_EDDSA ? "EdDSA" : "ES256";
}

static struct json *uuid_json(const uint8_t bytes[UUID_BYTES])
{
    char storage[2 * UUID_BYTES + 5];
    struct buf text = BUF_ON(storage);
    for (size_t i = 0; i < UUID_BYTES; i++)
        buf_printf(&text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                   bytes[i]);
    return json_new_string(buf_str(&text));
}

struct json *rest_passkey_json(const struct passkey_row *row)
{
    struct json *object = json_new_object();
    fields_write(&passkey_shape, row, object);
    json_put_text(object, "algorithm", str_from(algorithm_name(row->algorithm)));
    json_put(object, "aaguid", uuid_json(row->aaguid));
    json_put(object, "transports", transports_json(row->transports));
    json_put(object, "credential", new_base64(credential_of(row)));
    return object;
}

/* ----- what a browser is to ask for ----- */

/* {"type": "public-key", ...} */
static struct json *new_public_key(void)
{
    struct json *object = json_new_object();
    json_put_text(object, "type", STR("public-key"));
    return object;
}

static enum status append_credential(void *ctx, const struct passkey_row *row)
{
    struct json *one = new_public_key();
    json_put(one, "id", new_base64(credential_of(row)));
    json_put(one, "transports", transports_json(row->transports));
    json_append((struct json *)ctx, one);
    return OK;
}

/* Those that the actor has, or none of a stranger's, so that nobody learns who has which. */
static enum status put_credentials(struct rest_call *call, const char *key,
                                   struct error *err)
{
    struct json *list = json_new_array();
    json_put(call->result, key, list);
    return store_passkey_list(call->admin.store, call->admin.actor.account_id,
                              (struct store_page){ .limit = PASSKEYS_MAX },
                              append_credential, list, err);
}

static enum status begin(struct rest_call *call, enum challenge_purpose purpose,
                         struct webauthn_site *site, struct error *err)
{
    uint8_t challenge[CHALLENGE_SIZE];
    if (!call->rest->people)
        return FAIL(err, ERR_NOT_FOUND, "nobody can log in here");
    enum status status = people_challenge(call->rest->people, purpose, &call->admin.actor,
                                          challenge, site, err);
    if (status)
        return status;
    call->result = json_new_object();
    json_put(call->result, "challenge",
             new_base64(str_bytes(challenge, sizeof(challenge))));
    json_put_number(call->result, "timeout", CHALLENGE_MS);
    return OK;
}

static enum status ask_for_one(struct rest_call *call, enum challenge_purpose purpose,
                               struct error *err)
{
    struct webauthn_site site;
    enum status status = begin(call, purpose, &site, err);
    if (status)
        return status;
    json_put_text(call->result, "rpId", site.rp_id);
    json_put_text(call->result, "userVerification", STR("required"));
    return purpose == CHALLENGE_LOGIN ? OK
                                      : put_credentials(call, "allowCredentials", err);
}

void rest_passkey_ask_login(struct rest_job *job)
{
    struct error err = { "" };
    enum status status = ask_for_one(rest_job_call(job), CHALLENGE_LOGIN, &err);
    rest_job_end(job, status, &err);
}

void rest_passkey_ask_confirm(struct rest_job *job)
{
    struct error err = { "" };
    enum status status = ask_for_one(rest_job_call(job), CHALLENGE_CONFIRM, &err);
    rest_job_end(job, status, &err);
}

static void put_user(struct rest_call *call, const struct account_row *account)
{
    uint8_t handle[WEBAUTHN_HANDLE_SIZE];
    struct json *user = json_new_object();
    webauthn_user_handle(call->keys, account, handle);
    json_put(user, "id", new_base64(str_bytes(handle, sizeof(handle))));
    json_put_text(user, "name", str_from(account->email));
    json_put_text(user, "displayName", str_from(account->email));
    json_put(call->result, "user", user);
}

static void put_wishes(struct json *options, const struct webauthn_site *site)
{
    struct json *rp = json_new_object(), *kinds = json_new_array(),
                *chosen = json_new_object();
    json_put_text(rp, "id", site->rp_id);
    json_put_text(rp, "name", STR("Rove"));
    json_put(options, "rp", rp);
    for (size_t i = 0; i < WEBAUTHN_ALGORITHMS; i++) {
        struct json *kind = new_public_key();
        json_put_number(kind, "alg", webauthn_algorithms[i]);
        json_append(kinds, kind);
    }
    json_put(options, "pubKeyCredParams", kinds);
    json_put_text(chosen, "residentKey", STR("required"));
    json_put_bool(chosen, "requireResidentKey", true);
    json_put_text(chosen, "userVerification", STR("required"));
    json_put(options, "authenticatorSelection", chosen);
    json_put_text(options, "attestation", STR("none"));
}

static enum status ask_for_new(struct rest_call *call, struct error *err)
{
    struct webauthn_site site;
    struct account_row account;
    enum status status = begin(call, CHALLENGE_REGISTER, &site, err);
    if (!status)
        status = store_account_find(call->admin.store, call->admin.actor.account_id,
                                    &account, err);
    if (status)
        return status;
    put_user(call, &account);
    put_wishes(call->result, &site);
    return put_credentials(call, "excludeCredentials", err);
}

void rest_passkey_ask_new(struct rest_job *job)
{
    struct error err = { "" };
    enum status status = ask_for_new(rest_job_call(job), &err);
    rest_job_end(job, status, &err);
}

/* ----- what it answers ----- */

/* A member of bytes in base64url, into `storage`. */
static enum status read_bytes(const struct json *object, const char *key,
                              struct buf storage, struct str *out, struct error *err)
{
    struct str text;
    if (!json_as_text(json_get(object, key), &text))
        return FAIL(err, ERR_SYNTAX, "passkey: %s is needed, in base64url", key);
    enum status status = base64_read(text, &storage);
    if (status)
        return FAIL(err, status, "passkey: %s is %s", key,
                    status == ERR_LIMIT ? "too long" : "no base64url");
    *out = buf_str(&storage);
    return OK;
}

static enum status find_response(const struct json *passkey, const struct json **out,
                                 struct error *err)
{
    *out = json_get(passkey, "response");
    if (json_is_object(*out) &&
        str_equal(json_get_text(passkey, "type"), STR("public-key")))
        return OK;
    return FAIL(err, ERR_SYNTAX,
                "passkey: must be what toJSON() of the browser's PublicKeyCredential"
                " gives");
}

enum status rest_passkey_read(const struct json *body, struct passkey_answer *out,
                              bool *given, struct error *err)
{
    const struct json *passkey = json_get(body, "passkey"), *response = NULL;
    struct people_passkey *read = &out->passkey;
    if (!passkey)
        return OK;
    enum status status = find_response(passkey, &response, err);
    if (!status)
        status =
            read_bytes(passkey, "id", BUF_ON(out->credential), &read->credential, err);
    if (!status)
        status = read_bytes(response, "clientDataJSON", BUF_ON(out->client),
                            &read->assertion.said.client, err);
    if (!status)
        status = read_bytes(response, "authenticatorData", BUF_ON(out->data),
                            &read->assertion.said.data, err);
    if (!status)
        status = read_bytes(response, "signature", BUF_ON(out->signature),
                            &read->assertion.signature, err);
    if (!status)
        status =
            read_bytes(response, "userHandle", BUF_ON(out->handle), &read->handle, err);
    *given = !status;
    return status;
}

struct login_body {
    bool keep;
};

static const struct field of_login[] = {
    BY_HAND("passkey", HAND_OBJECT, SET_BY_OWNER,
            "what the browser gave: an AuthenticationResponseJSON", .needed = true),
    FIELD(struct login_body, keep, "keep", FIELD_BOOL, SET_BY_OWNER,
          "the session is to outlive the browser"),
};
const struct shape passkey_login_shape = { "PasskeyLogin", of_login,
                                           LENGTH_OF(of_login) };

void rest_passkey_login(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct login_body body = { .keep = false };
    struct passkey_answer answer;
    bool given = false;
    struct error err = { "" };
    enum status status = rest_people_read(call, &passkey_login_shape, &body, &err);
    if (!status)
        status = rest_passkey_read(call->body, &answer, &given, &err);
    if (status)
        rest_job_end(job, status, &err);
    else
        people_login_passkey(call->rest->people, &from, &answer.passkey, body.keep,
                             rest_people_done, job);
}

struct new_body {
    char name[LABEL_TEXT_SIZE];
};

static const struct field of_new[] = {
    FIELD(struct new_body, name, "name", FIELD_TEXT, SET_BY_OWNER,
          "for its owner to know it by", .needed = true),
    BY_HAND("passkey", HAND_OBJECT, SET_BY_OWNER,
            "what the browser gave: a RegistrationResponseJSON", .needed = true),
};
const struct shape passkey_new_shape = { "PasskeyRegistration", of_new,
                                         LENGTH_OF(of_new) };

/* Those that we do not know are for browsers to come. */
static unsigned read_transports(const struct json *list)
{
    unsigned found = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        struct str text = STR("");
        (void)json_as_text(json_item(list, i), &text);
        for (size_t k = 0; webauthn_transports[k]; k++)
            if (str_equal(text, str_from(webauthn_transports[k])))
                found |= 1U << k;
    }
    return found;
}

/* Room for what a browser says of a new passkey. */
struct new_answer {
    uint8_t credential[PASSKEY_ID_MAX], key[PASSKEY_KEY_MAX];
    uint8_t client[WEBAUTHN_CLIENT_MAX], data[WEBAUTHN_DATA_MAX];
};

static enum status read_new(const struct json *passkey, struct new_answer *storage,
                            struct people_new_passkey *out, struct error *err)
{
    const struct json *response = NULL;
    struct webauthn_registration *said = &out->registration;
    enum status status = find_response(passkey, &response, err);
    if (!status)
        status = read_bytes(passkey, "id", BUF_ON(storage->credential), &said->credential,
                            err);
    if (!status)
        status = read_bytes(response, "clientDataJSON", BUF_ON(storage->client),
                            &said->said.client, err);
    if (!status)
        status = read_bytes(response, "authenticatorData", BUF_ON(storage->data),
                            &said->said.data, err);
    if (!status)
        status = read_bytes(response, "publicKey", BUF_ON(storage->key), &said->key, err);
    if (!status &&
        !json_as_number(json_get(response, "publicKeyAlgorithm"), &said->algorithm))
        status = FAIL(err, ERR_SYNTAX, "passkey: publicKeyAlgorithm must be a number");
    if (!status)
        out->transports = read_transports(json_get(response, "transports"));
    return status;
}

static enum status check_name(const char *name, struct error *err)
{
    return name[0] ? OK : FAIL(err, ERR_SYNTAX, "name: is needed");
}

void rest_passkey_add(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct new_body body = { .name = "" };
    struct new_answer storage;
    struct people_new_passkey made = { .transports = 0 };
    struct error err = { "" };
    enum status status = rest_people_read(call, &passkey_new_shape, &body, &err);
    if (!status)
        status = check_name(body.name, &err);
    if (!status)
        status = read_new(json_get(call->body, "passkey"), &storage, &made, &err);
    made.name = str_from(body.name);
    if (status)
        rest_job_end(job, status, &err);
    else
        people_add_passkey(call->rest->people, &from, &made, rest_people_done, job);
}

/* ----- those that there are ----- */

static enum status append(void *ctx, const struct passkey_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    return rest_list_put(list, row->id, rest_passkey_json(row));
}

static enum status list_of(struct rest_call *call, int64_t account_id, struct error *err)
{
    struct rest_list list;
    enum status status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    status =
        store_passkey_list(call->admin.store, account_id, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

enum status rest_passkey_list(struct rest_call *call, struct error *err)
{
    return list_of(call, call->admin.actor.account_id, err);
}

enum status rest_passkey_list_of(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    return status ? status : list_of(call, row.id, err);
}

/* Of the actor's account; that of another is as if it were not there. */
static enum status find_own(const struct rest_call *call, struct passkey_row *out,
                            struct error *err)
{
    enum status status = rest_find_passkey(call, call->arg, out, err);
    if (!status && out->account_id != call->admin.actor.account_id)
        return rest_missing(ERR_NOT_FOUND, "passkey", call->arg, err);
    return status;
}

enum status rest_passkey_set(struct rest_call *call, struct error *err)
{
    struct passkey_row row;
    enum status status = find_own(call, &row, err);
    if (!status)
        status = fields_read(&passkey_shape, call->body, SET_BY_OWNER, false, &row, err);
    if (!status)
        status = check_name(row.name, err);
    if (!status)
        status = store_passkey_update(call->admin.store, &row, err);
    if (!status)
        call->result = rest_passkey_json(&row);
    return status;
}

static enum status take_away(struct rest_call *call, const struct passkey_row *row,
                             struct error *err)
{
    const struct people_notice notice = { .event = EVENT_PASSKEY_REMOVED,
                                          .account_id = row->account_id,
                                          .now_s = call->admin.now_s,
                                          .name = str_from(row->name) };
    bool sent = false;
    enum status status = store_passkey_remove(call->admin.store, row->id, err);
    return status
               ? status
               : people_notify(call->admin.post, call->admin.store, &notice, &sent, err);
}

enum status rest_passkey_remove(struct rest_call *call, struct error *err)
{
    struct passkey_row row;
    enum status status = find_own(call, &row, err);
    if (!status)
        status = take_away(call, &row, err);
    if (!status)
        status = rest_renew_session(call, err);
    json_free(TAKE(call->result)); /* what is removed has no body */
    return status;
}

enum status rest_passkey_remove_any(struct rest_call *call, struct error *err)
{
    struct passkey_row row;
    enum status status = rest_find_passkey(call, call->arg, &row, err);
    if (!status)
        status = take_away(call, &row, err);
    if (!status)
        status = store_session_remove_account(call->admin.store, row.account_id, 0, err);
    return status;
}
