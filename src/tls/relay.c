// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/relay.h"

#include <assert.h>
#include <sys/epoll.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/socket.h"
#include "tls/relay_part.h"

enum {
    CONNECTIONS_MAX = 4096,
    CONNECTIONS_PER_SOURCE = 256,
    HELLO_MS = 10000,
    FRONT_MS = 10000,
    TRANSFER_MS = 10000,
    LINGER_MS = 2000,
    ACCEPT_PAUSE_MS = 100,
};

static void set_default(int64_t *value, int64_t standard)
{
    if (*value == 0)
        *value = standard;
}

static void set_default_size(size_t *value, size_t standard)
{
    if (*value == 0)
        *value = standard;
}

static void front_message(void *ctx, struct local_channel *channel, uint16_t type,
                          struct str body)
{
    (void)ctx; /* front has nothing to say to us */
    (void)channel;
    (void)type;
    (void)body;
}

/* front is back, or takes messages again: what waits goes there in order, as far as it takes it. */
static void hand_over_waiting(void *ctx, struct local_channel *channel)
{
    struct relay *relay = (struct relay *)ctx;
    for (const struct queue_entry *entry = NULL;
         (entry = queue_first(&relay->awaiting)) &&
         connection_hand_over(entry->owner, channel);)
        ;
}

struct relay *relay_new(struct loop *loop, const struct relay_options *options)
{
    static const struct local_events events = { .message = front_message,
                                                .opened = hand_over_waiting,
                                                .sent = hand_over_waiting };
    struct relay *relay = NEW(struct relay);
    relay->loop = loop;
    relay->options = *options;
    set_default_size(&relay->options.connections_max, CONNECTIONS_MAX);
    set_default_size(&relay->options.connections_per_source, CONNECTIONS_PER_SOURCE);
    set_default(&relay->options.hello_ms, HELLO_MS);
    set_default(&relay->options.front_ms, FRONT_MS);
    set_default(&relay->options.transfer_ms, TRANSFER_MS);
    set_default(&relay->options.linger_ms, LINGER_MS);
    relay->host = session_host_new();
    relay->sources = source_table_new(relay->options.connections_max);
    queue_init(&relay->hellos, loop, relay->options.hello_ms, connection_overdue);
    queue_init(&relay->awaiting, loop, relay->options.front_ms, connection_unheard);
    queue_init(&relay->transfers, loop, relay->options.transfer_ms, connection_expire);
    queue_init(&relay->lingering, loop, relay->options.linger_ms, connection_expire);
    const struct local_options to_front = { .loop = loop,
                                            .path = options->front,
                                            .uids = options->front_uids,
                                            .uid_count = options->front_uid_count,
                                            .events = &events,
                                            .ctx = relay };
    relay->front = local_link_new(&to_front);
    return relay;
}

static void stop_listening(struct relay *relay)
{
    timer_stop(&relay->pause);
    for (size_t i = 0; i < relay->listener_count; i++)
        watch_stop(&relay->listeners[i].watch);
    relay->listener_count = 0;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    stop_listening(relay);
    while (!LIST_EMPTY(&relay->connections))
        connection_end(LIST_FIRST(&relay->connections));
    queue_done(&relay->hellos);
    queue_done(&relay->awaiting);
    queue_done(&relay->transfers);
    queue_done(&relay->lingering);
    local_link_free(relay->front);
    source_table_free(relay->sources);
    session_host_free(relay->host);
    mem_free(relay);
}

void relay_use(struct relay *relay, const struct site *site,
               const struct ticket_keys *keys)
{
    relay->has_site = site != NULL;
    session_host_use(relay->host, site, keys);
}

void relay_change(struct relay *relay, const struct relay_options *options)
{
    struct relay_options *now = &relay->options;
    now->connections_per_source = options->connections_per_source;
    set_default_size(&now->connections_per_source, CONNECTIONS_PER_SOURCE);
    now->proxy_peers = options->proxy_peers;
    now->proxy_peer_count = options->proxy_peer_count;
}

size_t relay_connections(const struct relay *relay)
{
    return relay->count;
}

const struct relay_counters *relay_counters(const struct relay *relay)
{
    return &relay->counters;
}

/* ----- limits ----- */

/* Makes room by ending one that waits for its peer. False: front has all of them. */
static bool evict(struct relay *relay)
{
    const struct queue *const order[] = { &relay->hellos, &relay->lingering,
                                          &relay->transfers };
    for (size_t i = 0; i < LENGTH_OF(order); i++)
        if (queue_first(order[i])) {
            connection_end(queue_first(order[i])->owner);
            return true;
        }
    return false;
}

/* Takes the new connection in, or closes it. */
static void admit(struct relay *relay, int fd, struct ip ip, bool relayed)
{
    relay->counters.accepted++;
    bool has_room = relay->has_site &&
                    (relay->count < relay->options.connections_max || evict(relay));
    struct source *source =
        has_room && !relayed ? connection_take_source(relay, ip) : NULL;
    if (has_room && (relayed || source)) {
        connection_start(relay, fd, ip, source);
        return;
    }
    relay->counters.refused += !has_room;
    file_close(fd);
}

/* ----- listeners ----- */

static void accept_one(void *ctx, uint32_t events);

/* Of the threads that watch a socket, one wakes. */
static void watch_listener(struct relay_listener *listener)
{
    watch_start(&listener->watch, listener->relay->loop, listener->fd,
                EPOLLIN | EPOLLEXCLUSIVE, accept_one, listener);
}

static void listen_again(void *ctx)
{
    struct relay *relay = (struct relay *)ctx;
    for (size_t i = 0; i < relay->listener_count; i++)
        watch_listener(&relay->listeners[i]);
}

/* Out of descriptors: the listeners would stay readable and the loop spin. */
static void pause_listeners(struct relay *relay)
{
    for (size_t i = 0; i < relay->listener_count; i++)
        watch_stop(&relay->listeners[i].watch);
    timer_set(&relay->pause, relay->loop, loop_now_ms(relay->loop) + ACCEPT_PAUSE_MS,
              listen_again, relay);
    (void)evict(relay);
}

/* One in each round: a handshake takes its time, and other threads may be idle. */
static void accept_one(void *ctx, uint32_t events)
{
    (void)events;
    const struct relay_listener *listener = (const struct relay_listener *)ctx;
    struct relay *relay = listener->relay;
    const struct prefixes proxies = { relay->options.proxy_peers,
                                      relay->options.proxy_peer_count };
    int fd = -1;
    struct ip ip;
    enum status status = socket_accept(listener->fd, &fd, &ip, NULL);
    if (status == ERR_BUSY)
        pause_listeners(relay);
    if (!status)
        admit(relay, fd, ip, prefixes_have(proxies, ip));
}

void relay_listen(struct relay *relay, int fd)
{
    assert(relay->listener_count < RELAY_LISTENERS_MAX);
    struct relay_listener *listener = &relay->listeners[relay->listener_count++];
    listener->relay = relay;
    listener->fd = fd;
    /* After the connections of the round, as accepting may evict one of them. */
    listener->watch.late = true;
    watch_listener(listener);
}

void relay_drain(struct relay *relay)
{
    stop_listening(relay);
    relay->draining = true;
    for (struct connection *at = LIST_FIRST(&relay->connections); at;
         at = LIST_NEXT(at, links))
        connection_drain(at);
}
