// SPDX-License-Identifier: GPL-3.0-or-later
/* What a device said, what the database has, what is published and what name servers answer. publish
 * asks them and tells what it knows; its words are passed on as they are. */
#include "base/json.h"
#include "base/mem.h"
#include "rest/history.h"
#include "rest/job.h"
#include "rest/list.h"
#include "rest/resource.h"
#include "rest/rest.h"
#include "rest/truths.h"

enum {
    TITLE_SIZE = 64
};

/* A request, while publish is asked. */
struct inquiry {
    struct rest_job *job;
    struct json *result;
};

/* "?wait=0": what is known is told at once. */
static enum status read_wait(const struct rest_call *call, bool *waits, struct error *err)
{
    struct str text = rest_param(call, "wait");
    *waits = !str_equal(text, STR("0"));
    if (text.n && *waits && !str_equal(text, STR("1")))
        return FAIL(err, ERR_SYNTAX, "wait: must be 0 or 1");
    return OK;
}

/* The member of what publish said; another kind of value than `is_kind` counts as null. */
static void pass_on(struct json *result, const struct json *seen, const char *key,
                    bool (*is_kind)(const struct json *), struct json *fallback)
{
    const struct json *value = json_get(seen, key);
    if (!is_kind(value)) {
        json_put(result, key, fallback);
        return;
    }
    json_free(fallback);
    json_put(result, key, json_clone(value));
}

static void seen(void *ctx, const struct json *seen)
{
    struct inquiry *inquiry = (struct inquiry *)ctx;
    struct rest_job *job = inquiry->job;
    struct json *result = inquiry->result;
    pass_on(result, seen, "published", json_is_object, json_new_null());
    pass_on(result, seen, "servers", json_is_array, json_new_array());
    json_put_bool(result, "complete", json_get_bool(seen, "complete"));
    rest_job_call(job)->result = result;
    mem_free(inquiry);
    rest_job_end(job, OK, NULL);
}

/* Fills the names into the question, and puts what front knows itself. */
typedef enum status (*look_fn)(const struct rest_call *call,
                               struct truth_question *question, struct json *result,
                               struct error *err);

static void inquire(struct rest_job *job, enum truth_subject subject, look_fn look)
{
    const struct rest_call *call = rest_job_call(job);
    struct truth_question question = { .subject = subject };
    struct json *result = json_new_object();
    struct error err = { "" };
    enum status status = read_wait(call, &question.waits, &err);
    if (!status)
        status = look(call, &question, result, &err);
    if (status) {
        json_free(result);
        rest_job_end(job, status, &err);
        return;
    }
    struct inquiry *inquiry = NEW(struct inquiry);
    *inquiry = (struct inquiry){ job, result };
    truths_ask(call->rest->truths, &question, seen, inquiry);
}

/* ----- hosts ----- */

static enum status put_database(const struct rest_call *call, const struct host_row *host,
                                struct json *result, struct error *err)
{
    struct addresses addresses;
    enum status status = store_host_addresses(call->admin.store, host, &addresses, err);
    if (status)
        return status;
    struct json *database = json_new_object();
    json_put(database, "addresses", rest_addresses_json(&addresses));
    json_put_number(database, "seq", host->last_change);
    json_put(result, "database", database);
    return OK;
}

static enum status look_at_host(const struct rest_call *call,
                                struct truth_question *question, struct json *result,
                                struct error *err)
{
    struct host_row host;
    struct zone_row zone;
    enum status status = rest_find_host(call, call->arg, &host, err);
    if (!status)
        status = store_zone_find(call->admin.store, host.zone_id, &zone, err);
    if (status)
        return status;
    question->zone = zone.name;
    question->host = host.name;
    json_put_text(result, "host", str_from(name_text(&host.name)));
    json_put_text(result, "zone", str_from(name_text(&zone.name)));
    status = history_put_said(call, &host, result, err);
    return status ? status : put_database(call, &host, result, err);
}

void rest_host_truth(struct rest_job *job)
{
    inquire(job, TRUTH_OF_HOST, look_at_host);
}

/* ----- zones ----- */

static enum status look_at_zone(const struct rest_call *call,
                                struct truth_question *question, struct json *result,
                                struct error *err)
{
    struct zone_row zone;
    enum status status = rest_find_zone(call, call->arg, &zone, err);
    if (status)
        return status;
    question->zone = zone.name;
    json_put_text(result, "zone", str_from(name_text(&zone.name)));
    return OK;
}

void rest_zone_serials(struct rest_job *job)
{
    inquire(job, TRUTH_OF_ZONE, look_at_zone);
}

/* ----- secondaries ----- */

