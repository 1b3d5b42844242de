// SPDX-License-Identifier: GPL-3.0-or-later
/* site.h - what is said at a handshake: certificates, protocols, ciphers. It never changes; a
 * reload makes another one. Sessions that began with it may outlive it.
 *
 * TLS 1.2 with ECDHE and AEAD ciphers, and 1.3; no renegotiation, no compression, no early data;
 * ALPN "http/1.1". A client gets the certificate for the name that it asks for (SNI), of the kinds
 * that it takes ECDSA before RSA; without a name, or for one that is not ours, the first. */
#pragma once

#include "tls/certificate.h"

struct site;
struct ssl_ctx_st;

/* Shares `certificates`, of which there is at least one. `ciphers` of TLS 1.2 as
 * OpenSSL lists them; "": the usual ones. `prepare` is called for each context, before it is used:
 * session_prepare(). ERR_SYNTAX: no such ciphers. ERR_CONFLICT. */
typedef void (*site_prepare_fn)(struct ssl_ctx_st *context);
MUST_CHECK enum status site_new(struct certificate *const *certificates, size_t count,
                                const char *ciphers, site_prepare_fn prepare,
                                struct site **out, struct error *err);
void site_free(struct site *site);
CLEANER(site_free, struct site *)

/* The context for a name; "": for a client that names none. Lent. */
struct ssl_ctx_st *site_choose(const struct site *site, struct str name);
