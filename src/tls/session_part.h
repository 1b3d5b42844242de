// SPDX-License-Identifier: GPL-3.0-or-later
/* session_part.h - between site.c and session.c. */
#pragma once

struct ssl_ctx_st;

/* What OpenSSL asks us during a handshake: which name, which protocol, which key of tickets. The
 * sessions of the context have to be ours. */
void session_prepare(struct ssl_ctx_st *context);
