// SPDX-License-Identifier: GPL-3.0-or-later
/* streams.h - front's end of what tls hands over: RUN/front/streams, for the role of that name
 * alone. */
#pragma once

#include "config/config.h"
#include "net/loop.h"

struct http_server;
struct local_server;

/* Connections that come there are added to `http`. The caller ends *out with
 * local_server_close(). */
MUST_CHECK enum status streams_listen(struct loop *loop, const struct config *config,
                                      struct http_server *http, struct local_server **out,
                                      struct error *err);
