// SPDX-License-Identifier: GPL-3.0-or-later
/* One queue of zones for each address of a secondary. Jobs are the requests on their way; a
 * timer sends, repeats and gives up, and all addresses share one budget of requests. */
#include "publish/notify.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/reader.h"
#include "dns/query.h"
#include "net/loop.h"
#include "net/socket.h"
#include "publish/byteset.h"
#include "publish/standing.h"

enum {
    JOBS_MAX = 32,  /* on their way to one address */
    TRIES_MAX = 15, /* 1 + 2 + 4 + 8 + 16 + 32 s, then a minute each: some ten minutes */
    PAUSE_FIRST_MS = 1000,
    PAUSE_LAST_MS = 60000,
    PROBE_MS =
        1000, /* between requests that announce something new to a silent secondary */
    RETRY_MS = 3600000, /* until what was given up or refused is announced again */
    BURST = 20,
    TICK_MS = 50,
    MESSAGE_ROOM = QUERY_SIZE + TSIG_ROOM,
    REPLY_ROOM = 4096,
    THOUSAND = 1000,
};

struct zone {
    bool is_announced; /* `serial` is the one that was announced last */
    uint32_t serial, noted;
    uint32_t round;  /* in which it was noted last */
    uint64_t queued; /* bit of each target in whose queue it is */
};

/* A request on its way. */
struct job {
    uint32_t zone;
    uint16_t id;
    uint8_t tries;   /* since the last acknowledgement; 0: none is on its way */
    bool again;      /* the zone has changed since it was sent, */
    int64_t again_s; /* first at this time */
    uint32_t serial; /* that was told */
    int64_t sent_ms, due_ms;
    struct tsig tsig;
};

/* One address of a secondary. */
struct target {
    struct notify *notify;
    struct secondary *secondary;
    struct notify_address address;
    unsigned number;
    int fd; /* -1: to be opened */
    struct watch watch;
    bool complained;
    int64_t probed_ms;
    struct job jobs[JOBS_MAX];
    size_t job_count;
    uint32_t *queue; /* zones that wait for a place among the jobs */
    size_t head, tail, queue_size;
};

/* One secondary. */
struct secondary {
    struct notify_secondary options;
    struct byteset *zones; /* options.zones */
    int64_t acknowledged_s;
    size_t sent, failures;
    bool silent; /* it was given up, and has acknowledged nothing since */
    /* When zones that it is behind with are told again, from `retry_at` on. 0: none are. While
     * `retry_at` is not 0, there are more than were told at once. */
    int64_t retry_ms;
    uint32_t retry_at;
};

struct notify {
    struct loop *loop;
    notify_trouble_fn trouble;
    void (*changed)(void *ctx);
    void *ctx;
    struct secondary *secondaries;
    size_t secondary_count;
    struct standing *standing; /* of secondaries, by their numbers, with `zones` */
    struct target *targets[NOTIFY_TARGETS_MAX];
    size_t target_count;
    size_t turn; /* the target that is served first */

    struct byteset *names; /* numbers are places in `zones` */
    struct zone *zones;
    size_t zone_count, zone_size;
    bool begun; /* an image has been noted, or its first zone is to come */
    uint32_t round;

    struct timer timer;
    int64_t budget; /* thousandths of a request */
    int64_t refilled_ms;
};

static void work(void *ctx);

/* ----- zones ----- */

static struct zone *get_zone(struct notify *notify, const struct name *name)
{
    struct str bytes = name_bytes(name);
    int64_t number = byteset_find(notify->names, bytes);
    if (number != BYTESET_NONE)
        return &notify->zones[number];
    (void)byteset_add(notify->names, bytes);
    notify->zones = mem_grow(notify->zones, notify->zone_count + 1, &notify->zone_size,
                             sizeof(*notify->zones));
    struct zone *zone = &notify->zones[notify->zone_count++];
    *zone = (struct zone){ .is_announced = false };
    return zone;
}

