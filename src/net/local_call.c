// SPDX-License-Identifier: GPL-3.0-or-later
/* One question and its answer, for programs without a loop. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/local.h"
#include "net/packet.h"

static void set_wait(int fd, int wait_ms)
{
    struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000L };
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
}

static enum status fail_call(const char *path, const char *what, struct error *err)
{
    int code = errno;
    enum status status = ERR_IO;
    if (code == ENOENT || code == ECONNREFUSED)
        status = ERR_NOT_FOUND;
    else if (code == EACCES || code == EPERM)
        status = ERR_DENIED;
    else if (code == EAGAIN)
        return FAIL(err, ERR_BUSY, "%s: %s: no answer in time", path, what);
    return FAIL(err, status, "%s: %s: %s", path, what, strerror(code));
}

/* Connects, checks the user at the other end, and sends the question. */
static enum status send_question(int fd, const struct local_question *question,
                                 struct error *err)
{
    const char *path = question->path;
    struct sockaddr_un address;
    struct ucred peer = { 0 };
    enum status status = packet_address(path, &address, err);
    if (status)
        return status;
    if (fd < 0)
        return fail_call(path, "socket", err);
    set_wait(fd, question->wait_ms);
    if (!packet_connect(fd, &address))
        return fail_call(path, "connect", err);
    if (!packet_peer_is(fd, question->uids, question->uid_count, &peer))
        return FAIL(err, ERR_DENIED, "%s: a program of user %lu listens there", path,
                    (unsigned long)peer.uid);
    if (packet_send(fd, question->type, question->body, NULL) < 0)
        return fail_call(path, "send", err);
    return OK;
}

enum status local_call(const struct local_question *question, uint16_t *type_out,
                       char **body_out, size_t *n_out, struct error *err)
{
    const char *path = question->path;
    if (question->body.n > LOCAL_BODY_MAX)
        return FAIL(err, ERR_LIMIT, "a message of %zu bytes", question->body.n);
    CLEANUP(file_closep) int fd = packet_socket(0);
    enum status status = send_question(fd, question, err);
    if (status)
        return status;

    CLEANUP(mem_freep) char *packet = mem_new(PACKET_MAX + 1);
    ssize_t n = recv(fd, packet, PACKET_MAX, MSG_TRUNC);
    if (n < 0)
        return fail_call(path, "receive", err);
    if (n == 0)
        return FAIL(err, ERR_IO, "%s: closed without an answer", path);
    struct str answer = { 0 };
    if (local_decode(str_bytes(packet, (size_t)n), type_out, &answer))
        return FAIL(err, ERR_IO, "%s: not a message of ours", path);
    memmove(packet, answer.at, answer.n);
    packet[answer.n] = '\0';
    *n_out = answer.n;
    *body_out = TAKE(packet);
    return OK;
}
