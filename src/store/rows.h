// SPDX-License-Identifier: GPL-3.0-or-later
/* rows.h - the rows of the database as plain values. docs/database.md has the layout.
 *
 * An id of 0 means "none"; in a row to be inserted it means "not given yet". Times are seconds
 * UTC; 0 means "never". Short texts are zero-terminated arrays. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/ip.h"
#include "dns/name.h"
#include "dns/record.h"

enum {
    EMAIL_SIZE = 255,
    LABEL_TEXT_SIZE = 65, /* names that people give to tokens */
    AGENT_SIZE = 129,
    TOTP_SEALED_SIZE = 60,
    TOKEN_HOSTS_MAX = 20,
    TOKEN_NETWORKS_MAX = 8,
    FOLLOWERS_MAX = 1000,
    LANGUAGE_SIZE = 9,
    MAIL_ABOUT_SIZE = 128,
    MAIL_ID_SIZE = 288,
    MAIL_WHY_SIZE = 256,
    MAIL_KINDS_MAX = 32,
};

enum account_role {
    ROLE_USER = 0,
    ROLE_ZONE_OWNER = 1,
    ROLE_OPERATOR = 2
};
enum account_state {
    ACCOUNT_ACTIVE = 0,
    ACCOUNT_BLOCKED = 1
};

struct account_row {
    int64_t id;
    char email[EMAIL_SIZE];                 /* as typed; unique, whatever its case */
    char password_hash[PASSWORD_HASH_SIZE]; /* empty: no login by password */
    enum account_role role;
    enum account_state state;
    int32_t hosts_max;            /* quota; 0: none of its own */
    char language[LANGUAGE_SIZE]; /* "en" */
    int64_t created_s;
    int64_t last_change; /* seq */
    uint32_t mail_off;   /* kinds of mails that it does not want, a bit each */
};

enum zone_state {
    ZONE_ACTIVE = 0,
    ZONE_DISABLED = 1
};
enum zone_policy {
    ZONE_NOBODY = 0,
    ZONE_INVITED = 1,
    ZONE_EVERYBODY = 2
};

struct zone_row {
    int64_t id;
    struct name name;
    int64_t owner_id;
    enum zone_state state;
    enum zone_policy policy;  /* who may create hosts, besides the owner and operators */
    struct name mname, rname; /* SOA */
    uint32_t refresh_s, retry_s, expire_s, minimum_s, soa_ttl_s;
    uint32_t ns_ttl_s;
    uint32_t default_ttl_s; /* of new hosts */
    uint32_t serial_base;   /* SOA serial = this + newest seq of the zone, mod 2^32 */
    uint8_t labels_max;     /* labels a host may have below the zone; 1 */
    int64_t created_s;
    /* seq of the newest change to the zone's own rows, its records and its removed hosts;
     * changes of hosts that exist stand in their rows. */
    int64_t last_change;
};

enum host_mode {
    HOST_DUAL = 0,
    HOST_FOLLOW = 1
};
enum host_state {
    HOST_ACTIVE = 0,
    HOST_OFFLINE = 1,
    HOST_DISABLED = 2,
    HOST_ABUSE = 3,
    /* Until its next call other addresses stand in DNS than those that it has, or none. */
    HOST_FALLBACK = 4,
    HOST_WITHDRAWN = 5
};
enum {
    HOST_STATE_LAST = HOST_WITHDRAWN
};
/* What becomes of its name when it does not call. */
enum when_silent {
    SILENT_KEEP = 0,
    SILENT_FALLBACK = 1,
    SILENT_WITHDRAW = 2
};

struct host_row {
    int64_t id, zone_id, owner_id;
    struct name name;    /* whole */
    struct ip v4, v6;    /* the usual addresses; IP_NONE: none */
    bool more_addresses; /* rows in `addresses` exist */
    enum host_mode mode;
    enum host_state state;
    uint32_t ttl_s;
    bool wildcard;        /* *.name has the same addresses */
    bool round_robin;     /* several addresses of a family are kept */
    bool private_allowed; /* private and documentation addresses may be published */
    bool plain_http;      /* Basic without TLS accepted */
    int64_t follows_id;   /* the host whose prefix it takes */
    uint8_t interface_id[8];
    uint16_t subnet; /* number of the subnet within the prefix */
    int32_t liveness_s;
    int64_t last_seen_s, created_s;
    int64_t last_change; /* seq */
    int64_t in_clear_s;  /* day of the newest call without TLS (change/in_clear.h) */
    enum when_silent when_silent;
    struct ip fallback_v4, fallback_v6; /* IP_NONE: none */
    bool quiet;                         /* no mails about it */
    bool permanent;                     /* it need not call, ever */
    int64_t kept_s;                     /* its owner needs it still; 0: never said */
    /* Only the calls for them write these. */
    uint16_t heartbeat; /* what is learned (rule/heartbeat.h) */
    int64_t silent_s;   /* its silence was noted; over when it called later */
};

