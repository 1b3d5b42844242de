// SPDX-License-Identifier: GPL-3.0-or-later
/* rest.h - the resources of the JSON interface: what each route gets and gives.
 *
 * A route that writes runs on the writer thread inside a transaction and a savepoint of its
 * own; one that reads runs on the loop with the reading connection. Both see only what is in
 * their `struct rest_call`. */
#pragma once

#include "account/keys.h"
#include "change/admin.h"
#include "http/query.h"

struct json;
struct ring;

enum {
    REST_PAGE = 64,
    REST_PAGE_MAX = 64,
    /* Text of a list's items, or of a batch's results: with what stands around them it fits
     * one message. One item more than that fits, too: an item is at most some 25 kB. */
    REST_BYTES_MAX = 96 * 1024
};

struct rest_call {
    struct admin admin; /* its store: writing or reading, as the route says */
    const struct keys *keys;
    /* NULL for a route that writes: they are the loop's. */
    const struct change *change;
    const struct ring *ring; /* of requests */
    struct str arg;          /* the path's last piece; empty where the route takes none */
    const struct http_param *params; /* of the query */
    size_t param_count;
    const struct json *body; /* an object; NULL: none came */
    struct json *result;     /* out: the caller frees it; NULL: nothing to say */
};

typedef enum status (*rest_fn)(struct rest_call *call, struct error *err);

struct rest_route {
    const char *method;
    const char *path; /* ends with '/' when a last piece follows */
    bool writes;
    rest_fn fn; /* NULL: of the loop itself */
};

/* The route, and its last piece as it stands in the path. NULL: there is none; then *allow
 * gets the methods that the path knows, if any. */
const struct rest_route *rest_route_find(struct str method, struct str path,
                                         struct str *raw_arg, struct buf *allow);
/* The last piece with %xx decoded, in the arena. ERR_SYNTAX. */
MUST_CHECK enum status rest_arg_decode(struct str raw, struct arena *arena,
                                       struct str *out, struct error *err);
/* The number that HTTP has for it. */
int rest_http_status(enum status status);

/* The query's parameter of that name, or an empty str. */
struct str rest_param(const struct rest_call *call, const char *name);

/* One page of a list. Its result is {"items": [...], "next": id or null}. */
struct rest_list {
    const struct rest_call *call;
    int64_t after; /* out of the query: rows past this id, */
    size_t limit;  /* so many at most */
    struct json *items;
    int64_t last; /* id of the last item */
    size_t bytes;
    bool full; /* there was no room for one */
    struct error *err;
};

/* ERR_SYNTAX, ERR_LIMIT: after or limit are not what they should be. */
MUST_CHECK enum status rest_list_begin(const struct rest_call *call,
                                       struct rest_list *list, struct error *err);
/* Takes `item`. ERR_LIMIT: the page is full without it, and the walk is to end. */
MUST_CHECK enum status rest_list_put(struct rest_list *list, int64_t id,
                                     struct json *item);
/* Puts the page into the call's result; `status` is how the walk ended. */
MUST_CHECK enum status rest_list_end(struct rest_call *call, struct rest_list *list,
                                     enum status status);

/* The member that is a list; *out is NULL when it is not there. ERR_SYNTAX: something else
 * stands there. */
MUST_CHECK enum status rest_member_list(const struct json *body, const char *key,
                                        const struct json **out, struct error *err);
/* The member owner, if it is there: an account's e-mail. With the member make_owner an account
 * that is not there is made. */
MUST_CHECK enum status rest_member_owner(const struct rest_call *call, int64_t *owner_id,
                                         struct error *err);
/* The member zone, if it is there: in which zone the caller thinks that the name lies.
 * ERR_CONFLICT: it lies in another one. */
MUST_CHECK enum status rest_member_zone(const struct rest_call *call, int64_t zone_id,
                                        const struct name *name, struct error *err);
/* A list of texts, the usual address of each family first. */
struct json *rest_addresses_json(const struct addresses *addresses);
/* What `err` says of a thing that was not found. */
enum status rest_missing(enum status status, const char *thing, struct str which,
                         struct error *err);

/* Rows by what people call them. ERR_NOT_FOUND and ERR_SYNTAX name the thing. */
MUST_CHECK enum status rest_find_account(const struct rest_call *call, struct str email,
                                         struct account_row *out, struct error *err);
MUST_CHECK enum status rest_find_zone(const struct rest_call *call, struct str name,
                                      struct zone_row *out, struct error *err);
MUST_CHECK enum status rest_find_host(const struct rest_call *call, struct str name,
                                      struct host_row *out, struct error *err);

enum status rest_account_list(struct rest_call *call, struct error *err);
enum status rest_account_show(struct rest_call *call, struct error *err);
enum status rest_account_add(struct rest_call *call, struct error *err);
enum status rest_account_set(struct rest_call *call, struct error *err);
enum status rest_account_remove(struct rest_call *call, struct error *err);

enum status rest_zone_list(struct rest_call *call, struct error *err);
enum status rest_zone_show(struct rest_call *call, struct error *err);
enum status rest_zone_add(struct rest_call *call, struct error *err);
enum status rest_zone_set(struct rest_call *call, struct error *err);
enum status rest_zone_remove(struct rest_call *call, struct error *err);
/* What the parent zone has to hold: NS lines and glue. */
enum status rest_zone_delegation(struct rest_call *call, struct error *err);

enum status rest_host_list(struct rest_call *call, struct error *err);
enum status rest_host_show(struct rest_call *call, struct error *err);
enum status rest_host_add(struct rest_call *call, struct error *err);
enum status rest_host_set(struct rest_call *call, struct error *err);
enum status rest_host_remove(struct rest_call *call, struct error *err);

enum status rest_record_list(struct rest_call *call, struct error *err);
enum status rest_record_add(struct rest_call *call, struct error *err);
enum status rest_record_remove(struct rest_call *call, struct error *err);

enum status rest_token_list(struct rest_call *call, struct error *err);
enum status rest_token_show(struct rest_call *call, struct error *err);
/* The result holds the secret, this once. */
enum status rest_token_add(struct rest_call *call, struct error *err);
enum status rest_token_set(struct rest_call *call, struct error *err);
enum status rest_token_remove(struct rest_call *call, struct error *err);

/* Several calls in one transaction. What fails is undone alone; the result tells of each
 * call how it went. */
enum status rest_batch(struct rest_call *call, struct error *err);

/* The changes of one host, newest first, along the journal. */
enum status rest_host_log(struct rest_call *call, struct error *err);
/* The newest requests that named a host, whether it is there or not, newest first. */
enum status rest_host_requests(struct rest_call *call, struct error *err);
