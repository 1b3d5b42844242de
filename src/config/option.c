// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/option.h"

#include <assert.h>
#include <string.h>

#include "config/https.h"
#include "config/kind.h"
#include "config/mail.h"
#include "config/peers.h"

/* A field of struct config, or of struct config_secondary. */
#define PLACE(type, field) \
    { \
        .offset = offsetof(type, field), .size = sizeof(((type *)NULL)->field) \
    }
#define IN(field) PLACE(struct config, field)
#define IN_SECONDARY(field) PLACE(struct config_secondary, field)

#define SECTION(name_) \
    { \
        .name = (name_), .kind = &kind_section \
    }
#define OPTION(name_, kind_, fallback_, reload_, ...) \
    { \
        .name = (name_), .kind = &(kind_), .fallback = (fallback_), .reload = (reload_), \
        .places = { \
            __VA_ARGS__ \
        } \
    }
#define NUMBER(name_, fallback_, min_, max_, reload_, place_) \
    { \
        .name = (name_), .kind = &kind_number, .fallback = (fallback_), \
        .reload = (reload_), .places = { place_ }, .min = (min_), .max = (max_) \
    }
/* In a section that may occur many times; taken by that section's reader. */
#define MEMBER(name_, kind_, fallback_) \
    { \
        .name = (name_), .kind = &(kind_), .fallback = (fallback_), \
        .reload = CONFIG_TAKEN, .is_member = true \
    }
/* The same; taken as the kind says. */
#define MEMBER_IN(name_, kind_, ...) \
    { \
        .name = (name_), .kind = &(kind_), .reload = CONFIG_TAKEN, .is_member = true, \
        .places = { \
            __VA_ARGS__ \
        } \
    }
#define TAKEN CONFIG_TAKEN
#define RESTART CONFIG_RESTART
/* Of this machine, which nobody can forge from outside. */
#define OWN_ADDRESSES "{ \"127.0.0.0/8\", \"::1\" }"

enum {
    RATE_MAX = 1000, /* as of answer/limit.h */
    WEB_RATE_MAX = 1000,
    DAYS_MAX = 36500,
    HOSTS_MAX = 1000000000,
    SECONDS_PER_DAY = 86400
};

/* An option waits for a restart when it is about what a process binds (listeners), its user
 * (users), what it has reserved (connections, threads), what its sandbox allows (folders, and files
 * that it writes), how its parent watches it (hang_after), or what stands in all mails alike
 * (origin, from). */
