// SPDX-License-Identifier: GPL-3.0-or-later
/* text.h - the texts of mails and of the page that unsubscribes, in each language: mails/ as C. */
#pragma once

#include "post/kind.h"

/* A line or text that the section lacks is NULL. */
struct post_text {
    const char *subject, *body;
    const char *about;  /* what mails of the kind are about, within a sentence */
    const char *button; /* of a page */
};

struct post_language {
    const char *tag; /* "en" */
    struct post_text mails[POST_KINDS];
    struct post_text footer;    /* of mails that can be switched off */
    struct post_text all_hosts; /* its subject stands for hosts that are not named */
    struct post_text page_ask, page_done;
    struct post_text whys[POST_REASONS]; /* their subjects, within a sentence */
};

/* The first one is for all who want none of the others. */
extern const struct post_language post_languages[];
extern const size_t post_language_count;

/* By a tag such as "de" or "de-AT". Never NULL. */
const struct post_language *post_language_find(struct str tag);
