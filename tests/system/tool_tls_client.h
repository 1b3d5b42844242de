// SPDX-License-Identifier: GPL-3.0-or-later
/* tool_tls_client.h - what a TLS library of others does for tool_tls_client.c: one source file for
 * each library, and one program of each.
 *
 * What fails says why on standard error and ends the program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct tls_client_options {
    const char *ca;   /* the file with the only root that is believed */
    const char *name; /* for SNI, and what the certificate must be for; NULL: neither */
    bool has_13;      /* TLS 1.3 alone; else 1.2 alone */
};

/* Once, before the rest. */
void tls_client_begin(const struct tls_client_options *options);
/* A handshake over the connected socket, with the session of the connection before it, if there was
 * one. True: that was resumed. The suite is lent to *suite until the end. */
bool tls_client_connect(int fd, const char **suite);
void tls_client_write(struct str bytes);
/* How many bytes came; 0: the peer has said its end. */
size_t tls_client_read(char *to, size_t size);
/* Says the end, and keeps the session for the next one. */
void tls_client_close(void);

/* Of tool_tls_client.c: ends the program with what failed, and the library's word for it. */
_Noreturn void tls_client_fail(const char *what, int code);
