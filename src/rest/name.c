// SPDX-License-Identifier: GPL-3.0-or-later
/* Names: whether one is free, who looks after it, which words are reserved, and which names are kept
 * for those who had them. */
#include <string.h>

#include "account/zone_role.h"
#include "base/json.h"
#include "rest/field.h"
#include "rest/list.h"
#include "rest/name.h"
#include "rest/resource.h"
#include "store/name_rules.h"

/* ----- whether a name is free ----- */

struct check {
    struct name name;
    enum name_verdict verdict;
};

static const struct field of_check[] = {
    FIELD(struct check, name, "name", FIELD_NAME, SET_BY_NOBODY, "its whole name"),
    FIELD_OF_WORDS(struct check, verdict, "verdict", name_verdict_words, SET_BY_NOBODY,
                   "free: the account may make a host of the name; else why not"),
    BY_HAND("reason", HAND_TEXT_OR_NULL, SET_BY_NOBODY, "the same in words"),
};
const struct shape name_check_shape = { "NameCheck", of_check, LENGTH_OF(of_check) };

enum status rest_name_check(struct rest_call *call, struct error *err)
{
    struct check check = { .verdict = NAME_FREE };
    struct error why = { "" };
    enum status status = name_parse(call->arg, &check.name, err);
    if (status)
        return status;
    struct host_row row = { .name = check.name };
    status = rest_host_fill(call, &row, &why);
    if (!status)
        status = admin_host_judge(&call->admin, &row, &check.verdict, &why);
    else if (status == ERR_NOT_FOUND)
        check.verdict = NAME_NO_ZONE;
    if (status == ERR_IO || status == ERR_BUSY)
        return FAIL(err, status, "%s", why.text);
    call->result = json_new_object();
    fields_write(&name_check_shape, &check, call->result);
    json_put(call->result, "reason",
             status ? json_new_string(str_from(why.text)) : json_new_null());
    return OK;
}

void rest_name_word(struct rest_call *call, const struct name *name)
{
    enum name_verdict verdict = NAME_FREE;
    struct host_row row = { .name = *name };
    if (name->n && !rest_host_fill(call, &row, NULL) &&
        admin_host_judge(&call->admin, &row, &verdict, NULL) && verdict != NAME_FREE)
        call->word = name_verdict_words[verdict];
}

/* ----- who looks after a name ----- */

static const struct field of_contact[] = {
    BY_HAND("name", HAND_TEXT, SET_BY_NOBODY, "the name that was asked for"),
    BY_HAND("zone", HAND_TEXT, SET_BY_NOBODY, "the zone that it lies in"),
    BY_HAND("abuse", HAND_TEXT_OR_NULL, SET_BY_NOBODY,
            "where to report abuse by mail; null: nobody has said"),
};
const struct shape contact_shape = { "Contact", of_contact, LENGTH_OF(of_contact) };

/* Whether there is a host of the name is not told, nor whose it is. */
enum status rest_contact(struct rest_call *call, struct error *err)
{
    struct name name;
    struct zone_row zone;
    enum status status = name_parse(call->arg, &name, err);
    if (status)
        return status;
    status = store_zone_find_longest(call->admin.store, &name, &zone, err);
    if (status || zone.state != ZONE_ACTIVE)
        return rest_missing(status ? status : ERR_NOT_FOUND, "zone for", call->arg, err);
    const char *abuse = zone.abuse[0] ? zone.abuse : call->rest->abuse;
    call->result = json_new_object();
    json_put_text(call->result, "name", str_from(name_text(&name)));
    json_put_text(call->result, "zone", str_from(name_text(&zone.name)));
    json_put(call->result, "abuse",
             abuse && abuse[0] ? json_new_string(str_from(abuse)) : json_new_null());
    return OK;
}

/* ----- zones of rows ----- */

/* The zone's name, or null. */
static enum status put_zone(const struct rest_call *call, int64_t zone_id,
                            struct json *object, struct error *err)
{
    struct zone_row zone;
    enum status status =
        zone_id ? store_zone_find(call->admin.store, zone_id, &zone, err) : ERR_NOT_FOUND;
    if (status && status != ERR_NOT_FOUND)
        return status;
    json_put(object, "zone",
             status ? json_new_null() : json_new_string(str_from(name_text(&zone.name))));
    return OK;
}

/* ----- reserved words ----- */

