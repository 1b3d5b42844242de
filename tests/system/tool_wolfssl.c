// SPDX-License-Identifier: GPL-3.0-or-later
/* wolfSSL, which OpenWrt's uclient-fetch had for some years. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "tool_tls_client.h"

static WOLFSSL_CTX *context;
static WOLFSSL *client;
static WOLFSSL_SESSION *session; /* NULL: none yet */
static const char *name;

static void check(const char *what, int result)
{
    if (result != WOLFSSL_SUCCESS)
        tls_client_fail(what, client ? wolfSSL_get_error(client, result) : result);
}

void tls_client_begin(const struct tls_client_options *options)
{
    name = options->name;
    check("library", wolfSSL_Init());
    context = wolfSSL_CTX_new(options->has_13 ? wolfTLSv1_3_client_method()
                                              : wolfTLSv1_2_client_method());
    check("context", context ? WOLFSSL_SUCCESS : WOLFSSL_FAILURE);
    check("the root", wolfSSL_CTX_load_verify_locations(context, options->ca, NULL));
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER, NULL);
    check("tickets", wolfSSL_CTX_UseSessionTicket(context));
}

bool tls_client_connect(int fd, const char **suite)
{
    client = wolfSSL_new(context);
    check("client", client ? WOLFSSL_SUCCESS : WOLFSSL_FAILURE);
    if (name) {
        check("name", wolfSSL_UseSNI(client, WOLFSSL_SNI_HOST_NAME, name,
                                     (unsigned short)str_from(name).n));
        check("name", wolfSSL_check_domain_name(client, name));
    }
    if (session)
        check("session", wolfSSL_set_session(client, session));
    check("socket", wolfSSL_set_fd(client, fd));
    check("handshake", wolfSSL_connect(client));
    *suite = wolfSSL_get_cipher(client);
    return wolfSSL_session_reused(client) == 1;
}

void tls_client_write(struct str bytes)
{
    int n = wolfSSL_write(client, bytes.at, (int)bytes.n);
    if (n != (int)bytes.n)
        tls_client_fail("write", wolfSSL_get_error(client, n));
}

size_t tls_client_read(char *to, size_t size)
{
    int n = wolfSSL_read(client, to, (int)size);
    if (n < 0)
        tls_client_fail("read", wolfSSL_get_error(client, n));
    return (size_t)n;
}

void tls_client_close(void)
{
    wolfSSL_SESSION_free(session);
    session = wolfSSL_get1_session(client);
    (void)wolfSSL_shutdown(client); /* the peer's end may be on its way still */
    wolfSSL_free(client);
    client = NULL;
}
