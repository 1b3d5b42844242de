// SPDX-License-Identifier: GPL-3.0-or-later
/* Sends requests to one address, repeats them and takes the replies. A job is a zone under way. It
 * ends when the reply has come and the next request for the zone may follow, or by giving up. */
#include "publish/notify_target.h"

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

enum {
    TRIES_MAX = 15, /* 1 + 2 + 4 + 8 + 16 + 32 s, then a minute each: some ten minutes */
    PAUSE_FIRST_MS = 1000,
    PAUSE_LAST_MS = 60000,
    MESSAGE_ROOM = QUERY_SIZE + TSIG_ROOM,
    REPLY_ROOM = 4096,
};

struct job {
    uint32_t zone;
    uint16_t id;
    uint8_t tries;   /* since the last acknowledgement; 0: no request is on its way */
    bool again;      /* the zone has changed since the request was sent */
    int64_t again_s; /* when it first changed */
    uint32_t serial; /* that was announced */
    int64_t sent_ms, due_ms;
    struct tsig tsig;
};

struct notify_target {
    struct notify_target_options options;
    int fd; /* -1: to be opened */
    struct watch watch;
    bool complained;
    size_t sent;
    int64_t probed_ms;
    struct job jobs[NOTIFY_JOBS_MAX];
    size_t job_count;
    uint32_t *queue; /* zones that wait for a place among the jobs */
    size_t head, tail, queue_size;
};

static int64_t now_ms(const struct notify_target *target)
{
    return loop_now_ms(target->options.shared->loop);
}

struct name notify_zone_name(const struct notify_shared *shared, uint32_t zone)
{
    struct name name = { .n = 0 };
    enum status status = name_decode(byteset_get(shared->names, zone), &name);
    assert(!status);
    return name;
}

static struct name name_of(const struct notify_target *target, const struct job *job)
{
    return notify_zone_name(target->options.shared, job->zone);
}

/* ----- zones to announce ----- */