static struct name get_name(const struct notify *notify, uint32_t number)
{
    struct name name = { .n = 0 };
    enum status status = name_decode(byteset_get(notify->names, number), &name);
    assert(!status);
    return name;
}

static bool wants(const struct target *target, uint32_t number)
{
    const struct byteset *zones = target->secondary->zones;
    return byteset_count(zones) == 0 ||
           byteset_find(zones, byteset_get(target->notify->names, number)) !=
               BYTESET_NONE;
}

static void enqueue(struct target *target, uint32_t number)
{
    struct zone *zone = &target->notify->zones[number];
    uint64_t bit = 1ULL << target->number;
    if (zone->queued & bit)
        return;
    zone->queued |= bit;
    if (target->tail == target->queue_size && target->head > target->queue_size / 2) {
        memmove(target->queue, target->queue + target->head,
                (target->tail - target->head) * sizeof(uint32_t));
        target->tail -= target->head;
        target->head = 0;
    }
    target->queue = mem_grow(target->queue, target->tail + 1, &target->queue_size,
                             sizeof(*target->queue));
    target->queue[target->tail++] = number;
}

static int64_t now_s(const struct notify *notify)
{
    return clock_wall_s(loop_clock(notify->loop));
}

static size_t number_of(const struct secondary *secondary, const struct notify *notify)
{
    return (size_t)(secondary - notify->secondaries);
}

static struct job *find_zone_job(struct target *target, uint32_t number)
{
    for (size_t i = 0; i < target->job_count; i++)
        if (target->jobs[i].zone == number)
            return &target->jobs[i];
    return NULL;
}

static void tell_target(struct target *target, uint32_t number)
{
    struct notify *notify = target->notify;
    struct job *job = find_zone_job(target, number);
    if (!wants(target, number))
        return;
    standing_fall_behind(notify->standing, number, number_of(target->secondary, notify),
                         now_s(notify));
    if (!job) {
        enqueue(target, number);
        return;
    }
    /* An answer to the old request would say nothing about the new serial. */
    if (!job->again)
        job->again_s = now_s(notify);
    job->again = true;
}

void notify_note(struct notify *notify, const struct name *zone, uint32_t serial)
{
    struct zone *at = get_zone(notify, zone);
    notify->begun = true;
    if (at->round == notify->round)
        return;
    at->round = notify->round;
    at->noted = serial;
}

static void tell_all(struct notify *notify, size_t at, uint32_t serial)
{
    struct zone *zone = &notify->zones[at];
    if (zone->is_announced && zone->serial == serial)
        return;
    zone->is_announced = true;
    zone->serial = serial;
    for (size_t i = 0; i < notify->target_count; i++)
        tell_target(notify->targets[i], (uint32_t)at);
}

static void work_now(struct notify *notify)
{
    timer_set(&notify->timer, notify->loop, loop_now_ms(notify->loop), work, notify);
}

void notify_change(struct notify *notify, const struct name *zone, uint32_t serial)
{
    const struct zone *at = get_zone(notify, zone);
    tell_all(notify, (size_t)(at - notify->zones), serial);
    work_now(notify);
}

void notify_forget(struct notify *notify)
{
    notify->begun = true;
    notify->round++;
}

void notify_commit(struct notify *notify)
{
    /* No image was made, only the fragment: no zone is gone. */
    if (!notify->begun)
        return;
    notify->begun = false;
    for (size_t at = 0; at < notify->zone_count; at++) {
        struct zone *zone = &notify->zones[at];
        if (zone->round == notify->round) {
            tell_all(notify, at, zone->noted);
        } else if (zone->is_announced) {
            zone->is_announced = false; /* gone; it may come again */
            standing_forget(notify->standing, (uint32_t)at);
        }
    }
    notify->round++;
    work_now(notify);
}

/* ----- requests ----- */

