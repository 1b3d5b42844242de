// SPDX-License-Identifier: GPL-3.0-or-later
/* A flight is one question on its way, with the socket of its present try. */
#include "publish/asker.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "dns/query.h"
#include "net/loop.h"
#include "net/socket.h"
#include "publish/budget.h"

enum {
    BURST = 50,
    TICK_MS = 20,
    REPLY_ROOM = 4096,
    READS_MAX = 8, /* datagrams of a socket in one turn of the loop */
};

struct server {
    struct asker_server is;
    TAILQ_HEAD(question_list, asker_question) queue;
    size_t flights;
    struct asker_standing standing;
};

struct flight {
    struct asker *asker;
    struct asker_question *question; /* NULL: the place is free */
    int fd;
    struct watch watch;
    struct query query;
    uint8_t wire[QUERY_SIZE];
    size_t n;
    unsigned tries, wrong;
    int64_t sent_ms, due_ms;
    struct asker_answer answer;
};

struct asker {
    struct loop *loop;
    struct server servers[ASKER_SERVERS_MAX];
    size_t server_count;
    size_t turn; /* the server that is served first */
    struct flight flights[ASKER_FLIGHT_MAX];
    struct budget budget;
    struct timer timer;
};

static void work(void *ctx);

static int64_t now_ms(const struct asker *asker)
{
    return loop_now_ms(asker->loop);
}

static int64_t now_s(const struct asker *asker)
{
    return clock_wall_s(loop_clock(asker->loop));
}

static void work_at(struct asker *asker, int64_t at_ms)
{
    if (!asker->timer.loop || at_ms < asker->timer.at_ms)
        timer_set(&asker->timer, asker->loop, at_ms, work, asker);
}

static struct server *server_of(struct asker *asker,
                                const struct asker_question *question)
{
    assert(question->server < asker->server_count);
    return &asker->servers[question->server];
}

/* ----- the end of a question ----- */

static void close_socket(struct flight *flight)
{
    watch_stop(&flight->watch);
    file_close(flight->fd);
    flight->fd = -1;
}

static void free_flight(struct flight *flight)
{
    close_socket(flight);
    server_of(flight->asker, flight->question)->flights--;
    flight->question = NULL;
    work_at(flight->asker, now_ms(flight->asker));
}

static void note_standing(struct server *server, const struct asker_answer *answer,
                          int64_t heard_s)
{
    if (answer->result == ASKER_SILENT) {
        server->standing.silences += server->standing.silences < UINT32_MAX;
    } else {
        server->standing.silences = 0;
        server->standing.heard_s = heard_s;
    }
}

static void end(struct flight *flight, enum asker_result result)
{
    struct asker *asker = flight->asker;
    struct asker_question *question = flight->question;
    struct asker_answer answer = flight->answer;
    answer.result = result;
    answer.took_ms = (uint32_t)(now_ms(asker) - flight->sent_ms);
    note_standing(server_of(asker, question), &answer, now_s(asker));
    free_flight(flight);
    question->answered(question->ctx, question, &answer);
}

/* ----- what comes back ----- */

static void take_record(void *ctx, enum message_section section,
                        const struct record *record)
{
    struct flight *flight = ctx;
    struct asker_answer *answer = &flight->answer;
    struct ip ip;
    struct soa soa;
    if (section != SECTION_ANSWER || record->type != flight->query.type ||
        !name_equal(&record->owner, &flight->query.name))
        return;
    if (record->type == RR_SOA) {
        answer->has_serial = soa_decode(record->rdata, &soa) == OK;
        answer->serial = answer->has_serial ? soa.serial : 0;
    } else if (!ip_from_bytes(record->rdata, &ip)) {
        answer->has_more |= addresses_add(&answer->addresses, ip) != OK;
    }
}

