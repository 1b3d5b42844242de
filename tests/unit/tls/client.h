// SPDX-License-Identifier: GPL-3.0-or-later
/* client.h - the client's side of TLS, without a socket. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

struct ssl_st;
struct ssl_session_st;

struct client_options {
    const char *name;      /* SNI; NULL: none */
    const char *ciphers;   /* of TLS 1.2, and then no 1.3; NULL: all */
    const char *protocols; /* ALPN, as on the wire; NULL: none */
    struct ssl_session_st *session;
};

struct client {
    struct ssl_st *ssl;
    bool failed;
};

void client_init(struct client *client, const struct client_options *options);
void client_done(struct client *client);
/* Takes what the server has sent; `out` gets what is for it. */
void client_take(struct client *client, struct str bytes, struct buf *out);
void client_write(struct client *client, struct str text, struct buf *out);
/* What has come in clear, in static storage. */
struct str client_read(struct client *client, struct buf *out);
/* close_notify. */
void client_end(struct client *client, struct buf *out);
bool client_is_open(const struct client *client);
bool client_was_told_the_end(const struct client *client);
bool client_is_resumed(const struct client *client);
/* "ECDSA", "RSA" */
const char *client_server_kind(const struct client *client);
bool client_server_has(const struct client *client, const char *name);
/* The newest ticket's; the caller frees it. */
struct ssl_session_st *client_session(const struct client *client);