static void tell_change(const struct notify *notify)
{
    if (notify->changed)
        notify->changed(notify->ctx);
}

static void complain(struct target *target, const char *why)
{
    struct notify *notify = target->notify;
    if (!target->complained && notify->trouble)
        notify->trouble(notify->ctx, target->secondary->options.title, why);
    target->complained = true;
}

static void complain_of(struct target *target, struct job *job, const char *what,
                        unsigned rcode)
{
    char storage[NAME_TEXT_SIZE + IP_TEXT_SIZE + 128];
    struct buf text = BUF_ON(storage);
    struct name name = get_name(target->notify, job->zone);
    buf_printf(&text, "%s port %u %s", ip_text(target->address.ip),
               (unsigned)target->address.port, what);
    if (rcode)
        buf_printf(&text, " (response code %u)", rcode);
    buf_printf(&text, " for zone %s", name_text(&name));
    complain(target, buf_text(&text));
}

static void remove_job(struct target *target, struct job *job)
{
    *job = target->jobs[--target->job_count];
}

/* It keeps its place for as long as the next request has to wait. */
static void pause_job(struct job *job)
{
    job->tries = 0;
    job->due_ms = job->sent_ms + NOTIFY_GAP_MS;
}

/* It answers: what it missed while it was away need not wait for the end of a long pause. */
static void revive(struct target *target)
{
    int64_t now_ms = loop_now_ms(target->notify->loop);
    for (size_t i = 0; i < target->job_count; i++) {
        struct job *job = &target->jobs[i];
        if (job->tries > 1 && job->sent_ms + PROBE_MS <= now_ms)
            job->due_ms = now_ms;
    }
}

static void close_target(struct target *target)
{
    watch_stop(&target->watch);
    file_close(target->fd);
    target->fd = -1;
}

static bool check_signature(struct target *target, struct job *job, const uint8_t *wire,
                            size_t n)
{
    if (!target->secondary->options.key ||
        tsig_check_reply(&job->tsig, wire, n) == TSIG_GOOD)
        return true;
    complain_of(target, job, "answers without a good signature", 0);
    return false;
}

static void retry_at(struct secondary *secondary, int64_t at_ms)
{
    if (secondary->retry_ms == 0 || at_ms < secondary->retry_ms)
        secondary->retry_ms = at_ms;
}

static void count_failure(struct target *target)
{
    target->secondary->failures++;
    retry_at(target->secondary, loop_now_ms(target->notify->loop) + RETRY_MS);
}

static void take_acknowledgement(struct target *target, const struct job *job)
{
    struct notify *notify = target->notify;
    struct secondary *secondary = target->secondary;
    target->complained = false;
    secondary->acknowledged_s = now_s(notify);
    standing_catch_up(notify->standing, job->zone, number_of(secondary, notify),
                      job->serial, job->again ? job->again_s : 0);
    if (secondary->silent || secondary->retry_at > 0)
        retry_at(secondary, loop_now_ms(notify->loop) + PROBE_MS);
    secondary->silent = false;
}

static void take_reply(struct target *target, struct job *job, const uint8_t *wire,
                       size_t n)
{
    const struct query query = { .id = job->id,
                                 .opcode = QUERY_NOTIFY,
                                 .name = get_name(target->notify, job->zone),
                                 .type = RR_SOA };
    struct query_reply reply;
    if (query_read_reply(&query, wire, n, &reply, NULL, NULL) ||
        !check_signature(target, job, wire, n))
        return;
    if (reply.rcode == RCODE_NOERROR) {
        take_acknowledgement(target, job);
    } else {
        count_failure(target);
        complain_of(target, job, "refuses the notification", reply.rcode);
    }
    pause_job(job);
    revive(target);
    tell_change(target->notify);
}

static struct job *find_job(struct target *target, const uint8_t *wire, size_t n)
{
    for (size_t i = 0; n >= 2 && i < target->job_count; i++) {
        struct job *job = &target->jobs[i];
        if (job->tries && job->id == read_u16(wire))
            return job;
    }
    return NULL;
}

