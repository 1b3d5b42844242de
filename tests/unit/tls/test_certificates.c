// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/certificates.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "authority.h"
#include "base/mem.h"
#include "test.h"

static unsigned changes, refusals;
static char why_refused[512];
static bool had_former;

static void changed(void *ctx)
{
    (void)ctx;
    changes++;
}

static void refused(void *ctx, const char *title, const char *why, bool has_former)
{
    (void)ctx;
    CHECK_TEXT(title, "a");
    refusals++;
    had_former = has_former;
    (void)snprintf(why_refused, sizeof(why_refused), "%s", why);
}

static const struct certificates_events events = { changed, refused };
static const struct wanted usual = { "a", "DNS:www.example.org", false, 90 };
static struct clock_manual now;
static struct loop *loop;
static struct certificates *certificates;

static void begin(void)
{
    authority_open();
    changes = refusals = 0;
    clock_manual_init(&now, 1000, 1000);
    loop = loop_new(&now.clock);
    certificates = certificates_new(loop, &events, NULL);
    const struct certificate_files files = { "a", authority_path("a.pem"),
                                             authority_path("a.key") };
    authority_issue(&usual);
    certificates_follow(certificates, &files, 1);
}

static void end(void)
{
    certificates_free(certificates);
    loop_free(loop);
    authority_close();
}

/* What the kernel tells is delivered, and has settled. */
static void settle(void)
{
    loop_turn(loop, 0);
    now.now_ms += 50;
    loop_turn(loop, 0);
    loop_turn(loop, 0);
}

TEST(a_pair_that_changes_is_taken_at_once)
{
    begin();
    CHECK_INT(changes, 1);
    const struct certificate *first = certificates_get(certificates, 0);
    CHECK(first != NULL);
    settle();
    CHECK_INT(changes, 1); /* nothing has changed */
    authority_issue(&usual);
    settle();
    CHECK_INT(changes, 2);
    CHECK_INT(refusals, 0);
    CHECK_TEXT(certificates_trouble(certificates, 0), "");
    end();
}

TEST(a_bad_pair_leaves_the_one_before)
{
    begin();
    const struct certificate *first = certificates_get(certificates, 0);
    CLEANUP(mem_freep) char *key = mem_copy_text(authority_text("a.key"));
    authority_write("a.key", "nonsense", 0600);
    settle();
    CHECK_INT(refusals, 1);
    CHECK(had_former && strstr(why_refused, "a.key") != NULL);
    CHECK(certificates_get(certificates, 0) == first);
    CHECK_TEXT(certificates_trouble(certificates, 0), why_refused);
    now.now_ms += 1000;
    settle();
    CHECK_INT(refusals, 1); /* it is told once */
    authority_write("a.key", key, 0600);
    settle();
    CHECK_INT(changes, 2);
    CHECK_TEXT(certificates_trouble(certificates, 0), "");
    end();
}

TEST(a_file_that_comes_later_is_found)
{
    begin();
    CHECK_INT(rename(authority_path("a.pem"), authority_path("away")), 0);
    const struct certificate_files files[] = { { "a", authority_path("a.pem"),
                                                 authority_path("a.key") } };
    struct certificates *fresh = certificates_new(loop, &events, NULL);
    certificates_follow(fresh, files, 1);
    CHECK_INT(refusals, 1);
    CHECK(!had_former && certificates_get(fresh, 0) == NULL);
    CHECK_INT(rename(authority_path("away"), authority_path("a.pem")), 0);
    settle();
    CHECK(certificates_get(fresh, 0) != NULL);
    certificates_free(fresh);
    end();
}

TEST(a_reload_keeps_what_still_stands_under_its_title)
{
    begin();
    const struct certificate *first = certificates_get(certificates, 0);
    const struct certificate_files missing = { "a", authority_path("none.pem"),
                                               authority_path("a.key") };
    certificates_follow(certificates, &missing, 1);
    CHECK(certificates_get(certificates, 0) == first);
    CHECK(strstr(certificates_trouble(certificates, 0), "none.pem") != NULL);
    certificates_follow(certificates, NULL, 0);
    CHECK_INT(certificates_count(certificates), 0);
    end();
}
