// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/certificate.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "authority.h"
#include "base/buf.h"
#include "base/mem.h"
#include "test.h"

static const struct wanted usual = { "a", "DNS:www.example.org,DNS:*.Dyn.example.org",
                                     false, 90 };

/* What a.pem and a.key are refused for. */
static const char *refused(enum status want)
{
    static struct error err;
    struct certificate *made = NULL;
    CHECK_INT(
        certificate_load(authority_path("a.pem"), authority_path("a.key"), &made, &err),
        want);
    CHECK(made == NULL);
    return err.text;
}

TEST(a_good_pair_says_what_it_is)
{
    authority_open();
    struct certificate *a = authority_load(&usual);
    int64_t now_s = (int64_t)time(NULL);
    CHECK_TEXT(certificate_kind(a), "ECDSA");
    CHECK_INT(certificate_name_count(a), 2);
    CHECK_STR(certificate_name(a, 1), "*.dyn.example.org");
    CHECK_INT(certificate_days_left(a, now_s), 90);
    CHECK_INT(certificate_days_left(a, certificate_ends_s(a)), 0);
    CHECK_INT(certificate_days_left(a, certificate_ends_s(a) + 1), -1);
    CHECK_INT(certificate_days_left(a, certificate_ends_s(a) + 86400), -1);
    CHECK_INT(certificate_days_left(a, certificate_ends_s(a) + 86401), -2);
    CHECK(certificate_begins_s(a) < now_s);
    certificate_free(a);
    const struct wanted rsa = { "b", "DNS:www.example.org", true, -3 };
    struct certificate *b = authority_load(&rsa);
    CHECK_TEXT(certificate_kind(b), "RSA");
    CHECK(certificate_days_left(b, now_s) < 0); /* it is for others to judge */
    certificate_free(b);
    authority_close();
}

