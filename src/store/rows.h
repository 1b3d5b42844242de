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
    MAIL_KINDS_MAX = 63, /* bits of a number of the database */
    REQUEST_MESSAGE_SIZE = 257,
    RESERVED_SIZE = 68, /* a label with a star before and behind it */
    REASON_SIZE = 201,
    PASSKEY_ID_MAX = 1023,
    PASSKEY_KEY_MAX = 600, /* RSA of 4096 bits needs 550 */
    PASSKEY_AAGUID_SIZE = 16,
};

enum account_role {
    ROLE_USER = 0,
    ROLE_ZONE_OWNER = 1,
    ROLE_OPERATOR = 2
};
enum account_state {
    ACCOUNT_ACTIVE = 0,
    ACCOUNT_BLOCKED = 1,
    ACCOUNT_WAITING = 2, /* for an operator, who lets it in */
    ACCOUNT_ENDING = 3   /* it is being removed (change/ending.h) */
};
enum {
    ACCOUNT_STATE_LAST = ACCOUNT_ENDING
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
    uint64_t mail_off;   /* kinds of mails that it does not want, a bit each */
    /* Of other tables, and only read. */
    uint32_t passkeys; /* how many it has */
    bool has_recovery; /* recovery codes are left */
};

enum zone_state {
    ZONE_ACTIVE = 0,
    ZONE_DISABLED = 1
};
/* Whether a host may look like another account's in the zone. */
enum zone_look_alikes {
    LOOK_ALIKES_USUAL = 0, /* by the policy */
    LOOK_ALIKES_REFUSED = 1,
    LOOK_ALIKES_ALLOWED = 2
};
enum zone_policy {
    ZONE_NOBODY = 0,
    ZONE_INVITED = 1,
    ZONE_EVERYBODY = 2,
    ZONE_APPROVAL = 3 /* as ZONE_INVITED; accounts may ask to be let in */
};
enum {
    ZONE_POLICY_LAST = ZONE_APPROVAL
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
    enum zone_look_alikes look_alikes;
    /* Quotas: of the zone, and of each account in it but its owner; 0: the usual one. */
    int32_t hosts_max, account_hosts_max;
    char abuse[EMAIL_SIZE]; /* where strangers report abuse; empty: the service's */
    int64_t created_s;
    /* seq of the newest change to the zone's own rows, its records and its removed hosts;
     * changes of hosts that exist stand in their rows. */
    int64_t last_change;
};

enum member_role {
    MEMBER_CREATOR = 0, /* makes hosts of its own in the zone */
    MEMBER_MANAGER = 1  /* looks after the zone as its owner does (account/zone_role.h) */
};

/* What an account may do in a zone of another. */
struct member_row {
    int64_t id, zone_id, account_id;
    enum member_role role;
    int64_t
        added_by; /* who let it in; 0: the operator at the machine, or an account that is gone */
    int64_t created_s;
};

enum request_kind {
    REQUEST_JOIN = 0,    /* the asker asks the people of the zone to make it a member */
    REQUEST_INVITE = 1,  /* the asker asks whoever has the address to be one */
    REQUEST_TRANSFER = 2 /* the asker offers its host to whoever has the address */
};

