// SPDX-License-Identifier: GPL-3.0-or-later
/* The log of actions: rows of the journal in words, for whoever they are about. */
#include <string.h>

#include "account/zone_role.h"
#include "base/json.h"
#include "rest/field.h"
#include "rest/history.h"
#include "rest/resource.h"
#include "update/dialect.h"

enum {
    TEXT_SIZE = 512
};

static const char *const ways[] = {
    [VIA_UPDATE] = "update", [VIA_MACHINE] = "machine", [VIA_SESSION] = "session",
    [VIA_TOKEN] = "token",   [VIA_LINK] = "link",       [VIA_SERVICE] = "service",
    [VIA_SERVICE + 1] = NULL
};

static const struct field fields[] = {
    FIELD(struct change_row, seq, "seq", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD(struct change_row, time_s, "time", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    BY_HAND("text", HAND_TEXT, SET_BY_NOBODY, "the whole in words"),
    BY_HAND("kind", HAND_TEXT, SET_BY_NOBODY,
            "of the thing: host, records, zone, token, account, reserved word, blocked "
            "network or quarantine of name"),
    BY_HAND("what", HAND_TEXT, SET_BY_NOBODY, "the thing: its name, address or number"),
    BY_HAND("word", HAND_TEXT, SET_BY_NOBODY,
            "what was done: add, set, login and others"),
    BY_HAND("detail", HAND_TEXT, SET_BY_NOBODY, "what was set, of an account"),
    BY_HAND("before", HAND_TEXTS, SET_BY_NOBODY, "addresses of a host before it"),
    BY_HAND("after", HAND_TEXTS, SET_BY_NOBODY, "and after it"),
    FIELD(struct change_row, undoes, "undoes", FIELD_NUMBER, SET_BY_NOBODY,
          "number of the change that it takes back; 0: none"),
    BY_HAND("owner", HAND_TEXT_OR_NULL, SET_BY_NOBODY,
            "account of the thing, or the member; null: not noted, or gone"),
    BY_HAND("who", HAND_TEXT_OR_NULL, SET_BY_NOBODY,
            "account of who did it; null: none, or not for the one who asks"),
    FIELD_OF_WORDS(struct change_row, via, "by", ways, SET_BY_NOBODY, "how it was done"),
    BY_HAND("dialect", HAND_TEXT_OR_NULL, SET_BY_NOBODY, "of an update"),
    FIELD(struct change_row, token_id, "token", FIELD_NUMBER, SET_BY_NOBODY,
          "number of the token that was used; 0: none"),
    BY_HAND(
        "source", HAND_TEXT_OR_NULL, SET_BY_NOBODY,
        "from where; of people, only its network after 30 days; null, too, where another "
        "person acted"),
    BY_HAND("agent", HAND_TEXT, SET_BY_NOBODY, "what the program said it was"),
};
const struct shape action_shape = { "Action", fields, LENGTH_OF(fields) };

/* ----- words ----- */

static const char *const kinds[] = {
    [CHANGE_HOST] = "host",
    [CHANGE_RRSET] = "records",
    [CHANGE_ZONE] = "zone",
    [CHANGE_TOKEN] = "token",
    [CHANGE_ACCOUNT] = "account",
    [CHANGE_ACT] = "account",
    [CHANGE_MEMBER] = "zone",
    [CHANGE_RESERVED] = "reserved word",
    [CHANGE_BLOCKED] = "blocked network",
    [CHANGE_QUARANTINE] = "quarantine of name",
};
_Static_assert(LENGTH_OF(kinds) == CHANGE_KIND_LAST + 1, "each kind has a word");

static const struct {
    const char *word, *text;
} verbs[] = {
    { "add", "made" },
    { "set", "changed" },
    { "remove", "removed" },
    { "addresses", "set the addresses of" },
    { "restore", "put back, out of a backup," },
    { "lift", "ended" },
    { "leave", "ended somebody's role in" },
    { "creator", "made somebody a creator in" },
    { "manager", "made somebody a manager in" },
    { "ending", "began to remove" },
    { "login", "logged in to" },
    { "logout", "logged out of" },
    { "logout-all", "logged all browsers out of" },
    { "factor-on", "switched the second factor on for" },
    { "factor-off", "switched the second factor off for" },
    { "factor-codes", "replaced the recovery codes of" },
    { "link-invite", "made an invitation for" },
    { "link-reset", "made a link for another password of" },
    { "link-used", "used a link of" },
};

static const char *verb_of(const char *word)
{
    for (size_t i = 0; i < LENGTH_OF(verbs); i++)
        if (strcmp(verbs[i].word, word) == 0)
            return verbs[i].text;
    return word;
}

struct words {
    char word[64], what[NAME_TEXT_SIZE], who[EMAIL_SIZE], owner[EMAIL_SIZE];
    bool hides_who; /* an operator, whom owners do not see */
};

static void put_text(char *out, size_t size, struct str text)
{
    struct buf to = buf_on(out, size);
    buf_put(&to, str_first(text, size - 1));
    (void)buf_text(&to);
}

static void find_word(const struct change_row *row, struct words *out)
{
    const char *word = "set";
    if (row->kind == CHANGE_MEMBER && row->after_n == 0) {
        put_text(out->word, sizeof(out->word), STR("leave"));
        return;
    }
    if (row->kind != CHANGE_HOST) {
        put_text(out->word, sizeof(out->word), str_bytes(row->after, row->after_n));
        return;
    }
    if (row->before_n == 0)
        word = "add";
    else if (row->after_n == 0)
        word = "remove";
    else if (!str_equal(str_bytes(row->before, row->before_n),
                        str_bytes(row->after, row->after_n)))
        word = "addresses";
    put_text(out->word, sizeof(out->word), str_from(word));
}

/* An account that is gone has no address any more. */
static enum status find_email(const struct rest_call *call, int64_t id, bool *is_operator,
                              char out[EMAIL_SIZE], struct error *err)
{
    struct account_row row;
    out[0] = 0;
    if (id == 0)
        return OK;
    enum status status = store_account_find(call->admin.store, id, &row, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    *is_operator = row.role == ROLE_OPERATOR;
    memcpy(out, row.email, EMAIL_SIZE);
    return OK;
}

static enum status find_what(const struct rest_call *call, const struct change_row *row,
                             struct words *out, struct error *err)
{
    struct buf text = BUF_ON(out->what);
    struct host_row host;
    struct zone_row zone;
    struct store *store = call->admin.store;
    char email[EMAIL_SIZE] = "";
    bool is_operator = false;
    enum status status = OK;
    if (row->name.n)
        buf_put_text(&text, name_text(&row->name));
    else if (row->kind == CHANGE_HOST &&
             !(status = store_host_find(store, row->id, &host, err)))
        buf_put_text(&text, name_text(&host.name));
    else if (row->kind == CHANGE_ZONE &&
             !(status = store_zone_find(store, row->id, &zone, err)))
        buf_put_text(&text, name_text(&zone.name));
    else if (row->kind == CHANGE_ACCOUNT || row->kind == CHANGE_ACT)
        status = find_email(call, row->id, &is_operator, email, err);
    buf_put_text(&text, email);
    if (text.n == 0)
        buf_printf(&text, "%lld", (long long)row->id);
    (void)buf_text(&text);
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status find_words(const struct rest_call *call, const struct change_row *row,
                              struct words *out, struct error *err)
{
    const struct actor *actor = &call->admin.actor;
    bool is_operator = false, ignored = false;
    find_word(row, out);
    enum status status = find_what(call, row, out, err);
    if (!status)
        status = find_email(call, row->owner_id, &ignored, out->owner, err);
    if (!status)
        status = find_email(call, row->account_id, &is_operator, out->who, err);
    out->hides_who = !actor_is_operator(actor) && row->account_id != actor->account_id &&
                     (is_operator || row->via == VIA_MACHINE);
    if (out->hides_who)
        out->who[0] = 0;
    return status;
}

static void put_who(const struct change_row *row, const struct words *words,
                    struct buf *out)
{
    if (words->hides_who)
        buf_put_text(out, "an operator");
    else if (words->who[0])
        buf_put_text(out, words->who);
    else if (row->account_id)
        buf_printf(out, "account %lld, which is gone,", (long long)row->account_id);
    else if (row->via == VIA_MACHINE)
        buf_put_text(out, "the operator at the machine");
    else if (row->via == VIA_SERVICE)
        buf_put_text(out, "the service");
    else if (row->dialect)
        buf_put_text(out, "a device");
    else
        buf_put_text(out, "somebody");
}

static void put_sentence(struct json *item, const struct change_row *row,
                         const struct words *words)
{
    char storage[TEXT_SIZE + NAME_TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    const char *kind = kinds[row->kind];
    put_who(row, words, &text);
    buf_printf(&text, " %s %s%s%s %s", verb_of(words->word),
               strcmp(words->word, "remove") == 0 ? "" : "the ", kind,
               row->kind == CHANGE_RRSET ? " at" : "", words->what);
    if (row->undoes)
        buf_printf(&text, ", taking back change %lld", (long long)row->undoes);
    if (row->via == VIA_TOKEN)
        buf_printf(&text, ", by token %lld", (long long)row->token_id);
    json_put_text(item, "text", buf_str(&text));
}

/* ----- as JSON ----- */

static void put_or_null(struct json *item, const char *key, const char *text)
{
    json_put(item, key, text[0] ? json_new_string(str_from(text)) : json_new_null());
}

/* Addresses; of what is no host none. */
static enum status put_side(struct json *item, const char *key,
                            const struct change_row *row, struct str bytes,
                            struct error *err)
{
    struct json *side = NULL;
    if (row->kind != CHANGE_HOST || bytes.n == 0) {
        json_put(item, key, json_new_array());
        return OK;
    }
    enum status status = rest_change_side((const uint8_t *)bytes.at, bytes.n, &side, err);
    if (!status)
        json_put(item, key, side);
    return status;
}

enum status rest_action_json(const struct rest_call *call, const struct change_row *row,
                             struct json **out, struct error *err)
{
    struct words words;
    struct str before = str_bytes(row->before, row->before_n);
    enum status status = find_words(call, row, &words, err);
    CLEANUP(json_freep) struct json *item = json_new_object();
    fields_write(&action_shape, row, item);
    if (!status)
        status = put_side(item, "before", row, before, err);
    if (!status)
        status = put_side(item, "after", row, str_bytes(row->after, row->after_n), err);
    if (status)
        return status;
    put_sentence(item, row, &words);
    json_put_text(item, "kind", str_from(kinds[row->kind]));
    json_put_text(item, "what", str_from(words.what));
    json_put_text(item, "word", str_from(words.word));
    json_put_text(item, "detail", row->kind == CHANGE_ACCOUNT ? before : STR(""));
    put_or_null(item, "owner", words.owner);
    put_or_null(item, "who", words.who);
    rest_put_dialect(item, row->dialect);
    rest_put_caller(call, row, item);
    *out = TAKE(item);
    return OK;
}

/* ----- lists ----- */

struct walk {
    struct rest_list *list;
    struct store_page
        page;        /* as it is read; what a filter leaves out is more than is put */
    int64_t zone_id; /* 0: any */
};

static bool is_of_zone(const struct change_row *row, int64_t zone_id)
{
    return (row->kind == CHANGE_ZONE || row->kind == CHANGE_RRSET) && row->id == zone_id;
}

static enum status append(void *ctx, const struct change_row *row)
{
    const struct walk *walk = (const struct walk *)ctx;
    struct json *item = NULL;
    if (walk->zone_id && !is_of_zone(row, walk->zone_id)) {
        rest_list_pass(walk->list, row->seq);
        return OK;
    }
    enum status status = rest_action_json(walk->list->call, row, &item, walk->list->err);
    return status ? status : rest_list_put(walk->list, row->seq, item);
}

static enum status list_host(struct rest_call *call, struct rest_list *list,
                             struct str name, struct error *err)
{
    struct host_row host;
    enum status status = rest_find_host(call, name, &host, err);
    if (!status && !actor_owns(&call->admin.actor, host.owner_id))
        status = rest_missing(ERR_NOT_FOUND, "host", name, err);
    return status ? status : rest_history_put(&host, list, rest_action_json);
}

/* A zone's own changes are among those of its owner. Who looks after it sees them, too. */
static enum status find_zone(const struct rest_call *call, struct str name,
                             struct walk *walk, struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    enum status status = rest_find_zone(call, name, &zone, err);
    if (!status)
        status =
            zone_role_of_actor(call->admin.store, &call->admin.actor, &zone, &role, err);
    if (!status && !zone_role_may(role, ZONE_LOOK_AT_ALL))
        status = rest_missing(ERR_NOT_FOUND, "zone", name, err);
    if (status)
        return status;
    walk->zone_id = zone.id;
    walk->page.owner_id = zone.owner_id;
    walk->page.limit = REST_WALK_MAX;
    return OK;
}

static enum status find_account(const struct rest_call *call, struct str email,
                                struct walk *walk, struct error *err)
{
    struct account_row account;
    enum status status = rest_find_account(call, email, &account, err);
    if (!status && !actor_owns(&call->admin.actor, account.id))
        status = ERR_NOT_FOUND;
    if (!status)
        walk->page.owner_id = account.id;
    return rest_missing(status, "account", email, err);
}

static enum status list(struct rest_call *call, struct rest_list *list, struct error *err)
{
    struct walk walk = { .list = list, .page = list->page };
    struct str host = rest_param(call, "host"), zone = rest_param(call, "zone"),
               email = rest_param(call, "account"), all = rest_param(call, "updates");
    enum status status = OK;
    if ((host.n > 0) + (zone.n > 0) + (email.n > 0) + (all.n > 0) > 1)
        return FAIL(err, ERR_SYNTAX, "one of account, host, zone and updates at a time");
    if (all.n && (!str_equal(all, STR("1")) || list->page.owner_id))
        return FAIL(err, ERR_SYNTAX, "updates: must be 1, and is for operators");
    if (host.n)
        return list_host(call, list, host, err);
    if (zone.n)
        status = find_zone(call, zone, &walk, err);
    else if (email.n)
        status = find_account(call, email, &walk, err);
    if (status)
        return status;
    return store_change_log(call->admin.store,
                            walk.page.owner_id ? STORE_LOG_ACCOUNT
                            : all.n            ? STORE_LOG_ALL
                                               : STORE_LOG_PEOPLE,
                            walk.page, append, &walk, err);
}

enum status rest_log_list(struct rest_call *call, struct error *err)
{
    struct rest_list page;
    enum status status = rest_list_begin(call, &page, err);
    return status ? status : rest_list_end(call, &page, list(call, &page, err));
}
