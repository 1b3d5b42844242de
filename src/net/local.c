// SPDX-License-Identifier: GPL-3.0-or-later
/* Channels: reads what comes message by message, and queues what the peer does not take yet. A hub
 * holds the channels of one server or link. */
#include "net/local.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/local_hub.h"
#include "net/packet.h"

enum {
    QUEUE_MAX = 1024 * 1024
};

struct local_hub {
    struct loop *loop;
    struct local_events events;
    void *ctx;
    uid_t *uids;
    size_t uid_count;
    LIST_HEAD(local_channel_list, local_channel) channels;
    bool is_crowded;           /* logged, and no channel has closed since */
    void (*lost)(void *owner); /* called when a channel has closed; may be NULL */
    void *owner;
    size_t users;          /* its owner, channels, running callbacks */
    char *packet;          /* PACKET_MAX + 1 bytes for the message being read */
    struct packet_fds fds; /* its descriptors; those before `taken` are taken */
    size_t taken;
};

struct pending {
    struct pending *next;
    struct packet_fds fds; /* our own copies */
    size_t n;
    char bytes[];
};

struct local_channel {
    struct local_hub *hub;
    LIST_ENTRY(local_channel) links; /* in the list of its hub, until it is detached */
    struct watch watch;
    struct timer doom; /* set when the channel has to close in the next round */
    int fd;
    struct ucred peer;
    void *data;
    struct pending *first, **last;
    size_t queued;
};

/* Hubs */

struct local_hub *local_hub_new(const struct local_options *options,
                                void (*lost)(void *owner), void *owner)
{
    struct local_hub *hub = NEW(struct local_hub);
    hub->lost = lost;
    hub->owner = owner;
    hub->loop = options->loop;
    hub->events = *options->events;
    hub->ctx = options->ctx;
    hub->uids = mem_new_array(options->uid_count, sizeof(*hub->uids));
    if (options->uid_count > 0)
        memcpy(hub->uids, options->uids, options->uid_count * sizeof(*hub->uids));
    hub->uid_count = options->uid_count;
    hub->users = 1;
    hub->packet = mem_new(PACKET_MAX + 1);
    return hub;
}

static void hub_release(struct local_hub *hub)
{
    if (--hub->users > 0)
        return;
    mem_free(hub->uids);
    mem_free(hub->packet);
    mem_free(hub);
}

/* Channels */

static void channel_event(void *ctx, uint32_t events);

/* Takes the descriptor out of use and the channel out of its hub's list. */
static void channel_detach(struct local_channel *channel)
{
    watch_stop(&channel->watch);
    timer_stop(&channel->doom);
    file_close(channel->fd);
    channel->fd = -1;
    LIST_REMOVE(channel, links);
    channel->hub->is_crowded = false;
}

static void pending_free(struct pending *pending)
{
    packet_fds_close(&pending->fds);
    mem_free(pending);
}

static void channel_free(struct local_channel *channel)
{
    while (channel->first) {
        struct pending *next = channel->first->next;
        pending_free(channel->first);
        channel->first = next;
    }
    hub_release(channel->hub);
    mem_free(channel);
}

void local_close(struct local_channel *channel)
{
    if (!channel || channel->fd < 0)
        return; /* it is being closed, and this call comes from `closed` */
    struct local_hub *hub = channel->hub;
    hub->users++;
    channel_detach(channel);
    channel_free(channel);
    if (hub->lost)
        hub->lost(hub->owner);
    hub_release(hub);
}

/* Closes the channel and reports it: the peer has gone, or we end the connection. */
static void channel_lost(void *ctx)
{
    struct local_channel *channel = ctx;
    struct local_hub *hub = channel->hub;
    hub->users++;
    channel_detach(channel);
    if (hub->events.closed)
        hub->events.closed(hub->ctx, channel);
    channel_free(channel);
    if (hub->lost)
        hub->lost(hub->owner);
    hub_release(hub);
}

/* Whether the user has as many channels as it may have. */
static bool is_crowded(struct local_hub *hub, uid_t uid)
{
    size_t count = 0;
    for (const struct local_channel *at = LIST_FIRST(&hub->channels); at;
         at = LIST_NEXT(at, links))
        count += at->peer.uid == uid;
    if (count < LOCAL_CHANNELS_MAX)
        return false;
    if (!hub->is_crowded)
        log_warning("local-connections-refused", LOG_NUMBER("uid", uid),
                    LOG_NUMBER("has", count));
    hub->is_crowded = true;
    return true;
}

/* Takes `fd`. NULL: the peer may not talk to us. */
static struct local_channel *channel_new(struct local_hub *hub, int fd)
{
    struct ucred peer;
    if (!packet_peer_is(fd, hub->uids, hub->uid_count, &peer) ||
        is_crowded(hub, peer.uid)) {
        file_close(fd);
        return NULL;
    }
    struct local_channel *channel = NEW(struct local_channel);
    channel->hub = hub;
    hub->users++;
    channel->fd = fd;
    channel->peer = peer;
    channel->last = &channel->first;
    LIST_INSERT_HEAD(&hub->channels, channel, links);
    watch_start(&channel->watch, hub->loop, fd, EPOLLIN, channel_event, channel);
    return channel;
}

static void read_message(struct local_channel *channel)
{
    struct local_hub *hub = channel->hub;
    ssize_t n = packet_receive(channel->fd, hub->packet, PACKET_MAX, &hub->fds);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    uint16_t type = 0;
    struct str body = { 0 };
    if (n <= 0 || local_decode(str_bytes(hub->packet, (size_t)n), &type, &body)) {
        packet_fds_close(&hub->fds);
        channel_lost(channel);
        return;
    }
    hub->packet[n] = '\0';
    hub->taken = 0;
    hub->users++; /* body and descriptors live in the hub */
    hub->events.message(hub->ctx, channel, type, body);
    packet_fds_close(&hub->fds);
    hub_release(hub);
}