/* ERR_NOT_FOUND: it is none for us, and may be forged. */
static enum status read_reply(struct flight *flight, const uint8_t *wire, size_t n,
                              struct query_reply *reply)
{
    struct asker_answer *answer = &flight->answer;
    answer->addresses = (struct addresses){ .v4 = { .count = 0 } };
    answer->has_serial = answer->has_more = false;
    if (!query_is_echoed(flight->wire, flight->n, wire, n))
        return ERR_NOT_FOUND;
    return query_read_reply(&flight->query, wire, n, reply, take_record, flight);
}

static void take_reply(struct flight *flight, const struct query_reply *reply)
{
    flight->answer.rcode = reply->rcode;
    flight->answer.authoritative = reply->authoritative;
    end(flight, reply->truncated ? ASKER_TRUNCATED : ASKER_ANSWERED);
}

/* False: the flight goes on, and there may be more to read. */
static bool take_datagram(struct flight *flight)
{
    uint8_t wire[REPLY_ROOM];
    struct query_reply reply;
    ssize_t n = recv(flight->fd, wire, sizeof(wire), 0);
    if (n < 0) {
        if (errno == ECONNREFUSED)
            end(flight, ASKER_SILENT);
        return true;
    }
    enum status status = read_reply(flight, wire, (size_t)n, &reply);
    if (!status)
        take_reply(flight, &reply);
    else if (status == ERR_SYNTAX)
        end(flight, ASKER_BROKEN);
    else
        flight->wrong++;
    return status != ERR_NOT_FOUND;
}

static void on_readable(void *ctx, uint32_t events)
{
    struct flight *flight = ctx;
    (void)events;
    for (int i = 0; i < READS_MAX; i++) {
        if (take_datagram(flight))
            return;
        if (flight->wrong % ASKER_WRONG_MAX)
            continue;
        /* Who guesses gets no more tries at this port. */
        close_socket(flight);
        flight->due_ms = now_ms(flight->asker);
        work_at(flight->asker, flight->due_ms);
        return;
    }
}

/* ----- requests ----- */

static bool send_try(struct flight *flight)
{
    const struct asker_server *to = &server_of(flight->asker, flight->question)->is;
    uint8_t bits[QUERY_CASE_SIZE];
    random_fill(bits, sizeof(bits));
    random_fill(&flight->query.id, sizeof(flight->query.id));
    flight->n = query_encode(&flight->query, flight->wire);
    query_mix_case(flight->wire, flight->n, bits);
    if (socket_connect_udp(to->ip, to->port, &flight->fd, NULL))
        return false;
    watch_start(&flight->watch, flight->asker->loop, flight->fd, EPOLLIN, on_readable,
                flight);
    return send(flight->fd, flight->wire, flight->n, 0) == (ssize_t)flight->n;
}

static void try_once(struct flight *flight)
{
    struct asker *asker = flight->asker;
    close_socket(flight);
    budget_spend(&asker->budget);
    flight->tries++;
    flight->sent_ms = now_ms(asker);
    flight->due_ms = flight->sent_ms + ASKER_TRY_MS;
    flight->answer.asked_s = now_s(asker);
    server_of(asker, flight->question)->standing.asked_s = flight->answer.asked_s;
    if (!send_try(flight))
        end(flight, ASKER_SILENT);
}

static void go_on(struct flight *flight)
{
    if (flight->tries < ASKER_TRIES)
        try_once(flight);
    else
        end(flight, flight->wrong ? ASKER_BROKEN : ASKER_SILENT);
}

static bool is_down(const struct server *server)
{
    return server->standing.silences >= ASKER_DOWN_AFTER;
}

/* One that is asked of a silent server while it is being asked something. */
static void skip(struct server *server, struct asker_question *question)
{
    const struct asker_answer answer = { .result = ASKER_SILENT,
                                         .asked_s = server->standing.asked_s };
    question->answered(question->ctx, question, &answer);
}

static struct flight *find_place(struct asker *asker)
{
    for (size_t i = 0; i < ASKER_FLIGHT_MAX; i++)
        if (!asker->flights[i].question)
            return &asker->flights[i];
    return NULL;
}

