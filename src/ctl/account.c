// SPDX-License-Identifier: GPL-3.0-or-later
/* Commands about a whole account that are more than one call: its data, and its end. */
#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "base/json.h"
#include "ctl/perform.h"
#include "ctl/print.h"
#include "run/ask.h"

enum {
    PATH_SIZE = 2048,
    KEY_SIZE = 64,
    LISTS_MAX = 32
};

static int complain(const struct error *err)
{
    (void)fprintf(stderr, "rovectl: %s\n", err->text);
    return EXIT_TROUBLE;
}

/* ----- the data ----- */

/* The lists of all pieces, which grow one by one; the other members are those of the last piece. */
struct whole {
    struct {
        char key[KEY_SIZE];
        struct json *list;
    } lists[LISTS_MAX];
    size_t count;
};

static struct json *list_of(struct whole *whole, const char *key)
{
    for (size_t i = 0; i < whole->count; i++)
        if (strcmp(whole->lists[i].key, key) == 0)
            return whole->lists[i].list;
    if (whole->count == LISTS_MAX)
        return NULL;
    struct buf text = BUF_ON(whole->lists[whole->count].key);
    buf_put_text(&text, key);
    (void)buf_text(&text);
    return whole->lists[whole->count++].list = json_new_array();
}

static void whole_done(const struct whole *whole)
{
    for (size_t i = 0; i < whole->count; i++)
        json_free(whole->lists[i].list);
}

static void take_piece(struct whole *whole, const struct json *piece)
{
    void *iterator = NULL;
    const char *key = NULL;
    const struct json *value = NULL;
    while (json_next(piece, &iterator, &key, &value)) {
        struct json *list = json_is_array(value) ? list_of(whole, key) : NULL;
        for (size_t i = 0; list && i < json_count(value); i++)
            json_append(list, json_clone(json_item(value, i)));
    }
}

static enum status ask_piece(const struct config *config, struct str email,
                             struct str after, struct json **out, struct error *err)
{
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    buf_put_text(&path, "/account-exports/");
    ask_put_escaped(&path, email);
    if (after.n)
        buf_put_text(&path, "?after=");
    ask_put_escaped(&path, after);
    (void)buf_text(&path);
    if (path.full)
        return FAIL(err, ERR_LIMIT, "argument too long");
    return ask_for(config, storage, out, err);
}

int perform_account_export(const struct config *config, const struct request *request)
{
    struct error err;
    CLEANUP(whole_done) struct whole whole = { .count = 0 };
    CLEANUP(json_freep) struct json *piece = NULL;
    struct str email = json_get_text(request->body, "account");
    do {
        struct json *next = NULL;
        if (ask_piece(config, email, json_get_text(piece, "next"), &next, &err))
            return complain(&err);
        json_free(piece);
        piece = next;
        take_piece(&whole, piece);
    } while (json_get_text(piece, "next").n);
    for (; whole.count; whole.count--)
        json_put(piece, whole.lists[whole.count - 1].key,
                 whole.lists[whole.count - 1].list);
    print_json(piece);
    return EXIT_OK;
}

/* ----- the end ----- */

static void print_others(const struct json *list)
{
    static const struct column columns[] = { { "HOST", "name" },
                                             { "OWNER", "owner" },
                                             { "ADDRESSES", "addresses" },
                                             { .title = NULL } };
    if (json_count(list) == 0)
        return;
    (void)printf("\nHosts of others with one of its addresses:\n\n");
    print_table(columns, list);
}

static int show(const struct config *config, const struct request *request,
                struct str email)
{
    struct error err;
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    CLEANUP(json_freep) struct json *reply = NULL;
    buf_put_text(&path, "/purges/");
    ask_put_escaped(&path, email);
    (void)buf_text(&path);
    if (ask_for(config, storage, &reply, &err))
        return complain(&err);
    if (request->as_json) {
        print_json(reply);
        return EXIT_OK;
    }
    struct json *others = json_clone(json_get(reply, "same_addresses"));
    json_put(reply, "same_addresses", json_new_number((int64_t)json_count(others)));
    print_object(reply);
    print_others(others);
    json_free(others);
    (void)printf("\nNothing was removed. With --yes all of it goes.\n");
    return EXIT_OK;
}

int perform_account_purge(const struct config *config, const struct request *request)
{
    struct error err;
    struct str email = json_get_text(request->body, "account");
    if (!json_get_bool(request->body, "yes"))
        return show(config, request, email);
    CLEANUP(json_freep) struct json *body = json_new_object();
    CLEANUP(json_freep) struct json *reply = NULL;
    json_put_text(body, "account", email);
    json_put_text(body, "confirm", email);
    const struct ask_request asked = { .method = "POST",
                                       .path = "/purges",
                                       .body = body };
    if (ask_front(config, &asked, &reply, &err))
        return complain(&err);
    if (request->as_json)
        print_json(reply);
    else
        print_object(reply);
    return EXIT_OK;
}
