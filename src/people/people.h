// SPDX-License-Identifier: GPL-3.0-or-later
/* people.h - what people do: log in, say again who they are, change their password, use a link.
 *
 * Each of these hashes a password on a thread of its own (hasher.h), or judges a passkey on the loop
 * (some 0.2 ms), then writes, and ends by a callback on the loop. What an account that does not exist gets is the same as for one that does,
 * and costs the same. */
#pragma once

#include "account/actor.h"
#include "account/secret.h"
#include "account/sign_up.h"
#include "account/webauthn.h"
#include "change/change.h"
#include "people/challenge.h"
#include "people/hasher.h"

struct people;
struct refused;

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

/* What a reload may change; all lent until the next one. */
struct people_settings {
    enum sign_up sign_up;
    int32_t new_hosts;       /* quota of an account that its owner has opened; 0: none */
    uint32_t mails_per_hour; /* that strangers may ask for; 0: LIMIT_MAILS_PER_HOUR */
    const char *contact;     /* whom to ask for an account; NULL or empty: not told */
    const struct refused *refused; /* NULL: no domain is */
};
void people_set(struct people *people, const struct people_settings *settings);
const struct people_settings *people_settings(const struct people *people);

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

/* What has become of a change of address. */
enum people_move {
    MOVE_WAITS, /* for the other end */
    MOVE_DONE,
    MOVE_REFUSED
};

struct people_outcome {
    enum status status;
    struct error err;
    const char *word; /* for programs, why it failed; NULL: nothing special */
    int wait_s;       /* with ERR_BUSY: it was tried too often; 0: it was not */
    struct account_row account;
    struct session_row session; /* that began, or has a new secret; id 0: none */
    char secret[SECRET_TEXT_SIZE];
    enum people_move move;
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
/* Uses a link up: the account gets the password. An invitation, and a sign-up, begins a session; a
 * reset ends all of them and begins none. A sign-up makes the account, which may have to wait for an
 * operator. ERR_NOT_FOUND, "link": it works no more, or never did. ERR_DENIED: as people_ask(). */
void people_redeem(struct people *people, const struct people_from *from,
                   const struct people_redeem *redeem, people_done_fn done, void *ctx);

/* ----- what strangers ask for ----- */

enum people_wish {
    WISH_ACCOUNT, /* an account for the address */
    WISH_PASSWORD /* another password for the account of the address */
};
struct people_ask {
    enum people_wish wish;
    struct str email;
    struct str language; /* of WISH_ACCOUNT; empty: English */
};
/* A mail has what is needed further. The outcome is the same, and comes at the same moment, whether
 * the address has an account or not, and whether a mail goes there: `done` is called before anything
 * is looked up. ERR_DENIED, "no-mail": this service sends none; "invited", "closed": nobody opens an
 * account alone; without a word: addresses of that domain are refused. ERR_SYNTAX: no mail can be
 * sent to such an address. */
void people_ask(struct people *people, const struct people_from *from,
                const struct people_ask *given, people_done_fn done, void *ctx);

/* ----- another address ----- */

/* The account of from->actor is to have another address, once both addresses have confirmed that by
 * the mails that they get. An earlier change that waits ends. If the address is somebody else's, all
 * goes on in the same way, but that it gets another mail, and nothing comes of it. ERR_DENIED and
 * ERR_SYNTAX as above; "waiting": the account waits for an operator. ERR_CONFLICT: the account has the
 * address; or its present one gets no mail. */
void people_move(struct people *people, const struct people_from *from, struct str email,
                 people_done_fn done, void *ctx);
/* Confirms or refuses such a change, by the secret of one of its mails. ERR_NOT_FOUND, "link": there
 * is no such change, or no more. */
void people_answer_move(struct people *people, const struct people_from *from,
                        struct str link, bool refuses, people_done_fn done, void *ctx);