static void on_readable(void *ctx, uint32_t events)
{
    struct target *target = ctx;
    struct notify *notify = target->notify;
    uint8_t wire[REPLY_ROOM];
    (void)events;
    for (int round = 0; round < JOBS_MAX; round++) {
        ssize_t n = recv(target->fd, wire, sizeof(wire), 0);
        if (n < 0)
            break; /* nothing more, or nobody listens there: tried again by the clock */
        struct job *job = find_job(target, wire, (size_t)n);
        if (job)
            take_reply(target, job, wire, (size_t)n);
    }
    work_now(notify);
}

static bool open_target(struct target *target)
{
    if (target->fd >= 0)
        return true;
    if (socket_connect_udp(target->address.ip, target->address.port, &target->fd, NULL))
        return false;
    watch_start(&target->watch, target->notify->loop, target->fd, EPOLLIN, on_readable,
                target);
    return true;
}

static bool send_message(struct target *target, struct job *job)
{
    uint8_t wire[MESSAGE_ROOM];
    const struct tsig_key *key = target->secondary->options.key;
    random_fill(&job->id, sizeof(job->id));
    const struct query query = { .id = job->id,
                                 .opcode = QUERY_NOTIFY,
                                 .name = get_name(target->notify, job->zone),
                                 .type = RR_SOA };
    size_t n = query_encode(&query, wire);
    job->tsig = (struct tsig){ .key = NULL };
    if (key && tsig_sign_request(&job->tsig, key, wire, &n, sizeof(wire), NULL))
        return false;
    return !fault_hit("notify.send") && open_target(target) &&
           send(target->fd, wire, n, 0) == (ssize_t)n;
}

static int64_t pause_after(unsigned tries)
{
    int64_t pause_ms = PAUSE_FIRST_MS;
    for (unsigned i = 1; i < tries && pause_ms < PAUSE_LAST_MS; i++)
        pause_ms *= 2;
    return pause_ms < PAUSE_LAST_MS ? pause_ms : PAUSE_LAST_MS;
}

static void send_request(struct target *target, struct job *job)
{
    /* A socket that cannot send may stand on an address that this machine has lost. */
    job->serial = target->notify->zones[job->zone].serial;
    if (send_message(target, job))
        target->secondary->sent++;
    else
        close_target(target);
    job->again = false;
    job->sent_ms = loop_now_ms(target->notify->loop);
    target->notify->budget -= THOUSAND;
}

static void send_job(struct target *target, struct job *job)
{
    send_request(target, job);
    job->tries++;
    job->due_ms = job->sent_ms + pause_after(job->tries);
}

/* A silent secondary may be back: a change is announced without waiting for the next try, and does
 * not count as one. INT64_MAX: there is no change, or it is announced when the job is due. */
static int64_t probe_of(const struct target *target, const struct job *job)
{
    if (!job->again || job->tries == 0)
        return INT64_MAX;
    int64_t last_ms = target->probed_ms > job->sent_ms ? target->probed_ms : job->sent_ms;
    return last_ms + PROBE_MS;
}

static void probe(struct target *target, struct job *job)
{
    send_request(target, job);
    target->probed_ms = job->sent_ms;
}

static void give_up(struct target *target, struct job *job)
{
    count_failure(target);
    target->secondary->silent = true;
    complain_of(target, job, "does not answer notifications", 0);
    remove_job(target, job);
    close_target(target);
    tell_change(target->notify);
}

static bool may_send(const struct notify *notify)
{
    return notify->budget >= THOUSAND;
}

