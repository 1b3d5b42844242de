// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/targets.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "publish/notify.h"
#include "server/hook_runner.h"
#include "server/witness.h"

struct targets {
    const struct config *config;
    struct loop *loop;
    void (*changed)(void *ctx), (*lost)(void *ctx);
    void (*acknowledged)(void *ctx, int64_t number);
    void (*served)(void *ctx, int64_t number);
    void (*seen)(void *ctx, int64_t number, const struct json *seen);
    void *ctx;
    const struct image_writer *writer; /* NULL: there is none yet */
    struct witness *witness;           /* NULL: nobody is asked yet */
    struct hook_runner *hook;          /* NULL: no command is run */
    struct notify *notify;             /* NULL: there is no secondary */
    struct notify_secondary secondaries[CONFIG_SECONDARIES_MAX];
    struct notify_address addresses[CONFIG_SECONDARIES_MAX][CONFIG_PEERS_MAX];
    struct error hook_trouble;
};

static void hook_ended(void *ctx, int64_t seq, const char *why)
{
    struct targets *targets = (struct targets *)ctx;
    bool failed = targets->hook_trouble.text[0] != 0;
    struct error trouble;
    error_set(&trouble, "%s%s", why ? "hook: " : "", why ? why : "");
    if (why && strcmp(trouble.text, targets->hook_trouble.text) != 0)
        log_warning("hook-failed", LOG_NUMBER("seq", seq), LOG_TEXT("why", why));
    else if (!why && failed)
        log_info("hook-succeeded-again", LOG_NUMBER("seq", seq));
    log_debug("hook-ended", LOG_NUMBER("seq", seq));
    targets->hook_trouble = trouble; /* status_changed() is called next */
}

static void notify_trouble(void *ctx, const char *title, const char *why)
{
    const struct targets *targets = (const struct targets *)ctx;
    log_warning("notify-trouble", LOG_TEXT("secondary", title), LOG_TEXT("why", why));
    targets->changed(targets->ctx);
}

static void status_changed(void *ctx)
{
    const struct targets *targets = (const struct targets *)ctx;
    targets->changed(targets->ctx);
}

static void acknowledged(void *ctx, int64_t number)
{
    const struct targets *targets = (const struct targets *)ctx;
    targets->acknowledged(targets->ctx, number);
}

static void zone_changed(void *ctx, uint32_t zone)
{
    const struct targets *targets = (const struct targets *)ctx;
    if (targets->witness)
        witness_note(targets->witness, zone);
}

static void hook_lost(void *ctx)
{
    const struct targets *targets = (const struct targets *)ctx;
    log_warning("hook-runner-lost");
    targets->lost(targets->ctx);
}

static size_t take_secondary(struct targets *targets, size_t at)
{
    const struct config_secondary *from = &targets->config->secondaries[at];
    for (size_t i = 0; i < from->notify_count; i++)
        targets->addresses[at][i] =
            (struct notify_address){ from->notify[i].ip, from->notify[i].port };
    targets->secondaries[at] = (struct notify_secondary){
        .title = from->title,
        .key = from->key < 0 ? NULL : &targets->config->keys[from->key],
        .addresses = targets->addresses[at],
        .address_count = from->notify_count,
        .zones = from->zones,
        .zone_count = from->zone_count,
    };
    return from->notify_count;
}

static bool is_asked(const struct targets *targets)
{
    for (size_t i = 0; i < targets->config->secondary_count; i++)
        if (targets->config->secondaries[i].ask_count > 0)
            return true;
    return false;
}

static void make_notify(struct targets *targets)
{
    size_t addresses = 0;
    for (size_t i = 0; i < targets->config->secondary_count; i++)
        addresses += take_secondary(targets, i);
    if (addresses == 0 && !is_asked(targets))
        return;
    if (addresses > NOTIFY_TARGETS_MAX)
        log_warning("secondaries-not-told",
                    LOG_NUMBER("addresses", addresses - NOTIFY_TARGETS_MAX));
    const struct notify_options options = {
        .loop = targets->loop,
        .secondaries = targets->secondaries,
        .secondary_count = targets->config->secondary_count,
        .trouble = notify_trouble,
        .changed = status_changed,
        .acknowledged = acknowledged,
        .zone_changed = zone_changed,
        .ctx = targets,
    };
    targets->notify = notify_new(&options);
}

static void make_witness(struct targets *targets)
{
    const struct witness_options options = { .config = targets->config,
                                             .loop = targets->loop,
                                             .writer = targets->writer,
                                             .notify = targets->notify,
                                             .changed = status_changed,
                                             .seen = targets->seen,
                                             .served = targets->served,
                                             .changed_ctx = targets,
                                             .seen_ctx = targets->ctx };
    if (targets->writer)
        targets->witness = witness_new(&options);
}