static void enqueue(struct notify_target *target, uint32_t number)
{
    struct notify_zone *zone = &target->options.shared->zones[number];
    uint64_t bit = 1ULL << target->options.number;
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

static struct job *find_zone_job(struct notify_target *target, uint32_t number)
{
    for (size_t i = 0; i < target->job_count; i++)
        if (target->jobs[i].zone == number)
            return &target->jobs[i];
    return NULL;
}

void notify_target_announce(struct notify_target *target, uint32_t zone, int64_t now_s)
{
    struct job *job = find_zone_job(target, zone);
    if (!job) {
        enqueue(target, zone);
        return;
    }
    /* A reply to the old request would say nothing about the new serial. */
    if (!job->again)
        job->again_s = now_s;
    job->again = true;
}

void notify_target_remind(struct notify_target *target, uint32_t zone)
{
    if (!find_zone_job(target, zone))
        enqueue(target, zone);
}

/* ----- replies ----- */

static void complain(struct notify_target *target, const char *why)
{
    if (!target->complained)
        target->options.events->trouble(target->options.ctx, why);
    target->complained = true;
}

static void complain_of(struct notify_target *target, struct job *job, const char *what,
                        unsigned rcode)
{
    char storage[NAME_TEXT_SIZE + IP_TEXT_SIZE + 128];
    struct buf text = BUF_ON(storage);
    struct name name = name_of(target, job);
    buf_printf(&text, "%s port %u %s", ip_text(target->options.address.ip),
               (unsigned)target->options.address.port, what);
    if (rcode)
        buf_printf(&text, " (response code %u)", rcode);
    buf_printf(&text, " for zone %s", name_text(&name));
    complain(target, buf_text(&text));
}

/* The job keeps its place for as long as the next request for the zone has to wait. */
static void pause_job(struct job *job)
{
    job->tries = 0;
    job->due_ms = job->sent_ms + NOTIFY_GAP_MS;
}

/* The address answers again: what it missed need not wait for the end of a long pause. */
static void revive(struct notify_target *target)
{
    for (size_t i = 0; i < target->job_count; i++) {
        struct job *job = &target->jobs[i];
        if (job->tries > 1 && job->sent_ms + NOTIFY_PROBE_MS <= now_ms(target))
            job->due_ms = now_ms(target);
    }
}

static void close_socket(struct notify_target *target)
{
    watch_stop(&target->watch);
    file_close(target->fd);
    target->fd = -1;
}

static bool check_signature(struct notify_target *target, struct job *job,
                            const uint8_t *wire, size_t n)
{
    if (!target->options.key || tsig_check_reply(&job->tsig, wire, n) == TSIG_GOOD)
        return true;
    complain_of(target, job, "answers without a good signature", 0);
    return false;
}

static void take_acknowledgement(struct notify_target *target, const struct job *job)
{
    const struct notify_acknowledgement what = {
        .zone = job->zone, .serial = job->serial, .since_s = job->again ? job->again_s : 0
    };
    target->complained = false;
    target->options.events->acknowledged(target->options.ctx, &what);
}

static void take_reply(struct notify_target *target, struct job *job, const uint8_t *wire,
                       size_t n)
{
    const struct notify_target_events *events = target->options.events;
    const struct query query = { .id = job->id,
                                 .opcode = QUERY_NOTIFY,
                                 .name = name_of(target, job),
                                 .type = RR_SOA };
    struct query_reply reply;
    if (query_read_reply(&query, wire, n, &reply, NULL, NULL) ||
        !check_signature(target, job, wire, n))
        return;
    if (reply.rcode == RCODE_NOERROR) {
        take_acknowledgement(target, job);
    } else {
        events->failed(target->options.ctx, false);
        complain_of(target, job, "refuses the notification", reply.rcode);
    }
    pause_job(job);
    revive(target);
    events->changed(target->options.ctx);
}

static struct job *find_job(struct notify_target *target, const uint8_t *wire, size_t n)
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
    struct notify_target *target = ctx;
    uint8_t wire[REPLY_ROOM];
    (void)events;
    for (int round = 0; round < NOTIFY_JOBS_MAX; round++) {
        ssize_t n = recv(target->fd, wire, sizeof(wire), 0);
        if (n < 0)
            break; /* no reply is left, or the port is closed: the timer tries again */
        struct job *job = find_job(target, wire, (size_t)n);
        if (job)
            take_reply(target, job, wire, (size_t)n);
    }
    target->options.events->wake(target->options.ctx);
}

/* ----- requests ----- */

static bool open_socket(struct notify_target *target)
{
    const struct notify_address *to = &target->options.address;
    if (target->fd >= 0)
        return true;
    if (socket_connect_udp(to->ip, to->port, &target->fd, NULL))
        return false;
    watch_start(&target->watch, target->options.shared->loop, target->fd, EPOLLIN,
                on_readable, target);
    return true;
}

static bool send_message(struct notify_target *target, struct job *job)
{
    uint8_t wire[MESSAGE_ROOM];
    const struct tsig_key *key = target->options.key;
    random_fill(&job->id, sizeof(job->id));
    const struct query query = { .id = job->id,
                                 .opcode = QUERY_NOTIFY,
                                 .name = name_of(target, job),
                                 .type = RR_SOA };
    size_t n = query_encode(&query, wire);
    job->tsig = (struct tsig){ .key = NULL };
    if (key && tsig_sign_request(&job->tsig, key, wire, &n, sizeof(wire), NULL))
        return false;
    return !fault_hit("notify.send") && open_socket(target) &&
           send(target->fd, wire, n, 0) == (ssize_t)n;
}

static int64_t pause_after(unsigned tries)
{
    int64_t pause_ms = PAUSE_FIRST_MS;
    for (unsigned i = 1; i < tries && pause_ms < PAUSE_LAST_MS; i++)
        pause_ms *= 2;
    return pause_ms < PAUSE_LAST_MS ? pause_ms : PAUSE_LAST_MS;
}

