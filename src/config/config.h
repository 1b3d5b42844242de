// SPDX-License-Identifier: GPL-3.0-or-later
/* config.h - the configuration file of roved and rovectl (rove.conf(5)).
 *
 * option.h has the table that says which option goes into which field. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ip.h"
#include "base/log.h"
#include "base/origin.h"
#include "dns/tsig.h"

enum {
    CONFIG_LISTEN_MAX = 16,
    CONFIG_STATIC_MAX = 32,
    CONFIG_PEERS_MAX = 16,
    CONFIG_KEYS_MAX = 64,
    CONFIG_SECONDARIES_MAX = 64,
    CONFIG_ZONES_MAX = 10000,
    CONFIG_HOOK_MAX = 64,
    CONFIG_THREADS_MAX = 64,
    CONFIG_HTTPS_THREADS_MAX = 16,
    CONFIG_CERTIFICATES_MAX = 64,
    CONFIG_CIPHERS_SIZE = 1024,
    CONFIG_COOKIE_SECRETS = 2,
    CONFIG_COOKIE_SECRET_SIZE = 16,
    CONFIG_NSID_SIZE = 65,
    CONFIG_WHOAMI_MAX = 16,
    CONFIG_TITLE_SIZE = 64,
    CONFIG_USER_SIZE = 64,
    CONFIG_RESERVED_SIZE = 4096,
    CONFIG_PATH_SIZE = 4096,
    CONFIG_MAIL_SIZE = 320,
    CONFIG_CONTACT_SIZE = 201,
    CONFIG_PASSWORD_SIZE = 512
};

#define CONFIG_DEFAULT_PATH "/etc/rove/rove.conf"

/* Whether a role limits itself, and what it does when the kernel lacks a part of that: see
 * sandbox.h. */
enum sandbox_mode {
    SANDBOX_ON, /* it uses the parts that there are */
    SANDBOX_OFF,
    SANDBOX_REQUIRED /* it does not start */
};

/* Who may open an account: see account/sign_up.h. */
enum config_sign_up {
    CONFIG_SIGN_UP_INVITED,
    CONFIG_SIGN_UP_OPEN,
    CONFIG_SIGN_UP_APPROVAL,
    CONFIG_SIGN_UP_CLOSED
};

struct endpoint {
    struct ip ip;
    uint16_t port;
};

/* A name server that fetches zones from us, and gets a NOTIFY when they change; or one that has
 * them from elsewhere, and is only asked what it serves. */
struct config_secondary {
    char title[CONFIG_TITLE_SIZE];
    /* Networks that may ask for transfers. */
    struct prefix from[CONFIG_PEERS_MAX];
    size_t from_count;
    /* Index in config.keys of the key that must have signed the request; -1: none. With `from`
     * as well, both are required. */
    int key;
    struct endpoint notify[CONFIG_PEERS_MAX];
    size_t notify_count;
    /* Where it is asked what it serves; left out: the addresses of `notify`. */
    struct endpoint ask[CONFIG_PEERS_MAX];
    size_t ask_count;
    struct name *zones; /* what it may have; none: all */
    size_t zone_count;
};

/* A chain that begins with the certificate, and its key: files in PEM. */
struct config_certificate {
    char title[CONFIG_TITLE_SIZE];
    char *chain, *key;
};

