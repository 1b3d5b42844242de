// SPDX-License-Identifier: GPL-3.0-or-later
/* rest.h - the JSON interface: accounts, zones, hosts, records and tokens as resources. message.h
 * has a request and its reply as one text each, api/ has them as HTTP. */
#pragma once

#include "account/actor.h"
#include "account/keys.h"
#include "base/clock.h"
#include "change/admin.h"
#include "change/change.h"

struct backups;
struct error;
struct rest_keys;
struct rest_turns;
struct json;
struct people;
struct truth_question;
struct truths;
struct post;
struct updates;

/* It stays where it is from rest_init() to rest_done(). */
struct rest {
    /* Set before rest_init(); all lent. */
    struct change *change;
    const struct keys *keys;
    const struct post *post; /* NULL: no mails are sent */
    const struct clock *clock;
    struct loop *loop;
    const char *database, *key_file; /* paths; for backups */
    /* Words that hosts may not have as names; NULL: the usual ones. */
    const char *reserved;
    /* What else the operator has decided for all hosts; NULL: the usual rules. Its words are `words`
     * instead, which a call holds, and what is blocked is change's. */
    const struct admin_rules *rules;
    struct word_list *words;
    const char *abuse;     /* where abuse is reported by mail; NULL or empty: nowhere */
    struct people *people; /* NULL: nobody can log in */
    const char *origin;    /* for links, as in config; NULL or empty: none */
    const char *origin_4, *origin_6; /* as in config; NULL or empty: none */
    const struct updates *updates;   /* of which the operator sees the newest requests */
    struct events *events;           /* NULL: nobody can listen */
    /* Adds what front knows of itself to its status. May be NULL. */
    void (*describe)(void *ctx, struct json *status);
    /* How each role is: a list, which the caller frees. NULL: nobody knows. */
    struct json *(*roles)(void *ctx);
    /* As in struct truths_options (truths.h). */
    bool (*ask_publish)(void *ctx, const struct truth_question *question);
    void *ctx;

    /* Its own. */
    struct backups *backups;
    struct truths *truths; /* questions to publish; truths_take() brings its answers */
    struct rest_turns *turns;
    struct rest_keys *keys_used;
};

void rest_init(struct rest *rest);
void rest_done(struct rest *rest);

enum {
    REST_ANY_VERSION = 0
};

/* The texts are lent until the reply. */
struct rest_request {
    struct str method, path, query; /* the query undecoded, without its '?' */
    const struct json *body;        /* an object; NULL: none came */
    struct json *kept; /* what holds the body, and maybe the texts: rest_ask() takes it */
    /* The last_change that the resource has to have; REST_ANY_VERSION: it does not matter. Only
     * what has an owner (gate.h) has one. */
    int64_t version;
    struct str agent; /* what the program that asks says it is; may be empty */
    /* The Idempotency-Key; empty: none came. And the body as it came, then. */
    struct str key, text;
};
/* What becomes of the cookie of who asks. */
enum rest_cookie {
    COOKIE_STAYS,
    COOKIE_BEGINS, /* another one, with the reply's secret */
    COOKIE_ENDS
};
/* What somebody may listen to (change/events.h). */
struct rest_listening {
    struct actor actor;
    int64_t account_id; /* or EVENTS_OF_ALL */
};
/* Lent for the call that gets it. */
struct rest_reply {
    int status; /* as HTTP has it; 200 for all that went well */
    enum status code;
    bool made;         /* the request has made what the body shows */
    const char *allow; /* of status 405: the methods that the path knows; else NULL */
    const struct json *body; /* NULL: there is nothing to say, or the request failed */
    const struct error *err; /* why it failed; NULL: it did not */
    const char *word;        /* the same for programs; NULL: there is none for it */
    int wait_s; /* how long to wait before it makes sense to ask again; 0: not known */
    enum rest_cookie cookie;
    const char *secret; /* of COOKIE_BEGINS */
    bool keep;          /* that cookie is to outlive the browser */
    /* Events are to follow, in place of a body; NULL: none. */
    const struct rest_listening *listening;
    /* The body as JSON text, for a file; empty: there is none. */
    struct str text;
    bool repeated; /* it was given before, to the same request */
};
typedef void (*rest_reply_fn)(void *ctx, const struct rest_reply *reply);
/* Of an error text the member of the body, or the parameter, that it is about, where it begins with
 * one: "ttl: too large". Empty: with none. */
struct str rest_error_member(const struct error *err);

/* Whether the request is one that strangers may make. */
bool rest_is_open(const struct rest_request *request);
/* One request, for `actor`. `reply` is called exactly once, now or later. */
void rest_ask(struct rest *rest, const struct actor *actor,
              const struct rest_request *request, rest_reply_fn reply, void *ctx);
