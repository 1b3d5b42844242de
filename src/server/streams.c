// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/streams.h"

#include "base/log.h"
#include "http/server.h"
#include "net/local.h"
#include "net/stream.h"
#include "run/role.h"

static void take(void *ctx, struct local_channel *channel, uint16_t type, struct str body)
{
    struct http_server *http = (struct http_server *)ctx;
    int end = -1;
    struct ip ip = { 0 };
    if (!stream_take(channel, type, body, &end, &ip)) {
        http_server_add_connection(http, end, ip, true);
        return;
    }
    log_warning("stream-refused", LOG_NUMBER("pid", local_peer_pid(channel)));
    local_close(channel);
}

/* tls is in no group of front's, so that it reaches nothing else. Any process may connect, as to
 * the port for HTTP; what is not tls is closed before a byte of it is read. */
enum status streams_listen(struct loop *loop, const struct config *config,
                           struct http_server *http, struct local_server **out,
                           struct error *err)
{
    static const struct local_events events = { .message = take };
    uid_t tls = 0;
    bool apart = role_find_uid(config, ROLE_TLS, &tls);
    const struct local_options options = { .loop = loop,
                                           .path = config->streams_socket,
                                           .uids = &tls,
                                           .uid_count = apart,
                                           .events = &events,
                                           .ctx = http,
                                           .mode = 0666 };
    return local_listen(&options, out, err);
}