struct config {
    char file[CONFIG_PATH_SIZE]; /* absolute */
    char data[CONFIG_PATH_SIZE], run[CONFIG_PATH_SIZE];
    char database[CONFIG_PATH_SIZE];       /* DATA/rove.db */
    char key_file[CONFIG_PATH_SIZE];       /* DATA/rove.key */
    char image[CONFIG_PATH_SIZE];          /* DATA/dns, the ROOT of a stock tinydns */
    char front_socket[CONFIG_PATH_SIZE];   /* RUN/front/socket */
    char publish_socket[CONFIG_PATH_SIZE]; /* RUN/publish/socket */
    char streams_socket[CONFIG_PATH_SIZE]; /* RUN/front/streams */
    char mails_socket[CONFIG_PATH_SIZE];   /* RUN/front/mails */
    char tls_folder[CONFIG_PATH_SIZE];     /* DATA/tls */
    /* A role whose loops do not turn for so long is killed; 0: never. */
    uint32_t hang_after_s;
    struct endpoint http[CONFIG_LISTEN_MAX], dns[CONFIG_LISTEN_MAX];
    size_t http_count, dns_count;
    struct endpoint https[CONFIG_LISTEN_MAX];
    size_t https_count;
    size_t https_threads; /* 0: one for each core that the process may use */
    /* Of TLS 1.2, as OpenSSL lists them; "": the usual ones. */
    char https_ciphers[CONFIG_CIPHERS_SIZE];
    struct config_certificate certificates[CONFIG_CERTIFICATES_MAX];
    size_t certificate_count;
    char mail_server[ORIGIN_SIZE];    /* "smtp://host:port"; "": no mails are sent */
    char mail_from[CONFIG_MAIL_SIZE]; /* "address" or "Name <address>" */
    char mail_user[CONFIG_MAIL_SIZE]; /* "": no login */
    char mail_password_file[CONFIG_PATH_SIZE], mail_ca_file[CONFIG_PATH_SIZE];
    bool mail_in_clear;
    char mail_hello[ORIGIN_SIZE]; /* "": the domain of mail_from */
    uint32_t mail_timeout_s;
    size_t dns_threads; /* 0: one for each core that the process may use */
    bool dns_cookies;
    /* "": answer makes a secret for itself. */
    char dns_cookie_file[CONFIG_PATH_SIZE];
    /* The newest first. config_load_secrets() fills them. */
    uint8_t dns_cookie_secrets[CONFIG_COOKIE_SECRETS][CONFIG_COOKIE_SECRET_SIZE];
    size_t dns_cookie_secret_count;
    char dns_nsid[CONFIG_NSID_SIZE];
    struct name dns_whoami[CONFIG_WHOAMI_MAX];
    size_t dns_whoami_count;
    uint32_t dns_amplify, dns_rate; /* 0: no limit */
    struct prefix dns_exempt[CONFIG_PEERS_MAX];
    size_t dns_exempt_count;
    char dns_query_log[CONFIG_PATH_SIZE]; /* "": none */
    struct endpoint metrics[CONFIG_LISTEN_MAX];
    size_t metrics_count;
    /* Networks whose PROXY head, or whose X-Forwarded-For, is believed. */
    struct prefix proxy_peers[CONFIG_PEERS_MAX], forwarded_peers[CONFIG_PEERS_MAX];
    size_t proxy_peer_count, forwarded_peer_count;
    /* Where an ACME client puts its files for HTTP-01; "": nowhere. */
    char challenges[CONFIG_PATH_SIZE];
    /* Under which people and programs find the API; empty: nowhere. */
    char web_origin[ORIGIN_SIZE];
    char web_origin_4[ORIGIN_SIZE],
        web_origin_6[ORIGIN_SIZE];    /* of one family; "": none */
    char web_pages[CONFIG_PATH_SIZE]; /* a folder; "": there are no pages */
    uint32_t web_read_rate,
        web_write_rate;             /* requests of an account in a second; 0: any */
    uint32_t web_event_keepalive_s; /* of streams of events that are silent */
    enum config_sign_up web_sign_up;
    char web_contact[CONFIG_CONTACT_SIZE]; /* whom to ask for an account; "": not told */
    uint32_t web_new_hosts;      /* quota of accounts that people open; 0: none */
    uint32_t web_mails_per_hour; /* that strangers may ask for */
    char web_refused_domains[CONFIG_PATH_SIZE]; /* a file; "": none */
    /* The operator's tinydns data: files and folders. */
    char *static_paths[CONFIG_STATIC_MAX];
    size_t static_count;
    /* A key whose secret is in a file of its own gets it from config_load_secrets(). */
    struct tsig_key keys[CONFIG_KEYS_MAX];
    /* NULL: the secret is in the configuration itself. */
    char *key_secret_files[CONFIG_KEYS_MAX];
    size_t key_count;
    struct config_secondary secondaries[CONFIG_SECONDARIES_MAX];
    size_t secondary_count;
    /* The dynamic zones in the tinydns data language; "": no such file. */
    char publish_text[CONFIG_PATH_SIZE];
    /* argv, which ends with NULL. */
    char *hook[CONFIG_HOOK_MAX + 1];
    size_t hook_count; /* 0: no hook */
    uint32_t hook_timeout_s;
    /* Users of the roles when root starts roved. Each role has the group of its own user, and
     * that of front's. */
    char front_user[CONFIG_USER_SIZE], publish_user[CONFIG_USER_SIZE],
        answer_user[CONFIG_USER_SIZE], tls_user[CONFIG_USER_SIZE],
        outbound_user[CONFIG_USER_SIZE];
    /* False: the usual words are reserved. */
    bool reserved_given;
    /* Words with blanks between them. */
    char reserved[CONFIG_RESERVED_SIZE];
    /* Further words, and networks to which no host may point: files; "": none. */
    char reserved_file[CONFIG_PATH_SIZE], blocked_file[CONFIG_PATH_SIZE];
    /* Usual quotas; 0: none. */
    uint32_t hosts_per_account, hosts_per_zone, hosts_per_account_in_zone;
    uint32_t quarantine_days;
    char web_abuse[CONFIG_MAIL_SIZE]; /* "": none */
    bool private_addresses;
    size_t hosts_max;
    uint32_t changes_per_hour; /* of one host; more are slowed */
    /* Days without use after which things go; 0: never. */
    uint32_t stale_days, stale_account_days, stale_zone_days;
    uint32_t withdrawn_days; /* between a host's withdrawal and its removal */
    uint32_t keep_days;      /* how long the history of changes is kept; 0: for ever */
    /* Where strangers may register for DNS-01; `n` 0: nowhere. */
    struct name register_zone;
    bool log_requests;
    size_t connections_max, connections_per_source;
    enum log_level log_level;
    enum sandbox_mode sandbox;
    /* The ids of the users above, in their order. role_users_know() fills them. */
    struct config_uid {
        bool known;
        uid_t uid;
    } uids[5];
};

