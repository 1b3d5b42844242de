// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/site.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/mem.h"
#include "tls/ticket.h"

/* Mozilla's intermediate list without DHE, whose cost is for the attacker to choose. */
static const char usual_ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char usual_ciphers_13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                       "TLS_CHACHA20_POLY1305_SHA256";
/* The order says which certificate is preferred. Those with SHA-1 are what a client of TLS 1.2
 * takes that names none (RFC 5246 7.4.1.4.1). OpenSSL makes them at security level 0 alone, which
 * only the operator's ciphers can ask for. */
static const char signatures[] =
    "ECDSA+SHA256:ed25519:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:"
    "RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512:ECDSA+SHA1:RSA+SHA1";
static const char groups[] = "X25519:P-256:P-384";

/* For each certificate a context that has it, and of each further kind the first one that is for
 * the same names. */
struct place {
    SSL_CTX *context;
    struct certificate *certificate;
};

struct site {
    struct place *places;
    size_t count;
};

void site_free(struct site *site)
{
    if (!site)
        return;
    for (size_t i = 0; i < site->count; i++) {
        SSL_CTX_free(site->places[i].context);
        certificate_free(site->places[i].certificate);
    }
    mem_free(site->places);
    mem_free(site);
}

/* Some calls of OpenSSL take a text without const, and change nothing. */
static char *changeable(const char *text)
{
    return (char *)(uintptr_t)text;
}

static enum status set_ciphers(SSL_CTX *context, const char *ciphers, struct error *err)
{
    const char *list = ciphers[0] ? ciphers : usual_ciphers;
    bool fine = SSL_CTX_set_cipher_list(context, list) == 1 &&
                SSL_CTX_set_ciphersuites(context, usual_ciphers_13) == 1 &&
                SSL_CTX_set1_sigalgs_list(context, changeable(signatures)) == 1 &&
                SSL_CTX_set1_groups_list(context, changeable(groups)) == 1;
    ERR_clear_error();
    return fine ? OK : FAIL(err, ERR_SYNTAX, "https.ciphers: no such ciphers: %s", list);
}

static SSL_CTX *make_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context)
        return NULL;
    static const unsigned char id[] = "rove";
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_PRIORITIZE_CHACHA);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_session_id_context(context, id, sizeof(id) - 1);
    (void)SSL_CTX_set_timeout(context, TICKET_LIFE_S);
    (void)SSL_CTX_set_num_tickets(context, 1);
    return context;
}

/* Whether one of this kind was among the first `end` that go into the context of `main`. */
static bool has_kind(struct certificate *const *all, size_t end, size_t main,
                     const char *kind)
{
    for (size_t i = 0; i < end; i++)
        if (i != main && strcmp(certificate_kind(all[i]), kind) == 0 &&
            certificate_covers(all[i], all[main]))
            return true;
    return strcmp(certificate_kind(all[main]), kind) == 0;
}

static enum status fill_context(struct certificate *const *all, size_t count, size_t main,
                                SSL_CTX *context, struct error *err)
{
    enum status status = certificate_use(all[main], context, err);
    for (size_t i = 0; i < count && !status; i++)
        if (i != main && certificate_covers(all[i], all[main]) &&
            !has_kind(all, i, main, certificate_kind(all[i])))
            status = certificate_use(all[i], context, err);
    return status;
}

enum status site_new(struct certificate *const *certificates, size_t count,
                     const char *ciphers, site_prepare_fn prepare, struct site **out,
                     struct error *err)
{
    CLEANUP(site_freep) struct site *site = NEW(struct site);
    site->places = mem_new_array(count, sizeof(*site->places));
    for (size_t i = 0; i < count; i++) {
        struct place *place = &site->places[i];
        place->context = make_context();
        place->certificate = certificate_share(certificates[i]);
        site->count++;
        if (!place->context)
            return FAIL(err, ERR_IO, "OpenSSL makes no context");
        prepare(place->context);
        enum status status = set_ciphers(place->context, ciphers, err);
        if (!status)
            status = fill_context(certificates, count, i, place->context, err);
        if (status)
            return status;
    }
    *out = TAKE(site);
    return OK;
}

SSL_CTX *site_choose(const struct site *site, struct str name)
{
    SSL_CTX *best = site->places[0].context;
    enum certificate_match found = CERTIFICATE_OTHER;
    for (size_t i = 0; i < site->count && name.n > 0 && found != CERTIFICATE_EXACT; i++) {
        enum certificate_match match =
            certificate_match(site->places[i].certificate, name);
        if (match > found) {
            found = match;
            best = site->places[i].context;
        }
    }
    return best;
}
