// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/listen.h"

#include <sched.h>

#include "base/file.h"
#include "net/socket.h"

enum {
    PORT_TRIES = 16, /* to find a port that is free for TCP and UDP */
    /* Each thread has its own socket. The other sockets need some numbers, too. */
    DNS_SOCKETS_MAX = INHERIT_MAX - 64
};

static enum status keep(struct launch_sockets *out, int fd, const char *name,
                        struct error *err)
{
    if (out->count == INHERIT_MAX) {
        file_close(fd);
        return FAIL(err, ERR_LIMIT, "more than %d sockets", INHERIT_MAX);
    }
    out->list[out->count++] = (struct process_socket){ .fd = fd, .name = name };
    return OK;
}

static enum status bind_http(const struct endpoint *list, size_t count, const char *name,
                             struct launch_sockets *out, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < count && !status; i++) {
        int fd = -1;
        status = socket_listen(list[i].ip, list[i].port, &fd, NULL, err);
        if (!status)
            status = keep(out, fd, name, err);
    }
    return status;
}

static size_t count_threads(size_t wanted, size_t max)
{
    cpu_set_t cores;
    if (wanted > 0)
        return wanted;
    if (sched_getaffinity(0, sizeof(cores),
                          &cores)) /* the machine has more than 1024 cores */
        return max;
    size_t count = (size_t)CPU_COUNT(&cores);
    return count < max ? count : max;
}

size_t listen_dns_threads(const struct config *config)
{
    return count_threads(config->dns_threads, CONFIG_THREADS_MAX);
}

size_t listen_tls_threads(const struct config *config)
{
    return count_threads(config->https_threads, CONFIG_HTTPS_THREADS_MAX);
}

/* Binds a socket for each further thread. If that fails, threads share a socket. All inherited
 * sockets are kept: the process before us may still get queries there. */
static enum status bind_further_udp(struct ip ip, uint16_t port, size_t threads,
                                    struct launch_sockets *out, struct error *err)
{
    enum status status = OK;
    int fd = -1;
    for (size_t i = 1; i < threads && out->count < DNS_SOCKETS_MAX && !status; i++) {
        if (socket_bind_udp(ip, port, true, &fd, NULL, NULL))
            break;
        status = keep(out, fd, "dns-udp", err);
    }
    while (!status && socket_take_udp(ip, port, &fd) == OK)
        status = keep(out, fd, "dns-udp", err);
    return status;
}

/* Binds the same port for TCP and UDP. */
static enum status bind_dns(const struct endpoint *at, size_t threads,
                            struct launch_sockets *out, struct error *err)
{
    enum status status = ERR_BUSY;
    int tcp = -1, udp = -1;
    uint16_t port = 0;
    for (int i = 0; i < (at->port ? 1 : PORT_TRIES) && status == ERR_BUSY; i++) {
        status = socket_listen(at->ip, at->port, &tcp, &port, err);
        if (status)
            continue;
        status = socket_bind_udp(at->ip, port, threads > 1, &udp, NULL, err);
        if (status)
            file_close(tcp);
    }
    if (status)
        return status;
    status = keep(out, tcp, "dns-tcp", err);
    if (status) {
        file_close(udp);
        return status;
    }
    status = keep(out, udp, "dns-udp", err);
    return status ? status : bind_further_udp(at->ip, port, threads, out, err);
}

enum status listen_front(const struct config *config, struct launch_sockets *out,
                         struct error *err)
{
    enum status status = bind_http(config->http, config->http_count, "http", out, err);
    if (status)
        return status;
    return bind_http(config->metrics, config->metrics_count, "metrics", out, err);
}

enum status listen_answer(const struct config *config, struct launch_sockets *out,
                          struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < config->dns_count && !status; i++)
        status = bind_dns(&config->dns[i], listen_dns_threads(config), out, err);
    return status;
}

enum status listen_tls(const struct config *config, struct launch_sockets *out,
                       struct error *err)
{
    return bind_http(config->https, config->https_count, "https", out, err);
}
