// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"

enum {
    FILE_MAX = 64 * 1024,
    CHAIN_MAX = 10,
    RSA_BITS_MIN = 2048,
    EC_BITS_MIN = 256,
    SECONDS_PER_DAY = 86400,
};

struct certificate {
    X509 *chain[CHAIN_MAX]; /* the certificate itself first */
    size_t count;
    EVP_PKEY *key;
    char *names[CERTIFICATE_NAMES_MAX];
    size_t name_count;
    unsigned shares;          /* owners beside the first */
    int64_t begins_s, ends_s; /* of what begins last and ends first */
};

void certificate_free(struct certificate *certificate)
{
    if (!certificate || certificate->shares-- > 0)
        return;
    for (size_t i = 0; i < certificate->count; i++)
        X509_free(certificate->chain[i]);
    for (size_t i = 0; i < certificate->name_count; i++)
        mem_free(certificate->names[i]);
    EVP_PKEY_free(certificate->key);
    mem_free(certificate);
}

struct certificate *certificate_share(struct certificate *certificate)
{
    certificate->shares++;
    return certificate;
}

/* ----- files ----- */

/* Links are followed, as ACME clients put them. */
static enum status read_file(const char *path, bool is_secret, char **out, size_t *n_out,
                             struct error *err)
{
    struct stat about;
    if (stat(path, &about))
        return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                    strerror(errno));
    if (!S_ISREG(about.st_mode))
        return FAIL(err, ERR_DENIED, "%s: is not a plain file", path);
    mode_t forbidden = is_secret ? S_IWGRP | S_IRWXO : S_IWGRP | S_IWOTH;
    if (about.st_mode & forbidden)
        return FAIL(err, ERR_DENIED, "%s: others may %s it (mode %03o): chmod it to %03o",
                    path, is_secret ? "use" : "write", (unsigned)(about.st_mode & 0777),
                    (unsigned)(about.st_mode & 0777 & ~forbidden));
    return file_read(path, FILE_MAX, out, n_out, err);
}

/* Nothing but comments may follow the last line that ends something: what was cut there is half a
 * file. */
static bool is_cut(const char *text)
{
    const char *end = NULL;
    for (const char *at = text; (at = strstr(at, "-----END ")); at++)
        end = at;
    const char *line_end = end ? strchr(end, '\n') : NULL;
    return end && (!strstr(end + 1, "-----") || (line_end && strstr(line_end, "--")));
}

static enum status refuse_pem(const char *path, const char *what, struct error *err)
{
    unsigned long code = ERR_peek_last_error();
    const char *why = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return FAIL(err, ERR_SYNTAX, "%s: no %s, or half of one: %s", path, what,
                why ? why : "the end is missing");
}

static enum status read_chain(const char *path, struct certificate *out,
                              struct error *err)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    enum status status = read_file(path, false, &text, &n, err);
    if (status)
        return status;
    ERR_clear_error();
    BIO *bio = BIO_new_mem_buf(text, (int)n);
    X509 *one = NULL;
    while (out->count < CHAIN_MAX && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
        out->chain[out->count++] = one;
    (void)BIO_free(bio);
    if (one)
        return FAIL(err, ERR_LIMIT, "%s: more than %d certificates", path, CHAIN_MAX - 1);
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (out->count == 0 || !ended || is_cut(text))
        return refuse_pem(path, "certificate", err);
    ERR_clear_error();
    return OK;
}

/* Nobody is here to be asked. */
// NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type
static int no_password(char *to, int size, int is_writing, void *ctx)
{
    (void)to;
    (void)size;
    (void)is_writing;
    (void)ctx;
    return -1;
}

static enum status read_key(const char *path, struct certificate *out, struct error *err)
{
    char *text = NULL;
    size_t n = 0;
    enum status status = read_file(path, true, &text, &n, err);
    if (status)
        return status;
    ERR_clear_error();
    BIO *bio = BIO_new_mem_buf(text, (int)n);
    out->key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    (void)BIO_free(bio);
    mem_wipe(text, n);
    mem_free(text);
    if (!out->key)
        return refuse_pem(path, "key without a password", err);
    return OK;
}

/* ----- what is in them ----- */

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm utc;
    return ASN1_TIME_to_tm(time, &utc) == 1 ? (int64_t)timegm(&utc) : 0;
}

static void take_dates(struct certificate *out)
{
    out->begins_s = INT64_MIN;
    out->ends_s = INT64_MAX;
    for (size_t i = 0; i < out->count; i++) {
        int64_t begins_s = seconds_of(X509_get0_notBefore(out->chain[i]));
        int64_t ends_s = seconds_of(X509_get0_notAfter(out->chain[i]));
        out->begins_s = begins_s > out->begins_s ? begins_s : out->begins_s;
        out->ends_s = ends_s < out->ends_s ? ends_s : out->ends_s;
    }
}

/* False: there is no room for it. */
static bool take_name(struct certificate *out, const ASN1_STRING *name)
{
    int n = ASN1_STRING_length(name);
    const char *at = (const char *)ASN1_STRING_get0_data(name);
    if (n <= 0 || memchr(at, 0, (size_t)n))
        return true;
    if (out->name_count == CERTIFICATE_NAMES_MAX)
        return false;
    char *copy = mem_new((size_t)n + 1);
    for (int i = 0; i < n; i++)
        copy[i] = char_lower(at[i]);
    out->names[out->name_count++] = copy;
    return true;
}

