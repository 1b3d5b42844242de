// SPDX-License-Identifier: GPL-3.0-or-later
/* resident.h - what an update needs of hosts, tokens and accounts, in memory.
 *
 * The database is the truth. These tables hold its state at the newest commit that was taken over.
 * A host is found by the keyed hash of its name, 16 bytes instead of a name of any length; the
 * caller has the name. Each process makes a new key, so nobody can look for two names with the
 * same hash.
 *
 * Rare shapes are only marked, and their rows are read from the database: hosts that have further
 * addresses or an interface id or follow another host; tokens that are for several hosts, have
 * networks or expire after 2106. */
#pragma once

#include "account/access.h"
#include "change/table.h"
#include "rule/heartbeat.h"
#include "store/tables.h"

/* A host as the tables take it over. The thread that read the row makes it. */
struct resident_host {
    struct digest key;
    int64_t id, owner_id, zone_id, follows_id, last_seen_s, in_clear_s;
    struct ip v4, v6;
    int32_t liveness_s;
    enum host_mode mode;
    enum host_state state;
    enum when_silent when_silent;
    uint16_t heartbeat;
    bool quiet, permanent;
    bool is_noted; /* its silence, and it has not called since */
    bool round_robin, private_allowed, plain_http, wildcard;
    bool more_addresses;
    bool unusual; /* its row is to be read from the database */
};

struct resident_token {
    struct digest digest;
    int64_t id, account_id, host_id, expires_s;
    enum token_kind kind;
    unsigned rights;
    uint8_t key_version;
    bool weak;
    bool unusual;
};

struct resident_addresses {
    int64_t id, seen_s, in_clear_s;
    uint16_t heartbeat; /* counts with `called`, too */
    struct ip v4, v6;
    enum host_state state;
    bool more_addresses;
    bool
        called; /* the host itself asked for the change, so seen_s and in_clear_s count */
};

/* `name_key` is of DIGEST_KEY_SIZE bytes. */
void resident_host_of(const struct host_row *row, const uint8_t *name_key,
                      struct resident_host *out);
void resident_token_of(const struct token_row *row, struct resident_token *out);

struct resident;

struct resident *resident_new(void);
void resident_free(struct resident *resident);
const uint8_t *resident_name_key(const struct resident *resident);

/* Makes room for about so many hosts, and as many tokens. */
void resident_reserve(struct resident *resident, size_t hosts);
/* Add or replace a row. ERR_LIMIT: an id of more than 32 bits, which our databases never give.
 * What only the tables know of a host (its throttle, a newer time of its last call) is kept. */
MUST_CHECK enum status resident_put_host(struct resident *resident,
                                         const struct resident_host *from);
MUST_CHECK enum status resident_put_token(struct resident *resident,
                                          const struct resident_token *from);
MUST_CHECK enum status resident_put_account(struct resident *resident, int64_t id,
                                            struct access_account from);
/* Nothing happens when the host is not there. */
void resident_set_addresses(struct resident *resident,
                            const struct resident_addresses *from);
/* An id that is not there is fine. */
void resident_remove_host(struct resident *resident, int64_t id);
void resident_remove_token(struct resident *resident, int64_t id);
void resident_remove_account(struct resident *resident, int64_t id);

/* Look-ups. They fill in what change.h promises. ERR_NOT_FOUND. ERR_CONFLICT: a rare shape; read
 * the database. */
MUST_CHECK enum status resident_find_host(const struct resident *resident,
                                          const struct name *name, struct host_row *out);
MUST_CHECK enum status resident_find_token(const struct resident *resident,
                                           const struct digest *digest,
                                           struct token_row *out);
MUST_CHECK enum status resident_find_account(const struct resident *resident, int64_t id,
                                             struct access_account *out);
/* Announces that both will be looked for next, so that their memory is fetched in time. */
void resident_prefetch(struct resident *resident, const struct digest *digest,
                       const struct name *name);
/* The account that owns the host; 0: no such host. */
int64_t resident_owner(const struct resident *resident, int64_t host_id);
/* The greatest id that a host had since the start; 0: none. */
int64_t resident_newest_host(const struct resident *resident);
/* The usual addresses; *more: it has further ones. False: no such host. */
bool resident_host_addresses(const struct resident *resident, int64_t host_id,
                             struct ip *v4, struct ip *v6, bool *more);
bool resident_has_followers(const struct resident *resident, int64_t host_id);

/* NULL, 0: no such host. */
uint32_t *resident_throttle(struct resident *resident, int64_t host_id);
int64_t resident_last_seen(const struct resident *resident, int64_t host_id);
/* The host called. True when the time in the database is to be renewed: it is older than an hour
 * and than an eighth of the host's liveness period, or its silence is noted there. */
bool resident_see(struct resident *resident, int64_t host_id, int64_t now_s);
/* What is learned of its heartbeat (rule/heartbeat.h), and what it would be after a call now. An
 * interval that began before resident_learn_from() teaches nothing. 0: no such host. */
uint16_t resident_heartbeat(const struct resident *resident, int64_t host_id);
uint16_t resident_heartbeat_after(const struct resident *resident, int64_t host_id,
                                  int64_t now_s);
void resident_learn_from(struct resident *resident, int64_t time_s);
/* The newest call of any host. */
int64_t resident_newest_call(const struct resident *resident);

/* What a watch over all hosts goes by. */
struct resident_beat {
    int64_t id, owner_id, zone_id, seen_s;
    struct heartbeat heartbeat; /* nothing is expected of one that never called */
    enum host_state state;
    enum when_silent when_silent;
    bool quiet;
    bool is_noted;
};
/* The host with the next greater id; false: there is none. */
bool resident_next_beat(const struct resident *resident, int64_t after,
                        struct resident_beat *out);
/* False: no such host. */
bool resident_find_beat(const struct resident *resident, int64_t host_id,
                        struct resident_beat *out);
/* The silence of the host, which called last at `seen_s`, is noted in the database. False: it has
 * called since, or is gone. */
bool resident_note_silent(struct resident *resident, int64_t host_id, int64_t seen_s);
/* The database has this time, or will have it with the batch. */
void resident_seen_written(struct resident *resident, int64_t host_id, int64_t seen_s);
/* The day of in_clear.h that the database has, or will have; 0 also for no such host. */
int64_t resident_in_clear(const struct resident *resident, int64_t host_id);
void resident_set_in_clear(struct resident *resident, int64_t host_id, int64_t day_s);