/* What waits for somebody's consent. What is decided is removed. */
struct request_row {
    int64_t id;
    enum request_kind kind;
    int64_t zone_id;       /* of the host, for REQUEST_TRANSFER */
    int64_t host_id;       /* REQUEST_TRANSFER */
    enum member_role role; /* that the account would have */
    int64_t asker_id;
    char email[EMAIL_SIZE]; /* who is asked, as typed; empty for REQUEST_JOIN */
    char message[REQUEST_MESSAGE_SIZE];
    int64_t created_s, expires_s;
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

/* Why a host is not in DNS, whatever its state; a set. */
enum host_withheld {
    WITHHELD_ACCOUNT = 1, /* its account is blocked */
    WITHHELD_NETWORK = 2, /* it points to a blocked network */
    WITHHELD_ALL = WITHHELD_ACCOUNT | WITHHELD_NETWORK
};

struct host_row {
    int64_t id, zone_id, owner_id;
    struct name name;    /* whole */
    struct ip v4, v6;    /* the usual addresses; IP_NONE: none */
    bool more_addresses; /* rows in `addresses` exist */
    enum host_mode mode;
    enum host_state state;
    unsigned withheld; /* set of enum host_withheld */
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
    int64_t skeleton;    /* of its name (rule/skeleton.h); 0: not known yet */
    enum when_silent when_silent;
    struct ip fallback_v4, fallback_v6; /* IP_NONE: none */
    bool quiet;                         /* no mails about it */
    bool permanent;                     /* it need not call, ever */
    int64_t kept_s;                     /* its owner needs it still; 0: never said */
    int64_t
        owned_s; /* it changed hands then: what came before is not its owner's; 0: never */
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
    LINK_RESET = 1,  /* another password */
    LINK_SIGN_UP = 2 /* an account for an address that had none */
};

/* A link that does something once. */
struct link_row {
    struct digest digest; /* of its secret */
    enum link_purpose purpose;
    /* 0: it makes the account: LINK_INVITE of the first operator, or of whom the request invites. */
    int64_t account_id;
    int64_t request_id; /* 0: of none */
    int64_t created_s, expires_s;
    int64_t used_s; /* 0: not yet */
    /* LINK_SIGN_UP: of the account that it makes. */
    char email[EMAIL_SIZE];
    char language[LANGUAGE_SIZE];
};

/* An address that an account is to have once both ends have confirmed it. */
struct address_change_row {
    int64_t account_id;
    char email[EMAIL_SIZE];
    struct digest old_digest, new_digest; /* of the secrets that the two addresses got */
    bool old_confirmed, new_confirmed;
    int64_t created_s, expires_s;
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

/* A key of an authenticator, by which its account's owner logs in. */
struct passkey_row {
    int64_t id, account_id;
    uint8_t credential
        [PASSKEY_ID_MAX]; /* the name that the authenticator has for it; unique */
    size_t credential_n;
    uint8_t
        key[PASSKEY_KEY_MAX]; /* the public one: SubjectPublicKeyInfo (RFC 5280) in DER */
    size_t key_n;
    int64_t algorithm; /* COSE's number: account/webauthn.h */
    uint32_t counter;  /* of the newest use; 0: the authenticator counts none */
    uint8_t aaguid[PASSKEY_AAGUID_SIZE]; /* the authenticator's model; zeros: not told */
    unsigned transports;                 /* set of bits: account/webauthn.h */
    bool can_be_copied;                  /* its owner may have it on several devices */
    bool is_copied;                      /* and has, or a copy is kept elsewhere */
    char name[LABEL_TEXT_SIZE];          /* that its owner gave it */
    int64_t created_s, used_s;
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

/* A name that had a host lately. */
struct tombstone_row {
    int64_t id;
    struct name name;
    int64_t owner_id; /* of the host; the account may be gone */
    int64_t zone_id;  /* which may be gone, too */
    int64_t until_s;
};

/* A word that hosts may not have next to their zone. */
struct reserved_row {
    int64_t id;
    int64_t zone_id; /* 0: in every zone */
    char word[RESERVED_SIZE];
    int64_t created_s;
};

/* A network to which no host may point. */
struct blocked_row {
    int64_t id;
    struct prefix network;
    char reason[REASON_SIZE];
    int64_t created_s;
    int64_t expires_s; /* 0: never */
};

enum change_kind {
    CHANGE_HOST = 1,
    CHANGE_RRSET = 2,
    CHANGE_ZONE = 3,
    CHANGE_TOKEN = 4,
    CHANGE_ACCOUNT = 5,
    CHANGE_MEMBER = 6,
    CHANGE_RESERVED = 7,   /* a reserved word */
    CHANGE_BLOCKED = 8,    /* a blocked network */
    CHANGE_QUARANTINE = 9, /* a name that is free before its time */
    CHANGE_ACT =
        10, /* what somebody did with an account, which stays as it is: a login */
};
enum {
    CHANGE_KIND_LAST = CHANGE_ACT
};

/* By what something was changed. */
enum change_via {
    VIA_UPDATE = 0,  /* a device; also rows from before this was noted */
    VIA_MACHINE = 1, /* the operator at the machine */
    VIA_SESSION = 2, /* somebody who had logged in, or did by this */
    VIA_TOKEN = 3,   /* a token for the API */
    VIA_LINK = 4,    /* a link that works once */
    VIA_SERVICE = 5  /* the service itself: its time had come */
};

/* One row of the journal, which is also the history. */
struct change_row {
    int64_t seq; /* given by the database */
    enum change_kind kind;
    int64_t
        id; /* of the host, zone (CHANGE_RRSET too), token or account (CHANGE_MEMBER and CHANGE_ACT too) */
    int64_t prev; /* seq of the change before of the same host; 0: first */
    /* For CHANGE_HOST the addresses before and after (store_addresses_encode()). For others
     * short words such as "add" and "remove" in `after`; for CHANGE_ACCOUNT, `before` has what was
     * set, in words; for CHANGE_MEMBER the roles before and after. */
    uint8_t before[192], after[192];
    size_t before_n, after_n;
    int64_t time_s;
    /* Of a host that came, went or changed hands, the owner of the records, or the member's zone.
     * n is 0 where another row has the name. */
    struct name name;
    struct ip source;
    char agent[AGENT_SIZE];
    int64_t token_id;
    uint8_t dialect; /* update/'s number; 0: not an update */
    bool encrypted;
    enum change_via via;
    int64_t account_id; /* who did it; 0: nobody who has an account */
    int64_t owner_id;   /* whose it was; 0: not noted, as of an update */
    int64_t undoes;     /* seq of the change that this one takes back; 0: of none */
};

/* An account that is being removed. */
struct ending_row {
    int64_t account_id;
    /* Who asked for it, and how. */
    int64_t actor_id, token_id;
    enum change_via via;
    struct ip source;
    char agent[AGENT_SIZE];
    int64_t created_s;
};

/* A reply that the same request gets again. */
struct reply_row {
    int64_t id, account_id;
    struct digest digest;  /* of who asked and the key */
    struct digest request; /* of the whole request */
    int64_t created_s;
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
