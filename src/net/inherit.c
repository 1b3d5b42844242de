// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/inherit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

static struct {
    int fds[INHERIT_MAX];
    size_t count;
    struct inherit_pulse pulse; /* fd 0: there is none */
} inherited;

/* Takes a number out of the environment; 0: there is none. */
static uint64_t take_number(const char *name, uint64_t max)
{
    const char *text = getenv(name);
    uint64_t number = 0;
    if (!text || str_to_u64(str_from(text), max, &number))
        number = 0;
    (void)unsetenv(name);
    return number;
}

struct inherit_pulse inherit_parse_pulse(struct str text)
{
    struct str fd, ms;
    uint64_t number = 0, limit_ms = 0;
    if (!str_next(&text, ':', &fd) || str_to_u64(fd, INT32_MAX, &number))
        return (struct inherit_pulse){ 0, INHERIT_NO_TIME };
    bool is_told = str_next(&text, ':', &ms) && !str_to_u64(ms, INT64_MAX, &limit_ms);
    return (struct inherit_pulse){ (int)number,
                                   is_told ? (int64_t)limit_ms : INHERIT_NO_TIME };
}

void inherit_init(void)
{
    uint64_t pid = take_number("LISTEN_PID", INT32_MAX);
    uint64_t count = take_number("LISTEN_FDS", INHERIT_MAX);
    const char *text = getenv(INHERIT_PULSE);
    struct inherit_pulse pulse = inherit_parse_pulse(str_from(text ? text : ""));
    (void)unsetenv(INHERIT_PULSE);
    (void)unsetenv("LISTEN_FDNAMES");
    if (pid != (uint64_t)getpid())
        return;
    for (int fd = INHERIT_FIRST; fd < INHERIT_FIRST + (int)count; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0)
            continue;
        if (fd == pulse.fd)
            inherited.pulse = pulse;
        else
            inherited.fds[inherited.count++] = fd;
    }
}

struct inherit_pulse inherit_take_pulse(void)
{
    struct inherit_pulse pulse = inherited.pulse;
    inherited.pulse.fd = 0;
    if (pulse.fd == 0)
        pulse.fd = -1;
    return pulse;
}

size_t inherit_count(void)
{
    return inherited.count;
}

enum status inherit_put(int fd, struct error *err)
{
    if (inherited.count == INHERIT_MAX) {
        file_close(fd);
        return FAIL(err, ERR_LIMIT, "more than %d sockets", INHERIT_MAX);
    }
    inherited.fds[inherited.count++] = fd;
    return OK;
}

static int get_option(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, option, &value, &size) ? -1 : value;
}

static bool fits(int fd, int type, struct ip ip, uint16_t port)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    if (get_option(fd, SO_TYPE) != type ||
        (type == SOCK_STREAM && get_option(fd, SO_ACCEPTCONN) != 1) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        return false;
    uint16_t bound = 0;
    return ip_equal(ip_from_sockaddr(&address, &bound), ip) &&
           (port == 0 || bound == port);
}

/* Takes the socket at `i`. -1: `i` is at the end of the set. */
static int take_at(size_t i)
{
    if (i == inherited.count)
        return -1;
    int fd = inherited.fds[i];
    inherited.fds[i] = inherited.fds[--inherited.count];
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0)
        return fd;
    file_close(fd);
    return -1;
}

int inherit_take(int type, struct ip ip, uint16_t port)
{
    size_t i = 0;
    while (i < inherited.count && !fits(inherited.fds[i], type, ip, port))
        i++;
    return take_at(i);
}

int inherit_take_fd(int fd)
{
    size_t i = 0;
    while (i < inherited.count && inherited.fds[i] != fd)
        i++;
    return take_at(i);
}

size_t inherit_close_rest(void)
{
    size_t count = inherited.count;
    while (inherited.count > 0)
        file_close(inherited.fds[--inherited.count]);
    return count;
}