static void serve(struct target *target)
{
    struct notify *notify = target->notify;
    int64_t now_ms = loop_now_ms(notify->loop);
    for (size_t i = 0; i < target->job_count && may_send(notify);) {
        struct job *job = &target->jobs[i];
        bool due = job->due_ms <= now_ms;
        /* The last one takes the place of one that goes. */
        if (due && job->tries >= TRIES_MAX) {
            give_up(target, job);
            continue;
        }
        if (due && job->tries == 0 && !job->again) {
            remove_job(target, job);
            continue;
        }
        if (due)
            send_job(target, job);
        else if (probe_of(target, job) <= now_ms)
            probe(target, job);
        i++;
    }
    while (target->head < target->tail && target->job_count < JOBS_MAX &&
           may_send(notify)) {
        struct job *job = &target->jobs[target->job_count++];
        *job = (struct job){ .zone = target->queue[target->head++] };
        notify->zones[job->zone].queued &= ~(1ULL << target->number);
        send_job(target, job);
    }
    if (target->head == target->tail)
        target->head = target->tail = 0;
}

static void tell_again(struct notify *notify, const struct secondary *secondary,
                       uint32_t number)
{
    for (size_t i = 0; i < notify->target_count; i++) {
        struct target *target = notify->targets[i];
        if (target->secondary == secondary && !find_zone_job(target, number))
            enqueue(target, number);
    }
}

/* Tells the secondary again of zones that it is behind with: so many as may be on their way,
 * and the next ones when it acknowledges something, or after the long pause. */
static void retry(struct notify *notify, struct secondary *secondary)
{
    uint32_t at = secondary->retry_at;
    int count = 0;
    for (; at < notify->zone_count && count < JOBS_MAX; at++) {
        if (!standing_is_behind(notify->standing, at, number_of(secondary, notify)))
            continue;
        tell_again(notify, secondary, at);
        count++;
    }
    bool is_over = at == notify->zone_count,
         was_needed = count > 0 || secondary->retry_at > 0;
    secondary->retry_at = is_over ? 0 : at;
    secondary->retry_ms =
        is_over && !was_needed ? 0 : loop_now_ms(notify->loop) + RETRY_MS;
}

static void retry_due(struct notify *notify)
{
    int64_t now_ms = loop_now_ms(notify->loop);
    for (size_t i = 0; i < notify->secondary_count; i++) {
        struct secondary *secondary = &notify->secondaries[i];
        if (secondary->retry_ms > 0 && secondary->retry_ms <= now_ms)
            retry(notify, secondary);
    }
}

static int64_t next_retry(const struct notify *notify)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < notify->secondary_count; i++) {
        int64_t retry_ms = notify->secondaries[i].retry_ms;
        if (retry_ms > 0 && retry_ms < next_ms)
            next_ms = retry_ms;
    }
    return next_ms;
}

static void refill(struct notify *notify)
{
    int64_t now_ms = loop_now_ms(notify->loop);
    notify->budget += (now_ms - notify->refilled_ms) * NOTIFY_RATE;
    if (notify->budget > (int64_t)BURST * THOUSAND)
        notify->budget = (int64_t)BURST * THOUSAND;
    notify->refilled_ms = now_ms;
}

/* When there is something to do for the target again; INT64_MAX: not by the clock. */
static int64_t next_of(const struct target *target)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < target->job_count; i++) {
        const struct job *job = &target->jobs[i];
        int64_t probe_ms = probe_of(target, job);
        int64_t job_ms = probe_ms < job->due_ms ? probe_ms : job->due_ms;
        next_ms = job_ms < next_ms ? job_ms : next_ms;
    }
    bool waits = target->head < target->tail && target->job_count < JOBS_MAX;
    return waits ? loop_now_ms(target->notify->loop) : next_ms;
}

