// SPDX-License-Identifier: GPL-3.0-or-later
/* The listening end of a local socket. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/local.h"
#include "net/local_hub.h"
#include "net/packet.h"

enum {
    BACKLOG = 64,
    ACCEPT_PAUSE_MS = 100
};

struct local_server {
    struct local_hub *hub;
    struct loop *loop;
    struct watch watch;
    struct timer pause;
    int fd;
    char *path;
};

static void resume_accept(void *ctx)
{
    struct local_server *server = ctx;
    watch_change(&server->watch, EPOLLIN);
}

/* False: none waits, or it could not be had. */
static bool accept_one(struct local_server *server)
{
    bool fails = fault_hit("local.accept");
    int fd = fails ? -1 : accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (!fails && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
            return false;
        /* We are out of descriptors. The listener stays readable, and the loop would spin. */
        watch_change(&server->watch, 0);
        timer_set(&server->pause, server->loop,
                  loop_now_ms(server->loop) + ACCEPT_PAUSE_MS, resume_accept, server);
        return false;
    }
    int size = PACKET_SEND_BUFFER;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    (void)local_hub_open(server->hub, fd);
    return true;
}

static void accept_channel(void *ctx, uint32_t events)
{
    (void)events;
    struct local_server *server = ctx;
    (void)accept_one(server);
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
    server->hub = local_hub_new(options, NULL, NULL);
    server->loop = options->loop;
    server->fd = fd;
    fd = -1;
    server->path = mem_copy_text(path);
    server->watch.late = true;
    watch_start(&server->watch, options->loop, server->fd, EPOLLIN, accept_channel,
                server);
    *out = server;
    return OK;
}

void local_server_drain(struct local_server *server)
{
    if (!server->watch.loop && !server->pause.loop)
        return; /* it is draining already */
    (void)unlink(server->path);
    while (accept_one(server)) /* a connected peer may have sent something already */
        ;
    watch_stop(&server->watch);
    timer_stop(&server->pause);
    local_hub_drain(server->hub);
}

void local_server_close(struct local_server *server)
{
    if (!server)
        return;
    watch_stop(&server->watch);
    timer_stop(&server->pause);
    (void)unlink(server->path);
    file_close(server->fd);
    local_hub_end(server->hub);
    mem_free(server->path);
    mem_free(server);
}

void local_server_each(struct local_server *server,
                       void (*fn)(void *ctx, struct local_channel *channel), void *ctx)
{
    local_hub_each(server->hub, fn, ctx);
}