const struct config_option config_options[] = {
    OPTION("data", kind_path, "/var/lib/rove", RESTART, IN(data)),
    OPTION("run", kind_path, "/run/rove", RESTART, IN(run)),
    OPTION("sandbox", kind_sandbox, "on", RESTART, IN(sandbox)),
    NUMBER("hang_after", "60", 0, 3600, RESTART, IN(hang_after_s)),

    SECTION("http"),
    OPTION("http.listen", kind_endpoints, NULL, RESTART, IN(http), IN(http_count)),
    OPTION("http.proxy_from", kind_prefixes, NULL, TAKEN, IN(proxy_peers),
           IN(proxy_peer_count)),
    OPTION("http.forwarded_from", kind_prefixes, NULL, TAKEN, IN(forwarded_peers),
           IN(forwarded_peer_count)),
    OPTION("http.challenges", kind_path, NULL, RESTART, IN(challenges)),
    NUMBER("http.max_connections", "4096", 16, 1000000, RESTART, IN(connections_max)),
    NUMBER("http.max_connections_per_source", "256", 1, 1000000, TAKEN,
           IN(connections_per_source)),

    SECTION("https"),
    OPTION("https.listen", kind_endpoints, NULL, RESTART, IN(https), IN(https_count)),
    NUMBER("https.threads", "0", 0, CONFIG_HTTPS_THREADS_MAX, RESTART, IN(https_threads)),
    OPTION("https.ciphers", kind_ciphers, NULL, TAKEN, IN(https_ciphers)),

    OPTION("certificate", kind_certificates, NULL, TAKEN, IN(certificates),
           IN(certificate_count)),
    MEMBER("certificate.chain", kind_certificate_file, NULL),
    MEMBER("certificate.key", kind_certificate_file, NULL),

    SECTION("web"),
    OPTION("web.origin", kind_origin, NULL, RESTART, IN(web_origin)),
    OPTION("web.origin_4", kind_origin, NULL, RESTART, IN(web_origin_4)),
    OPTION("web.origin_6", kind_origin, NULL, RESTART, IN(web_origin_6)),
    OPTION("web.pages", kind_pages, ROVE_PAGES, RESTART, IN(web_pages)),
    OPTION("web.abuse", kind_mail_address, NULL, TAKEN, IN(web_abuse)),
    NUMBER("web.read_rate", "10", 0, WEB_RATE_MAX, RESTART, IN(web_read_rate)),
    NUMBER("web.write_rate", "2", 0, WEB_RATE_MAX, RESTART, IN(web_write_rate)),
    OPTION("web.sign_up", kind_sign_up, "invited", TAKEN, IN(web_sign_up)),
    OPTION("web.contact", kind_contact, NULL, TAKEN, IN(web_contact)),
    NUMBER("web.new_hosts", "10", 0, 1000000, TAKEN, IN(web_new_hosts)),
    NUMBER("web.mails_per_hour", "200", 1, 100000, TAKEN, IN(web_mails_per_hour)),
    OPTION("web.refused_domains", kind_path, NULL, TAKEN, IN(web_refused_domains)),
    NUMBER("web.event_keepalive", "25", 1, 300, RESTART, IN(web_event_keepalive_s)),

    SECTION("mail"),
    OPTION("mail.server", kind_mail_server, NULL, RESTART, IN(mail_server)),
    OPTION("mail.from", kind_mail_from, NULL, RESTART, IN(mail_from)),
    OPTION("mail.user", kind_mail_user, NULL, TAKEN, IN(mail_user)),
    OPTION("mail.password_file", kind_path, NULL, TAKEN, IN(mail_password_file)),
    OPTION("mail.ca_file", kind_path, NULL, TAKEN, IN(mail_ca_file)),
    OPTION("mail.tls", kind_mail_tls, "required", TAKEN, IN(mail_in_clear)),
    OPTION("mail.hello", kind_mail_hello, NULL, TAKEN, IN(mail_hello)),
    NUMBER("mail.timeout", "120", 1, 600, TAKEN, IN(mail_timeout_s)),

    SECTION("metrics"),
    OPTION("metrics.listen", kind_endpoints, NULL, RESTART, IN(metrics),
           IN(metrics_count)),

    SECTION("dns"),
    OPTION("dns.listen", kind_endpoints, NULL, RESTART, IN(dns), IN(dns_count)),
    OPTION("dns.static", kind_paths, NULL, TAKEN, IN(static_paths), IN(static_count)),
    NUMBER("dns.threads", "0", 0, CONFIG_THREADS_MAX, RESTART, IN(dns_threads)),
    OPTION("dns.cookies", kind_bool, "true", TAKEN, IN(dns_cookies)),
    OPTION("dns.cookie_secret_file", kind_path, NULL, TAKEN, IN(dns_cookie_file),
           IN(dns_cookie_secrets), IN(dns_cookie_secret_count)),
    OPTION("dns.nsid", kind_nsid, NULL, TAKEN, IN(dns_nsid)),
    OPTION("dns.whoami", kind_names, NULL, TAKEN, IN(dns_whoami), IN(dns_whoami_count)),
    NUMBER("dns.amplification", "4", 0, 100, TAKEN, IN(dns_amplify)),
    NUMBER("dns.rate", "200", 0, RATE_MAX, TAKEN, IN(dns_rate)),
    OPTION("dns.rate_exempt", kind_prefixes, OWN_ADDRESSES, TAKEN, IN(dns_exempt),
           IN(dns_exempt_count)),
    OPTION("dns.query_log", kind_path, NULL, RESTART, IN(dns_query_log)),

    SECTION("update"),
    OPTION("update.private_addresses", kind_bool, "false", TAKEN, IN(private_addresses)),
    NUMBER("update.max_hosts", "20", 1, 1000, TAKEN, IN(hosts_max)),
    NUMBER("update.changes_per_hour", "120", 1, 1000000, TAKEN, IN(changes_per_hour)),
    OPTION("update.register_zone", kind_name, NULL, TAKEN, IN(register_zone)),

    SECTION("hosts"),
    OPTION("hosts.reserved", kind_reserved, NULL, TAKEN, IN(reserved),
           IN(reserved_given)),
    OPTION("hosts.reserved_file", kind_path, NULL, TAKEN, IN(reserved_file)),
    OPTION("hosts.blocked_file", kind_path, NULL, TAKEN, IN(blocked_file)),
    NUMBER("hosts.per_account", "0", 0, HOSTS_MAX, TAKEN, IN(hosts_per_account)),
    NUMBER("hosts.per_zone", "0", 0, HOSTS_MAX, TAKEN, IN(hosts_per_zone)),
    NUMBER("hosts.per_account_in_zone", "0", 0, HOSTS_MAX, TAKEN,
           IN(hosts_per_account_in_zone)),
    NUMBER("hosts.quarantine_days", "90", 0, DAYS_MAX, TAKEN, IN(quarantine_days)),

    SECTION("publish"),
    OPTION("publish.text", kind_path, NULL, RESTART, IN(publish_text)),
    OPTION("publish.hook", kind_command, NULL, TAKEN, IN(hook), IN(hook_count)),
    NUMBER("publish.hook_timeout", "60", 1, SECONDS_PER_DAY, TAKEN, IN(hook_timeout_s)),

    SECTION("history"),
    NUMBER("history.keep_days", "400", 0, DAYS_MAX, TAKEN, IN(keep_days)),

    SECTION("life"),
    NUMBER("life.hosts_after", "0", 0, DAYS_MAX, TAKEN, IN(stale_days)),
    NUMBER("life.delete_after", "30", 1, DAYS_MAX, TAKEN, IN(withdrawn_days)),
    NUMBER("life.accounts_after", "0", 0, DAYS_MAX, TAKEN, IN(stale_account_days)),
    NUMBER("life.zones_after", "0", 0, DAYS_MAX, TAKEN, IN(stale_zone_days)),

    OPTION("key", kind_keys, NULL, TAKEN, IN(keys), IN(key_count), IN(key_secret_files)),
    MEMBER("key.algorithm", kind_key_algorithm, "hmac-sha256"),
    MEMBER("key.secret", kind_key_secret, NULL),
    MEMBER("key.secret_file", kind_key_secret_file, NULL),

    OPTION("secondary", kind_secondaries, NULL, TAKEN, IN(secondaries),
           IN(secondary_count)),
    MEMBER_IN("secondary.from", kind_prefixes, IN_SECONDARY(from),
              IN_SECONDARY(from_count)),
    MEMBER("secondary.key", kind_secondary_key, NULL),
    MEMBER_IN("secondary.notify", kind_endpoints, IN_SECONDARY(notify),
              IN_SECONDARY(notify_count)),
    MEMBER_IN("secondary.ask", kind_endpoints, IN_SECONDARY(ask),
              IN_SECONDARY(ask_count)),
    MEMBER_IN("secondary.zones", kind_zones, IN_SECONDARY(zones),
              IN_SECONDARY(zone_count)),

    SECTION("users"),
    OPTION("users.front", kind_user, "rove", RESTART, IN(front_user)),
    OPTION("users.publish", kind_user, "rove-publish", RESTART, IN(publish_user)),
    OPTION("users.answer", kind_user, "rove-answer", RESTART, IN(answer_user)),
    OPTION("users.tls", kind_user, "rove-tls", RESTART, IN(tls_user)),
    OPTION("users.outbound", kind_user, "rove-outbound", RESTART, IN(outbound_user)),

    SECTION("log"),
    OPTION("log.level", kind_level, "info", TAKEN, IN(log_level)),
    OPTION("log.requests", kind_bool, "false", TAKEN, IN(log_requests)),
    { .name = NULL },
};

static struct str section_of(const struct config_option *option)
{
    struct str name = str_from(option->name);
    size_t dot = str_find(name, '.');
    return str_first(name, dot < name.n ? dot : 0);
}

bool config_is_in(const struct config_option *option, struct str section)
{
    return str_equal(section_of(option), section);
}

const char *config_key(const struct config_option *option)
{
    return option->is_member ? strchr(option->name, '.') + 1 : option->name;
}

void *config_place(const struct config_option *option, void *base, size_t n)
{
    assert(option->places[n].size > 0);
    return (char *)base + option->places[n].offset;
}

enum status config_take_members(const char *section, const struct conf *conf, void *base,
                                struct error *err)
{
    enum status status = OK;
    for (const struct config_option *option = config_options; option->name && !status;
         option++)
        if (option->is_member && option->kind->take &&
            config_is_in(option, str_from(section)))
            status = option->kind->take(option, conf, base, err);
    return status;
}
