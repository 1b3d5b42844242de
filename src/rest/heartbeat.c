// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/heartbeat.h"

#include "base/json.h"
#include "change/change.h"

enum {
    LOOK_MAX = 20000 /* hosts in memory that a page looks at: some 2 ms */
};

static const char *const heartbeat_words[] = { "unknown", "fresh", "late", "silent",
                                               NULL };

/* What its calls tell of a host. */
struct heartbeat_view {
    int64_t expected_s, since_s;
    enum heartbeat_state state;
    bool is_learned;
};
static const struct field heartbeat_fields[] = {
    FIELD(struct heartbeat_view, expected_s, "expected_s", FIELD_NUMBER, SET_BY_NOBODY,
          "how often it should call, in seconds; 0: nothing is expected"),
    FIELD(struct heartbeat_view, is_learned, "learned", FIELD_BOOL, SET_BY_NOBODY,
          "the service has learned that from its calls"),
    FIELD_OF_WORDS(struct heartbeat_view, state, "state", heartbeat_words, SET_BY_NOBODY,
                   "late: it has missed a call; silent: it has missed several"),
    FIELD(struct heartbeat_view, since_s, "since", FIELD_NUMBER, SET_BY_NOBODY,
          "of the state, in seconds since 1970; of a fresh one its last call"),
};
const struct shape rest_heartbeat_shape = { "Heartbeat", heartbeat_fields,
                                            LENGTH_OF(heartbeat_fields) };

/* A call that writes knows only what the database has, which is late, too. */
static void put_heartbeat(const struct rest_call *call, const struct host_row *row,
                          struct json *object)
{
    struct change_heartbeat found = { .since_s = row->last_seen_s };
    if (!call->rest || !change_find_heartbeat(call->rest->change, row->id, &found)) {
        if (row->last_seen_s && !row->permanent)
            found.expected = heartbeat_of(row->liveness_s, row->heartbeat);
        found.state =
            heartbeat_judge(found.expected, call->admin.now_s - row->last_seen_s);
    }
    const struct heartbeat_view view = { .expected_s = found.expected.expected_s,
                                         .is_learned = found.expected.is_learned,
                                         .state = found.state,
                                         .since_s = found.since_s };
    struct json *heartbeat = json_new_object();
    fields_write(&rest_heartbeat_shape, &view, heartbeat);
    json_put(object, "heartbeat", heartbeat);
}

static void put_fallback(const struct host_row *row, struct json *object)
{
    const struct addresses fallback = {
        .v4 = { { row->fallback_v4 }, row->fallback_v4.family != IP_NONE },
        .v6 = { { row->fallback_v6 }, row->fallback_v6.family != IP_NONE },
    };
    json_put(object, "fallback", rest_addresses_json(&fallback));
}

void rest_heartbeat_put(const struct rest_call *call, const struct host_row *row,
                        struct json *object)
{
    put_fallback(row, object);
    json_put_bool(object, "notify", !row->quiet);
    put_heartbeat(call, row, object);
}

static enum status read_fallback(const struct json *body, struct host_row *row,
                                 struct error *err)
{
    struct addresses fallback;
    bool given = false;
    enum status status = rest_member_addresses(body, "fallback", &fallback, &given, err);
    if (status || !given)
        return status;
    if (addresses_are_several(&fallback))
        return FAIL(err, ERR_LIMIT, "fallback: more than one address of a family");
    row->fallback_v4 = address_list_usual(&fallback.v4);
    row->fallback_v6 = address_list_usual(&fallback.v6);
    return OK;
}

static enum status read_bool(const struct json *body, const char *key, bool *out,
                             struct error *err)
{
    const struct json *member = json_get(body, key);
    if (member && !json_as_bool(member, out))
        return FAIL(err, ERR_SYNTAX, "%s: must be true or false", key);
    return OK;
}

enum status rest_heartbeat_read(const struct rest_call *call, struct host_row *row,
                                struct error *err)
{
    bool notify = !row->quiet, keep = false;
    enum status status = read_bool(call->body, "notify", &notify, err);
    if (!status)
        status = read_bool(call->body, "keep", &keep, err);
    if (!status)
        status = read_fallback(call->body, row, err);
    row->quiet = !notify;
    if (keep)
        row->kept_s = call->admin.now_s;
    return status;
}

/* ----- lists ----- */

enum status rest_heartbeat_wanted(const struct rest_call *call, int *out,
                                  struct error *err)
{
    struct str text = rest_param(call, "heartbeat");
    *out = -1;
    for (int i = 0; heartbeat_words[i] && text.n; i++)
        if (str_equal(text, str_from(heartbeat_words[i])))
            *out = i;
    if (text.n && *out < 0)
        return FAIL(err, ERR_SYNTAX,
                    "heartbeat: must be one of unknown, fresh, late, silent");
    return OK;
}

/* The hosts of one account are few: they are read, and looked up. */
static enum status append_if_wanted(void *ctx, const struct host_row *row)
{
    const struct rest_heartbeat_walk *walk = (const struct rest_heartbeat_walk *)ctx;
    struct change_heartbeat found;
    if (change_find_heartbeat(walk->list->call->rest->change, row->id, &found) &&
        (int)found.state == walk->wanted)
        return walk->append(walk->list, row);
    rest_list_pass(walk->list, row->id);
    return OK;
}

/* Those of all are found in memory, and only what is shown is read. */
static enum status list_of_all(const struct rest_heartbeat_walk *walk, struct error *err)
{
    struct rest_list *list = walk->list;
    const struct change *change = list->call->rest->change;
    int64_t after = list->page.after;
    enum status status = OK;
    while (!status && json_count(list->items) < list->page.limit) {
        struct host_row row;
        status = change_next_in_state(change, (enum heartbeat_state)walk->wanted,
                                      walk->zone_id, LOOK_MAX, &after);
        if (status) {
            list->last = after;
            list->walked = status == ERR_LIMIT ? REST_WALK_MAX : 0;
            return OK;
        }
        status = store_host_find(list->call->admin.store, after, &row, err);
        if (status == ERR_NOT_FOUND)
            status = OK; /* gone, which memory does not know yet */
        else if (!status)
            status = walk->append(list, &row);
    }
    return status;
}

enum status rest_heartbeat_list(const struct rest_heartbeat_walk *walk, struct error *err)
{
    const struct rest_list *list = walk->list;
    struct store_page page = list->page;
    struct rest_heartbeat_walk copy = *walk;
    page.limit = REST_WALK_MAX;
    return page.owner_id ? store_host_list(list->call->admin.store, walk->zone_id, page,
                                           append_if_wanted, &copy, err)
                         : list_of_all(walk, err);
}