static void work(void *ctx)
{
    struct notify *notify = ctx;
    refill(notify);
    retry_due(notify);
    for (size_t i = 0; i < notify->target_count; i++)
        serve(notify->targets[(notify->turn + i) % notify->target_count]);
    notify->turn++;
    int64_t next_ms = next_retry(notify);
    for (size_t i = 0; i < notify->target_count; i++) {
        int64_t target_ms = next_of(notify->targets[i]);
        next_ms = target_ms < next_ms ? target_ms : next_ms;
    }
    if (next_ms == INT64_MAX)
        return;
    int64_t soonest_ms = loop_now_ms(notify->loop) + (may_send(notify) ? 1 : TICK_MS);
    timer_set(&notify->timer, notify->loop, next_ms < soonest_ms ? soonest_ms : next_ms,
              work, notify);
}

/* ----- beginning and end ----- */

static void add_targets(struct notify *notify, struct secondary *secondary)
{
    for (size_t i = 0; i < secondary->options.address_count; i++) {
        if (notify->target_count == NOTIFY_TARGETS_MAX)
            return;
        struct target *target = NEW(struct target);
        target->notify = notify;
        target->secondary = secondary;
        target->address = secondary->options.addresses[i];
        target->number = (unsigned)notify->target_count;
        target->fd = -1;
        notify->targets[notify->target_count++] = target;
    }
}

static void take_secondary(struct secondary *secondary,
                           const struct notify_secondary *options)
{
    secondary->options = *options;
    secondary->zones = byteset_new();
    for (size_t i = 0; i < options->zone_count; i++)
        (void)byteset_add(secondary->zones, name_bytes(&options->zones[i]));
}

struct notify *notify_new(const struct notify_options *options)
{
    struct notify *notify = NEW(struct notify);
    notify->loop = options->loop;
    notify->trouble = options->trouble;
    notify->changed = options->changed;
    notify->standing = standing_new(options->secondary_count);
    notify->ctx = options->ctx;
    notify->names = byteset_new();
    notify->round = 1;
    notify->budget = (int64_t)BURST * THOUSAND;
    notify->refilled_ms = loop_now_ms(options->loop);
    notify->secondary_count = options->secondary_count;
    notify->secondaries =
        mem_new_array(options->secondary_count + 1, sizeof(struct secondary));
    for (size_t i = 0; i < notify->secondary_count; i++) {
        take_secondary(&notify->secondaries[i], &options->secondaries[i]);
        add_targets(notify, &notify->secondaries[i]);
    }
    return notify;
}

void notify_free(struct notify *notify)
{
    if (!notify)
        return;
    timer_stop(&notify->timer);
    for (size_t i = 0; i < notify->target_count; i++) {
        close_target(notify->targets[i]);
        mem_free(notify->targets[i]->queue);
        mem_free(notify->targets[i]);
    }
    mem_free(notify->zones);
    for (size_t i = 0; i < notify->secondary_count; i++)
        byteset_free(notify->secondaries[i].zones);
    byteset_free(notify->names);
    standing_free(notify->standing);
    mem_free(notify->secondaries);
    mem_free(notify);
}

static size_t count_waiting(const struct target *target)
{
    size_t waiting = target->tail - target->head;
    for (size_t i = 0; i < target->job_count; i++)
        waiting += target->jobs[i].tries > 0 || target->jobs[i].again;
    return waiting;
}

void notify_get_state(const struct notify *notify, size_t index, struct notify_state *out)
{
    const struct secondary *secondary = &notify->secondaries[index];
    struct standing_summary summary;
    standing_get(notify->standing, index, &summary);
    *out = (struct notify_state){ .title = secondary->options.title,
                                  .acknowledged_s = secondary->acknowledged_s,
                                  .sent = secondary->sent,
                                  .failures = secondary->failures,
                                  .behind = summary.behind,
                                  .behind_since_s = summary.since_s,
                                  .has_serial = summary.has_any,
                                  .serial = summary.serial };
    if (summary.has_any)
        out->zone = get_name(notify, summary.zone);
    for (size_t i = 0; i < notify->target_count; i++) {
        const struct target *target = notify->targets[i];
        if (target->secondary == secondary)
            out->waiting += count_waiting(target);
    }
}
