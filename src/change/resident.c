// SPDX-License-Identifier: GPL-3.0-or-later
/* One table each for hosts, tokens and accounts, and two more for which host follows which. A row
 * holds the common shape in few bytes. A bit says that a row does not have all. */
#include "change/resident.h"

#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "change/in_clear.h"

enum {
    SEEN_PERIOD_S = 3600,
    SEEN_PARTS = 8 /* of a liveness period */
};

/* For members of so many bits. */
#define LIVENESS_MASK ((1U << 21) - 1)
#define HEARTBEAT_MASK ((1U << HEARTBEAT_BITS) - 1)

/* Of `when_silent`: nothing is expected of the host. */
enum {
    SILENT_NEVER = 3
};

enum host_bits {
    HOST_HAS_V4 = 1,
    HOST_HAS_V6 = 2,
    HOST_ROUND_ROBIN = 4,
    HOST_PRIVATE = 8,
    HOST_PLAIN_HTTP = 16,
    HOST_MORE = 32,
    HOST_UNUSUAL = 64,
    HOST_WILDCARD = 128
};

struct host {
    struct table_row head;
    uint8_t v6[16], v4[4];
    uint32_t owner_id, zone_id;
    uint32_t seen_s;    /* the newest call */
    uint32_t written_s; /* what the database has of it */
    uint32_t throttle;
    uint32_t liveness_s : 21; /* HEARTBEAT_PERIOD_MAX_S at most */
    uint32_t heartbeat : HEARTBEAT_BITS;
    uint16_t in_clear_day; /* since 1970 */
    uint8_t mode : 1, state : 3, when_silent : 2, quiet : 1, is_noted : 1;
    uint8_t bits;
};
_Static_assert(HEARTBEAT_PERIOD_MAX_S < 1 << 21 && HOST_STATE_LAST < 8, "they fit");
_Static_assert(sizeof(struct host) == 72, "every host pays for it");

enum token_bits {
    TOKEN_WEAK = 1,
    TOKEN_UNUSUAL = 2
};

struct token {
    struct table_row head;
    uint32_t account_id;
    uint32_t host_id; /* 0: none */
    uint32_t expires_s;
    uint8_t kind, rights, key_version, bits;
};

struct account {
    struct table_row head;
    uint8_t state, role;
};

/* Which host follows which; a router that was removed has no row any more. */
struct follower {
    struct table_row head;
    uint32_t router_id;
};
struct router {
    struct table_row head;
    uint32_t followers;
};

struct resident {
    uint8_t name_key[DIGEST_SHORT_KEY_SIZE];
    int64_t learns_from_s, heard_s;
    struct table *hosts, *tokens, *accounts, *followers, *routers;
    int64_t newest_host;
};

/* ----- start and end ----- */

struct resident *resident_new(void)
{
    struct resident *resident = NEW(struct resident);
    random_fill(resident->name_key, sizeof(resident->name_key));
    resident->hosts = table_new(sizeof(struct host), true);
    resident->tokens = table_new(sizeof(struct token), true);
    resident->accounts = table_new(sizeof(struct account), false);
    resident->followers = table_new(sizeof(struct follower), false);
    resident->routers = table_new(sizeof(struct router), false);
    return resident;
}

void resident_free(struct resident *resident)
{
    if (!resident)
        return;
    table_free(resident->hosts);
    table_free(resident->tokens);
    table_free(resident->accounts);
    table_free(resident->followers);
    table_free(resident->routers);
    mem_free(resident);
}

const uint8_t *resident_name_key(const struct resident *resident)
{
    return resident->name_key;
}

void resident_reserve(struct resident *resident, size_t hosts)
{
    table_reserve(resident->hosts, hosts);
    table_reserve(resident->tokens, hosts);
}

/* ----- rows as they are taken over ----- */

