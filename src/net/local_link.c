// SPDX-License-Identifier: GPL-3.0-or-later
/* A connection to a local socket that is made again whenever it is lost. */
#include <sys/socket.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/local.h"
#include "net/local_hub.h"
#include "net/packet.h"

enum {
    RETRY_FIRST_MS = 10,
    RETRY_LAST_MS = 1000
};

struct local_link {
    struct local_hub *hub;
    struct loop *loop;
    struct timer retry;
    char *path;
    int64_t delay_ms;
    int64_t since_ms; /* when the channel was opened */
};

static void try_connect(void *ctx);

static void retry_later(struct local_link *link)
{
    timer_set(&link->retry, link->loop, loop_now_ms(link->loop) + link->delay_ms,
              try_connect, link);
    link->delay_ms *= 2;
    if (link->delay_ms > RETRY_LAST_MS)
        link->delay_ms = RETRY_LAST_MS;
}

static void link_lost(void *owner)
{
    struct local_link *link = owner;
    /* A server that closes the connection at once is no better than none. */
    if (loop_now_ms(link->loop) - link->since_ms >= RETRY_LAST_MS)
        link->delay_ms = RETRY_FIRST_MS;
    retry_later(link);
}

static void try_connect(void *ctx)
{
    struct local_link *link = ctx;
    struct sockaddr_un address;
    int fd =
        packet_address(link->path, &address, NULL) ? -1 : packet_socket(SOCK_NONBLOCK);
    /* On Unix sockets connect() never stays in progress. */
    bool is_connected = fd >= 0 && packet_connect(fd, &address);
    if (!is_connected)
        file_close(fd);
    link->since_ms = loop_now_ms(link->loop);
    if (!is_connected || !local_hub_open(link->hub, fd))
        retry_later(link);
}

struct local_link *local_link_new(const struct local_options *options)
{
    struct local_link *link = NEW(struct local_link);
    link->hub = local_hub_new(options, link_lost, link);
    link->loop = options->loop;
    link->path = mem_copy_text(options->path);
    link->delay_ms = RETRY_FIRST_MS;
    timer_set(&link->retry, link->loop, loop_now_ms(link->loop), try_connect, link);
    return link;
}

struct local_channel *local_link_channel(const struct local_link *link)
{
    return local_hub_first(link->hub);
}

void local_link_free(struct local_link *link)
{
    if (!link)
        return;
    timer_stop(&link->retry);
    local_hub_end(link->hub);
    mem_free(link->path);
    mem_free(link);
}
