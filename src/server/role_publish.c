// SPDX-License-Identifier: GPL-3.0-or-later
/* publish: makes the image from the database whenever front has committed something, and then
 * reports to front, to the secondaries and to the operator's command. */
#include "server/role.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "image/changes.h"
#include "net/local.h"
#include "net/loop.h"
#include "net/pulse.h"
#include "publish/byteset.h"
#include "publish/publisher.h"
#include "run/status.h"
#include "run/wire.h"
#include "server/feed.h"
#include "server/hook_runner.h"
#include "server/launch.h"
#include "server/sandbox.h"
#include "server/targets.h"

enum {
    STATUS_MS = 1000,
    TROUBLE_MS = 1000,
    FULL_PERCENT = 80, /* of what a cdb can hold; from here on we warn */
};

struct publish {
    struct config *config;
    struct loop *loop;
    struct sandbox *sandbox;
    bool renewing; /* we end, so that a new process starts */
    struct timer status_timer, trouble_timer;
    struct pulse *pulse;
    struct publisher *publisher;
    struct targets *targets;
    struct local_link *link;
    struct feeder *feeder;
    int64_t seq;
    /* What was logged last, so that it is not logged again. */
    size_t shadowed;       /* hosts that are left out */
    size_t held;           /* serials that would fall */
    size_t left_out;       /* records that are left out */
    uint64_t passed_over;  /* a hash of the names of files that are passed over */
    struct error fullness; /* of the image; empty text: there is room */
    struct error trouble;  /* empty text: there is none */
};

/* What keeps changes out of DNS comes first. */
static const char *get_trouble(const struct publish *publish)
{
    if (publish->trouble.text[0] || !publish->targets)
        return publish->trouble.text;
    const char *target = targets_trouble(publish->targets);
    return target[0] ? target : publish->fullness.text;
}

static void save_status(const struct publish *publish, const char *state)
{
    struct json *status = status_new("publish", state);
    json_put_number(status, "applied", publish->seq);
    json_put_text(status, "trouble", str_from(get_trouble(publish)));
    if (publish->targets)
        targets_put_status(publish->targets, status);
    if (publish->publisher) {
        const struct publisher_counts *counts = publisher_counts(publish->publisher);
        json_put_number(status, "zones", (int64_t)counts->zones);
        json_put_number(status, "hosts", (int64_t)counts->hosts);
        json_put_number(status, "hosts_shadowed", (int64_t)counts->hosts_shadowed);
        json_put_number(status, "serials_held", (int64_t)counts->serials_held);
        json_put_number(status, "static_records", (int64_t)counts->static_records);
        json_put_number(status, "records_left_out", (int64_t)counts->left_out);
        json_put_number(status, "image_percent", counts->image_percent);
    }
    status_save(publish->config, "publish", status);
}

static void save_status_late(void *ctx)
{
    const struct publish *publish = (const struct publish *)ctx;
    save_status(publish, get_trouble(publish)[0] ? "trouble" : "running");
}

/* The file may lag by a second: it is not written again for every image. */
static void save_status_soon(void *ctx)
{
    struct publish *publish = (struct publish *)ctx;
    if (!publish->status_timer.loop)
        timer_set(&publish->status_timer, publish->loop,
                  loop_now_ms(publish->loop) + STATUS_MS, save_status_late, publish);
}

static void tell_front(const struct publish *publish)
{
    struct local_channel *channel = local_link_channel(publish->link);
    if (!channel)
        return;
    uint8_t storage[WIRE_SEQ_SIZE + ERROR_TEXT_SIZE];
    struct buf body = BUF_ON(storage);
    wire_put_seq(&body, publish->seq);
    buf_put_text(&body, publish->trouble.text);
    wire_send(channel, WIRE_APPLIED, buf_str(&body));
}

/* Logs hosts that are not in DNS, as the operator has lines of the same name. */
static void tell_shadowed(struct publish *publish)
{
    const struct publisher_counts *counts = publisher_counts(publish->publisher);
    if (counts->hosts_shadowed && counts->hosts_shadowed != publish->shadowed)
        log_warning("hosts-shadowed", LOG_NUMBER("count", counts->hosts_shadowed),
                    LOG_TEXT("example", counts->shadowed_example));
    publish->shadowed = counts->hosts_shadowed;
}

