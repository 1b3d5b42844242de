// SPDX-License-Identifier: GPL-3.0-or-later
/* A feed is an account that somebody listens to. Its entries are events that wait to be told, or
 * were told less than a second ago, one for each host and kind. */
#include "change/events.h"

#include "base/mem.h"
#include "base/str.h"
#include "net/queue.h"

enum {
    FEED_BUCKETS = 256,
    ENTRY_BUCKETS = 1024,
    TELL_SLICE = 8 /* some 0.1 ms each: the loop sees to requests in between */
};

struct entry {
    LIST_ENTRY(entry) bucket;
    LIST_ENTRY(entry) of_feed;
    TAILQ_ENTRY(entry) ready;
    TAILQ_ENTRY(entry) changes;
    struct queue_entry rest; /* in `resting` for a second after it was told */
    struct feed *feed;
    int64_t host_id;
    enum event_kind kind;
    bool waits;    /* there is something to tell */
    bool is_ready; /* in the list */
    int64_t first_seq,
        seq; /* TOLD_HOST: the first change that was not told. The newest one */
    char *data;
};
LIST_HEAD(entry_list, entry);
TAILQ_HEAD(entry_queue, entry);

struct feed {
    struct events *events;
    LIST_ENTRY(feed) bucket;
    TAILQ_ENTRY(feed) unpublished;
    int64_t account_id;
    struct event_listeners listeners;
    struct entry_list entries;
    size_t entry_count, served_count; /* of TOLD_SERVED, which the first does not count */
    struct entry_queue changes;       /* TOLD_HOST, by first_seq */
    /* Changes that the image did not carry yet; first 0: none, and in no list. */
    int64_t unpublished_first, unpublished_newest;
    int64_t published;        /* the last that was told */
    struct queue_entry pause; /* in a queue: more happened than is told */
    bool is_telling;
};
LIST_HEAD(feed_list, feed);
TAILQ_HEAD(feed_queue, feed);

struct events {
    struct loop *loop;
    events_tell_fn tell;
    void *ctx;
    size_t feed_count;
    struct feed_list feeds[FEED_BUCKETS];
    struct entry_list entries[ENTRY_BUCKETS];
    struct entry_queue ready;
    struct timer timer; /* while something is ready */
    struct queue resting, pauses;
    struct feed_queue unpublished;
    int64_t seq, applied;
};

/* ----- entries ----- */

static struct entry_list *entry_bucket(struct events *events, const struct feed *feed,
                                       int64_t host_id, enum event_kind kind)
{
    uint64_t key = (uint64_t)host_id * TOLD_KINDS + (uint64_t)kind;
    return &events->entries[(key + 31 * (uint64_t)feed->account_id) % ENTRY_BUCKETS];
}

static struct entry *find_entry(struct feed *feed, int64_t host_id, enum event_kind kind)
{
    struct entry *entry = NULL;
    LIST_FOREACH(entry, entry_bucket(feed->events, feed, host_id, kind), bucket)
    if (entry->feed == feed && entry->host_id == host_id && entry->kind == kind)
        break;
    return entry;
}

static size_t *count_of(struct feed *feed, enum event_kind kind)
{
    return kind == TOLD_SERVED ? &feed->served_count : &feed->entry_count;
}

static struct entry *new_entry(struct feed *feed, int64_t host_id, enum event_kind kind)
{
    struct entry *entry = NEW(struct entry);
    entry->feed = feed;
    entry->host_id = host_id;
    entry->kind = kind;
    entry->rest.owner = entry;
    LIST_INSERT_HEAD(entry_bucket(feed->events, feed, host_id, kind), entry, bucket);
    LIST_INSERT_HEAD(&feed->entries, entry, of_feed);
    (*count_of(feed, kind))++;
    return entry;
}

/* It has nothing to tell any more. */
static void settle(struct entry *entry)
{
    if (entry->waits && entry->kind == TOLD_HOST)
        TAILQ_REMOVE(&entry->feed->changes, entry, changes);
    if (entry->is_ready)
        TAILQ_REMOVE(&entry->feed->events->ready, entry, ready);
    entry->waits = false;
    entry->is_ready = false;
}

static void free_entry(struct entry *entry)
{
    settle(entry);
    queue_remove(&entry->rest);
    LIST_REMOVE(entry, bucket);
    LIST_REMOVE(entry, of_feed);
    (*count_of(entry->feed, entry->kind))--;
    mem_free(entry->data);
    mem_free(entry);
}

