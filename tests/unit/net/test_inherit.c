// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/inherit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/process.h"
#include "net/socket.h"
#include "test.h"

static struct ip loopback(void)
{
    struct ip ip = { 0 };
    CHECK_INT(ip_parse(STR("127.0.0.1"), &ip), OK);
    return ip;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

TEST(a_socket_is_taken_by_its_kind_and_address_and_only_once)
{
    struct ip ip = loopback(), other = { 0 };
    CHECK_INT(ip_parse(STR("127.0.0.2"), &other), OK);
    int tcp = -1, udp = -1;
    uint16_t port = 0, udp_port = 0;
    CHECK_INT(socket_listen(ip, 0, &tcp, &port, NULL), OK);
    CHECK_INT(socket_bind_udp(ip, 0, false, &udp, &udp_port, NULL), OK);
    CHECK_INT(inherit_put(tcp, NULL), OK);
    CHECK_INT(inherit_put(udp, NULL), OK);
    CHECK_INT(inherit_take(SOCK_STREAM, other, port), -1);
    CHECK_INT(inherit_take(SOCK_STREAM, ip, (uint16_t)(port + 1)), -1);
    CHECK_INT(inherit_take(SOCK_DGRAM, ip, port), -1);
    CHECK_INT(inherit_take(SOCK_DGRAM, ip, udp_port), udp);
    CHECK_INT(inherit_take(SOCK_STREAM, ip, 0), tcp);
    CHECK_INT(inherit_take(SOCK_STREAM, ip, port), -1);
    (void)close(tcp);
    (void)close(udp);
}

TEST(who_listens_gets_the_inherited_socket_instead_of_a_new_one)
{
    struct ip ip = loopback();
    int first = -1, second = -1;
    uint16_t port = 0, again = 0;
    CHECK_INT(socket_listen(ip, 0, &first, &port, NULL), OK);
    CHECK_INT(inherit_put(first, NULL), OK);
    CHECK_INT(fcntl(first, F_SETFL, 0), 0); /* as a supervisor may leave it */
    CHECK_INT(socket_listen(ip, port, &second, &again, NULL), OK);
    CHECK_INT(second, first);
    CHECK_INT(again, port);
    CHECK(fcntl(second, F_GETFL) & O_NONBLOCK);
    /* Now it is in use. */
    CHECK_INT(socket_listen(ip, port, &first, NULL, NULL), ERR_BUSY);
    (void)close(second);

    CHECK_INT(socket_bind_udp(ip, 0, false, &first, &port, NULL), OK);
    CHECK_INT(inherit_put(first, NULL), OK);
    CHECK_INT(socket_bind_udp(ip, port, false, &second, NULL, NULL), OK);
    CHECK_INT(second, first);
    (void)close(second);
}

TEST(a_stream_that_does_not_listen_is_not_taken)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_storage address;
    socklen_t size = ip_to_sockaddr(loopback(), 0, &address);
    CHECK_INT(bind(fd, (struct sockaddr *)&address, size), 0);
    CHECK_INT(inherit_put(fd, NULL), OK);
    CHECK_INT(inherit_take(SOCK_STREAM, loopback(), 0), -1);
    CHECK_INT((int)inherit_close_rest(), 1);
    CHECK(!is_open(fd));
    CHECK_INT((int)inherit_close_rest(), 0);
}

TEST(more_sockets_than_there_is_room_for_are_closed)
{
    int fd = -1;
    for (int i = 0; i < INHERIT_MAX; i++)
        CHECK_INT(inherit_put(open("/", O_RDONLY | O_CLOEXEC), NULL), OK);
    fd = open("/", O_RDONLY | O_CLOEXEC);
    CHECK_INT(inherit_put(fd, NULL), ERR_LIMIT);
    CHECK(!is_open(fd));
    CHECK_INT((int)inherit_close_rest(), INHERIT_MAX);
}

TEST(the_variables_count_for_the_process_they_name_and_are_removed)
{
    static const struct {
        const char *pid, *count; /* pid NULL: our own */
    } rows[] = { { "1", "1" }, { NULL, "none" }, { NULL, "-1" }, { NULL, "1000" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char own[32];
        (void)snprintf(own, sizeof(own), "%d", (int)getpid());
        CHECK_INT(setenv("LISTEN_PID", rows[i].pid ? rows[i].pid : own, 1), 0);
        CHECK_INT(setenv("LISTEN_FDS", rows[i].count, 1), 0);
        CHECK_INT(setenv("LISTEN_FDNAMES", "http", 1), 0);
        inherit_init();
        CHECK(!getenv("LISTEN_PID") && !getenv("LISTEN_FDS") &&
              !getenv("LISTEN_FDNAMES"));
        CHECK_INT((int)inherit_close_rest(), 0);
    }
}

TEST(a_child_is_given_sockets_in_order_with_names_and_its_own_pid)
{
    /* The first comes from a higher place than the second, which stands in the way. */
    struct ip ip = loopback();
    int first = -1, second = -1;
    CHECK_INT(socket_listen(ip, 0, &second, NULL, NULL), OK);
    CHECK_INT(socket_bind_udp(ip, 0, false, &first, NULL, NULL), OK);
    char shell[] = "/bin/sh", run[] = "-c";
    char script[] =
        "[ \"$LISTEN_FDS $LISTEN_FDNAMES $LISTEN_PID\" = \"2 udp:tcp $$\" ] || exit 1;"
        "[ \"$MORE\" = yes ] || exit 2; [ -e /proc/self/fd/5 ] && exit 3;"
        "[ \"$(readlink /proc/self/fd/3)\" = \"$A\" ] || exit 4;"
        "[ \"$(readlink /proc/self/fd/4)\" = \"$B\" ] || exit 5; exit 0";
    char *const argv[] = { shell, run, script, NULL };
    char a[64] = "A=", b[64] = "B=", path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", first);
    CHECK(readlink(path, a + 2, sizeof(a) - 3) > 0);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", second);
    CHECK(readlink(path, b + 2, sizeof(b) - 3) > 0);
    const char *const more[] = { "MORE=yes", a, b, NULL };
    const struct process_socket sockets[] = { { first, "udp" }, { second, "tcp" } };
    const struct process_options options = { .argv = argv,
                                             .environment = more,
                                             .sockets = sockets,
                                             .socket_count = LENGTH_OF(sockets) };
    pid_t pid = 0;
    CHECK_INT(process_start_with(&options, &pid, NULL), OK);
    int wait_status = -1;
    CHECK_INT(waitpid(pid, &wait_status, 0), pid);
    CHECK_INT(WEXITSTATUS(wait_status), 0);
    (void)close(first);
    (void)close(second);
}
