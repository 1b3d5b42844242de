// SPDX-License-Identifier: GPL-3.0-or-later
/* Servers, links and their channels. A `hub` is what the channels of one server, or the successive
 * channels of one link, have in common. It is counted, because a callback may close the server or
 * link whose message it is reading. */
#include "net/local.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/packet.h"

enum {
    QUEUE_MAX = 1024 * 1024,
    BACKLOG = 64,
    ACCEPT_PAUSE_MS = 100,
    RETRY_FIRST_MS = 10,
    RETRY_LAST_MS = 1000,
};

struct hub {
    struct loop *loop;
    struct local_events events;
    void *ctx;
    uid_t *uids;
    size_t uid_count;
    LIST_HEAD(local_channel_list, local_channel) channels;
    bool is_crowded;         /* logged, and no channel has closed since */
    struct local_link *link; /* NULL: it is a server's, or its link is gone */
    size_t users;            /* its server or link, channels, running callbacks */
    char *packet;            /* PACKET_MAX + 1 bytes for the message being read */
    struct packet_fds fds;   /* its descriptors; those before `taken` are taken */
    size_t taken;
};

struct pending {
    struct pending *next;
    struct packet_fds fds; /* our own copies */
    size_t n;
    char bytes[];
};

struct local_channel {
    struct hub *hub;
    LIST_ENTRY(local_channel) links; /* in the list of its hub, until it is detached */
    struct watch watch;
    struct timer doom; /* set when the channel has to close in the next round */
    int fd;
    struct ucred peer;
    void *data;
    struct pending *first, **last;
    size_t queued;
};

struct local_server {
    struct hub *hub;
    struct watch watch;
    struct timer pause;
    int fd;
    char *path;
};

struct local_link {
    struct hub *hub;
    struct timer retry;
    char *path;
    int64_t delay_ms;
    int64_t since_ms; /* when the channel was opened */
};

/* Hubs */

static struct hub *hub_new(const struct local_options *options)
{
    struct hub *hub = NEW(struct hub);
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

static void hub_release(struct hub *hub)
{
    if (--hub->users > 0)
        return;
    mem_free(hub->uids);
    mem_free(hub->packet);
    mem_free(hub);
}

/* Channels */

static void link_lost(struct local_link *link);
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
    struct hub *hub = channel->hub;
    hub->users++;
    channel_detach(channel);
    channel_free(channel);
    if (hub->link)
        link_lost(hub->link);
    hub_release(hub);
}

/* Closes the channel and reports it: the peer has gone, or we end the connection. */
static void channel_lost(void *ctx)
{
    struct local_channel *channel = ctx;
    struct hub *hub = channel->hub;
    hub->users++;
    channel_detach(channel);
    if (hub->events.closed)
        hub->events.closed(hub->ctx, channel);
    channel_free(channel);
    if (hub->link)
        link_lost(hub->link);
    hub_release(hub);
}

/* Whether the user has as many channels as it may have. */
static bool is_crowded(struct hub *hub, uid_t uid)
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
static struct local_channel *channel_new(struct hub *hub, int fd)
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
    struct hub *hub = channel->hub;
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
    return true;
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
    struct hub *hub = channel->hub;
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

/* Servers */

static void resume_accept(void *ctx)
{
    struct local_server *server = ctx;
    watch_change(&server->watch, EPOLLIN);
}

static void accept_channel(void *ctx, uint32_t events)
{
    (void)events;
    struct local_server *server = ctx;
    struct hub *hub = server->hub;
    bool fails = fault_hit("local.accept");
    int fd = fails ? -1 : accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (!fails && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
            return;
        /* We are out of descriptors. The listener stays readable, and the loop would spin. */
        watch_change(&server->watch, 0);
        timer_set(&server->pause, hub->loop, loop_now_ms(hub->loop) + ACCEPT_PAUSE_MS,
                  resume_accept, server);
        return;
    }
    int size = PACKET_SEND_BUFFER;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    struct local_channel *channel = channel_new(hub, fd);
    if (channel && hub->events.opened)
        hub->events.opened(hub->ctx, channel);
}

/* Removes a socket on which no process listens any more. */
static enum status clear_path(const char *path, const struct sockaddr_un *address,
                              struct error *err)
{
    struct stat info;
    if (lstat(path, &info))
        return OK; /* bind() will say what is wrong, if something is */
    if (!S_ISSOCK(info.st_mode))
        return FAIL(err, ERR_EXISTS, "%s: exists and is not a socket", path);
    CLEANUP(file_closep) int fd = packet_socket(SOCK_NONBLOCK);
    if (fd < 0)
        return FAIL(err, ERR_IO, "%s: socket: %s", path, strerror(errno));
    if (packet_connect(fd, address) || errno != ECONNREFUSED)
        return FAIL(err, ERR_BUSY, "%s: something answers on it", path);
    if (unlink(path))
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    return OK;
}