void resident_host_of(const struct host_row *row, const uint8_t *name_key,
                      struct resident_host *out)
{
    static const uint8_t none[8];
    bool has_interface =
        row->subnet || memcmp(row->interface_id, none, sizeof(none)) != 0;
    *out = (struct resident_host){
        .key = digest_short(name_key, name_bytes(&row->name)),
        .id = row->id,
        .owner_id = row->owner_id,
        .zone_id = row->zone_id,
        .follows_id = row->follows_id,
        .last_seen_s = row->last_seen_s,
        .in_clear_s = row->in_clear_s,
        .v4 = row->v4,
        .v6 = row->v6,
        .liveness_s = row->liveness_s,
        .mode = row->mode,
        .state = row->state,
        .when_silent = row->when_silent,
        .heartbeat = row->heartbeat,
        .quiet = row->quiet,
        .permanent = row->permanent,
        .is_noted = row->silent_s > row->last_seen_s,
        .round_robin = row->round_robin,
        .private_allowed = row->private_allowed,
        .plain_http = row->plain_http,
        .wildcard = row->wildcard,
        .more_addresses = row->more_addresses,
        .unusual = row->follows_id || has_interface,
    };
}

void resident_token_of(const struct token_row *row, struct resident_token *out)
{
    *out = (struct resident_token){
        .digest = row->digest,
        .id = row->id,
        .account_id = row->account_id,
        .host_id = row->host_count ? row->host_ids[0] : 0,
        .expires_s = row->expires_s,
        .kind = row->kind,
        .rights = row->rights,
        .key_version = row->key_version,
        .weak = row->weak,
        .unusual = row->host_count > 1 || row->network_count || row->expires_s < 0 ||
                   row->expires_s > UINT32_MAX,
    };
}

/* ----- hosts ----- */

