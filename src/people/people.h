// SPDX-License-Identifier: GPL-3.0-or-later
/* people.h - what people do: log in, say again who they are, change their password, use a link.
 *
 * Each of these hashes a password on a thread of its own (hasher.h), or judges a passkey on the loop
 * (some 0.2 ms), then writes, and ends by a callback on the loop. What an account that does not exist gets is the same as for one that does,
 * and costs the same. */
#pragma once

#include "account/actor.h"
#include "account/secret.h"
#include "account/webauthn.h"
#include "change/change.h"
#include "people/challenge.h"
#include "people/hasher.h"

struct people;

struct people_options {
    struct loop *loop;
    struct change *change;
    const struct keys *keys;
    const struct clock *clock;
    const char *origin;      /* as in config; NULL or empty: none. Lent for good. */
    const struct post *post; /* NULL: no mails are sent; lent */
};

/* ERR_IO: no thread started. */
MUST_CHECK enum status people_new(const struct people_options *options,
                                  struct people **out, struct error *err);
/* What is under way ends with ERR_BUSY. Before change_stop(). NULL is fine. */
void people_free(struct people *people);
struct hasher_counts people_hashes(const struct people *people);

/* The session whose secret it is; its use is noted. ERR_NOT_FOUND: there is none, or it is over.
 * ERR_BUSY: a commit has failed. ERR_IO. */
MUST_CHECK enum status people_find_session(struct people *people, struct str secret,
                                           struct session_row *out, struct error *err);
/* When it was used last, as far as is known. */
int64_t people_session_used(const struct people *people, const struct session_row *row);

/* ----- passkeys ----- */

enum {
    PASSKEYS_MAX = 20 /* of an account */
};

/* A challenge of that purpose for the actor, who has a session unless he wants to log in, and where
 * it counts; the site is lent for good. ERR_CONFLICT: there are no passkeys here. */
MUST_CHECK enum status people_challenge(const struct people *people,
                                        enum challenge_purpose purpose,
                                        const struct actor *actor,
                                        uint8_t out[CHALLENGE_SIZE],
                                        struct webauthn_site *site, struct error *err);

/* What a browser says that a passkey has answered. All bytes are lent for the call. */
struct people_passkey {
    struct webauthn_assertion assertion;
    struct str credential, handle;
};

/* ----- acts ----- */

struct people_outcome {
    enum status status;
    struct error err;
    const char *word; /* for programs, why it failed; NULL: nothing special */
    int wait_s;       /* with ERR_BUSY: it was tried too often; 0: it was not */
    struct account_row account;
    struct session_row session; /* that began, or has a new secret; id 0: none */
    char secret[SECRET_TEXT_SIZE];
    const struct passkey_row *passkey; /* that was made; NULL: none was */
};
/* Called once, now or later. */
typedef void (*people_done_fn)(void *ctx, const struct people_outcome *outcome);

/* Who acts. All texts are copied. */
struct people_from {
    struct ip source;
    const char *agent;
    const struct actor *actor; /* of whom acts already; lent for the call */
};

struct people_login {
    struct str email, password;
    struct str code;                      /* of the second factor; empty: none */
    const struct people_passkey *passkey; /* in the place of a code; NULL: none */
    bool keep;
};
/* Begins a session. ERR_DENIED, "wrong": there is no such account, or another password, or the
 * account is blocked. "factor": the password is right, and a code is needed, too; "code": that code
 * is wrong, or was used; "passkey": likewise. */
void people_login(struct people *people, const struct people_from *from,
                  const struct people_login *login, people_done_fn done, void *ctx);

/* Begins a session by a passkey alone, which counts as both factors. ERR_DENIED, "passkey". */
void people_login_passkey(struct people *people, const struct people_from *from,
                          const struct people_passkey *passkey, bool keep,
                          people_done_fn done, void *ctx);

/* The session of from->actor becomes fresh, with another secret. ERR_DENIED, "wrong". */
void people_confirm(struct people *people, const struct people_from *from,
                    struct str password, people_done_fn done, void *ctx);

/* The same by a passkey of the account. ERR_DENIED, "passkey". */
void people_confirm_passkey(struct people *people, const struct people_from *from,
                            const struct people_passkey *passkey, people_done_fn done,
                            void *ctx);

struct people_new_passkey {
    struct webauthn_registration registration;
    struct str name;
    unsigned transports; /* as in struct passkey_row */
};
/* The account of from->actor gets a passkey. Its other sessions end, and the actor's goes on with
 * another secret. ERR_DENIED, "passkey": what the authenticator said is not as it has to be.
 * ERR_EXISTS: somebody has it. ERR_LIMIT: the account has PASSKEYS_MAX. */
void people_add_passkey(struct people *people, const struct people_from *from,
                        const struct people_new_passkey *passkey, people_done_fn done,
                        void *ctx);

/* The account of from->actor gets another password. Its sessions end, and the actor's goes on with
 * another secret. ERR_DENIED, "wrong": the old one is wrong. */
void people_set_password(struct people *people, const struct people_from *from,
                         struct str old, struct str wanted, people_done_fn done,
                         void *ctx);

struct people_redeem {
    struct str link, password;
    struct str email; /* for a link that makes the account of the first operator */
    bool keep;
};
/* Uses a link up: the account gets the password. An invitation begins a session; a reset ends all
 * of them and begins none. ERR_NOT_FOUND, "link": it works no more, or never did. */
void people_redeem(struct people *people, const struct people_from *from,
                   const struct people_redeem *redeem, people_done_fn done, void *ctx);
