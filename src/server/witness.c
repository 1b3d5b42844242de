// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/witness.h"

#include "base/json.h"
#include "base/mem.h"
#include "dns/message.h"
#include "net/loop.h"
#include "publish/asker.h"
#include "publish/look.h"
#include "publish/notify.h"
#include "publish/serial_watch.h"
#include "run/status.h"
#include "run/wire.h"

enum {
    LOOPBACK = 127,
    NOT_A_SECONDARY = -1
};

struct witness {
    struct witness_options options;
    struct asker *asker;
    struct asker_server servers[ASKER_SERVERS_MAX];
    struct look_server zones[ASKER_SERVERS_MAX];
    int secondary_of[ASKER_SERVERS_MAX]; /* NOT_A_SECONDARY: it is our own answer */
    size_t server_count, left_out;
    struct serial_watch_secondary secondaries[CONFIG_SECONDARIES_MAX];
    struct looks *looks;
    struct serial_watch *watch; /* NULL: there is no secondary */
    int64_t seq, published_s;
};

/* ----- whom we ask ----- */

static void add_server(struct witness *witness, const char *title,
                       const struct endpoint *at, int secondary)
{
    size_t number = witness->server_count;
    if (number == ASKER_SERVERS_MAX) {
        witness->left_out++;
        return;
    }
    witness->server_count++;
    witness->servers[number] = (struct asker_server){ title, at->ip, at->port };
    witness->secondary_of[number] = secondary;
    if (secondary != NOT_A_SECONDARY) {
        const struct config_secondary *from =
            &witness->options.config->secondaries[secondary];
        witness->zones[number] = (struct look_server){ from->zones, from->zone_count };
    }
}

/* A socket for all addresses is reached by loopback. */
static struct ip reachable(struct ip ip)
{
    struct ip zeros = { .family = ip.family };
    if (!ip_equal(ip, zeros))
        return ip;
    if (ip.family == IP_V4)
        ip.bytes[0] = LOOPBACK;
    ip.bytes[ip.family == IP_V4 ? 3 : 15] = 1;
    return ip;
}

static void add_own(struct witness *witness)
{
    const struct config *config = witness->options.config;
    for (size_t i = 0; i < config->dns_count; i++) {
        const struct endpoint at = { reachable(config->dns[i].ip), config->dns[i].port };
        if (at.port > 0) /* else the system chose it, and we do not know it */
            add_server(witness, "here", &at, NOT_A_SECONDARY);
    }
}

static void add_secondary(struct witness *witness, size_t index)
{
    const struct config_secondary *from = &witness->options.config->secondaries[index];
    size_t first = witness->server_count;
    for (size_t i = 0; i < from->ask_count; i++)
        add_server(witness, from->title, &from->ask[i], (int)index);
    witness->secondaries[index] =
        (struct serial_watch_secondary){ first, witness->server_count - first };
}

/* ----- what we say ----- */

static struct json *new_addresses(const struct addresses *addresses)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < addresses_count(addresses); i++)
        json_append(list,
                    json_new_string(str_from(ip_text(addresses_get(addresses, i)))));
    return list;
}

static struct json *describe_truth(const struct witness *witness, const struct look *look,
                                   const struct truth *truth)
{
    if (!truth->has_zone)
        return json_new_null();
    struct json *published = json_new_object();
    if (look_is_of_host(look))
        json_put(published, "addresses", new_addresses(&truth->addresses));
    json_put_number(published, "serial", truth->serial);
    json_put_number(published, "seq", witness->seq);
    json_put_number(published, "time", witness->published_s);
    return published;
}

static int64_t now_s(const struct witness *witness)
{
    return clock_wall_s(loop_clock(witness->options.loop));
}

static int64_t age_of(const struct witness *witness, int64_t since_s)
{
    int64_t age_s = now_s(witness) - since_s;
    return since_s > 0 && age_s > 0 ? age_s : 0;
}