enum status local_listen(const struct local_options *options, struct local_server **out,
                         struct error *err)
{
    const char *path = options->path;
    struct sockaddr_un address;
    enum status status = packet_address(path, &address, err);
    if (!status)
        status = clear_path(path, &address, err);
    if (status)
        return status;
    CLEANUP(file_closep) int fd = packet_socket(SOCK_NONBLOCK);
    if (fd < 0)
        return FAIL(err, ERR_IO, "%s: socket: %s", path, strerror(errno));
    /* No process can connect between bind() and listen(), so the mode is never too wide. */
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
        return FAIL(err, ERR_IO, "%s: bind: %s", path, strerror(errno));
    if (chmod(path, options->mode) || listen(fd, BACKLOG)) {
        error_set(err, "%s: %s", path, strerror(errno));
        (void)unlink(path);
        return ERR_IO;
    }
    struct local_server *server = NEW(struct local_server);
    server->hub = hub_new(options);
    server->fd = fd;
    fd = -1;
    server->path = mem_copy_text(path);
    server->watch.late = true;
    watch_start(&server->watch, options->loop, server->fd, EPOLLIN, accept_channel,
                server);
    *out = server;
    return OK;
}

/* Closes all channels of the hub without calling `closed`. */
static void hub_end(struct hub *hub)
{
    hub->link = NULL;
    while (!LIST_EMPTY(&hub->channels))
        local_close(LIST_FIRST(&hub->channels));
    hub_release(hub);
}

void local_server_close(struct local_server *server)
{
    if (!server)
        return;
    watch_stop(&server->watch);
    timer_stop(&server->pause);
    (void)unlink(server->path);
    file_close(server->fd);
    hub_end(server->hub);
    mem_free(server->path);
    mem_free(server);
}

void local_server_each(struct local_server *server,
                       void (*fn)(void *ctx, struct local_channel *channel), void *ctx)
{
    for (struct local_channel *at = LIST_FIRST(&server->hub->channels); at;
         at = LIST_NEXT(at, links))
        fn(ctx, at);
}

/* Links */

static void try_connect(void *ctx);

static void retry_later(struct local_link *link)
{
    struct loop *loop = link->hub->loop;
    timer_set(&link->retry, loop, loop_now_ms(loop) + link->delay_ms, try_connect, link);
    link->delay_ms *= 2;
    if (link->delay_ms > RETRY_LAST_MS)
        link->delay_ms = RETRY_LAST_MS;
}

static void link_lost(struct local_link *link)
{
    /* A server that closes the connection at once is no better than none. */
    if (loop_now_ms(link->hub->loop) - link->since_ms >= RETRY_LAST_MS)
        link->delay_ms = RETRY_FIRST_MS;
    retry_later(link);
}

static void try_connect(void *ctx)
{
    struct local_link *link = ctx;
    struct hub *hub = link->hub;
    struct sockaddr_un address;
    struct local_channel *channel = NULL;
    int fd =
        packet_address(link->path, &address, NULL) ? -1 : packet_socket(SOCK_NONBLOCK);
    /* On Unix sockets connect() never stays in progress. */
    if (fd >= 0 && packet_connect(fd, &address))
        channel = channel_new(hub, fd);
    else
        file_close(fd);
    if (!channel) {
        retry_later(link);
        return;
    }
    link->since_ms = loop_now_ms(hub->loop);
    if (hub->events.opened)
        hub->events.opened(hub->ctx, channel);
}

struct local_link *local_link_new(const struct local_options *options)
{
    struct loop *loop = options->loop;
    struct local_link *link = NEW(struct local_link);
    link->hub = hub_new(options);
    link->hub->link = link;
    link->path = mem_copy_text(options->path);
    link->delay_ms = RETRY_FIRST_MS;
    timer_set(&link->retry, loop, loop_now_ms(loop), try_connect, link);
    return link;
}

struct local_channel *local_link_channel(const struct local_link *link)
{
    return LIST_FIRST(&link->hub->channels);
}

void local_link_free(struct local_link *link)
{
    if (!link)
        return;
    timer_stop(&link->retry);
    hub_end(link->hub);
    mem_free(link->path);
    mem_free(link);
}