TEST(names_match_as_wildcards_do)
{
    authority_open();
    struct certificate *a = authority_load(&usual);
    static const struct {
        const char *name;
        enum certificate_match want;
    } rows[] = {
        { "www.example.org", CERTIFICATE_EXACT },
        { "WWW.Example.ORG", CERTIFICATE_EXACT },
        { "home.dyn.example.org", CERTIFICATE_BY_STAR },
        { "a.home.dyn.example.org", CERTIFICATE_OTHER },
        { "dyn.example.org", CERTIFICATE_OTHER },
        { ".dyn.example.org", CERTIFICATE_BY_STAR },
        { "example.org", CERTIFICATE_OTHER },
        { "www.example.org.", CERTIFICATE_OTHER },
        { "org", CERTIFICATE_OTHER },
        { "", CERTIFICATE_OTHER },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(certificate_match(a, str_from(rows[i].name)), rows[i].want);
    certificate_free(a);
    authority_close();
}

TEST(a_certificate_of_addresses_is_covered_by_none)
{
    const struct wanted address = { "i", "IP:192.0.2.1", false, 90 };
    authority_open();
    struct certificate *a = authority_load(&usual), *i = authority_load(&address);
    CHECK(!certificate_covers(a, i) && !certificate_covers(i, a));
    certificate_free(a);
    certificate_free(i);
    authority_close();
}

TEST(more_names_than_are_kept_are_refused)
{
    char names[CERTIFICATE_NAMES_MAX * 24];
    struct buf out = BUF_ON(names);
    for (int i = 0; i <= CERTIFICATE_NAMES_MAX; i++)
        buf_printf(&out, "%sDNS:h%d.example.org", i ? "," : "", i);
    const struct wanted many = { "a", buf_text(&out), false, 90 };
    authority_open();
    authority_issue(&many);
    CHECK(strstr(refused(ERR_LIMIT), "names") != NULL);
    authority_close();
}

TEST(half_a_file_is_refused_wherever_it_ends)
{
    authority_open();
    authority_issue(&usual);
    CLEANUP(mem_freep) char *chain = mem_copy_text(authority_text("a.pem"));
    CLEANUP(mem_freep) char *key = mem_copy_text(authority_text("a.key"));
    size_t first = (size_t)(strstr(strstr(chain, "-----END"), "\n") + 1 - chain);
    CLEANUP(mem_freep) char *half = mem_copy_text(chain);
    for (size_t n = strlen(chain) - 2; n > 0; n -= n > 9 ? 9 : n) {
        half[n] = 0;
        /* One whole certificate is a chain, too; and two hyphens are the least of a line. */
        if (n >= first && n <= first + 1)
            continue;
        authority_write("a.pem", half, 0644);
        CHECK(strstr(refused(ERR_SYNTAX), "a.pem: ") != NULL);
    }
    authority_write("a.pem", chain, 0644);
    for (size_t n = strlen(key) - 3; n > 0; n -= n > 9 ? 9 : n) {
        key[n] = 0;
        authority_write("a.key", key, 0600);
        CHECK(strstr(refused(ERR_SYNTAX), "a.key: ") != NULL);
    }
    authority_close();
}

TEST(what_does_not_belong_together_is_refused)
{
    authority_open();
    const struct wanted other = { "b", "DNS:b.example", false, 90 };
    const struct wanted nameless = { "n", NULL, false, 90 };
    authority_issue(&usual);
    authority_issue(&other);
    authority_issue(&nameless);
    authority_write("a.key", authority_text("b.key"), 0600);
    CHECK(strstr(refused(ERR_CONFLICT), "a.key: is not the key of") != NULL);
    authority_write("a.pem", authority_text("n.pem"), 0644);
    authority_write("a.key", authority_text("n.key"), 0600);
    CHECK(strstr(refused(ERR_CONFLICT), "names no host") != NULL);
    /* Somebody else's certificate in the place of the authority's. */
    authority_issue(&usual);
    CLEANUP(mem_freep) char *chain = mem_copy_text(authority_text("a.pem"));
    char storage[8192];
    struct buf text = BUF_ON(storage);
    const char *end = strstr(strstr(chain, "-----END"), "\n") + 1;
    buf_put(&text, str_bytes(chain, (size_t)(end - chain)));
    buf_put_text(&text, authority_text("b.pem"));
    authority_write("a.pem", buf_text(&text), 0644);
    CHECK(strstr(refused(ERR_CONFLICT), "certificate 2 has not issued") != NULL);
    authority_close();
}

TEST(modes_that_give_the_key_away_are_refused)
{
    static const struct {
        const char *file;
        unsigned mode;
        enum status want;
    } rows[] = {
        { "a.key", 0644, ERR_DENIED }, { "a.key", 0604, ERR_DENIED },
        { "a.key", 0660, ERR_DENIED }, { "a.key", 0640, OK },
        { "a.key", 0400, OK },         { "a.pem", 0664, ERR_DENIED },
        { "a.pem", 0646, ERR_DENIED }, { "a.pem", 0644, OK },
    };
    authority_open();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        authority_issue(&usual);
        CHECK_INT(chmod(authority_path(rows[i].file), (mode_t)rows[i].mode), 0);
        if (rows[i].want)
            CHECK(strstr(refused(rows[i].want), "chmod it to") != NULL);
        else
            certificate_free(authority_load_files("a"));
    }
    CHECK_INT(unlink(authority_path("a.key")), 0);
    (void)refused(ERR_NOT_FOUND);
    CHECK_INT(mkdir(authority_path("a.key"), 0700), 0);
    (void)refused(ERR_DENIED);
    CHECK_INT(rmdir(authority_path("a.key")), 0);
    authority_close();
}

TEST(links_are_followed)
{
    authority_open();
    authority_issue(&usual);
    CHECK_INT(rename(authority_path("a.key"), authority_path("real.key")), 0);
    CHECK_INT(symlink("real.key", authority_path("a.key")), 0);
    certificate_free(authority_load_files("a"));
    authority_close();
}
