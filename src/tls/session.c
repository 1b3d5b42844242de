// SPDX-License-Identifier: GPL-3.0-or-later
/* OpenSSL reads and writes through a BIO of ours, whose other side are the arguments of the call
 * that is under way. */
#include "tls/session.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/mem.h"

enum {
    IV_SIZE = 16
};

struct session_host {
    BIO_METHOD *method;
    EVP_CIPHER *cipher; /* of tickets; fetched once, as fetching is slow */
    const struct site *site;
    const struct ticket_keys *keys;
};

struct session {
    struct session_host *host;
    SSL *ssl;
    struct str in;   /* what is left of it; during a call */
    struct buf *out; /* this too */
};

/* ----- the BIO ----- */

static int bio_read(BIO *bio, char *to, int size)
{
    struct session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (session->in.n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t n = session->in.n < (size_t)size ? session->in.n : (size_t)size;
    memcpy(to, session->in.at, n);
    session->in = str_from_at(session->in, n);
    return (int)n;
}

static int bio_write(BIO *bio, const char *from, int n)
{
    struct session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    buf_put(session->out, str_bytes(from, (size_t)n));
    return session->out->full ? -1 : n;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

void session_library_init(void)
{
    (void)OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

struct session_host *session_host_new(void)
{
    struct session_host *host = NEW(struct session_host);
    host->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "rove");
    if (host->method) {
        (void)BIO_meth_set_read(host->method, bio_read);
        (void)BIO_meth_set_write(host->method, bio_write);
        (void)BIO_meth_set_ctrl(host->method, bio_control);
    }
    host->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    return host;
}

void session_host_free(struct session_host *host)
{
    if (!host)
        return;
    BIO_meth_free(host->method);
    EVP_CIPHER_free(host->cipher);
    mem_free(host);
}

void session_host_use(struct session_host *host, const struct site *site,
                      const struct ticket_keys *keys)
{
    host->site = site;
    host->keys = keys;
}

/* ----- what OpenSSL asks ----- */

// NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type
static int choose_certificate(SSL *ssl, int *alert, void *ctx)
{
    (void)alert;
    (void)ctx;
    const struct session *session = SSL_get_app_data(ssl);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    /* The site may have gone since the handshake began; what it began with goes on. */
    if (name && session->host->site)
        (void)SSL_set_SSL_CTX(ssl, site_choose(session->host->site, str_from(name)));
    return SSL_TLSEXT_ERR_OK;
}

/* A client that offers only other protocols gets an alert (RFC 7301 3.2). */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                           const unsigned char *in, unsigned n, void *ctx)
{
    static const char ours[] = "\x08http/1.1\x08http/1.0";
    (void)ssl;
    (void)ctx;
    int found =
        SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_n,
                              (const unsigned char *)ours, sizeof(ours) - 1, in, n);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                           : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_mac(EVP_MAC_CTX *mac, const struct ticket_key *key)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string("key", (void *)(uintptr_t)key->mac,
                                          sizeof(key->mac)),
        OSSL_PARAM_construct_utf8_string("digest", digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/* 1: go on; 2: the same, and a new ticket is due; 0: not a ticket of ours; -1: trouble. */
static int seal_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
                       EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_new)
{
    const struct session *session = SSL_get_app_data(ssl);
    const struct session_host *host = session->host;
    const struct ticket_key *present = &host->keys->list[host->keys->present];
    const struct ticket_key *key = is_new ? present : ticket_keys_find(host->keys, name);
    if (!key)
        return 0;
    if (is_new) {
        memcpy(name, key->name, sizeof(key->name));
        if (RAND_bytes(iv, IV_SIZE) != 1)
            return -1;
    }
    if (EVP_CipherInit_ex(cipher, host->cipher, NULL, key->cipher, iv, is_new) != 1 ||
        !set_mac(mac, key))
        return -1;
    return key == present ? 1 : 2;
}

void session_prepare(SSL_CTX *context)
{
    (void)SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    (void)SSL_CTX_set_tlsext_ticket_key_evp_cb(context, seal_ticket);
}

/* ----- sessions ----- */

struct session *session_new(struct session_host *host)
{
    if (!host->site)
        return NULL;
    SSL *ssl = SSL_new(site_choose(host->site, STR("")));
    BIO *bio = BIO_new(host->method);
    if (!ssl || !bio) {
        SSL_free(ssl);
        (void)BIO_free(bio);
        return NULL;
    }
    struct session *session = NEW(struct session);
    session->host = host;
    session->ssl = ssl;
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_app_data(ssl, session);
    SSL_set_accept_state(ssl);
    return session;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    SSL_free(session->ssl);
    mem_free(session);
}

static enum session_state state_after(struct session *session, int result)
{
    int code = SSL_get_error(session->ssl, result);
    if (code == SSL_ERROR_WANT_READ)
        return SSL_is_init_finished(session->ssl) ? SESSION_OPEN : SESSION_BEGUN;
    return code == SSL_ERROR_ZERO_RETURN ? SESSION_ENDED : SESSION_FAILED;
}

enum session_state session_read(struct session *session, struct str in, struct buf *clear,
                                struct buf *out)
{
    session->in = in;
    session->out = out;
    ERR_clear_error();
    size_t n = 0;
    int result = 1;
    while (clear->n < clear->size) {
        result =
            SSL_read_ex(session->ssl, clear->at + clear->n, clear->size - clear->n, &n);
        if (result != 1)
            break;
        clear->n += n;
    }
    /* A full `clear` would leave bytes behind: it is larger than what can come. */
    enum session_state state =
        result == 1 ? SESSION_FAILED : state_after(session, result);
    ERR_clear_error();
    session->in = STR("");
    session->out = NULL;
    return state;
}

bool session_write(struct session *session, struct str clear, struct buf *out)
{
    size_t n = 0;
    session->out = out;
    ERR_clear_error();
    bool whole = SSL_write_ex(session->ssl, clear.at, clear.n, &n) == 1 && n == clear.n;
    ERR_clear_error();
    session->out = NULL;
    return whole;
}

void session_end(struct session *session, struct buf *out)
{
    session->out = out;
    (void)SSL_shutdown(session->ssl);
    ERR_clear_error();
    session->out = NULL;
}

bool session_is_resumed(const struct session *session)
{
    return SSL_session_reused(session->ssl) == 1;
}

bool session_is_13(const struct session *session)
{
    return SSL_version(session->ssl) == TLS1_3_VERSION;
}
