// SPDX-License-Identifier: GPL-3.0-or-later
/* post.h - puts mails into the queue, within the transaction that is their cause: a mail is there
 * if, and only if, what it tells has happened.
 *
 * A mail is written when it is queued, in the language of its account, and stands in the database
 * sealed with the key file's key until it is sent. It may be dropped without a word: its owner does
 * not want the kind, was told already, or would get too many; who asked must not learn which. */
#pragma once

#include "account/keys.h"
#include "base/origin.h"
#include "post/render.h"
#include "store/tables.h"

enum {
    POST_DOMAIN_SIZE = 256,
    POST_SUBJECT_SIZE = 480,
    POST_BODY_SIZE = 8 * 1024,
    POST_CONTENT_SIZE = POST_BODY_SIZE + POST_SUBJECT_SIZE + ORIGIN_SIZE + 256,
    POST_QUEUE_MAX = 10000, /* mails that wait */
    POST_SECRET_MAX = 128,
    /* Within a day to one address. */
    POST_ASKED_PER_DAY = 5,
    POST_NOTICES_PER_DAY = 20,
    POST_SECURITY_PER_DAY = 30,
    POST_ASKED_PAUSE_S = 300, /* between two that anybody can ask for */
};

/* What all mails have in common. It does not change while the process lives; the writer's thread
 * reads it, too. */
struct post {
    const struct keys *keys;       /* lent */
    char origin[ORIGIN_SIZE];      /* https://HOST, the only place to which mails lead */
    char domain[POST_DOMAIN_SIZE]; /* for ids of messages */
};

struct post_mail {
    enum post_kind kind;
    /* Who gets it: an account, or, when account_id is 0, an address and a language. */
    int64_t account_id;
    struct str recipient, language;
    /* Nobody hears twice of the same; empty: each mail is another. */
    struct str about;
    /* For a kind with a path: what the link carries. */
    struct str secret;
    /* For a kind with a reason. */
    enum post_reason reason;
    /* The kind's fields. An empty "host" or "hosts" stands for the whole account. */
    struct post_values values;
    int64_t now_s;
    int64_t id; /* out: of the mail, if it was queued */
};

enum post_result {
    POST_QUEUED,
    POST_NOT_SET_UP,   /* this service sends no mails */
    POST_SWITCHED_OFF, /* the account does not want this kind */
    POST_TOLD_ALREADY,
    POST_TOO_MANY,
    POST_NO_ADDRESS, /* mail cannot be sent to the account's address */
    POST_QUEUE_FULL
};

/* `post` NULL: POST_NOT_SET_UP. ERR_IO; ERR_NOT_FOUND: there is no such account. */
MUST_CHECK enum status post_put(const struct post *post, struct store *store,
                                struct post_mail *mail, enum post_result *out,
                                struct error *err);
/* The result in words, for an operator. */
const char *post_result_text(enum post_result result);

/* A mail as it would be: with the examples of kind.h where a mail has values. */
struct post_content {
    char subject[POST_SUBJECT_SIZE];
    char body[POST_BODY_SIZE];
    char unsubscribe[ORIGIN_SIZE + 64]; /* a link; "": the kind cannot be switched off */
};
MUST_CHECK enum status post_preview(const struct post *post, enum post_kind kind,
                                    struct str language, struct post_content *out,
                                    struct error *err);
/* Opens a mail that waits. ERR_CONFLICT: it was sealed with another key. */
MUST_CHECK enum status post_open(const struct post *post, struct store *store,
                                 const struct mail_row *row, struct post_content *out,
                                 struct error *err);