static const struct field of_word[] = {
    FIELD(struct reserved_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD(struct reserved_row, word, "word", FIELD_TEXT, SET_BY_OWNER,
          "a label; a star before or behind it stands for anything", .only_new = true,
          .needed = true),
    FIELD(struct reserved_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    BY_HAND("zone", HAND_TEXT_OR_NULL, SET_BY_OWNER,
            "the zone next to which no host may have it; null: any", .only_new = true),
};
const struct shape reserved_shape = { "ReservedName", of_word, LENGTH_OF(of_word) };

static enum status word_to_json(const struct rest_call *call,
                                const struct reserved_row *row, struct json **out,
                                struct error *err)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    fields_write(&reserved_shape, row, object);
    enum status status = put_zone(call, row->zone_id, object, err);
    if (!status)
        *out = TAKE(object);
    return status;
}

static enum status append_word(void *ctx, const struct reserved_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    struct json *item = NULL;
    enum status status = word_to_json(list->call, row, &item, list->err);
    return status ? status : rest_list_put(list, row->id, item);
}

enum status rest_reserved_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    int64_t zone_id = 0;
    enum status status = rest_list_begin_in_zone(call, &list, &zone_id, err);
    if (status)
        return status;
    status = store_reserved_list(call->admin.store, zone_id, list.page, append_word,
                                 &list, err);
    return rest_list_end(call, &list, status);
}

static enum status read_zone(const struct rest_call *call, int64_t *zone_id,
                             struct error *err)
{
    struct str name;
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    const struct json *member = json_get(call->body, "zone");
    if (!member || json_is_null(member))
        return OK;
    if (!json_as_text(member, &name))
        return FAIL(err, ERR_SYNTAX, "zone: must be a zone's name or null");
    enum status status = rest_find_zone(call, name, &zone, err);
    if (!status)
        status =
            zone_role_of_actor(call->admin.store, &call->admin.actor, &zone, &role, err);
    if (!status && !zone_role_may(role, ZONE_LOOK))
        status = rest_missing(ERR_NOT_FOUND, "zone", name, err);
    if (status)
        error_prefix(err, "zone");
    else
        *zone_id = zone.id;
    return status;
}

enum status rest_reserved_add(struct rest_call *call, struct error *err)
{
    struct reserved_row row = { .id = 0 };
    enum status status =
        fields_read(&reserved_shape, call->body, rest_setter(call), true, &row, err);
    if (!status)
        status = read_zone(call, &row.zone_id, err);
    if (!status)
        status = admin_reserved_add(&call->admin, &row, err);
    return status ? status : word_to_json(call, &row, &call->result, err);
}

enum status rest_find_reserved(const struct rest_call *call, struct str number,
                               struct reserved_row *out, struct error *err)
{
    uint64_t id = 0;
    if (str_to_u64(number, INT64_MAX, &id))
        return FAIL(err, ERR_SYNTAX, "reserved word '" STR_FMT "': its number is needed",
                    STR_ARG(number));
    enum status status = store_reserved_find(call->admin.store, (int64_t)id, out, err);
    return rest_missing(status, "reserved word", number, err);
}

enum status rest_reserved_remove(struct rest_call *call, struct error *err)
{
    struct reserved_row row;
    enum status status = rest_find_reserved(call, call->arg, &row, err);
    return status ? status : admin_reserved_remove(&call->admin, row.id, err);
}

/* ----- names in quarantine ----- */

static const struct field of_tombstone[] = {
    FIELD(struct tombstone_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD(struct tombstone_row, name, "name", FIELD_NAME, SET_BY_NOBODY,
          "its whole name"),
    FIELD(struct tombstone_row, until_s, "until", FIELD_NUMBER, SET_BY_NOBODY,
          "when anybody may have it, in seconds since 1970"),
    BY_HAND("zone", HAND_TEXT_OR_NULL, SET_BY_NOBODY,
            "the zone that it lies in; null: that is gone"),
};
const struct shape quarantine_shape = { "QuarantinedName", of_tombstone,
                                        LENGTH_OF(of_tombstone) };

static enum status append_tombstone(void *ctx, const struct tombstone_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    struct json *item = json_new_object();
    fields_write(&quarantine_shape, row, item);
    enum status status = put_zone(list->call, row->zone_id, item, list->err);
    if (!status)
        return rest_list_put(list, row->id, item);
    json_free(item);
    return status;
}

enum status rest_quarantine_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    int64_t zone_id = 0;
    enum status status = rest_list_begin_in_zone(call, &list, &zone_id, err);
    if (status)
        return status;
    status = store_tombstone_page(call->admin.store, zone_id, list.page, append_tombstone,
                                  &list, err);
    return rest_list_end(call, &list, status);
}

enum status rest_find_tombstone(const struct rest_call *call, struct str text,
                                struct tombstone_row *out, struct error *err)
{
    struct name name;
    enum status status = name_parse(text, &name, err);
    if (status)
        return status;
    status = store_tombstone_get(call->admin.store, &name, out, err);
    return rest_missing(status, "name in quarantine", text, err);
}

enum status rest_quarantine_lift(struct rest_call *call, struct error *err)
{
    struct tombstone_row row;
    enum status status = rest_find_tombstone(call, call->arg, &row, err);
    return status ? status : admin_quarantine_lift(&call->admin, &row.name, err);
}