void targets_watch(struct targets *targets, const struct image_writer *writer)
{
    targets->writer = writer;
    make_witness(targets);
}

void targets_look(struct targets *targets, const struct wire_look *look)
{
    if (targets->witness)
        witness_look(targets->witness, look);
}

struct targets *targets_new(const struct targets_options *options)
{
    struct targets *targets = NEW(struct targets);
    targets->config = options->config;
    targets->changed = options->changed;
    targets->lost = options->lost;
    targets->acknowledged = options->acknowledged;
    targets->served = options->served;
    targets->seen = options->seen;
    targets->ctx = options->ctx;
    targets->loop = options->loop;
    targets->hook = options->hook;
    const struct hook_runner_events events = {
        .ended = hook_ended, .changed = status_changed, .lost = hook_lost, .ctx = targets
    };
    if (targets->hook)
        hook_runner_watch(targets->hook, targets->loop, &events);
    make_notify(targets);
    return targets;
}

void targets_pause(struct targets *targets)
{
    witness_free(TAKE(targets->witness));
    notify_free(TAKE(targets->notify));
}

/* A run that has begun goes on with the configuration from its start. */
void targets_resume(struct targets *targets)
{
    targets->hook_trouble.text[0] = 0;
    if (targets->hook)
        hook_runner_reload(targets->hook);
    make_notify(targets);
    make_witness(targets);
}

bool targets_hook_is_missing(const struct targets *targets)
{
    return targets->config->hook_count && !targets->hook;
}

void targets_free(struct targets *targets)
{
    if (!targets)
        return;
    witness_free(targets->witness);
    hook_runner_free(targets->hook);
    notify_free(targets->notify);
    mem_free(targets);
}

void targets_note_zone(struct targets *targets, const struct name *zone, uint32_t serial)
{
    if (targets->notify && zone)
        notify_note(targets->notify, zone, serial);
    else if (targets->notify)
        notify_forget(targets->notify);
}

void targets_zone_changed(struct targets *targets, const struct name *zone,
                          uint32_t serial)
{
    if (targets->notify)
        notify_change(targets->notify, zone, serial);
}

void targets_published(struct targets *targets, int64_t seq)
{
    if (targets->notify)
        notify_commit(targets->notify);
    if (targets->witness)
        witness_published(targets->witness, seq);
    if (targets->config->hook_count && targets->hook)
        hook_runner_run(targets->hook, seq);
}

void targets_await(struct targets *targets, const struct name *zone, int64_t number)
{
    if (targets->notify)
        notify_await(targets->notify, zone, number);
    else
        acknowledged(targets, number);
}

void targets_await_served(struct targets *targets, const struct name *zone,
                          int64_t number)
{
    if (!targets->notify)
        targets->served(targets->ctx, number);
    else if (targets->witness)
        witness_await(targets->witness, zone, number);
}

const char *targets_trouble(const struct targets *targets)
{
    return targets->hook_trouble.text;
}

static struct json *describe_secondary(const struct targets *targets, size_t at)
{
    struct notify_state now;
    const struct notify_state *state = &now;
    notify_get_state(targets->notify, at, &now);
    struct json *one = json_new_object();
    json_put_text(one, "name", str_from(state->title));
    json_put_number(one, "acknowledged", state->acknowledged_s);
    json_put_number(one, "waiting", (int64_t)state->waiting);
    json_put_number(one, "sent", (int64_t)state->sent);
    json_put_number(one, "failures", (int64_t)state->failures);
    json_put_number(one, "behind", (int64_t)state->behind);
    json_put_number(one, "behind_since", state->behind_since_s);
    if (state->has_serial) {
        json_put_text(one, "zone", str_from(name_text(&state->zone)));
        json_put_number(one, "serial", state->serial);
    }
    if (targets->witness)
        witness_put_status(targets->witness, at, one);
    return one;
}

/* Leaves out secondaries that are neither told nor asked, since nothing is known of them. */
static struct json *describe_secondaries(const struct targets *targets)
{
    struct json *all = json_new_array();
    for (size_t i = 0; i < targets->config->secondary_count; i++) {
        if (targets->secondaries[i].address_count > 0 ||
            targets->config->secondaries[i].ask_count > 0)
            json_append(all, describe_secondary(targets, i));
    }
    return all;
}

void targets_put_status(const struct targets *targets, struct json *status)
{
    if (targets->config->hook_count && targets->hook) {
        const struct hook_state state = hook_runner_state(targets->hook);
        struct json *hook = json_new_object();
        json_put_number(hook, "seq", state.seq);
        json_put_bool(hook, "runs", state.runs);
        json_put_number(hook, "failures", (int64_t)state.failures);
        json_put(status, "hook", hook);
    }
    if (targets->notify)
        json_put(status, "secondaries", describe_secondaries(targets));
}