/* Logs SOA lines whose serial is older than the published one. */
static void tell_held(struct publish *publish)
{
    const struct publisher_counts *counts = publisher_counts(publish->publisher);
    if (counts->serials_held && counts->serials_held != publish->held)
        log_warning("serials-held", LOG_NUMBER("count", counts->serials_held),
                    LOG_TEXT("example", counts->held_example));
    publish->held = counts->serials_held;
}

/* Logs records for which secondaries would refuse the zone. */
static void tell_left_out(struct publish *publish)
{
    const struct publisher_counts *counts = publisher_counts(publish->publisher);
    if (counts->left_out && counts->left_out != publish->left_out)
        log_warning("records-left-out", LOG_NUMBER("count", counts->left_out),
                    LOG_TEXT("example", counts->left_out_example));
    publish->left_out = counts->left_out;
}

/* Logs files in the operator's folders that have no lines of data. */
static void tell_passed_over(struct publish *publish)
{
    const struct publisher_counts *counts = publisher_counts(publish->publisher);
    const char *names = counts->passed_over ? counts->passed_over : "";
    uint64_t hash = byteset_hash(str_from(names));
    if (counts->passed_count && hash != publish->passed_over)
        log_info("files-passed-over", LOG_NUMBER("count", counts->passed_count),
                 LOG_TEXT("files", names));
    publish->passed_over = hash;
}

/* Warns before the image is so full that no more hosts can be published. */
static void tell_fullness(struct publish *publish)
{
    unsigned percent = publisher_counts(publish->publisher)->image_percent;
    bool was_full = publish->fullness.text[0] != 0;
    publish->fullness.text[0] = 0;
    if (percent < FULL_PERCENT)
        return;
    error_set(&publish->fullness,
              "the image is %u %% full of what a cdb can hold: new hosts will not be "
              "published when it is full",
              percent);
    if (!was_full)
        log_warning("image-nearly-full", LOG_TEXT("why", publish->fullness.text));
}

/* A new process can reach what our sandbox does not let us reach. Our supervisor starts one when we
 * end. DNS goes on meanwhile. */
static void renew(struct publish *publish)
{
    if (publish->renewing)
        return;
    publish->renewing = true;
    log_info("starting-anew", LOG_TEXT("why", "the configuration names a hook or files "
                                              "that the sandbox does not reach"));
    loop_stop(publish->loop);
}

static void renew_if_needed(struct publish *publish)
{
    if (!sandbox_covers(publish->sandbox, publish->config) ||
        targets_hook_is_missing(publish->targets))
        renew(publish);
}

/* A file that did not exist when the sandbox closed may be made at any time. */
static void look_at_trouble(void *ctx)
{
    struct publish *publish = (struct publish *)ctx;
    if (!publish->trouble.text[0])
        return;
    renew_if_needed(publish);
    timer_set(&publish->trouble_timer, publish->loop,
              loop_now_ms(publish->loop) + TROUBLE_MS, look_at_trouble, publish);
}

/* The image is up to date, or `err` says why it is not. */
static void settled(void *ctx, int64_t seq, enum status status, const struct error *err)
{
    struct publish *publish = (struct publish *)ctx;
    struct error before = publish->trouble;
    publish->seq = seq > 0 ? seq : 0; /* -1: there is no image of ours yet */
    error_set(&publish->trouble, "%s",
              status ? err->text : publisher_trouble(publish->publisher));
    if (!str_equal(str_from(before.text), str_from(publish->trouble.text))) {
        if (publish->trouble.text[0])
            log_error("not-published", LOG_TEXT("why", publish->trouble.text));
        else
            log_info("published-again", LOG_NUMBER("seq", seq));
    }
    if (!status) {
        tell_shadowed(publish);
        tell_held(publish);
        tell_left_out(publish);
        tell_passed_over(publish);
        tell_fullness(publish);
        targets_published(publish->targets, publish->seq);
    }
    save_status_soon(publish);
    log_debug("published", LOG_NUMBER("seq", seq));
    tell_front(publish);
    if (!publish->trouble_timer.loop)
        look_at_trouble(publish);
}

static void note_zone(void *ctx, const struct name *zone, uint32_t serial)
{
    const struct publish *publish = (const struct publish *)ctx;
    targets_note_zone(publish->targets, zone, serial);
}

