// SPDX-License-Identifier: GPL-3.0-or-later
/* The same object stays: roles and what they started hold pointers into it. */
#include <string.h>

#include "base/buf.h"
#include "config/config.h"

#define FIELD(key_, field) \
    { \
        .key = (key_), .offset = offsetof(struct config, field), \
        .n = sizeof(((struct config *)NULL)->field) \
    }

struct field {
    const char *key;
    size_t offset, n;
};

/* What a running role cannot change: listeners are bound, users taken on, paths opened. */
static const struct field fixed[] = {
    FIELD("data", data),
    FIELD("run", run),
    FIELD("sandbox", sandbox),
    FIELD("hang_after", hang_after_s),
    FIELD("http.listen", http),
    FIELD("metrics.listen", metrics),
    FIELD("dns.listen", dns),
    FIELD("dns.threads", dns_threads),
    FIELD("dns.query_log", dns_query_log),
    FIELD("http.max_connections", connections_max),
    FIELD("history.keep_days", keep_days),
    FIELD("publish.text", publish_text),
    FIELD("users.front", front_user),
    FIELD("users.publish", publish_user),
    FIELD("users.answer", answer_user),
};

static const struct field movable[] = {
    FIELD("http.proxy_from", proxy_peers),
    FIELD("http.proxy_from", proxy_peer_count),
    FIELD("http.forwarded_from", forwarded_peers),
    FIELD("http.forwarded_from", forwarded_peer_count),
    FIELD("http.max_connections_per_source", connections_per_source),
    FIELD("dns.static", static_paths),
    FIELD("dns.static", static_count),
    FIELD("dns.cookies", dns_cookies),
    FIELD("dns.cookie_secret_file", dns_cookie_file),
    FIELD("dns.cookie_secret_file", dns_cookie_secrets),
    FIELD("dns.cookie_secret_file", dns_cookie_secret_count),
    FIELD("dns.nsid", dns_nsid),
    FIELD("dns.whoami", dns_whoami),
    FIELD("dns.whoami", dns_whoami_count),
    FIELD("dns.amplification", dns_amplify),
    FIELD("dns.rate", dns_rate),
    FIELD("dns.rate_exempt", dns_exempt),
    FIELD("dns.rate_exempt", dns_exempt_count),
    FIELD("key", keys),
    FIELD("key", key_secret_files),
    FIELD("key", key_count),
    FIELD("secondary", secondaries),
    FIELD("secondary", secondary_count),
    FIELD("publish.hook", hook),
    FIELD("publish.hook", hook_count),
    FIELD("publish.hook_timeout", hook_timeout_s),
    FIELD("hosts.reserved", reserved_given),
    FIELD("hosts.reserved", reserved),
    FIELD("update.private_addresses", private_addresses),
    FIELD("update.max_hosts", hosts_max),
    FIELD("update.changes_per_hour", changes_per_hour),
    FIELD("log.requests", log_requests),
    FIELD("log.level", log_level),
};

/* Both objects began as zero bytes, and every field was written once. */
static void name_fixed(const struct config *running, const struct config *fresh,
                       struct buf *restart)
{
    for (size_t i = 0; i < LENGTH_OF(fixed); i++) {
        size_t at = fixed[i].offset;
        if (memcmp((const char *)running + at, (const char *)fresh + at, fixed[i].n) == 0)
            continue;
        buf_put_text(restart, restart->n ? ", " : "");
        buf_put_text(restart, fixed[i].key);
    }
}

static void swap_bytes(char *a, char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

enum status config_reload(struct config *config, bool with_secrets, struct buf *restart,
                          struct error *err)
{
    CLEANUP(config_freep) struct config *fresh = NULL;
    enum status status = config_load(config->file, &fresh, err);
    if (!status && with_secrets)
        status = config_load_secrets(fresh, err);
    if (status)
        return status;
    name_fixed(config, fresh, restart);
    for (size_t i = 0; i < LENGTH_OF(movable);
         i++) /* `fresh` takes away what was there */
        swap_bytes((char *)config + movable[i].offset, (char *)fresh + movable[i].offset,
                   movable[i].n);
    log_set_level(config->log_level);
    return OK;
}

bool config_log_reload(struct config *config, bool with_secrets)
{
    char storage[256];
    struct buf restart = BUF_ON(storage);
    struct error err;
    if (config_reload(config, with_secrets, &restart, &err)) {
        log_error("not-reloaded", LOG_TEXT("why", err.text));
        return false;
    }
    if (restart.n)
        log_warning("restart-needed", LOG_STR("for", buf_str(&restart)));
    log_info("reloaded");
    return true;
}
