// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/events.h"

#include <inttypes.h>

#include "api/problem.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/mem.h"
#include "people/people.h"
#include "people/session.h"
#include "rest/event.h"
#include "update/ring.h"
#include "update/update.h"

enum {
    HEAD_SIZE = 128, /* of an event, without its data */
    MISSED_SIZE = STREAM_WAITING_MAX / 2,
    FIRST_SIZE = MISSED_SIZE + 3 * HEAD_SIZE,
    WAIT_S = 10
};

struct listening {
    struct api_events *of;
    struct event_listener listener;
    LIST_ENTRY(listening) links;
    struct queue_entry check;
    struct http_stream *stream;
    struct rest_listening what;
};

/* ----- the text of an event ----- */

static const char *word_of(enum event_kind kind)
{
    static const char *const words[TOLD_KINDS] = {
        [TOLD_HOST] = "host",     [TOLD_HEARD] = "heard",
        [TOLD_FAILED] = "failed", [TOLD_PUBLISHED] = "published",
        [TOLD_SERVED] = "served", [TOLD_RESET] = "reset",
    };
    return words[kind];
}

/* NULL: there is nothing to tell any more. The caller frees it. */
static char *data_of(const struct rest *rest, const struct event *event)
{
    CLEANUP(json_freep) struct json *object = NULL;
    if (event->data)
        return mem_copy_text(event->data);
    if (event->kind == TOLD_HOST)
        return rest_event_host(rest, event, &object, NULL) ? NULL : json_text(object);
    if (event->kind == TOLD_SERVED)
        return rest_event_served(rest, event, &object, NULL) ? NULL : json_text(object);
    object = json_new_object();
    if (event->kind == TOLD_PUBLISHED)
        json_put_number(object, "seq", event->seq);
    return json_text(object);
}

static void put_event(struct buf *out, const struct event *event, const char *data)
{
    buf_printf(out, "id: %" PRId64 "\nevent: %s\ndata: ", event->reached,
               word_of(event->kind));
    buf_put_text(out, data);
    buf_put_text(out, "\n\n");
}

/* ----- the end ----- */

static void forget(struct listening *listening)
{
    events_leave(&listening->listener);
    queue_remove(&listening->check);
    LIST_REMOVE(listening, links);
    listening->of->count--;
    mem_free(listening);
}

static void ended(void *ctx)
{
    forget((struct listening *)ctx);
}

static void end(struct listening *listening)
{
    http_stream_end(listening->stream);
    forget(listening);
}

/* ----- rights ----- */

static bool is_idle(const struct rest *rest, const struct actor *actor, int64_t now_s)
{
    struct session_row row;
    if (actor->kind != ACTOR_SESSION || !rest->people)
        return false;
    return store_session_find(change_reader(rest->change), actor->session_id, &row,
                              NULL) ||
           session_is_over(&row, people_session_used(rest->people, &row), now_s);
}

/* Whether it may still hear what it hears. */
static bool holds(const struct listening *listening)
{
    const struct rest *rest = listening->of->rest;
    const struct actor *before = &listening->what.actor;
    struct actor now = *before;
    int64_t now_s = clock_wall_s(rest->clock);
    return !change_has_failed(rest->change) &&
           actor_renew(&now, change_reader(rest->change), now_s, NULL) == OK &&
           now.role == before->role && (now.rights & ACTOR_READS) &&
           !is_idle(rest, &now, now_s);
}

static void check(void *ctx)
{
    struct listening *listening = (struct listening *)ctx;
    if (holds(listening))
        queue_move(&listening->check, &listening->of->checks);
    else
        end(listening);
}

/* ----- telling ----- */

static void tell_all(struct event_listeners *to, struct str text)
{
    struct event_listener *listener = LIST_FIRST(to);
    while (listener) {
        struct listening *listening = (struct listening *)listener->owner;
        listener = LIST_NEXT(listener, links);
        if (holds(listening))
            http_stream_send(listening->stream, text);
        else
            end(listening);
    }
}

static void tell(void *ctx, const struct event *event, struct event_listeners *to)
{
    const struct api_events *events = (const struct api_events *)ctx;
    CLEANUP(mem_freep) char *data = data_of(events->rest, event);
    if (!data)
        return;
    size_t size = str_from(data).n + HEAD_SIZE;
    CLEANUP(mem_freep) char *storage = mem_new(size);
    struct buf text = buf_on(storage, size);
    put_event(&text, event, data);
    tell_all(to, buf_str(&text));
}