/* ERR_CONFLICT: it says of no host that it is its certificate. ERR_LIMIT. */
static enum status take_names(struct certificate *out, const char *chain,
                              struct error *err)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(out->chain[0], NID_subject_alt_name, NULL, NULL);
    int count = names ? sk_GENERAL_NAME_num(names) : 0;
    bool has_any = false, fit = true;
    for (int i = 0; i < count; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        has_any |= name->type == GEN_DNS || name->type == GEN_IPADD;
        if (name->type == GEN_DNS)
            fit &= take_name(out, name->d.dNSName);
    }
    GENERAL_NAMES_free(names);
    if (!fit)
        return FAIL(err, ERR_LIMIT, "%s: more than %d names", chain,
                    CERTIFICATE_NAMES_MAX);
    return has_any ? OK
                   : FAIL(err, ERR_CONFLICT, "%s: names no host (subjectAltName)", chain);
}

/* ----- whether they belong together ----- */

static bool has_issued(X509 *issuer, X509 *subject)
{
    return X509_check_issued(issuer, subject) == X509_V_OK &&
           X509_verify(subject, X509_get0_pubkey(issuer)) == 1;
}

static enum status check_chain(const struct certificate *certificate, const char *path,
                               struct error *err)
{
    for (size_t i = 1; i < certificate->count; i++)
        if (!has_issued(certificate->chain[i], certificate->chain[i - 1]))
            return FAIL(err, ERR_CONFLICT,
                        "%s: certificate %zu has not issued the one before it", path,
                        i + 1);
    return OK;
}

static enum status check_strength(const EVP_PKEY *key, const char *path,
                                  struct error *err)
{
    int kind = EVP_PKEY_base_id(key), bits = EVP_PKEY_bits(key);
    bool is_good = kind == EVP_PKEY_ED25519 ||
                   (kind == EVP_PKEY_RSA && bits >= RSA_BITS_MIN) ||
                   (kind == EVP_PKEY_EC && bits >= EC_BITS_MIN);
    if (is_good)
        return OK;
    return FAIL(err, ERR_CONFLICT,
                "%s: must be RSA of %d bits, ECDSA of %d, or more, or Ed25519", path,
                RSA_BITS_MIN, EC_BITS_MIN);
}

static enum status check_pair(const struct certificate *certificate, const char *chain,
                              const char *key, struct error *err)
{
    int fits = X509_check_private_key(certificate->chain[0], certificate->key);
    ERR_clear_error();
    if (fits != 1)
        return FAIL(err, ERR_CONFLICT, "%s: is not the key of %s", key, chain);
    enum status status = check_strength(certificate->key, key, err);
    return status ? status : check_chain(certificate, chain, err);
}

enum status certificate_load(const char *chain, const char *key, struct certificate **out,
                             struct error *err)
{
    CLEANUP(certificate_freep) struct certificate *made = NEW(struct certificate);
    enum status status = read_chain(chain, made, err);
    if (!status)
        status = read_key(key, made, err);
    if (!status)
        status = check_pair(made, chain, key, err);
    if (!status)
        status = take_names(made, chain, err);
    if (status)
        return status;
    take_dates(made);
    ERR_clear_error();
    *out = TAKE(made);
    return OK;
}

/* ----- asking ----- */

int64_t certificate_begins_s(const struct certificate *certificate)
{
    return certificate->begins_s;
}

int64_t certificate_ends_s(const struct certificate *certificate)
{
    return certificate->ends_s;
}

int64_t certificate_days_left(const struct certificate *certificate, int64_t now_s)
{
    int64_t left_s = certificate->ends_s - now_s;
    return left_s >= 0 ? left_s / SECONDS_PER_DAY : -1 + (left_s + 1) / SECONDS_PER_DAY;
}

const char *certificate_kind(const struct certificate *certificate)
{
    int kind = EVP_PKEY_base_id(certificate->key);
    if (kind == EVP_PKEY_RSA)
        return "RSA";
    return kind == EVP_PKEY_EC ? "ECDSA" : "Ed25519";
}

size_t certificate_name_count(const struct certificate *certificate)
{
    return certificate->name_count;
}

struct str certificate_name(const struct certificate *certificate, size_t index)
{
    return str_from(certificate->names[index]);
}

enum certificate_match certificate_match(const struct certificate *certificate,
                                         struct str name)
{
    struct str parent = str_from_at(name, str_find(name, '.'));
    bool by_star = false;
    for (size_t i = 0; i < certificate->name_count; i++) {
        struct str own = str_from(certificate->names[i]);
        if (str_equal_any_case(own, name))
            return CERTIFICATE_EXACT;
        by_star |= parent.n > 0 && str_starts(own, STR("*.")) &&
                   str_equal_any_case(str_from_at(own, 1), parent);
    }
    return by_star ? CERTIFICATE_BY_STAR : CERTIFICATE_OTHER;
}

bool certificate_covers(const struct certificate *certificate,
                        const struct certificate *other)
{
    for (size_t i = 0; i < other->name_count; i++)
        if (certificate_match(certificate, str_from(other->names[i])) ==
            CERTIFICATE_OTHER)
            return false;
    return other->name_count > 0; /* it may be of addresses alone */
}

enum status certificate_use(const struct certificate *certificate, SSL_CTX *context,
                            struct error *err)
{
    bool fine = SSL_CTX_use_certificate(context, certificate->chain[0]) == 1 &&
                SSL_CTX_use_PrivateKey(context, certificate->key) == 1;
    for (size_t i = 1; i < certificate->count && fine; i++)
        fine = SSL_CTX_add1_chain_cert(context, certificate->chain[i]) == 1;
    if (fine)
        return OK;
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return FAIL(err, ERR_CONFLICT, "OpenSSL refuses it: %s", why ? why : "unknown");
}
