// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/site.h"

#include "base/buf.h"

enum {
    TAG_SIZE = 48
};

#define ASSETS "/assets/"

/* ----- fields ----- */

static void put_policy(struct buf *out, const struct site *site)
{
    buf_printf(out,
               "Content-Security-Policy: default-src 'none'; script-src 'self'; "
               "style-src 'self'; img-src 'self' data:; connect-src 'self'%s" STR_FMT
               "%s" STR_FMT "; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
               "frame-ancestors 'none'; require-trusted-types-for 'script'; "
               "trusted-types 'none'",
               site->web_4.text.n ? " " : "", STR_ARG(site->web_4.text),
               site->web_6.text.n ? " " : "", STR_ARG(site->web_6.text));
    (void)buf_text(out);
}

static void read_origin(const char *text, struct origin *out)
{
    *out = (struct origin){ .is_https = false };
    /* The configuration has checked it; empty: there is none. */
    if (text && origin_parse(str_from(text), out, NULL))
        *out = (struct origin){ .is_https = false };
}

void site_init(struct site *site)
{
    static const char permissions[] =
        "Permissions-Policy: camera=(), microphone=(), geolocation=(), "
        "publickey-credentials-get=(self), publickey-credentials-create=(self)";
    static const char *const fixed[] = {
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: same-origin",
        "Cross-Origin-Opener-Policy: same-origin",
        "Cross-Origin-Resource-Policy: same-origin",
        permissions,
    };
    read_origin(site->origin, &site->web);
    read_origin(site->origin_4, &site->web_4);
    read_origin(site->origin_6, &site->web_6);
    struct buf policy = BUF_ON(site->policy);
    put_policy(&policy, site);
    size_t n = 0;
    site->fields[n++] = site->policy;
    for (size_t i = 0; i < LENGTH_OF(fixed); i++)
        site->fields[n++] = fixed[i];
    site->fields[n] = NULL;
}

static bool is_named(const struct origin *origin, const struct http_exchange *exchange)
{
    return origin->text.n > 0 &&
           origin_has_host(origin, http_head_field(http_request_head(exchange), "Host"));
}

bool site_is_here(const struct site *site, const struct http_exchange *exchange)
{
    return site->pages && is_named(&site->web, exchange);
}

const char *const *site_fields(const struct site *site,
                               const struct http_exchange *exchange)
{
    /* A page asks there for the address that it comes from. */
    static const char *const shared[] = { "Access-Control-Allow-Origin: *",
                                          "Cross-Origin-Resource-Policy: cross-origin",
                                          "X-Content-Type-Options: nosniff", NULL };
    if (is_named(&site->web, exchange))
        return site->fields;
    if (is_named(&site->web_4, exchange) || is_named(&site->web_6, exchange))
        return shared;
    return NULL;
}

/* ----- what the browser takes ----- */

/* "q=0" and its longer forms. */
static bool is_refused(struct str parameters)
{
    struct str parameter;
    while (str_next(&parameters, ';', &parameter)) {
        struct str value = str_trim(parameter);
        if (!str_equal_any_case(str_first(value, 2), STR("q=")))
            continue;
        for (size_t i = 2; i < value.n; i++)
            if (value.at[i] != '0' && value.at[i] != '.')
                return false;
        return true;
    }
    return false;
}

static bool takes(struct str accept, struct str coding)
{
    struct str piece;
    while (str_next(&accept, ',', &piece)) {
        size_t n = str_find(piece, ';');
        if (str_equal_any_case(str_trim(str_first(piece, n)), coding))
            return !is_refused(str_from_at(piece, n + 1));
    }
    return false;
}

static enum page_coding coding_for(const struct page *page,
                                   const struct http_exchange *exchange)
{
    struct str accept = http_head_field(http_request_head(exchange), "Accept-Encoding");
    if (page->codings[PAGE_BROTLI].at && takes(accept, STR("br")))
        return PAGE_BROTLI;
    if (page->codings[PAGE_GZIP].at && takes(accept, STR("gzip")))
        return PAGE_GZIP;
    return PAGE_PLAIN;
}

static bool has_already(const struct http_exchange *exchange, struct str tag)
{
    struct str tags = http_head_field(http_request_head(exchange), "If-None-Match");
    struct str piece;
    while (str_next(&tags, ',', &piece)) {
        struct str one = str_trim(piece);
        if (str_starts(one, STR("W/")))
            one = str_from_at(one, 2);
        if (str_equal(one, tag) || str_equal(one, STR("*")))
            return true;
    }
    return false;
}

/* ----- replies ----- */

static void reply_with(struct http_exchange *exchange, const struct page *page,
                       int status)
{
    static const char *const names[PAGE_CODINGS] = { [PAGE_PLAIN] = NULL,
                                                     [PAGE_GZIP] =
                                                         "Content-Encoding: gzip",
                                                     [PAGE_BROTLI] =
                                                         "Content-Encoding: br" };
    enum page_coding coding = coding_for(page, exchange);
    const struct page_bytes *bytes = &page->codings[coding];
    bool is_asset = str_starts(str_from(page->path), STR(ASSETS));
    char line[TAG_SIZE];
    struct buf etag = BUF_ON(line);
    buf_printf(&etag, "ETag: \"%s\"", bytes->tag);
    const char *cache = is_asset ? "Cache-Control: public, max-age=31536000, immutable"
                        : status == 200 ? "Cache-Control: no-cache"
                                        : "Cache-Control: no-store";
    const char *const fields[] = { cache, "Vary: Accept-Encoding", buf_text(&etag),
                                   names[coding], NULL };
    struct str tag = str_from_at(str_from(line), sizeof("ETag: ") - 1);
    bool unchanged = status == 200 && has_already(exchange, tag);
    const struct http_response response = { .status = unchanged ? 304 : status,
                                            .type = page->type,
                                            .body = { bytes->at, bytes->n },
                                            .fields = fields };
    http_reply(exchange, &response);
}

static void refuse_method(struct http_exchange *exchange)
{
    static const char *const fields[] = { "Allow: GET, HEAD", "Cache-Control: no-store",
                                          NULL };
    static const struct http_response response = { .status = 405,
                                                   .body = { "method not allowed\n", 19 },
                                                   .fields = fields };
    http_reply(exchange, &response);
}

void site_reply(const struct site *site, struct http_exchange *exchange, struct str path)
{
    struct str method = http_request_head(exchange)->method;
    const struct page *page = pages_find(site->pages, path);
    if (!str_equal(method, STR("GET")) && !str_equal(method, STR("HEAD")))
        refuse_method(exchange);
    else if (page)
        reply_with(exchange, page, 200);
    else
        reply_with(exchange, pages_index(site->pages), 404);
}