static void free_entries(struct feed *feed)
{
    while (!LIST_EMPTY(&feed->entries))
        free_entry(LIST_FIRST(&feed->entries));
}

/* ----- feeds ----- */

static struct feed_list *feed_bucket(struct events *events, int64_t account_id)
{
    return &events->feeds[(uint64_t)account_id % FEED_BUCKETS];
}

static struct feed *find_feed(struct events *events, int64_t account_id)
{
    struct feed *feed = NULL;
    LIST_FOREACH(feed, feed_bucket(events, account_id), bucket)
    if (feed->account_id == account_id)
        break;
    return feed;
}

static struct feed *new_feed(struct events *events, int64_t account_id)
{
    struct feed *feed = NEW(struct feed);
    feed->events = events;
    feed->account_id = account_id;
    feed->pause.owner = feed;
    TAILQ_INIT(&feed->changes);
    LIST_INSERT_HEAD(feed_bucket(events, account_id), feed, bucket);
    events->feed_count++;
    return feed;
}

static void free_feed_if_over(struct feed *feed)
{
    struct events *events = feed->events;
    if (feed->is_telling || !LIST_EMPTY(&feed->listeners))
        return;
    free_entries(feed);
    queue_remove(&feed->pause);
    if (feed->unpublished_first)
        TAILQ_REMOVE(&events->unpublished, feed, unpublished);
    LIST_REMOVE(feed, bucket);
    events->feed_count--;
    mem_free(feed);
}

void events_listen(struct events *events, int64_t account_id,
                   struct event_listener *listener)
{
    struct feed *feed = find_feed(events, account_id);
    if (!feed)
        feed = new_feed(events, account_id);
    listener->feed = feed;
    LIST_INSERT_HEAD(&feed->listeners, listener, links);
}

void events_leave(struct event_listener *listener)
{
    struct feed *feed = TAKE(listener->feed);
    if (!feed)
        return;
    LIST_REMOVE(listener, links);
    free_feed_if_over(feed);
}

/* ----- telling ----- */

/* The feed may be gone afterwards. */
static void tell(struct feed *feed, struct event *event)
{
    const struct events *events = feed->events;
    const struct entry *next = TAILQ_FIRST(&feed->changes);
    event->account_id = feed->account_id;
    event->reached = next ? next->first_seq - 1 : events->seq;
    feed->is_telling = true;
    events->tell(events->ctx, event, &feed->listeners);
    feed->is_telling = false;
    free_feed_if_over(feed);
}

/* Whether what has to be told before waits, too. */
static bool comes_too_soon(const struct entry *entry)
{
    struct feed *feed = entry->feed;
    if (entry->kind != TOLD_SERVED)
        return false;
    const struct entry *host = find_entry(feed, entry->host_id, TOLD_HOST),
                       *published = find_entry(feed, 0, TOLD_PUBLISHED);
    return (host && host->waits && host->first_seq <= entry->seq) ||
           (published && published->waits && feed->published < entry->seq);
}

static void put_off(struct entry *entry)
{
    struct events *events = entry->feed->events;
    TAILQ_REMOVE(&events->ready, entry, ready);
    entry->is_ready = false;
    queue_move(&entry->rest, &events->resting);
}

static void tell_entry(struct entry *entry)
{
    struct events *events = entry->feed->events;
    if (comes_too_soon(entry)) {
        put_off(entry);
        return;
    }
    CLEANUP(mem_freep) char *data = TAKE(entry->data);
    struct event event = {
        .kind = entry->kind, .host_id = entry->host_id, .seq = entry->seq, .data = data
    };
    if (event.kind == TOLD_PUBLISHED)
        entry->feed->published = event.seq = events->applied;
    settle(entry);
    queue_move(&entry->rest, &events->resting);
    tell(entry->feed, &event);
}

static void set_timer(struct events *events);

static void tell_some(void *ctx)
{
    struct events *events = (struct events *)ctx;
    for (size_t i = 0; i < TELL_SLICE && !TAILQ_EMPTY(&events->ready); i++)
        tell_entry(TAILQ_FIRST(&events->ready));
    set_timer(events);
}

static void set_timer(struct events *events)
{
    if (!TAILQ_EMPTY(&events->ready) && !events->timer.loop)
        timer_set(&events->timer, events->loop, loop_now_ms(events->loop), tell_some,
                  events);
}