enum stale_kind {
    STALE_HOST = 0,
    STALE_ACCOUNT = 1,
    STALE_ZONE = 2
};
/* How far something is that nobody uses. */
struct stale_row {
    enum stale_kind kind;
    int64_t id;
    int64_t step;   /* rule/stale.h */
    int64_t time_s; /* of the step */
};

enum token_kind {
    TOKEN_UPDATE = 0,
    TOKEN_TSIG = 1,
    TOKEN_SIGNED = 2,
    TOKEN_API = 3
};
enum token_rights {
    RIGHT_ADDRESS = 1,
    RIGHT_TXT = 2,
    RIGHT_PREFIX = 4,
    RIGHTS_OF_HOSTS = RIGHT_ADDRESS | RIGHT_TXT | RIGHT_PREFIX,
    /* Of a TOKEN_API, for the resources of its account; with RIGHT_OPERATE and the account of an
     * operator, for all. */
    RIGHT_READ = 8,
    RIGHT_WRITE = 16,
    RIGHT_OPERATE = 32,
    RIGHTS_OF_API = RIGHT_READ | RIGHT_WRITE | RIGHT_OPERATE
};

struct token_row {
    int64_t id, account_id;
    enum token_kind kind;
    struct digest digest; /* of the secret; unique */
    uint8_t key_version;  /* of the pepper that made the digest */
    char hint[9];         /* the secret's first characters after "rv_", for people */
    char label[LABEL_TEXT_SIZE];
    unsigned rights; /* set of enum token_rights */
    bool weak;       /* the short form */
    int64_t host_ids[TOKEN_HOSTS_MAX];
    size_t host_count;
    struct prefix networks[TOKEN_NETWORKS_MAX]; /* none: any */
    size_t network_count;
    int64_t expires_s, last_used_s, created_s;
    int64_t last_change; /* seq */
    int64_t exposed_s;   /* first seen in clear where that is not allowed; 0: never */
};

/* A person that has logged in, with one browser. */
struct session_row {
    int64_t id, account_id;
    struct digest digest; /* of the secret in the cookie; unique */
    int64_t created_s;
    int64_t used_s;  /* the newest use may be later (people/live.h) */
    int64_t fresh_s; /* until then what is dangerous is not asked for again */
    int64_t expires_s;
    bool keep; /* it outlives the browser */
    struct ip source;
    char agent[AGENT_SIZE];
};

enum link_purpose {
    LINK_INVITE = 0, /* the first password, and a session */
    LINK_RESET = 1   /* another password */
};

/* A link that does something once. */
struct link_row {
    struct digest digest; /* of its secret */
    enum link_purpose purpose;
    int64_t account_id; /* 0: it makes the account of the first operator */
    int64_t created_s, expires_s;
    int64_t used_s; /* 0: not yet */
};

/* An authenticator app of an account. */
struct totp_row {
    int64_t account_id;
    uint8_t seed[TOTP_SEALED_SIZE]; /* sealed */
    size_t seed_n;
    bool is_on;        /* a code has shown that the app has the seed */
    int64_t last_step; /* of the newest code that was used */
    int64_t created_s;
};

/* A further record of a zone (host_id 0) or of a host. */
struct record_row {
    int64_t id, zone_id, host_id;
    struct name owner;
    bool wildcard;
    uint16_t type;
    uint32_t ttl_s;
    uint8_t rdata[1024];
    size_t rdata_n;
    int64_t expires_s;
};

enum change_kind {
    CHANGE_HOST = 1,
    CHANGE_RRSET = 2,
    CHANGE_ZONE = 3,
    CHANGE_TOKEN = 4,
    CHANGE_ACCOUNT = 5,
};

/* One row of the journal, which is also the history. */
struct change_row {
    int64_t seq; /* given by the database */
    enum change_kind kind;
    int64_t id;   /* of the host, zone (CHANGE_RRSET too), token or account */
    int64_t prev; /* seq of the change before of the same host; 0: first */
    /* For CHANGE_HOST the addresses before and after (store_addresses_encode()). For others
     * short words such as "add" and "remove". */
    uint8_t before[192], after[192];
    size_t before_n, after_n;
    int64_t time_s;
    /* Of a host that came or went, or the owner of the records. n is 0 where another row has
     * the name. */
    struct name name;
    struct ip source;
    char agent[AGENT_SIZE];
    int64_t token_id;
    uint8_t dialect; /* update/'s number; 0: not an update */
    bool encrypted;
};

enum mail_state {
    MAIL_WAITING = 0,
    MAIL_SENT = 1,
    MAIL_DEAD = 2 /* refused, or given up */
};

/* A mail, without what is in it. */
struct mail_row {
    int64_t id;
    uint8_t kind;       /* post/'s number */
    int64_t account_id; /* 0: of no account */
    char recipient[EMAIL_SIZE];
    char language[LANGUAGE_SIZE];
    char about[MAIL_ABOUT_SIZE]; /* what it is about, so that nobody hears of it twice */
    char message_id[MAIL_ID_SIZE]; /* without angle brackets */
    enum mail_state state;
    int64_t due_s;
    uint32_t tries;
    char last_error[MAIL_WHY_SIZE];
    int64_t created_s;
    int64_t ended_s; /* since when it does not wait any more */
};
