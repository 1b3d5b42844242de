// SPDX-License-Identifier: GPL-3.0-or-later
#include "client.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "test.h"

void client_init(struct client *client, const struct client_options *options)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_non_null(context);
    if (options->ciphers) {
        CHECK_INT(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION), 1);
        CHECK_INT(SSL_CTX_set_cipher_list(context, options->ciphers), 1);
    }
    client->failed = false;
    client->ssl = SSL_new(context);
    SSL_CTX_free(context);
    assert_non_null(client->ssl);
    SSL_set_bio(client->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    (void)BIO_set_mem_eof_return(SSL_get_rbio(client->ssl), -1);
    if (options->name)
        CHECK_INT(SSL_set_tlsext_host_name(client->ssl, (void *)(uintptr_t)options->name),
                  1);
    struct str protocols = str_from(options->protocols);
    if (protocols.n > 0)
        CHECK_INT(SSL_set_alpn_protos(client->ssl, (const unsigned char *)protocols.at,
                                      (unsigned)protocols.n),
                  0);
    if (options->session)
        CHECK_INT(SSL_set_session(client->ssl, options->session), 1);
    SSL_set_connect_state(client->ssl);
}

void client_done(struct client *client)
{
    /* Else OpenSSL takes the session for a bad one. */
    SSL_set_shutdown(client->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(client->ssl);
}

static void put_output(struct client *client, struct buf *out)
{
    char *at = NULL;
    BIO *bio = SSL_get_wbio(client->ssl);
    long n = BIO_get_mem_data(bio, &at);
    buf_put(out, str_bytes(at, (size_t)n));
    CHECK(!out->full);
    (void)BIO_reset(bio);
}

static void look(struct client *client, int result)
{
    int code = SSL_get_error(client->ssl, result);
    client->failed |=
        result <= 0 && code != SSL_ERROR_WANT_READ && code != SSL_ERROR_ZERO_RETURN;
}

void client_take(struct client *client, struct str bytes, struct buf *out)
{
    if (bytes.n > 0)
        CHECK_INT(BIO_write(SSL_get_rbio(client->ssl), bytes.at, (int)bytes.n), bytes.n);
    if (!SSL_is_init_finished(client->ssl))
        look(client, SSL_do_handshake(client->ssl));
    put_output(client, out);
}

void client_write(struct client *client, struct str text, struct buf *out)
{
    CHECK_INT(SSL_write(client->ssl, text.at, (int)text.n), text.n);
    put_output(client, out);
}

struct str client_read(struct client *client, struct buf *out)
{
    static char storage[1 << 20];
    size_t n = 0;
    for (int got = 1; got > 0; n += got > 0 ? (size_t)got : 0) {
        got = SSL_read(client->ssl, storage + n, (int)(sizeof(storage) - n));
        look(client, got);
    }
    put_output(client, out);
    return str_bytes(storage, n);
}

void client_end(struct client *client, struct buf *out)
{
    (void)SSL_shutdown(client->ssl);
    put_output(client, out);
}

bool client_is_open(const struct client *client)
{
    return SSL_is_init_finished(client->ssl) == 1;
}

bool client_was_told_the_end(const struct client *client)
{
    return (SSL_get_shutdown(client->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool client_is_resumed(const struct client *client)
{
    return SSL_session_reused(client->ssl) == 1;
}

const char *client_server_kind(const struct client *client)
{
    X509 *certificate = SSL_get0_peer_certificate(client->ssl);
    assert_non_null(certificate);
    int kind = EVP_PKEY_base_id(X509_get0_pubkey(certificate));
    return kind == EVP_PKEY_RSA ? "RSA" : "ECDSA";
}

bool client_server_has(const struct client *client, const char *name)
{
    X509 *certificate = SSL_get0_peer_certificate(client->ssl);
    assert_non_null(certificate);
    return X509_check_host(certificate, name, 0, 0, NULL) == 1;
}

SSL_SESSION *client_session(const struct client *client)
{
    return SSL_get1_session(client->ssl);
}
