// SPDX-License-Identifier: GPL-3.0-or-later
#include "authority.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "test.h"
#include "tls/certificate.h"

enum {
    TEXT_MAX = 65536,
    SECONDS_PER_DAY = 86400
};

static char folder[64];
static EVP_PKEY *root_key;
static X509 *root;
static long serial;

const char *authority_path(const char *name)
{
    static char storage[4][AUTHORITY_PATH];
    static unsigned next;
    char *path = storage[next++ % 4];
    CHECK(snprintf(path, AUTHORITY_PATH, "%s/%s", folder, name) < AUTHORITY_PATH);
    return path;
}

static EVP_PKEY *make_key(bool rsa)
{
    EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    assert_non_null(key);
    return key;
}

static void extend(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, root ? root : certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    assert_non_null(extension);
    CHECK_INT(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *make_certificate(EVP_PKEY *key, const char *subject, const char *names,
                              int days)
{
    X509 *made = X509_new();
    X509_NAME *name = X509_get_subject_name(made);
    long begins = days < 0 ? 2L * days * SECONDS_PER_DAY : -SECONDS_PER_DAY;
    (void)X509_set_version(made, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    (void)X509_gmtime_adj(X509_getm_notBefore(made), begins);
    (void)X509_gmtime_adj(X509_getm_notAfter(made), (long)days * SECONDS_PER_DAY + 3600);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                     (const unsigned char *)subject, -1, -1, 0);
    (void)X509_set_issuer_name(made, root ? X509_get_subject_name(root) : name);
    (void)X509_set_pubkey(made, key);
    extend(made, NID_basic_constraints, root ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (names)
        extend(made, NID_subject_alt_name, names);
    assert_true(X509_sign(made, root ? root_key : key, EVP_sha256()) > 0);
    return made;
}

void authority_open(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/rove-tls-XXXXXX");
    assert_non_null(mkdtemp(folder));
    root_key = make_key(false);
    root = make_certificate(root_key, "Test Authority", NULL, 1000);
}

void authority_close(void)
{
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list));)
        (void)unlinkat(dirfd(list), entry->d_name, 0);
    (void)closedir(list);
    CHECK_INT(rmdir(folder), 0);
    X509_free(root);
    EVP_PKEY_free(root_key);
    root = NULL;
    root_key = NULL;
}

X509 *authority_root(void)
{
    return root;
}

static FILE *open_file(const char *title, const char *end, unsigned mode)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s.%s", title, end);
    FILE *file = fopen(authority_path(name), "we");
    assert_non_null(file);
    CHECK_INT(fchmod(fileno(file), (mode_t)mode), 0);
    return file;
}

void authority_issue(const struct wanted *wanted)
{
    EVP_PKEY *key = make_key(wanted->rsa);
    X509 *made = make_certificate(key, "leaf", wanted->names, wanted->days);
    FILE *chain = open_file(wanted->title, "pem", 0644);
    CHECK_INT(PEM_write_X509(chain, made), 1);
    CHECK_INT(PEM_write_X509(chain, root), 1);
    CHECK_INT(fclose(chain), 0);
    FILE *secret = open_file(wanted->title, "key", 0600);
    CHECK_INT(PEM_write_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL), 1);
    CHECK_INT(fclose(secret), 0);
    X509_free(made);
    EVP_PKEY_free(key);
}

const char *authority_text(const char *name)
{
    static char storage[2][TEXT_MAX];
    static unsigned next;
    char *out = storage[next++ % 2];
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    CHECK_INT(file_read(authority_path(name), TEXT_MAX - 1, &text, &n, NULL), OK);
    (void)snprintf(out, TEXT_MAX, "%s", text);
    return out;
}

/* Another file under the name, as ACME clients put it. */
void authority_write(const char *name, const char *text, unsigned mode)
{
    CHECK_INT(
        file_replace_unsynced(authority_path(name), str_from(text), (mode_t)mode, NULL),
        OK);
}

struct certificate *authority_load_files(const char *title)
{
    char chain[64], key[64];
    struct certificate *made = NULL;
    struct error err = { "" };
    (void)snprintf(chain, sizeof(chain), "%s.pem", title);
    (void)snprintf(key, sizeof(key), "%s.key", title);
    enum status status =
        certificate_load(authority_path(chain), authority_path(key), &made, &err);
    if (status)
        print_error("%s\n", err.text);
    CHECK_INT(status, OK);
    return made;
}

struct certificate *authority_load(const struct wanted *wanted)
{
    authority_issue(wanted);
    return authority_load_files(wanted->title);
}