static void begin(struct asker *asker, struct flight *flight,
                  struct asker_question *question)
{
    server_of(asker, question)->flights++;
    *flight =
        (struct flight){ .asker = asker,
                         .question = question,
                         .fd = -1,
                         .query = { .name = *question->name, .type = question->type } };
    try_once(flight);
}

/* Whether something of the server's queue was begun or ended. */
static bool serve(struct asker *asker, struct server *server)
{
    struct asker_question *question = TAILQ_FIRST(&server->queue);
    bool is_skipped = is_down(server) && server->flights > 0;
    struct flight *place = NULL;
    if (!question)
        return false;
    if (!is_skipped) {
        if (server->flights == ASKER_FLIGHT_SERVER || !budget_allows(&asker->budget))
            return false;
        place = find_place(asker);
        if (!place)
            return false;
    }
    TAILQ_REMOVE(&server->queue, question, links);
    if (place)
        begin(asker, place, question);
    else
        skip(server, question);
    return true;
}

/* ----- the timer ----- */

static void end_late(struct asker *asker)
{
    for (size_t i = 0; i < ASKER_FLIGHT_MAX; i++) {
        struct flight *flight = &asker->flights[i];
        if (flight->question && flight->due_ms <= now_ms(asker))
            go_on(flight);
    }
}

/* What is queued waits for the budget, or for a place, which wakes us when it is free. */
static void plan(struct asker *asker)
{
    for (size_t i = 0; i < ASKER_FLIGHT_MAX; i++)
        if (asker->flights[i].question)
            work_at(asker, asker->flights[i].due_ms);
    for (size_t i = 0; i < asker->server_count; i++)
        if (!TAILQ_EMPTY(&asker->servers[i].queue))
            work_at(asker, now_ms(asker) + TICK_MS);
}

static void work(void *ctx)
{
    struct asker *asker = ctx;
    size_t count = asker->server_count;
    bool goes_on = true;
    budget_refill(&asker->budget, now_ms(asker));
    end_late(asker);
    while (goes_on) {
        goes_on = false;
        for (size_t i = 0; i < count; i++)
            goes_on |= serve(asker, &asker->servers[(asker->turn + i) % count]);
        asker->turn++;
    }
    plan(asker);
}

/* ----- for the caller ----- */

void asker_ask(struct asker *asker, struct asker_question *question)
{
    TAILQ_INSERT_TAIL(&server_of(asker, question)->queue, question, links);
    work_at(asker, now_ms(asker));
}

void asker_cancel(struct asker *asker, struct asker_question *question)
{
    for (size_t i = 0; i < ASKER_FLIGHT_MAX; i++) {
        if (asker->flights[i].question == question) {
            free_flight(&asker->flights[i]);
            return;
        }
    }
    TAILQ_REMOVE(&server_of(asker, question)->queue, question, links);
}

size_t asker_server_count(const struct asker *asker)
{
    return asker->server_count;
}

const struct asker_server *asker_get_server(const struct asker *asker, size_t server)
{
    return &asker->servers[server].is;
}

struct asker_standing asker_get_standing(const struct asker *asker, size_t server)
{
    return asker->servers[server].standing;
}

struct asker *asker_new(struct loop *loop, const struct asker_server *servers,
                        size_t count)
{
    struct asker *asker = NEW(struct asker);
    asker->loop = loop;
    budget_init(&asker->budget, ASKER_RATE, BURST, now_ms(asker));
    asker->server_count = count < ASKER_SERVERS_MAX ? count : ASKER_SERVERS_MAX;
    for (size_t i = 0; i < asker->server_count; i++) {
        asker->servers[i].is = servers[i];
        TAILQ_INIT(&asker->servers[i].queue);
    }
    return asker;
}

void asker_free(struct asker *asker)
{
    if (!asker)
        return;
    timer_stop(&asker->timer);
    for (size_t i = 0; i < ASKER_FLIGHT_MAX; i++)
        if (asker->flights[i].question)
            close_socket(&asker->flights[i]);
    mem_free(asker);
}