static void make_ready(struct entry *entry)
{
    struct events *events = entry->feed->events;
    entry->is_ready = true;
    TAILQ_INSERT_TAIL(&events->ready, entry, ready);
    set_timer(events);
}

static void rested(void *ctx)
{
    struct entry *entry = (struct entry *)ctx;
    if (entry->waits)
        make_ready(entry);
    else
        free_entry(entry);
}

/* ----- posting ----- */

static void put_change(struct entry *entry, int64_t seq)
{
    struct feed *feed = entry->feed;
    if (!entry->waits) {
        entry->first_seq = seq;
        TAILQ_INSERT_TAIL(&feed->changes, entry, changes);
    }
    feed->unpublished_newest = seq;
    if (feed->unpublished_first)
        return;
    feed->unpublished_first = seq;
    TAILQ_INSERT_TAIL(&feed->events->unpublished, feed, unpublished);
}

static void post(struct feed *feed, const struct event *event)
{
    if (feed->pause.queue)
        return;
    struct entry *entry = find_entry(feed, event->host_id, event->kind);
    if (!entry && event->kind == TOLD_SERVED && feed->served_count == EVENTS_SERVED_MAX)
        return;
    if (!entry && feed->entry_count == EVENTS_WAITING_MAX) {
        free_entries(feed);
        queue_move(&feed->pause, &feed->events->pauses);
        return;
    }
    if (!entry)
        entry = new_entry(feed, event->host_id, event->kind);
    if (event->kind == TOLD_HOST)
        put_change(entry, event->seq);
    entry->seq = event->seq;
    mem_free(entry->data);
    entry->data = event->data ? mem_copy_text(event->data) : NULL;
    entry->waits = true;
    if (!entry->is_ready && !entry->rest.queue)
        make_ready(entry);
}

/* What the image carries is told anew, since that may have been lost, too. */
static void pause_over(void *ctx)
{
    struct feed *feed = (struct feed *)ctx;
    struct event reset = { .kind = TOLD_RESET };
    if (feed->events->applied)
        post(feed, &(struct event){ .kind = TOLD_PUBLISHED });
    tell(feed, &reset);
}

void events_post(struct events *events, const struct event *event)
{
    if (events->feed_count == 0)
        return;
    struct feed *all = find_feed(events, EVENTS_OF_ALL);
    struct feed *own = find_feed(events, event->account_id);
    if (all)
        post(all, event);
    if (own && own != all)
        post(own, event);
}

bool events_are_wanted(const struct events *events)
{
    return events->feed_count > 0;
}

bool events_has_listener(struct events *events, int64_t account_id)
{
    return events->feed_count > 0 &&
           (find_feed(events, account_id) || find_feed(events, EVENTS_OF_ALL));
}

/* ----- changes ----- */

int64_t events_seq(const struct events *events)
{
    return events->seq;
}

int64_t events_published(const struct events *events)
{
    return events->applied;
}

void events_committed(struct events *events, int64_t seq)
{
    events->seq = seq;
}

static void publish(struct feed *feed, int64_t seq)
{
    post(feed, &(struct event){ .kind = TOLD_PUBLISHED });
    if (feed->unpublished_newest > seq) {
        feed->unpublished_first = seq + 1;
        return;
    }
    feed->unpublished_first = 0;
    TAILQ_REMOVE(&feed->events->unpublished, feed, unpublished);
}

void events_applied(struct events *events, int64_t seq)
{
    struct feed *feed = TAILQ_FIRST(&events->unpublished);
    events->applied = seq;
    while (feed) {
        struct feed *next = TAILQ_NEXT(feed, unpublished);
        if (feed->unpublished_first <= seq)
            publish(feed, seq);
        feed = next;
    }
}

/* ----- start and end ----- */

struct events *events_new(struct loop *loop)
{
    struct events *events = NEW(struct events);
    events->loop = loop;
    TAILQ_INIT(&events->ready);
    TAILQ_INIT(&events->unpublished);
    queue_init(&events->resting, loop, EVENTS_PACE_MS, rested);
    queue_init(&events->pauses, loop, EVENTS_PAUSE_MS, pause_over);
    return events;
}

void events_free(struct events *events)
{
    if (!events)
        return;
    timer_stop(&events->timer);
    queue_done(&events->resting);
    queue_done(&events->pauses);
    mem_free(events);
}

void events_tell_by(struct events *events, events_tell_fn tell_all, void *ctx)
{
    events->tell = tell_all;
    events->ctx = ctx;
}
