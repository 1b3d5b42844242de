// SPDX-License-Identifier: GPL-3.0-or-later
/* act.h - the way that all acts of people.h go: a password is hashed, then something is written,
 * then the caller hears of it. Only for the files of this room. */
#pragma once

#include "people/factor.h"
#include "people/limits.h"
#include "people/live.h"
#include "people/notify.h"
#include "people/passkey.h"
#include "people/people.h"
#include "people/session.h"

struct people {
    struct people_options options;
    struct people_settings settings;
    struct hasher *hasher;
    struct limits *limits;
    struct challenges *challenges;
    struct live live;
};

struct act {
    struct people *people; /* not in `write`, nor after it */
    const struct keys *keys;
    const struct post *post;
    int64_t now_s;
    struct change_origin origin;
    struct actor actor;
    struct hash_order *order;
    struct account_row account; /* as it was when the order was given; id 0: none */
    struct link_row link;
    enum sign_up sign_up; /* for an account that a link makes */
    int32_t new_hosts;
    struct digest secret; /* of a link that is answered */
    bool refuses;
    char email[EMAIL_SIZE];
    char code[RECOVERY_TEXT_SIZE];
    bool keep;
    struct passkey_row passkey; /* that is made, or was used */
    bool has_proof;             /* a passkey came */
    struct passkey_proof proof; /* with proof_status OK */
    enum status proof_status;
    struct error proof_err;
    bool
        is_copied; /* out of `write`: the passkey is, and the account's owner has to know */
    /* Seconds to wait before anything is written, after a password that matched. May be NULL. */
    int (*wait)(const struct act *act);
    /* Runs within the writer's transaction, after a password that matched. May be called twice. */
    enum status (*write)(struct act *act, struct store *store, struct error *err);
    struct people_outcome outcome;
    people_done_fn done;
    void *ctx;
};

struct act *act_new(struct people *people, const struct people_from *from,
                    people_done_fn done, void *ctx);
/* Ends it at once. */
void act_refuse(struct act *act, enum status status, const char *word, const char *text);
void act_wait(struct act *act, int wait_s);
/* The account of the actor. ERR_DENIED: it has gone. */
MUST_CHECK enum status act_find_own(struct act *act, struct error *err);
/* Puts what somebody who guesses would try into the order: the address, the service, its zones. */
void act_put_words(struct act *act, const char *email);
/* Puts a new password into the order. ERR_SYNTAX, ERR_LIMIT: as password_check_size() says. */
MUST_CHECK enum status act_want(struct act *act, struct str password, struct error *err);
/* Hashes, writes, ends. */
void act_start(struct act *act);
/* Writes, ends. */
void act_submit(struct act *act);

/* For `write`: the account as it is now, if it still has the password that matched. ERR_DENIED,
 * "wrong": it has not, or is blocked. */
MUST_CHECK enum status act_find_again(struct act *act, struct store *store,
                                      struct error *err);
/* For `write`: fails with a word. */
enum status act_fail(struct act *act, enum status status, const char *word,
                     const char *text, struct error *err);
/* For `write`: gives the account the new password, and tells its owner if it had one. */
MUST_CHECK enum status act_save_password(struct act *act, struct store *store,
                                         struct error *err);
/* For `write`: tells the account's owner. */
MUST_CHECK enum status act_notify(const struct act *act, struct store *store,
                                  enum people_event event, struct error *err);
/* For `write`: the actor's session gets another secret, and is fresh. */
MUST_CHECK enum status act_renew_session(struct act *act, struct store *store,
                                         struct error *err);
/* For `write`: notes in the journal what the account's owner did, by a password or a link. */
MUST_CHECK enum status act_note(struct act *act, struct store *store, enum change_via via,
                                const char *word, struct error *err);
/* For `write`: begins a session of the account. */
MUST_CHECK enum status act_begin_session(struct act *act, struct store *store,
                                         struct error *err);

extern const char act_wrong[]; /* what is said of a password that is wrong */
extern const char act_link_is_dead[];

/* Whether anybody may open an account alone. ERR_DENIED, and the word why not. */
MUST_CHECK enum status act_judge_sign_up(const struct people_settings *settings,
                                         const char **word, struct error *err);
/* Whether mail may go to an address that somebody gives, for an account. ERR_SYNTAX, ERR_DENIED. */
MUST_CHECK enum status act_judge_address(const struct people *people, struct str email,
                                         bool for_account, const char **word,
                                         struct error *err);