enum secondary_state {
    SECONDARY_UNKNOWN,
    SECONDARY_ANSWERS,
    SECONDARY_SILENT
};
static const char *const states[] = { "unknown", "answers", "silent", NULL };
static const char *const results[] = { "nothing", "acknowledged", "refused", "unanswered",
                                       NULL };

struct secondary_row {
    char name[TITLE_SIZE];
    unsigned state, notify;
    int64_t zones_behind, lag_s, asked_s, heard_s, acknowledged_s;
    int64_t notify_failures, notify_waiting;
};

static const struct field fields[] = {
    FIELD(struct secondary_row, name, "name", FIELD_TEXT, SET_BY_NOBODY,
          "the title of its section in the configuration"),
    FIELD_OF_WORDS(struct secondary_row, state, "state", states, SET_BY_NOBODY,
                   "whether it answers questions; unknown: it was not asked yet"),
    FIELD(struct secondary_row, zones_behind, "zones_behind", FIELD_NUMBER, SET_BY_NOBODY,
          "zones of which it does not serve the newest serial"),
    FIELD(struct secondary_row, lag_s, "lag", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since the oldest change that it does not serve; 0: it serves all"),
    FIELD(struct secondary_row, asked_s, "asked", FIELD_NUMBER, SET_BY_NOBODY,
          "when it was asked last, in seconds since 1970; 0: never"),
    FIELD(struct secondary_row, heard_s, "heard", FIELD_NUMBER, SET_BY_NOBODY,
          "when it answered last, in seconds since 1970; 0: never"),
    FIELD_OF_WORDS(struct secondary_row, notify, "notify", results, SET_BY_NOBODY,
                   "what became of the last notification"),
    FIELD(struct secondary_row, acknowledged_s, "acknowledged", FIELD_NUMBER,
          SET_BY_NOBODY,
          "when it acknowledged a notification last, in seconds since 1970; 0: never"),
    FIELD(struct secondary_row, notify_failures, "notify_failures", FIELD_NUMBER,
          SET_BY_NOBODY, "notifications that it refused or that were given up"),
    FIELD(struct secondary_row, notify_waiting, "notify_waiting", FIELD_NUMBER,
          SET_BY_NOBODY, "notifications that are not acknowledged yet"),
    BY_HAND("addresses", HAND_TEXTS, SET_BY_NOBODY, "where it is asked"),
};
const struct shape secondary_shape = { "Secondary", fields, LENGTH_OF(fields) };

/* 0, the first one, for a word that is none of them. */
static unsigned read_word(const struct json *one, const char *key,
                          const char *const *words)
{
    struct str text = json_get_text(one, key);
    for (unsigned i = 0; words[i]; i++)
        if (str_equal(text, str_from(words[i])))
            return i;
    return 0;
}

static struct json *secondary_to_json(const struct json *one)
{
    struct secondary_row row = {
        .state = read_word(one, "state", states),
        .notify = read_word(one, "notify", results),
        .zones_behind = json_get_number(one, "zones_behind"),
        .lag_s = json_get_number(one, "lag"),
        .asked_s = json_get_number(one, "asked"),
        .heard_s = json_get_number(one, "heard"),
        .acknowledged_s = json_get_number(one, "acknowledged"),
        .notify_failures = json_get_number(one, "notify_failures"),
        .notify_waiting = json_get_number(one, "notify_waiting"),
    };
    struct buf name = BUF_ON(row.name);
    buf_put(&name, str_first(json_get_text(one, "name"), TITLE_SIZE - 1));
    (void)buf_text(&name);
    struct json *object = json_new_object();
    fields_write(&secondary_shape, &row, object);
    pass_on(object, one, "addresses", json_is_array, json_new_array());
    return object;
}

static void listed(void *ctx, const struct json *seen)
{
    struct rest_job *job = (struct rest_job *)ctx;
    struct rest_call *call = rest_job_call(job);
    const struct json *all = json_get(seen, "secondaries");
    struct rest_list list;
    struct error err = { "" };
    if (!seen) {
        rest_job_end(job, FAIL(&err, ERR_BUSY, "publish does not answer"), &err);
        return;
    }
    enum status status = rest_list_begin(call, &list, &err);
    if (status) {
        rest_job_end(job, status, &err);
        return;
    }
    for (size_t i = 0; i < json_count(all) && !status; i++)
        if ((int64_t)i >= list.page.after)
            status = rest_list_put(&list, (int64_t)i + 1,
                                   secondary_to_json(json_item(all, i)));
    status = rest_list_end(call, &list, status);
    rest_job_end(job, status, &err);
}

void rest_secondary_list(struct rest_job *job)
{
    const struct truth_question question = { .subject = TRUTH_OF_SECONDARIES };
    truths_ask(rest_job_call(job)->rest->truths, &question, listed, job);
}
