// SPDX-License-Identifier: GPL-3.0-or-later
/* site.h - the web pages, under the name of web.origin and no other.
 *
 * Everything but the API and replies to devices has the fields there that keep a page from being
 * misused: what may run in it, who may frame it. */
#pragma once

#include "api/pages.h"
#include "base/origin.h"
#include "http/server.h"

enum {
    SITE_FIELDS_MAX = 8
};

/* It stays where it is. */
struct site {
    /* Set before site_init(). Names of the service that have addresses of one family alone, as
     * origins; empty or NULL: none. Lent. */
    const char *origin, *origin_4, *origin_6;
    /* NULL: there are no pages. Owned by who sets it. */
    const struct pages *pages;

    /* Its own. */
    struct origin web, web_4, web_6;
    char policy[1024];
    const char *fields[SITE_FIELDS_MAX];
};

void site_init(struct site *site);
/* Whether the request is for the name of the pages, and there are some. */
bool site_is_here(const struct site *site, const struct http_exchange *exchange);
/* What every reply to this request that is for people has to have; NULL: nothing. */
const char *const *site_fields(const struct site *site,
                               const struct http_exchange *exchange);
/* Replies with the page or file of the path, or says that there is none. */
void site_reply(const struct site *site, struct http_exchange *exchange, struct str path);