/* Of our own answer nothing is known but what it says. */
static int64_t lag_of(const struct witness *witness, size_t server,
                      const struct name *zone)
{
    int secondary = witness->secondary_of[server];
    uint32_t number = 0;
    if (secondary == NOT_A_SECONDARY || !witness->watch ||
        !notify_find_zone(witness->options.notify, zone, &number))
        return 0;
    return age_of(witness,
                  serial_watch_behind_since(witness->watch, (size_t)secondary, number));
}

static struct json *number_or_null(bool is_there, int64_t number)
{
    return is_there ? json_new_number(number) : json_new_null();
}

static struct json *describe_server(const struct witness *witness,
                                    const struct look *look, const struct look_view *view)
{
    const struct asker_server *server = &witness->servers[view->server];
    struct json *one = json_new_object();
    bool is_asked = view->asked_s > 0;
    json_put_text(one, "name", str_from(server->title));
    json_put(one, "address", status_endpoint(server->ip, server->port));
    json_put_text(one, "state", str_from(truth_word(view->state)));
    if (look_is_of_host(look))
        json_put(one, "addresses", new_addresses(&view->addresses));
    json_put(one, "serial", number_or_null(view->has_serial, view->serial));
    if (!look_is_of_host(look))
        json_put_number(one, "lag", lag_of(witness, view->server, look_zone(look)));
    json_put(one, "ms", number_or_null(is_asked, view->took_ms));
    json_put(one, "asked", number_or_null(is_asked, view->asked_s));
    json_put(one, "rcode",
             view->rcode
                 ? json_new_string(str_from(rcode_word((enum dns_rcode)view->rcode)))
                 : json_new_null());
    return one;
}

/* ----- looks ----- */

static void looked(void *ctx, int64_t number, const struct look *look)
{
    const struct witness *witness = (const struct witness *)ctx;
    CLEANUP(json_freep) struct json *seen = json_new_object();
    struct json *servers = json_new_array();
    struct truth truth = { .has_zone = false };
    if (look)
        look_get_truth(look, &truth);
    json_put(seen, "published",
             look ? describe_truth(witness, look, &truth) : json_new_null());
    for (size_t i = 0; look && i < look_count(look); i++) {
        struct look_view view;
        look_get(look, i, &truth, &view);
        json_append(servers, describe_server(witness, look, &view));
    }
    json_put(seen, "servers", servers);
    json_put_bool(seen, "complete", look && look_is_whole(look));
    witness->options.seen(witness->options.seen_ctx, number, seen);
}

static const char *state_of(const struct serial_watch_state *state)
{
    if (state->asked_s == 0)
        return "unknown";
    return state->silences > 0 ? "silent" : "answers";
}

static struct json *describe_secondary(const struct witness *witness, size_t index)
{
    static const char *const results[] = { [NOTIFY_NOTHING] = "nothing",
                                           [NOTIFY_ACKNOWLEDGED] = "acknowledged",
                                           [NOTIFY_REFUSED] = "refused",
                                           [NOTIFY_UNANSWERED] = "unanswered" };
    const struct config_secondary *from = &witness->options.config->secondaries[index];
    struct json *one = json_new_object(), *addresses = json_new_array();
    struct notify_state notified;
    struct serial_watch_state served;
    notify_get_state(witness->options.notify, index, &notified);
    serial_watch_get(witness->watch, index, &served);
    for (size_t i = 0; i < from->ask_count; i++)
        json_append(addresses, status_endpoint(from->ask[i].ip, from->ask[i].port));
    json_put_text(one, "name", str_from(from->title));
    json_put(one, "addresses", addresses);
    json_put_text(one, "state", str_from(state_of(&served)));
    json_put_number(one, "zones_behind", (int64_t)served.behind);
    json_put_number(one, "lag", age_of(witness, served.behind_since_s));
    json_put_number(one, "asked", served.asked_s);
    json_put_number(one, "heard", served.heard_s);
    json_put_text(one, "notify", str_from(results[notified.last]));
    json_put_number(one, "acknowledged", notified.acknowledged_s);
    json_put_number(one, "notify_failures", (int64_t)notified.failures);
    json_put_number(one, "notify_waiting", (int64_t)notified.waiting);
    return one;
}