void api_events_report(void *ctx, const struct ring_entry *entry)
{
    const struct api_events *events = (const struct api_events *)ctx;
    struct name name;
    struct host_row host;
    if (name_parse(str_from(entry->host), &name, NULL) ||
        change_find_host(events->rest->change, &name, &host, NULL) ||
        !events_has_listener(events->events, host.owner_id))
        return;
    CLEANUP(json_freep) struct json *request = rest_request_json(entry);
    CLEANUP(mem_freep) char *text = json_text(request);
    const struct event event = { .kind = entry->code <= UPDATE_NOCHG ? TOLD_HEARD
                                                                     : TOLD_FAILED,
                                 .account_id = host.owner_id,
                                 .host_id = host.id,
                                 .data = text };
    events_post(events->events, &event);
}

/* ----- the beginning ----- */

struct beginning {
    const struct api_events *events;
    struct buf out;
};

static enum status put_missed(void *ctx, const struct event *event)
{
    struct beginning *beginning = (struct beginning *)ctx;
    CLEANUP(mem_freep) char *data = data_of(beginning->events->rest, event);
    if (data)
        put_event(&beginning->out, event, data);
    return beginning->out.full ? ERR_LIMIT : OK;
}

/* What follows the last event that the listener has heard, if it says which. */
static void put_all_missed(struct beginning *beginning, struct str last,
                           const struct rest_listening *what)
{
    const struct event reset = { .kind = TOLD_RESET,
                                 .reached = events_seq(beginning->events->events) };
    struct buf *out = &beginning->out;
    struct buf before = *out;
    uint64_t seq = 0;
    if (last.n == 0)
        return;
    out->size = MISSED_SIZE;
    enum status status = str_to_u64(last, INT64_MAX, &seq);
    if (!status)
        status = rest_event_replay(beginning->events->rest, what->account_id,
                                   (int64_t)seq, put_missed, beginning, NULL);
    out->size = before.size;
    if (!status)
        return;
    *out = before;
    put_event(out, &reset, "{}");
}

static void put_beginning(struct beginning *beginning, struct http_exchange *exchange,
                          const struct rest_listening *what)
{
    struct events *events = beginning->events->events;
    const struct event published = { .kind = TOLD_PUBLISHED,
                                     .seq = events_published(events),
                                     .reached = events_seq(events) };
    CLEANUP(mem_freep) char *data = data_of(beginning->events->rest, &published);
    buf_put_text(&beginning->out, "retry: 2000\n\n");
    put_all_missed(beginning,
                   http_head_field(http_request_head(exchange), "Last-Event-ID"), what);
    put_event(&beginning->out, &published, data);
}

static bool is_same_holder(const struct actor *a, const struct actor *b)
{
    return a->session_id == b->session_id && a->token_id == b->token_id;
}

/* False: it was replied. */
static bool has_room(const struct api_events *events, struct http_exchange *exchange,
                     const struct actor *actor)
{
    const struct listening *other = NULL;
    size_t of_account = 0, of_holder = 0;
    LIST_FOREACH(other, &events->all, links)
    {
        of_account += other->what.actor.account_id == actor->account_id;
        of_holder += is_same_holder(&other->what.actor, actor);
    }
    if (of_holder >= LISTENERS_PER_HOLDER || of_account >= LISTENERS_PER_ACCOUNT) {
        problem_wait(exchange, 429, WAIT_S, "too many listen already with this %s",
                     of_holder < LISTENERS_PER_HOLDER ? "account"
                     : actor->token_id                ? "token"
                                                      : "session");
        return false;
    }
    if (events->count < LISTENERS_MAX && change_is_ready(events->rest->change) &&
        !fault_hit("events.full"))
        return true;
    problem_wait(exchange, 503, WAIT_S,
                 "not now: too many listen already, or the service"
                 " is starting");
    return false;
}

void api_events_begin(struct api_events *events, struct http_exchange *exchange,
                      const struct rest_listening *what)
{
    if (!has_room(events, exchange, &what->actor))
        return;
    CLEANUP(mem_freep) char *storage = mem_new(FIRST_SIZE);
    struct beginning beginning = { events, buf_on(storage, FIRST_SIZE) };
    struct listening *listening = NEW(struct listening);
    listening->of = events;
    listening->what = *what;
    listening->listener.owner = listening;
    listening->check.owner = listening;
    put_beginning(&beginning, exchange, what);
    listening->stream =
        problem_stream(exchange, buf_str(&beginning.out), ended, listening);
    if (!listening->stream) {
        mem_free(listening);
        return;
    }
    events->count++;
    LIST_INSERT_HEAD(&events->all, listening, links);
    queue_move(&listening->check, &events->checks);
    events_listen(events->events, what->account_id, &listening->listener);
}

/* ----- start and end ----- */

void api_events_init(struct api_events *events)
{
    LIST_INIT(&events->all);
    events->count = 0;
    queue_init(&events->checks, events->loop, LISTENERS_CHECK_MS, check);
    if (events->events)
        events_tell_by(events->events, tell, events);
}

void api_events_done(struct api_events *events)
{
    while (!LIST_EMPTY(&events->all))
        end(LIST_FIRST(&events->all));
    queue_done(&events->checks);
}