static void zone_changed(void *ctx, const struct name *zone, uint32_t serial)
{
    const struct publish *publish = (const struct publish *)ctx;
    targets_zone_changed(publish->targets, zone, serial);
}

static void send_number(const struct publish *publish, enum wire_type type,
                        int64_t number)
{
    struct local_channel *channel = local_link_channel(publish->link);
    uint8_t storage[WIRE_SEQ_SIZE];
    struct buf body = BUF_ON(storage);
    wire_put_seq(&body, number);
    if (channel)
        wire_send(channel, type, buf_str(&body));
}

static void acknowledged(void *ctx, int64_t number)
{
    send_number((const struct publish *)ctx, WIRE_ACKNOWLEDGED, number);
}

static void served(void *ctx, int64_t number)
{
    send_number((const struct publish *)ctx, WIRE_SERVED, number);
}

static void seen(void *ctx, int64_t number, const struct json *seen)
{
    const struct publish *publish = (const struct publish *)ctx;
    struct local_channel *channel = local_link_channel(publish->link);
    CLEANUP(mem_freep) char *text = json_text(seen);
    size_t size = WIRE_SEQ_SIZE + str_from(text).n;
    CLEANUP(mem_freep) uint8_t *storage = mem_new(size);
    struct buf body = buf_on(storage, size);
    wire_put_seq(&body, number);
    buf_put_text(&body, text);
    if (channel)
        wire_send(channel, WIRE_SEEN, buf_str(&body));
}

static void link_opened(void *ctx, struct local_channel *channel)
{
    const struct publish *publish = (const struct publish *)ctx;
    wire_send(channel, WIRE_SUBSCRIBE, STR(""));
    tell_front(publish);
}

static void link_message(void *ctx, struct local_channel *channel, uint16_t type,
                         struct str body)
{
    const struct publish *publish = (const struct publish *)ctx;
    (void)channel;
    int64_t number = 0;
    struct name zone;
    struct wire_look look;
    struct str rest;
    if (wire_take_seq(body, &number, &rest))
        return;
    if (type == WIRE_COMMITTED && number > publish->seq)
        publisher_wake(publish->publisher);
    else if (type == WIRE_AWAIT && !name_decode(rest, &zone))
        targets_await(publish->targets, &zone, number);
    else if (type == WIRE_AWAIT_SERVED && !name_decode(rest, &zone))
        targets_await_served(publish->targets, &zone, number);
    else if (type == WIRE_LOOK && !wire_take_look(body, &look))
        targets_look(publish->targets, &look);
}

/* So front asks anew for what it wants to know. */
static void subscribe(const struct publish *publish)
{
    struct local_channel *channel = local_link_channel(publish->link);
    if (channel)
        wire_send(channel, WIRE_SUBSCRIBE, STR(""));
}

/* Reads files and secondaries again, publishes, and notifies all secondaries again. */
static void reload(struct publish *publish)
{
    struct config *config = publish->config;
    targets_pause(publish->targets);                /* they use what is replaced */
    bool failed = !config_log_reload(config, true); /* then the old one stays */
    targets_resume(publish->targets);
    subscribe(publish);
    if (failed && !sandbox_covers_file(publish->sandbox, config->file))
        renew(publish);
    publisher_reread(publish->publisher, (const char *const *)config->static_paths,
                     config->static_count);
    renew_if_needed(publish);
}

static void take_signal(void *ctx, int number)
{
    struct publish *publish = (struct publish *)ctx;
    if (number == SIGHUP)
        reload(publish);
    else if (number == SIGTERM || number == SIGINT)
        loop_stop(publish->loop);
}

/* Warns if the image has to be built for each change, since that costs much more. */
static void tell_patching(struct publisher *publisher)
{
    const char *why = NULL;
    if (!image_writer_patches(publisher_writer(publisher), &why))
        log_warning("image-not-changed-in-place", LOG_TEXT("why", why));
}

static void hook_lost(void *ctx)
{
    const struct publish *publish = (const struct publish *)ctx;
    loop_stop(publish->loop);
}

static void work_on_copy(void *ctx)
{
    const struct publish *publish = (const struct publish *)ctx;
    publisher_wake(publish->publisher);
}

