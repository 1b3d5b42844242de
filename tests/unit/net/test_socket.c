// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "test.h"

static struct ip address(const char *text)
{
    struct ip ip = { 0 };
    CHECK_INT(ip_parse(str_from(text), &ip), OK);
    return ip;
}

static int option_of(int fd, int level, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);
    CHECK_INT(getsockopt(fd, level, option, &value, &size), 0);
    return value;
}

static int connect_to(struct ip ip, uint16_t port)
{
    struct sockaddr_storage to;
    socklen_t size = ip_to_sockaddr(ip, port, &to);
    int fd =
        socket(ip.family == IP_V6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(connect(fd, (const struct sockaddr *)&to, size), 0);
    return fd;
}

static const char *const loopbacks[] = { "127.0.0.1", "::1" };

TEST(a_listener_accepts_each_peer_once_and_knows_its_address)
{
    for (size_t i = 0; i < LENGTH_OF(loopbacks); i++) {
        struct ip ip = address(loopbacks[i]), from = { 0 };
        int listener = -1, fd = -1;
        uint16_t port = 0, from_port = 0;
        CHECK_INT(socket_listen(ip, 0, &listener, &port, NULL), OK);
        CHECK(port != 0);
        CHECK_INT(socket_accept(listener, &fd, &from, NULL), ERR_NOT_FOUND);
        int peer = connect_to(ip, port);
        CHECK_INT(socket_accept(listener, &fd, &from, &from_port), OK);
        CHECK(ip_equal(from, ip));
        CHECK(from_port != 0);
        CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
        CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        CHECK(option_of(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
        CHECK_INT(socket_accept(listener, &fd, &from, NULL), ERR_NOT_FOUND);
        file_close(fd);
        file_close(peer);
        file_close(listener);
    }
}

TEST(a_port_in_use_is_told_by_status_and_text)
{
    int first = -1, second = -1;
    uint16_t port = 0;
    struct error err = { 0 };
    CHECK_INT(socket_listen(address("127.0.0.1"), 0, &first, &port, NULL), OK);
    CHECK_INT(socket_listen(address("127.0.0.1"), port, &second, NULL, &err), ERR_BUSY);
    CHECK_INT(second, -1);
    CHECK(strstr(err.text, "127.0.0.1"));
    file_close(first);
    CHECK_INT(socket_listen(address("192.0.2.1"), 0, &second, NULL, &err), ERR_IO);
    CHECK_INT(socket_bind_udp(address("192.0.2.1"), 0, false, &second, NULL, &err),
              ERR_IO);
    CHECK_INT(second, -1);
}

TEST(datagrams_come_with_their_destination_if_that_may_be_any)
{
    static const struct {
        const char *bound;
        int told;
    } rows[] = { { "127.0.0.1", 0 }, { "0.0.0.0", 1 }, { "::1", 0 }, { "::", 1 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct ip ip = address(rows[i].bound);
        int fd = -1;
        CHECK_INT(socket_bind_udp(ip, 0, false, &fd, NULL, NULL), OK);
        CHECK_INT(ip.family == IP_V6 ? option_of(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO)
                                     : option_of(fd, IPPROTO_IP, IP_PKTINFO),
                  rows[i].told);
        file_close(fd);
    }
}

TEST(ports_are_shared_on_wish)
{
    for (size_t i = 0; i < LENGTH_OF(loopbacks); i++) {
        struct ip ip = address(loopbacks[i]);
        int one = -1, two = -1;
        uint16_t port = 0;
        CHECK_INT(socket_bind_udp(ip, 0, true, &one, &port, NULL), OK);
        CHECK_INT(socket_bind_udp(ip, port, false, &two, NULL, NULL), ERR_BUSY);
        CHECK_INT(socket_bind_udp(ip, port, true, &two, NULL, NULL), OK);
        file_close(one);
        file_close(two);
    }
}

#ifdef ROVE_FAULTS
TEST(being_out_of_descriptors_is_busy)
{
    int listener = -1, fd = -1;
    struct ip from;
    CHECK_INT(socket_listen(address("127.0.0.1"), 0, &listener, NULL, NULL), OK);
    fault_arm("socket.accept", 1, false);
    CHECK_INT(socket_accept(listener, &fd, &from, NULL), ERR_BUSY);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    file_close(listener);
}
#endif
