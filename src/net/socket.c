// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/socket.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "net/inherit.h"

enum {
    LISTEN_BACKLOG = 4096 /* the kernel cuts it to net.core.somaxconn */
};

static bool switch_on(int fd, int level, int option)
{
    int on = 1;
    return setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

static enum status fail(struct ip ip, uint16_t port, const char *what, struct error *err)
{
    int code = errno;
    enum status status = ERR_IO;
    if (code == EADDRINUSE)
        status = ERR_BUSY;
    else if (code == EACCES || code == EPERM)
        status = ERR_DENIED;
    return FAIL(err, status, "%s port %u: %s: %s", ip_text(ip), (unsigned)port, what,
                strerror(code));
}

static int open_socket(struct ip ip, int type)
{
    int family = ip.family == IP_V6 ? AF_INET6 : AF_INET;
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && family == AF_INET6)
        (void)switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    return fd;
}

static bool bind_to(int fd, struct ip ip, uint16_t port)
{
    struct sockaddr_storage address;
    socklen_t size = ip_to_sockaddr(ip, port, &address);
    return bind(fd, (const struct sockaddr *)&address, size) == 0;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    uint16_t port = 0;
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        (void)ip_from_sockaddr(&address, &port);
    return port;
}

static enum status finish_listener(int fd, struct ip ip, uint16_t port, struct error *err)
{
    /* Accepted sockets inherit this, which saves a call for each. */
    (void)switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
    return listen(fd, LISTEN_BACKLOG) ? fail(ip, port, "listen", err) : OK;
}

enum status socket_listen(struct ip ip, uint16_t port, int *fd_out, uint16_t *port_out,
                          struct error *err)
{
    CLEANUP(file_closep) int fd = inherit_take(SOCK_STREAM, ip, port);
    if (fd < 0) {
        fd = open_socket(ip, SOCK_STREAM);
        if (fd < 0)
            return fail(ip, port, "socket", err);
        (void)switch_on(fd, SOL_SOCKET, SO_REUSEADDR);
        if (!bind_to(fd, ip, port))
            return fail(ip, port, "bind", err);
    }
    enum status status = finish_listener(fd, ip, port, err);
    if (status)
        return status;
    if (port_out)
        *port_out = bound_port(fd);
    *fd_out = fd;
    fd = -1;
    return OK;
}

/* Whether this stands for all addresses of the machine. */
static bool is_any(struct ip ip)
{
    static const uint8_t zeros[sizeof(ip.bytes)];
    return memcmp(ip.bytes, zeros, sizeof(zeros)) == 0;
}

static bool tell_destinations(int fd, enum ip_family family)
{
    return family == IP_V6 ? switch_on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO)
                           : switch_on(fd, IPPROTO_IP, IP_PKTINFO);
}

enum status socket_bind_udp(struct ip ip, uint16_t port, bool shared, int *fd_out,
                            uint16_t *port_out, struct error *err)
{
    CLEANUP(file_closep) int fd = inherit_take(SOCK_DGRAM, ip, port);
    bool fresh = fd < 0;
    if (fresh)
        fd = open_socket(ip, SOCK_DGRAM);
    if (fd < 0)
        return fail(ip, port, "socket", err);
    if (fresh && shared && !switch_on(fd, SOL_SOCKET, SO_REUSEPORT))
        return fail(ip, port, "SO_REUSEPORT", err);
    if (is_any(ip) && !tell_destinations(fd, ip.family))
        return fail(ip, port, "destination addresses", err);
    if (fresh && !bind_to(fd, ip, port))
        return fail(ip, port, "bind", err);
    if (port_out)
        *port_out = bound_port(fd);
    *fd_out = fd;
    fd = -1;
    return OK;
}

enum status socket_take_udp(struct ip ip, uint16_t port, int *fd_out)
{
    CLEANUP(file_closep) int fd = inherit_take(SOCK_DGRAM, ip, port);
    if (fd < 0 || (is_any(ip) && !tell_destinations(fd, ip.family)))
        return ERR_NOT_FOUND;
    *fd_out = fd;
    fd = -1;
    return OK;
}

static enum status connect_to(struct ip ip, uint16_t port, int type, int *fd_out,
                              struct error *err)
{
    CLEANUP(file_closep) int fd = open_socket(ip, type);
    if (fd < 0)
        return fail(ip, port, "socket", err);
    struct sockaddr_storage address;
    socklen_t size = ip_to_sockaddr(ip, port, &address);
    if (connect(fd, (const struct sockaddr *)&address, size) && errno != EINPROGRESS)
        return fail(ip, port, "connect", err);
    *fd_out = fd;
    fd = -1;
    return OK;
}

enum status socket_connect_udp(struct ip ip, uint16_t port, int *fd_out,
                               struct error *err)
{
    return connect_to(ip, port, SOCK_DGRAM, fd_out, err);
}

enum status socket_connect_tcp(struct ip ip, uint16_t port, int *fd_out,
                               struct error *err)
{
    return connect_to(ip, port, SOCK_STREAM, fd_out, err);
}

/* Whether accept4() failed for this connection alone, so that the next one may succeed. Linux
 * reports network errors of the new connection as errors of accept. */
static bool is_passing(int code)
{
    static const int passing[] = { EINTR,        ECONNABORTED, EPROTO,    EPERM,
                                   ENETDOWN,     ENOPROTOOPT,  EHOSTDOWN, ENONET,
                                   EHOSTUNREACH, ENETUNREACH };
    for (size_t i = 0; i < LENGTH_OF(passing); i++) {
        if (passing[i] == code)
            return true;
    }
    return false;
}

static int accept_next(int listener, struct sockaddr_storage *address)
{
    if (fault_hit("socket.accept")) {
        errno = EMFILE;
        return -1;
    }
    socklen_t size = sizeof(*address);
    return accept4(listener, (struct sockaddr *)address, &size,
                   SOCK_CLOEXEC | SOCK_NONBLOCK);
}

enum status socket_accept(int listener, int *fd_out, struct ip *ip_out,
                          uint16_t *port_out)
{
    struct sockaddr_storage address = { 0 };
    int fd = -1;
    do {
        fd = accept_next(listener, &address);
    } while (fd < 0 && is_passing(errno));
    if (fd < 0)
        return errno == EAGAIN ? ERR_NOT_FOUND : ERR_BUSY;
    *ip_out = ip_from_sockaddr(&address, port_out);
    *fd_out = fd;
    return OK;
}