/* Gives the socket to the group of our folder in the run folder. That is answer's group, if answer
 * runs under its own user. */
static void open_to_group(const char *socket, const char *run)
{
    char storage[CONFIG_PATH_SIZE + 16];
    struct buf folder = BUF_ON(storage);
    buf_printf(&folder, "%s/publish", run);
    struct stat about;
    if (stat(buf_text(&folder), &about) || chown(socket, (uid_t)-1, about.st_gid))
        log_warning("socket-not-shared", LOG_TEXT("path", socket),
                    LOG_TEXT("why", strerror(errno)));
}

/* Starts to feed answer, which then need not open the image itself. */
static enum status start_feeder(struct publish *publish, struct error *err)
{
    const struct config *config = publish->config;
    uid_t answer = 0;
    bool apart = role_find_uid(config, ROLE_ANSWER, &answer);
    const struct feeder_options options = { .loop = publish->loop,
                                            .path = config->publish_socket,
                                            .uids = &answer,
                                            .uid_count = apart,
                                            .writer =
                                                publisher_writer(publish->publisher),
                                            .work = work_on_copy,
                                            .ctx = publish };
    enum status status = feeder_start(&options, &publish->feeder, err);
    if (!status)
        open_to_group(config->publish_socket, config->run);
    return status;
}

/* The process that runs the command is outside of the sandbox, so it starts before. */
static enum status enter_sandbox(struct publish *publish, struct error *err)
{
    struct config *config = publish->config;
    CLEANUP(hook_runner_freep) struct hook_runner *hook = NULL;
    enum status status = OK;
    if (config->hook_count)
        status = hook_runner_start(config, &hook, err);
    if (!status)
        status = sandbox_enter(config, ROLE_PUBLISH, &publish->sandbox, err);
    if (status)
        return status;
    const struct targets_options options = { .config = config,
                                             .loop = publish->loop,
                                             .hook = TAKE(hook),
                                             .changed = save_status_soon,
                                             .lost = hook_lost,
                                             .acknowledged = acknowledged,
                                             .served = served,
                                             .seen = seen,
                                             .ctx = publish };
    publish->targets = targets_new(&options);
    return OK;
}

static enum status start(struct publish *publish, struct error *err)
{
    static const struct local_events events = { .opened = link_opened,
                                                .message = link_message };
    const struct config *config = publish->config;
    const struct publisher_options options = {
        .loop = publish->loop,
        .database = config->database,
        .directory = config->image,
        .statics = (const char *const *)config->static_paths,
        .static_count = config->static_count,
        .text = config->publish_text[0] ? config->publish_text : NULL,
        .settled = settled,
        .zone = note_zone,
        .changed = zone_changed,
        .ctx = publish,
    };
    enum status status = enter_sandbox(publish, err);
    if (!status)
        status = loop_signals(publish->loop, take_signal, publish, err);
    if (status)
        return status;
    uid_t front = 0;
    bool apart = role_find_uid(config, ROLE_FRONT, &front);
    const struct local_options link = { .loop = publish->loop,
                                        .path = config->front_socket,
                                        .uids = &front,
                                        .uid_count = apart,
                                        .events = &events,
                                        .ctx = publish };
    publish->link = local_link_new(&link);
    status = publisher_start(&options, &publish->publisher, err);
    if (status)
        return status;
    targets_watch(publish->targets, publisher_writer(publish->publisher));
    tell_patching(publish->publisher);
    return start_feeder(publish, err);
}

int role_publish(struct config *config)
{
    struct publish publish = { .config = config, .loop = loop_new(clock_system()) };
    struct error err = { "" };
    enum status status = start(&publish, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
    } else {
        save_status(&publish, "running");
        sandbox_try_acts(publish.config, ROLE_PUBLISH);
        publish.pulse = launch_pulse(config, "publish", publish.loop);
        loop_run(publish.loop);
        save_status(&publish, "stopped");
    }
    timer_stop(&publish.status_timer);
    timer_stop(&publish.trouble_timer);
    publisher_stop(publish.publisher);
    feeder_stop(publish.feeder);
    targets_free(publish.targets);
    local_link_free(publish.link);
    sandbox_free(publish.sandbox);
    pulse_stop(publish.pulse);
    loop_free(publish.loop);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
