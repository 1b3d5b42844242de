// SPDX-License-Identifier: GPL-3.0-or-later
/* What a stranger sends before there is a key between us: the session goes on, or fails with an
 * alert, and never opens, gives clear bytes or says more than there is room for, in whatever
 * pieces the bytes come, and also when the site goes meanwhile. */
#include <assert.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tls/certificate.h"
#include "tls/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    PATH_SIZE = 64,
    PIECE_STEP = 16
};

static struct session_host *host;
static struct site *site;
static struct ticket_keys keys;

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *made = X509_new();
    X509_EXTENSION *names = X509V3_EXT_conf_nid(
        NULL, NULL, NID_subject_alt_name, "DNS:www.example.org,DNS:*.dyn.example.org");
    (void)X509_set_version(made, 2);
    (void)X509_gmtime_adj(X509_getm_notBefore(made), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(made), 1000000);
    (void)X509_set_pubkey(made, key);
    (void)X509_add_ext(made, names, -1);
    X509_EXTENSION_free(names);
    int n = X509_sign(made, key, EVP_sha256());
    assert(n > 0);
    return made;
}

static void open_file(const char *path, FILE **out)
{
    *out = fopen(path, "we");
    assert(*out);
}

/* A pair of our own, through two files in memory. */
static struct certificate *make_pair(void)
{
    char chain[PATH_SIZE], secret[PATH_SIZE];
    int fds[2] = { memfd_create("chain", MFD_CLOEXEC), memfd_create("key", MFD_CLOEXEC) };
    (void)snprintf(chain, sizeof(chain), "/proc/self/fd/%d", fds[0]);
    (void)snprintf(secret, sizeof(secret), "/proc/self/fd/%d", fds[1]);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *made = make_certificate(key);
    FILE *files[2];
    open_file(chain, &files[0]);
    open_file(secret, &files[1]);
    int written = PEM_write_X509(files[0], made) == 1 &&
                  PEM_write_PrivateKey(files[1], key, NULL, NULL, 0, NULL, NULL) == 1;
    (void)fclose(files[0]);
    (void)fclose(files[1]);
    X509_free(made);
    EVP_PKEY_free(key);
    int failed = fchmod(fds[0], 0600) || fchmod(fds[1], 0600);
    struct certificate *certificate = NULL;
    enum status status = certificate_load(chain, secret, &certificate, NULL);
    assert(written && !failed && status == OK);
    return certificate;
}

static void begin(void)
{
    session_library_init();
    struct certificate *certificate = make_pair();
    enum status status = site_new(&certificate, 1, "", session_prepare, &site, NULL);
    assert(status == OK);
    certificate_free(certificate);
    struct ticket_secret secret = { .epoch = 1 };
    ticket_secret_derive(&secret, TICKET_EPOCH_S, &keys);
    host = session_host_new();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char to_clear[SESSION_CLEAR_SIZE], to_client[SESSION_OUT_SIZE];
    if (!host)
        begin();
    if (size < 1)
        return 0;
    bool site_goes = data[0] & 1;
    size_t piece = 1 + (size_t)(data[0] >> 1) * PIECE_STEP;
    session_host_use(host, site, &keys);
    struct session *session = session_new(host);
    enum session_state state = SESSION_BEGUN;
    struct str rest = str_bytes(data + 1, size - 1);
    for (struct str part; rest.n > 0 && state == SESSION_BEGUN;
         rest = str_from_at(rest, part.n)) {
        struct buf clear = BUF_ON(to_clear), out = BUF_ON(to_client);
        part = str_first(rest, piece);
        state = session_read(session, part, &clear, &out);
        assert(!out.full && clear.n == 0 && state != SESSION_OPEN);
        if (site_goes)
            session_host_use(host, NULL, &keys);
    }
    session_free(session);
    return 0;
}
