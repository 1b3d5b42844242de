// SPDX-License-Identifier: GPL-3.0-or-later
/* mbedTLS, which OpenWrt's uclient-fetch has. Debian's can speak TLS 1.2 alone. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "tool_tls_client.h"

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context random_source;
static mbedtls_x509_crt roots;
static mbedtls_ssl_config config;
static mbedtls_ssl_context client;
static mbedtls_ssl_session session;
static mbedtls_net_context net;
static const char *name;
static bool has_session;
static unsigned certificates; /* that the peer has shown in this handshake */

static void check(const char *what, int result)
{
    if (result)
        tls_client_fail(what, result);
}

// NOLINTNEXTLINE(readability-non-const-parameter): mbedTLS's type
static int count_certificate(void *ctx, mbedtls_x509_crt *one, int depth, uint32_t *flags)
{
    (void)ctx;
    (void)one;
    (void)depth;
    (void)flags; /* what mbedTLS has found stays */
    certificates++;
    return 0;
}

void tls_client_begin(const struct tls_client_options *options)
{
    if (options->has_13)
        tls_client_fail("mbedTLS: TLS 1.3 is not in it", 0);
    name = options->name;
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random_source);
    mbedtls_x509_crt_init(&roots);
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_session_init(&session);
    check("random",
          mbedtls_ctr_drbg_seed(&random_source, mbedtls_entropy_func, &entropy, NULL, 0));
    check("the root", mbedtls_x509_crt_parse_file(&roots, options->ca));
    check("defaults", mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT,
                                                  MBEDTLS_SSL_TRANSPORT_STREAM,
                                                  MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&config, &roots, NULL);
    mbedtls_ssl_conf_verify(&config, count_certificate, NULL);
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random_source);
}

/* A handshake that resumes shows no certificate. */
bool tls_client_connect(int fd, const char **suite)
{
    net.fd = fd;
    certificates = 0;
    mbedtls_ssl_init(&client);
    check("setup", mbedtls_ssl_setup(&client, &config));
    check("name", mbedtls_ssl_set_hostname(&client, name));
    if (has_session)
        check("session", mbedtls_ssl_set_session(&client, &session));
    mbedtls_ssl_set_bio(&client, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
    check("handshake", mbedtls_ssl_handshake(&client));
    *suite = mbedtls_ssl_get_ciphersuite(&client);
    return certificates == 0;
}

void tls_client_write(struct str bytes)
{
    int n = mbedtls_ssl_write(&client, (const unsigned char *)bytes.at, bytes.n);
    if (n != (int)bytes.n)
        tls_client_fail("write", n);
}

size_t tls_client_read(char *to, size_t size)
{
    int n = mbedtls_ssl_read(&client, (unsigned char *)to, size);
    if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return 0;
    if (n < 0)
        tls_client_fail("read", n);
    return (size_t)n;
}

void tls_client_close(void)
{
    mbedtls_ssl_session_free(&session);
    mbedtls_ssl_session_init(&session);
    check("keep the session", mbedtls_ssl_get_session(&client, &session));
    has_session = true;
    check("the end", mbedtls_ssl_close_notify(&client));
    mbedtls_ssl_free(&client);
}