static uint32_t time_of(int64_t seconds)
{
    return seconds < 0 ? 0 : seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

static uint32_t liveness_of(int64_t seconds)
{
    return seconds < HEARTBEAT_PERIOD_MAX_S ? (uint32_t)seconds : HEARTBEAT_PERIOD_MAX_S;
}

static void set_ips(struct host *host, struct ip v4, struct ip v6)
{
    host->bits &= (uint8_t) ~(HOST_HAS_V4 | HOST_HAS_V6);
    memcpy(host->v4, v4.bytes, sizeof(host->v4));
    memcpy(host->v6, v6.bytes, sizeof(host->v6));
    host->bits |=
        (uint8_t)((v4.family ? HOST_HAS_V4 : 0) | (v6.family ? HOST_HAS_V6 : 0));
}

static void note_call(struct resident *resident, int64_t time_s)
{
    if (resident->heard_s < time_s)
        resident->heard_s = time_s;
}

static void forget_follower(struct resident *resident, int64_t id)
{
    const struct follower *follower =
        (const struct follower *)table_find_id(resident->followers, id);
    if (!follower)
        return;
    struct router *router =
        (struct router *)table_find_id(resident->routers, follower->router_id);
    if (router && --router->followers == 0)
        table_remove(resident->routers, follower->router_id);
    table_remove(resident->followers, id);
}

static enum status note_follower(struct resident *resident, int64_t id, int64_t router_id)
{
    forget_follower(resident, id);
    if (!router_id)
        return OK;
    struct follower *follower =
        (struct follower *)table_put(resident->followers, id, NULL);
    struct router *router =
        (struct router *)table_put(resident->routers, router_id, NULL);
    if (!follower || !router)
        return ERR_LIMIT;
    follower->router_id = (uint32_t)router_id;
    router->followers++;
    return OK;
}

enum status resident_put_host(struct resident *resident, const struct resident_host *from)
{
    if (from->owner_id > UINT32_MAX || from->zone_id > UINT32_MAX)
        return ERR_LIMIT;
    struct host *host = (struct host *)table_put(resident->hosts, from->id, &from->key);
    if (!host)
        return ERR_LIMIT;
    if (from->id > resident->newest_host)
        resident->newest_host = from->id;
    host->owner_id = (uint32_t)from->owner_id;
    host->zone_id = (uint32_t)from->zone_id;
    host->liveness_s = liveness_of(from->liveness_s) & LIVENESS_MASK;
    host->mode = from->mode & 1U;
    host->state = from->state & 7U;
    host->when_silent = (from->permanent ? SILENT_NEVER : from->when_silent) & 3U;
    host->quiet = from->quiet;
    if (host->heartbeat == 0)
        host->heartbeat = from->heartbeat & HEARTBEAT_MASK;
    if (host->seen_s <= time_of(from->last_seen_s))
        host->is_noted = from->is_noted;
    host->bits = (uint8_t)((from->round_robin ? HOST_ROUND_ROBIN : 0) |
                           (from->private_allowed ? HOST_PRIVATE : 0) |
                           (from->plain_http ? HOST_PLAIN_HTTP : 0) |
                           (from->wildcard ? HOST_WILDCARD : 0) |
                           (from->more_addresses ? HOST_MORE : 0) |
                           (from->unusual ? HOST_UNUSUAL : 0));
    set_ips(host, from->v4, from->v6);
    resident_seen_written(resident, from->id, from->last_seen_s);
    resident_set_in_clear(resident, from->id, from->in_clear_s);
    return note_follower(resident, from->id, from->follows_id);
}

void resident_set_addresses(struct resident *resident,
                            const struct resident_addresses *from)
{
    struct host *host = (struct host *)table_find_id(resident->hosts, from->id);
    if (!host)
        return;
    host->state = from->state & 7U;
    host->bits &= (uint8_t)~HOST_MORE;
    host->bits |= (uint8_t)(from->more_addresses ? HOST_MORE : 0);
    set_ips(host, from->v4, from->v6);
    if (!from->called)
        return;
    host->heartbeat = from->heartbeat & HEARTBEAT_MASK;
    host->is_noted = false;
    note_call(resident, from->seen_s);
    resident_seen_written(resident, from->id, from->seen_s);
    resident_set_in_clear(resident, from->id, from->in_clear_s);
}

/* The rows of its followers stay. An update of a follower reads the database anyway, and finds
 * there that it follows no host any more. */
void resident_remove_host(struct resident *resident, int64_t id)
{
    forget_follower(resident, id);
    table_remove(resident->routers, id);
    table_remove(resident->hosts, id);
}

static struct ip ip_of(const uint8_t *bytes, bool is_there, enum ip_family family)
{
    struct ip ip = { .family = IP_NONE };
    if (!is_there)
        return ip;
    ip.family = (uint8_t)family;
    memcpy(ip.bytes, bytes, family == IP_V4 ? 4 : 16);
    return ip;
}

enum status resident_find_host(const struct resident *resident, const struct name *name,
                               struct host_row *out)
{
    const struct digest key = digest_short(resident->name_key, name_bytes(name));
    const struct host *host = (const struct host *)table_find_key(resident->hosts, &key);
    if (!host)
        return ERR_NOT_FOUND;
    if (host->bits & (HOST_MORE | HOST_UNUSUAL))
        return ERR_CONFLICT;
    *out = (struct host_row){
        .id = host->head.id,
        .zone_id = host->zone_id,
        .owner_id = host->owner_id,
        .name.n = name->n,
        .v4 = ip_of(host->v4, host->bits & HOST_HAS_V4, IP_V4),
        .v6 = ip_of(host->v6, host->bits & HOST_HAS_V6, IP_V6),
        .mode = (enum host_mode)host->mode,
        .state = (enum host_state)host->state,
        .round_robin = host->bits & HOST_ROUND_ROBIN,
        .private_allowed = host->bits & HOST_PRIVATE,
        .plain_http = host->bits & HOST_PLAIN_HTTP,
        .wildcard = host->bits & HOST_WILDCARD,
        .liveness_s = (int32_t)host->liveness_s,
        .last_seen_s = host->seen_s,
        .in_clear_s = (int64_t)host->in_clear_day * IN_CLEAR_DAY_S,
    };
    memcpy(out->name.wire, name->wire, name->n);
    return OK;
}

/* Step by step for both, so that the waits of one pass in those of the other. */
void resident_prefetch(struct resident *resident, const struct digest *digest,
                       const struct name *name)
{
    const struct digest key = digest_short(resident->name_key, name_bytes(name));
    table_prefetch_bucket(resident->tokens, digest);
    table_prefetch_bucket(resident->hosts, &key);
    table_prefetch_row(resident->tokens, digest);
    table_prefetch_row(resident->hosts, &key);
}

int64_t resident_newest_host(const struct resident *resident)
{
    return resident->newest_host;
}

bool resident_host_addresses(const struct resident *resident, int64_t host_id,
                             struct ip *v4, struct ip *v6, bool *more)
{
    const struct host *host =
        (const struct host *)table_find_id(resident->hosts, host_id);
    if (!host)
        return false;
    *v4 = ip_of(host->v4, host->bits & HOST_HAS_V4, IP_V4);
    *v6 = ip_of(host->v6, host->bits & HOST_HAS_V6, IP_V6);
    *more = host->bits & HOST_MORE;
    return true;
}

bool resident_has_followers(const struct resident *resident, int64_t host_id)
{
    return table_find_id(resident->routers, host_id) != NULL;
}

/* ----- last seen and throttle ----- */

uint32_t *resident_throttle(struct resident *resident, int64_t host_id)
{
    struct host *host = (struct host *)table_find_id(resident->hosts, host_id);
    return host ? &host->throttle : NULL;
}

int64_t resident_owner(const struct resident *resident, int64_t host_id)
{
    const struct host *host =
        (const struct host *)table_find_id(resident->hosts, host_id);
    return host ? host->owner_id : 0;
}

int64_t resident_last_seen(const struct resident *resident, int64_t host_id)
{
    const struct host *host =
        (const struct host *)table_find_id(resident->hosts, host_id);
    return host ? host->seen_s : 0;
}

static uint16_t learn(const struct resident *resident, const struct host *host,
                      int64_t now_s)
{
    if (host->seen_s < resident->learns_from_s || host->seen_s == 0)
        return host->heartbeat;
    return heartbeat_learn(host->heartbeat, now_s - (int64_t)host->seen_s);
}

bool resident_see(struct resident *resident, int64_t host_id, int64_t now_s)
{
    struct host *host = (struct host *)table_find_id(resident->hosts, host_id);
    if (!host)
        return false;
    bool was_noted = host->is_noted;
    host->heartbeat = learn(resident, host, now_s) & HEARTBEAT_MASK;
    host->is_noted = false;
    host->seen_s = time_of(now_s);
    note_call(resident, now_s);
    int64_t period_s = host->liveness_s / SEEN_PARTS;
    if (period_s < SEEN_PERIOD_S)
        period_s = SEEN_PERIOD_S;
    return was_noted || now_s - (int64_t)host->written_s > period_s;
}

uint16_t resident_heartbeat(const struct resident *resident, int64_t host_id)
{
    const struct host *host =
        (const struct host *)table_find_id(resident->hosts, host_id);
    return host ? host->heartbeat : 0;
}

uint16_t resident_heartbeat_after(const struct resident *resident, int64_t host_id,
                                  int64_t now_s)
{
    const struct host *host =
        (const struct host *)table_find_id(resident->hosts, host_id);
    return host ? learn(resident, host, now_s) : 0;
}

void resident_learn_from(struct resident *resident, int64_t time_s)
{
    resident->learns_from_s = time_s;
}

int64_t resident_newest_call(const struct resident *resident)
{
    return resident->heard_s;
}

/* ----- heartbeats ----- */

static void get_beat(const struct host *host, struct resident_beat *out)
{
    *out = (struct resident_beat){
        .id = host->head.id,
        .owner_id = host->owner_id,
        .zone_id = host->zone_id,
        .seen_s = host->seen_s,
        .state = (enum host_state)host->state,
        .when_silent = (enum when_silent)host->when_silent,
        .quiet = host->quiet,
        .is_noted = host->is_noted,
    };
    if (host->when_silent == SILENT_NEVER) {
        out->when_silent = SILENT_KEEP;
        return;
    }
    bool may_call = host->state == HOST_ACTIVE || host->state == HOST_FALLBACK ||
                    host->state == HOST_WITHDRAWN;
    if (host->seen_s && may_call)
        out->heartbeat = heartbeat_of(host->liveness_s, host->heartbeat);
}

bool resident_next_beat(const struct resident *resident, int64_t after,
                        struct resident_beat *out)
{
    const struct host *host =
        (const struct host *)table_find_next(resident->hosts, after);
    if (host)
        get_beat(host, out);
    return host != NULL;
}

bool resident_find_beat(const struct resident *resident, int64_t host_id,
                        struct resident_beat *out)
{
    const struct host *host =
        (const struct host *)table_find_id(resident->hosts, host_id);
    if (host)
        get_beat(host, out);
    return host != NULL;
}

bool resident_note_silent(struct resident *resident, int64_t host_id, int64_t seen_s)
{
    struct host *host = (struct host *)table_find_id(resident->hosts, host_id);
    if (!host || host->seen_s != time_of(seen_s))
        return false;
    host->is_noted = true;
    return true;
}

void resident_seen_written(struct resident *resident, int64_t host_id, int64_t seen_s)
{
    struct host *host = (struct host *)table_find_id(resident->hosts, host_id);
    if (!host)
        return;
    host->written_s = time_of(seen_s);
    if (host->seen_s < host->written_s)
        host->seen_s = host->written_s;
}

int64_t resident_in_clear(const struct resident *resident, int64_t host_id)
{
    const struct host *host =
        (const struct host *)table_find_id(resident->hosts, host_id);
    return host ? (int64_t)host->in_clear_day * IN_CLEAR_DAY_S : 0;
}

void resident_set_in_clear(struct resident *resident, int64_t host_id, int64_t day_s)
{
    struct host *host = (struct host *)table_find_id(resident->hosts, host_id);
    int64_t day = day_s / IN_CLEAR_DAY_S;
    if (host)
        host->in_clear_day = day < 0 ? 0 : day > UINT16_MAX ? UINT16_MAX : (uint16_t)day;
}

/* ----- tokens ----- */

enum status resident_put_token(struct resident *resident,
                               const struct resident_token *from)
{
    if (from->account_id > UINT32_MAX || from->host_id > UINT32_MAX)
        return ERR_LIMIT;
    struct token *token =
        (struct token *)table_put(resident->tokens, from->id, &from->digest);
    if (!token)
        return ERR_LIMIT;
    token->account_id = (uint32_t)from->account_id;
    token->host_id = (uint32_t)from->host_id;
    token->expires_s = time_of(from->expires_s);
    token->kind = (uint8_t)from->kind;
    token->rights = (uint8_t)from->rights;
    token->key_version = from->key_version;
    token->bits =
        (uint8_t)((from->weak ? TOKEN_WEAK : 0) | (from->unusual ? TOKEN_UNUSUAL : 0));
    return OK;
}

void resident_remove_token(struct resident *resident, int64_t id)
{
    table_remove(resident->tokens, id);
}

/* The journal does not name the tokens that go with their account, nor those that lose a
 * host that goes: ids are never given again, so both show here. */
enum status resident_find_token(const struct resident *resident,
                                const struct digest *digest, struct token_row *out)
{
    const struct token *token =
        (const struct token *)table_find_key(resident->tokens, digest);
    if (!token || !table_find_id(resident->accounts, token->account_id))
        return ERR_NOT_FOUND;
    if (token->bits & TOKEN_UNUSUAL)
        return ERR_CONFLICT;
    bool has_host = table_find_id(resident->hosts, token->host_id);
    *out = (struct token_row){
        .id = token->head.id,
        .account_id = token->account_id,
        .kind = (enum token_kind)token->kind,
        .digest = token->head.key,
        .key_version = token->key_version,
        .rights = token->rights,
        .weak = token->bits & TOKEN_WEAK,
        .host_ids = { has_host ? token->host_id : 0 },
        .host_count = has_host,
        .expires_s = token->expires_s,
    };
    return OK;
}

/* ----- accounts ----- */

enum status resident_put_account(struct resident *resident, int64_t id,
                                 struct access_account from)
{
    struct account *account = (struct account *)table_put(resident->accounts, id, NULL);
    if (!account)
        return ERR_LIMIT;
    account->state = (uint8_t)from.state;
    account->role = (uint8_t)from.role;
    return OK;
}

void resident_remove_account(struct resident *resident, int64_t id)
{
    table_remove(resident->accounts, id);
}

enum status resident_find_account(const struct resident *resident, int64_t id,
                                  struct access_account *out)
{
    const struct account *account =
        (const struct account *)table_find_id(resident->accounts, id);
    if (!account)
        return ERR_NOT_FOUND;
    *out = (struct access_account){ .state = (enum account_state)account->state,
                                    .role = (enum account_role)account->role };
    return OK;
}