/* Reads and checks the file. The caller ends *out with config_free(). Errors name file, line and
 * key. */
MUST_CHECK enum status config_load(const char *path, struct config **out,
                                   struct error *err);
void config_free(struct config *config);
CLEANER(config_free, struct config *)

/* Reads the secrets that are in files of their own, for roles that sign and for --check-config.
 * Refuses a file that others may read or write. */
MUST_CHECK enum status config_load_secrets(struct config *config, struct error *err);

/* The first line of mail.password_file, for the role that sends; "" without such a file. The caller
 * wipes it. The same file as above is refused. ERR_LIMIT: it is too long. ERR_SYNTAX: empty. */
MUST_CHECK enum status config_load_mail_password(const struct config *config,
                                                 char out[CONFIG_PASSWORD_SIZE],
                                                 struct error *err);

/* On SIGHUP: reads the file again. Options that can change while a role runs are taken over in
 * place. What was lent of them has moved, so the caller hands it on anew. Options that differ and
 * need a restart stay as they are: their names go to `restart`, with ", " between them. On failure
 * nothing changes. */
MUST_CHECK enum status config_reload(struct config *config, bool with_secrets,
                                     struct buf *restart, struct error *err);
/* The same, and logs the result. False: nothing has changed. */
bool config_log_reload(struct config *config, bool with_secrets);
