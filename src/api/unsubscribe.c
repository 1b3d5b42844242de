// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/unsubscribe.h"

#include <string.h>

#include "api/api.h"
#include "base/log.h"
#include "post/render.h"
#include "post/unsubscribe.h"

enum {
    PAGE_SIZE = 4096,
    TEXT_SIZE = 1024
};

/* One POST; in the memory of its exchange. The writer has it until it is done. */
struct unsubscription {
    struct http_exchange *exchange;
    const struct post_language *language;
    int64_t account_id;
    enum post_kind kind;
};

static void reply(struct http_exchange *exchange, int status, const char *type,
                  struct str body)
{
    static const char policy[] =
        "Content-Security-Policy: default-src 'none'; form-action"
        " 'self'; frame-ancestors 'none'; base-uri 'none'";
    static const char *const fields[] = { policy, "Referrer-Policy: no-referrer",
                                          "Cache-Control: no-store",
                                          "X-Content-Type-Options: nosniff", NULL };
    const struct http_response response = {
        .status = status, .type = type, .body = body, .fields = fields
    };
    http_reply(exchange, &response);
}

/* The texts are ours, and a paragraph has no markup: nothing from outside gets here. */
static void put_texts(struct buf *page, const struct unsubscription *asked,
                      const struct post_text *text)
{
    char storage[TEXT_SIZE];
    struct buf words = BUF_ON(storage);
    struct post_values values = { .count = 0 };
    post_values_add(&values, "about",
                    str_from(asked->language->mails[asked->kind].about));
    enum status status = post_fill(text->body, &values, &words, NULL);
    buf_printf(page,
               "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
               "<meta name=\"viewport\" content=\"width=device-width\">"
               "<title>%s</title></head>\n<body><h1>%s</h1>\n<p>" STR_FMT "</p>\n",
               asked->language->tag, text->subject, text->subject,
               STR_ARG(status ? STR("") : buf_str(&words)));
}

static void show(const struct unsubscription *asked, const struct post_text *text)
{
    char *storage = (char *)arena_take(http_request_arena(asked->exchange), PAGE_SIZE);
    struct buf page = buf_on(storage, PAGE_SIZE);
    put_texts(&page, asked, text);
    if (text->button)
        buf_printf(&page,
                   "<form method=\"post\"><button name=\"List-Unsubscribe\""
                   " value=\"One-Click\">%s</button></form>\n",
                   text->button);
    buf_put_text(&page, "</body></html>\n");
    reply(asked->exchange, 200, "text/html; charset=utf-8", buf_str(&page));
}

static enum status switch_off(struct store *store, void *work, struct error *err)
{
    const struct unsubscription *asked = (const struct unsubscription *)work;
    enum status status =
        store_account_switch_mail_off(store, asked->account_id, asked->kind, err);
    return status == ERR_NOT_FOUND ? OK : status; /* who is gone gets no mails either */
}

static void switched_off(void *ctx, enum status status, const struct error *err)
{
    const struct unsubscription *asked = (const struct unsubscription *)ctx;
    if (status) {
        log_warning("not-unsubscribed", LOG_TEXT("why", err->text));
        reply(asked->exchange, 503, NULL, STR("please try again later\n"));
        return;
    }
    log_info("unsubscribed", LOG_NUMBER("account", asked->account_id),
             LOG_TEXT("kind", post_traits[asked->kind].name));
    show(asked, &asked->language->page_done);
}

/* In the account's language, as its mails are. */
static const struct post_language *language_of(const struct api *api, int64_t account_id)
{
    struct account_row account;
    bool found =
        !store_account_find(change_reader(api->rest.change), account_id, &account, NULL);
    return post_language_find(found ? str_from(account.language) : STR("en"));
}

/* As a form's field, or as a part of one. */
static bool is_one_click(struct str body)
{
    return body.n > 0 && memmem(body.at, body.n, "List-Unsubscribe", 16) &&
           memmem(body.at, body.n, "One-Click", 9);
}

void unsubscribe_page(const struct api *api, struct http_exchange *exchange,
                      struct str token)
{
    struct unsubscription *asked =
        ARENA_NEW(http_request_arena(exchange), struct unsubscription);
    asked->exchange = exchange;
    if (!unsubscribe_read(api->rest.keys, token, &asked->account_id, &asked->kind)) {
        reply(exchange, 404, NULL, STR("this link is not one of ours\n"));
        return;
    }
    asked->language = language_of(api, asked->account_id);
    if (!str_equal(http_request_head(exchange)->method, STR("POST")))
        show(asked, &asked->language->page_ask);
    else if (!is_one_click(http_request_body(exchange)))
        reply(exchange, 400, NULL, STR("List-Unsubscribe=One-Click is missing\n"));
    else if (change_submit(api->rest.change, switch_off, asked, switched_off, asked))
        reply(exchange, 503, NULL, STR("please try again later\n"));
}