/* Sends what is queued. False: the channel is lost. */
static bool flush_queue(struct local_channel *channel)
{
    while (channel->first) {
        struct pending *first = channel->first;
        struct str packet = str_bytes(first->bytes, first->n);
        if (packet_send_whole(channel->fd, packet, &first->fds) < 0)
            return errno == EAGAIN || errno == EINTR;
        channel->first = first->next;
        channel->queued -= first->n;
        pending_free(first);
    }
    channel->last = &channel->first;
    watch_change(&channel->watch, EPOLLIN);
    if (channel->hub->events.sent)
        channel->hub->events.sent(channel->hub->ctx, channel);
    return true;
}

bool local_is_queueing(const struct local_channel *channel)
{
    return channel->first != NULL;
}

static void channel_event(void *ctx, uint32_t events)
{
    struct local_channel *channel = ctx;
    if (events & EPOLLOUT && !flush_queue(channel)) {
        channel_lost(channel);
        return;
    }
    /* After a hang-up, read what the peer had sent before; reading finds the end, too. */
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_message(channel);
}

/* Makes the channel close in the next round. */
static enum status doom(struct local_channel *channel, enum status status)
{
    timer_set(&channel->doom, channel->hub->loop, loop_now_ms(channel->hub->loop),
              channel_lost, channel);
    return status;
}

static bool copy_fds(const struct packet_fds *fds, struct packet_fds *out)
{
    out->count = 0;
    for (size_t i = 0; i < fds->count; i++) {
        int fd = fcntl(fds->list[i], F_DUPFD_CLOEXEC, 0);
        if (fd < 0) {
            packet_fds_close(out);
            return false;
        }
        out->list[out->count++] = fd;
    }
    return true;
}

static enum status queue_packet(struct local_channel *channel, uint16_t type,
                                struct str body, const struct packet_fds *fds)
{
    size_t n = PACKET_HEAD_SIZE + body.n;
    struct packet_fds copies;
    if (channel->queued + n > QUEUE_MAX)
        return doom(channel, ERR_BUSY);
    if (!copy_fds(fds, &copies))
        return doom(channel, ERR_IO);
    struct pending *pending = mem_new(sizeof(*pending) + n);
    pending->n = n;
    pending->fds = copies;
    packet_encode_head(type, body.n, (uint8_t *)pending->bytes);
    if (body.n > 0)
        memcpy(pending->bytes + PACKET_HEAD_SIZE, body.at, body.n);
    *channel->last = pending;
    channel->last = &pending->next;
    channel->queued += n;
    watch_change(&channel->watch, EPOLLIN | EPOLLOUT);
    return OK;
}

enum status local_send_fds(struct local_channel *channel, uint16_t type, struct str body,
                           const int *fds, size_t count)
{
    if (body.n > LOCAL_BODY_MAX || count > LOCAL_FDS_MAX)
        return ERR_LIMIT;
    if (channel->fd < 0 || channel->doom.loop)
        return ERR_IO;
    struct packet_fds lent = { .count = count };
    for (size_t i = 0; i < count; i++)
        lent.list[i] = fds[i];
    if (channel->first)
        return queue_packet(channel, type, body, &lent);
    if (packet_send(channel->fd, type, body, &lent) >= 0)
        return OK;
    if (errno == EAGAIN || errno == EINTR)
        return queue_packet(channel, type, body, &lent);
    return doom(channel, ERR_IO);
}

enum status local_send(struct local_channel *channel, uint16_t type, struct str body)
{
    return local_send_fds(channel, type, body, NULL, 0);
}

int local_take_fd(struct local_channel *channel)
{
    struct local_hub *hub = channel->hub;
    if (hub->taken == hub->fds.count)
        return -1;
    int fd = hub->fds.list[hub->taken];
    hub->fds.list[hub->taken++] = -1;
    return fd;
}

uid_t local_peer_uid(const struct local_channel *channel)
{
    return channel->peer.uid;
}

pid_t local_peer_pid(const struct local_channel *channel)
{
    return channel->peer.pid;
}

void local_set_data(struct local_channel *channel, void *data)
{
    channel->data = data;
}

void *local_data(const struct local_channel *channel)
{
    return channel->data;
}

/* The channels of a hub */

bool local_hub_open(struct local_hub *hub, int fd)
{
    struct local_channel *channel = channel_new(hub, fd);
    if (channel && hub->events.opened)
        hub->events.opened(hub->ctx, channel);
    return channel != NULL;
}

struct local_channel *local_hub_first(const struct local_hub *hub)
{
    return LIST_FIRST(&hub->channels);
}

void local_hub_each(struct local_hub *hub,
                    void (*fn)(void *ctx, struct local_channel *channel), void *ctx)
{
    for (struct local_channel *at = LIST_FIRST(&hub->channels); at;
         at = LIST_NEXT(at, links))
        fn(ctx, at);
}

void local_hub_drain(struct local_hub *hub)
{
    for (const struct local_channel *at = LIST_FIRST(&hub->channels); at;
         at = LIST_NEXT(at, links))
        (void)shutdown(at->fd, SHUT_RD);
    /* Behind what was sent before stands the end, so that reading never waits and ends. */
    while (!LIST_EMPTY(&hub->channels))
        read_message(LIST_FIRST(&hub->channels));
}

void local_hub_end(struct local_hub *hub)
{
    hub->lost = NULL;
    while (!LIST_EMPTY(&hub->channels))
        local_close(LIST_FIRST(&hub->channels));
    hub_release(hub);
}
