// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/served.h"

#include "base/mem.h"
#include "net/queue.h"

enum {
    BUCKETS = 256
};

struct host {
    struct queue_entry kept; /* the one that changed first is first */
    LIST_ENTRY(host) bucket;
    struct served *served;
    int64_t id, zone_id, seq;
    int64_t number; /* of the question about this change; 0: none was asked */
};
LIST_HEAD(host_list, host);

struct served {
    struct served_options options;
    struct host_list hosts[BUCKETS];
    struct queue kept;
    size_t count;
    struct timer timer;
    int64_t applied, number, asked_ms;
};

/* Questions that are asked at once. */
struct questions {
    int64_t zones[SERVED_ZONES_MAX];
    size_t count;
};

static struct host_list *bucket_of(struct served *served, int64_t host_id)
{
    return &served->hosts[(uint64_t)host_id % BUCKETS];
}

static struct host *find_host(struct served *served, int64_t host_id)
{
    struct host *host = NULL;
    LIST_FOREACH(host, bucket_of(served, host_id), bucket)
    if (host->id == host_id)
        break;
    return host;
}

static struct host *host_of(const struct queue_entry *entry)
{
    return entry ? (struct host *)entry->owner : NULL;
}

static struct host *first_host(const struct served *served)
{
    return host_of(queue_first(&served->kept));
}

static struct host *next_host(const struct host *host)
{
    return host_of(TAILQ_NEXT(&host->kept, links));
}

static void forget(void *ctx)
{
    struct host *host = (struct host *)ctx;
    queue_remove(&host->kept);
    LIST_REMOVE(host, bucket);
    host->served->count--;
    mem_free(host);
}

static struct host *new_host(struct served *served, int64_t host_id)
{
    struct host *host = NEW(struct host);
    if (served->count == SERVED_HOSTS_MAX)
        forget(first_host(served));
    host->served = served;
    host->id = host_id;
    host->kept.owner = host;
    LIST_INSERT_HEAD(bucket_of(served, host_id), host, bucket);
    served->count++;
    return host;
}

void served_note(struct served *served, int64_t host_id, int64_t zone_id, int64_t seq)
{
    struct host *host = find_host(served, host_id);
    if (!host)
        host = new_host(served, host_id);
    host->zone_id = zone_id;
    host->seq = seq;
    host->number = 0;
    queue_move(&host->kept, &served->kept);
}

/* ----- questions ----- */

/* 0: there are too many zones now. */
static int64_t number_for(struct served *served, struct questions *questions,
                          int64_t zone_id)
{
    size_t at = 0;
    while (at < questions->count && questions->zones[at] != zone_id)
        at++;
    if (at == SERVED_ZONES_MAX)
        return 0;
    if (at == questions->count)
        questions->zones[questions->count++] = zone_id;
    return served->number + 1 + (int64_t)at;
}

static bool is_to_be_asked(const struct host *host)
{
    return host->number == 0 && host->seq <= host->served->applied;
}

static void ask_soon(struct served *served);

/* The hosts know their numbers before the first question, as its answer may come at once. */
static void ask(void *ctx)
{
    struct served *served = (struct served *)ctx;
    struct questions questions = { .count = 0 };
    for (struct host *host = first_host(served); host; host = next_host(host))
        if (is_to_be_asked(host))
            host->number = number_for(served, &questions, host->zone_id);
    served->asked_ms = loop_now_ms(served->options.loop);
    for (size_t i = 0; i < questions.count; i++)
        served->options.ask(served->options.ctx, ++served->number, questions.zones[i]);
    ask_soon(served);
}

static void ask_soon(struct served *served)
{
    struct loop *loop = served->options.loop;
    int64_t at_ms = served->asked_ms + SERVED_PACE_MS;
    const struct host *host = first_host(served);
    if (served->timer.loop)
        return;
    while (host && !is_to_be_asked(host))
        host = next_host(host);
    if (host)
        timer_set(&served->timer, loop,
                  at_ms > loop_now_ms(loop) ? at_ms : loop_now_ms(loop), ask, served);
}

void served_applied(struct served *served, int64_t seq)
{
    served->applied = seq;
    ask_soon(served);
}

void served_ask_again(struct served *served)
{
    for (struct host *host = first_host(served); host; host = next_host(host))
        host->number = 0;
}

/* ----- answers ----- */

static void tell_zone(struct served *served, int64_t zone_id, int64_t number)
{
    struct host *next = NULL;
    for (struct host *host = first_host(served); host; host = next) {
        next = next_host(host);
        if (host->zone_id != zone_id || host->number == 0 || host->number > number)
            continue;
        served->options.tell(served->options.ctx, host->id, host->seq);
        forget(host);
    }
}

void served_answer(struct served *served, int64_t number)
{
    const struct host *host = first_host(served);
    while (host && host->number != number)
        host = next_host(host);
    if (host && number > 0)
        tell_zone(served, host->zone_id, number);
}

/* ----- beginning and end ----- */

struct served *served_new(const struct served_options *options)
{
    struct served *served = NEW(struct served);
    served->options = *options;
    served->asked_ms = loop_now_ms(options->loop) - SERVED_PACE_MS;
    queue_init(&served->kept, options->loop, SERVED_KEPT_MS, forget);
    return served;
}

void served_free(struct served *served)
{
    if (!served)
        return;
    while (served->count > 0)
        forget(first_host(served));
    timer_stop(&served->timer);
    queue_done(&served->kept);
    mem_free(served);
}