static void tell_secondaries(const struct witness *witness, int64_t number)
{
    CLEANUP(json_freep) struct json *seen = json_new_object();
    struct json *list = json_new_array();
    for (size_t i = 0; witness->watch && i < witness->options.config->secondary_count;
         i++)
        json_append(list, describe_secondary(witness, i));
    json_put(seen, "secondaries", list);
    witness->options.seen(witness->options.seen_ctx, number, seen);
}

void witness_look(struct witness *witness, const struct wire_look *look)
{
    struct name zone, host;
    if (look->subject == WIRE_OF_SECONDARIES) {
        tell_secondaries(witness, look->number);
        return;
    }
    bool has_host = look->subject == WIRE_OF_HOST;
    if (name_decode(look->zone, &zone) || (has_host && name_decode(look->host, &host)))
        return;
    const struct look_order order = { .number = look->number,
                                      .zone = &zone,
                                      .name = has_host ? &host : NULL,
                                      .waits = look->waits };
    looks_take(witness->looks, &order);
}

/* ----- what changes ----- */

void witness_note(struct witness *witness, uint32_t zone)
{
    if (witness->watch)
        serial_watch_note(witness->watch, zone);
}

void witness_await(struct witness *witness, const struct name *zone, int64_t number)
{
    serial_watch_await(witness->watch, zone, number);
}

void witness_published(struct witness *witness, int64_t seq)
{
    if (seq != witness->seq || witness->published_s == 0)
        witness->published_s = now_s(witness);
    witness->seq = seq;
}

static void tell_served(void *ctx, int64_t number)
{
    const struct witness *witness = (const struct witness *)ctx;
    witness->options.served(witness->options.seen_ctx, number);
}

static void changed(void *ctx)
{
    const struct witness *witness = (const struct witness *)ctx;
    witness->options.changed(witness->options.changed_ctx);
}

void witness_put_status(const struct witness *witness, size_t index, struct json *status)
{
    struct serial_watch_state state;
    if (!witness->watch || witness->secondaries[index].server_count == 0)
        return;
    serial_watch_get(witness->watch, index, &state);
    json_put_number(status, "asked", state.asked_s);
    json_put_number(status, "heard", state.heard_s);
    json_put_number(status, "silences", state.silences);
    json_put_number(status, "serials_behind", (int64_t)state.behind);
    json_put_number(status, "serials_behind_since", state.behind_since_s);
}

/* ----- beginning and end ----- */

static void watch_serials(struct witness *witness)
{
    const struct serial_watch_options options = {
        .loop = witness->options.loop,
        .asker = witness->asker,
        .notify = witness->options.notify,
        .secondaries = witness->secondaries,
        .secondary_count = witness->options.config->secondary_count,
        .changed = changed,
        .served = tell_served,
        .ctx = witness
    };
    if (witness->options.notify)
        witness->watch = serial_watch_new(&options);
}

struct witness *witness_new(const struct witness_options *options)
{
    struct witness *witness = NEW(struct witness);
    witness->options = *options;
    add_own(witness);
    for (size_t i = 0; i < options->config->secondary_count; i++)
        add_secondary(witness, i);
    if (witness->left_out)
        log_warning("servers-not-asked", LOG_NUMBER("addresses", witness->left_out));
    witness->asker = asker_new(options->loop, witness->servers, witness->server_count);
    const struct looks_options looks = { .loop = options->loop,
                                         .asker = witness->asker,
                                         .servers = witness->zones,
                                         .writer = options->writer,
                                         .seen = looked,
                                         .ctx = witness };
    witness->looks = looks_new(&looks);
    watch_serials(witness);
    return witness;
}

void witness_free(struct witness *witness)
{
    if (!witness)
        return;
    looks_free(witness->looks);
    serial_watch_free(witness->watch);
    asker_free(witness->asker);
    mem_free(witness);
}