static void send_request(struct notify_target *target, struct job *job)
{
    struct notify_shared *shared = target->options.shared;
    job->serial = shared->zones[job->zone].serial;
    /* A socket that cannot send may be bound to an address that this machine has lost. */
    if (send_message(target, job))
        target->sent++;
    else
        close_socket(target);
    job->again = false;
    job->sent_ms = now_ms(target);
    budget_spend(&shared->budget);
}

static void send_job(struct notify_target *target, struct job *job)
{
    send_request(target, job);
    job->tries++;
    job->due_ms = job->sent_ms + pause_after(job->tries);
}

/* A silent secondary may be back. So a change is announced without waiting for the next try, and
 * does not count as one. INT64_MAX: there is no change, or it is announced when the job is due. */
static int64_t probe_of(const struct notify_target *target, const struct job *job)
{
    if (!job->again || job->tries == 0)
        return INT64_MAX;
    int64_t last_ms = target->probed_ms > job->sent_ms ? target->probed_ms : job->sent_ms;
    return last_ms + NOTIFY_PROBE_MS;
}

static void probe(struct notify_target *target, struct job *job)
{
    send_request(target, job);
    target->probed_ms = job->sent_ms;
}

static void remove_job(struct notify_target *target, struct job *job)
{
    *job = target->jobs[--target->job_count];
}

static void give_up(struct notify_target *target, struct job *job)
{
    target->options.events->failed(target->options.ctx, true);
    complain_of(target, job, "does not answer notifications", 0);
    remove_job(target, job);
    close_socket(target);
    target->options.events->changed(target->options.ctx);
}

static bool may_send(const struct notify_target *target)
{
    return budget_allows(&target->options.shared->budget);
}

static void serve_jobs(struct notify_target *target)
{
    for (size_t i = 0; i < target->job_count && may_send(target);) {
        struct job *job = &target->jobs[i];
        bool due = job->due_ms <= now_ms(target);
        /* The last job takes the place of one that is removed. */
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
        else if (probe_of(target, job) <= now_ms(target))
            probe(target, job);
        i++;
    }
}

void notify_target_serve(struct notify_target *target)
{
    serve_jobs(target);
    while (target->head < target->tail && target->job_count < NOTIFY_JOBS_MAX &&
           may_send(target)) {
        struct job *job = &target->jobs[target->job_count++];
        *job = (struct job){ .zone = target->queue[target->head++] };
        target->options.shared->zones[job->zone].queued &=
            ~(1ULL << target->options.number);
        send_job(target, job);
    }
    if (target->head == target->tail)
        target->head = target->tail = 0;
}

int64_t notify_target_next_ms(const struct notify_target *target)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < target->job_count; i++) {
        const struct job *job = &target->jobs[i];
        int64_t probe_ms = probe_of(target, job);
        int64_t job_ms = probe_ms < job->due_ms ? probe_ms : job->due_ms;
        next_ms = job_ms < next_ms ? job_ms : next_ms;
    }
    bool waits = target->head < target->tail && target->job_count < NOTIFY_JOBS_MAX;
    return waits ? now_ms(target) : next_ms;
}

size_t notify_target_waiting(const struct notify_target *target)
{
    size_t waiting = target->tail - target->head;
    for (size_t i = 0; i < target->job_count; i++)
        waiting += target->jobs[i].tries > 0 || target->jobs[i].again;
    return waiting;
}

size_t notify_target_sent(const struct notify_target *target)
{
    return target->sent;
}

/* ----- beginning and end ----- */

struct notify_target *notify_target_new(const struct notify_target_options *options)
{
    struct notify_target *target = NEW(struct notify_target);
    target->options = *options;
    target->fd = -1;
    return target;
}

void notify_target_free(struct notify_target *target)
{
    if (!target)
        return;
    close_socket(target);
    mem_free(target->queue);
    mem_free(target);
}
