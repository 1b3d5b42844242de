// SPDX-License-Identifier: GPL-3.0-or-later
/* outbound: takes mails from front, one at a time, and hands them to the configured server.
 *
 * The first thread talks to front. The second one speaks SMTP, where each step may take long; the
 * mail in `struct delivery` belongs to it from one wake-up to the other. */
#include "server/role.h"

#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "config/url.h"
#include "mail/message.h"
#include "mail/smtp.h"
#include "net/local.h"
#include "net/loop_thread.h"
#include "net/pulse.h"
#include "post/settle.h"
#include "run/mail_wire.h"
#include "run/status.h"
#include "server/launch.h"
#include "server/sandbox.h"

enum {
    STATUS_MS = 5000,
    DRAIN_MS = 5000,
    AWAY_MS = 5000,     /* before a server that was not there is asked again */
    TROUBLE_MS = 60000, /* before the operator's trouble is looked at again */
    REMIND_S = 3600,    /* between two lines in the log about the same trouble */
};

/* A mail under way. */
struct delivery {
    char *bytes; /* the message from front, in which the texts are */
    size_t n;
    struct mail_wire mail;
    char from[CONFIG_MAIL_SIZE], hello[ORIGIN_SIZE], user[CONFIG_MAIL_SIZE],
        password[CONFIG_PASSWORD_SIZE], server[ORIGIN_SIZE], ca_file[CONFIG_PATH_SIZE],
        from_name[CONFIG_MAIL_SIZE];
    bool in_clear;
    uint32_t timeout_s;
    struct smtp_result result;
};

struct outbound {
    struct config *config;
    struct loop *loop;
    struct sandbox *sandbox;
    struct local_link *link;
    struct pulse *pulse;
    struct loop_thread *thread;
    struct wake to_thread, from_thread;
    struct smtp *smtp; /* the second thread's */
    struct delivery delivery;
    bool is_busy;
    /* What front has not heard yet, as there was none. */
    struct mail_wire_verdict untold;
    char untold_why[MAIL_WIRE_WHY_MAX + 1];
    bool has_untold;
    /* The id of the newest message that was delivered, also before this process began. */
    char sent[MESSAGE_SUBJECT_MAX + 1];
    struct timer pause_timer, status_timer, drain_timer;
    char trouble[SMTP_WHY_SIZE], last_error[SMTP_WHY_SIZE];
    int64_t reminded_s, last_sent_s;
    int64_t waiting, dead, delivered, later, refused;
    uid_t front_uid;
    bool front_is_apart, ending;
};

static void keep_text(char *out, size_t size, struct str text)
{
    struct buf copy = buf_on(out, size);
    buf_put(&copy, str_first(text, size - 1));
    (void)buf_text(&copy);
}

/* ----- status ----- */

static void save_status(struct outbound *role, const char *state)
{
    struct json *status = status_new("outbound", state);
    json_put_text(status, "trouble", str_from(role->trouble));
    json_put_text(status, "last_error", str_from(role->last_error));
    json_put_number(status, "last_sent", role->last_sent_s);
    json_put_text(status, "last_id", str_from(role->sent));
    json_put_number(status, "waiting", role->waiting);
    json_put_number(status, "dead", role->dead);
    json_put_number(status, "sent", role->delivered);
    json_put_number(status, "later", role->later);
    json_put_number(status, "refused", role->refused);
    status_save(role->config, "outbound", status);
}

/* What we delivered before our end, when perhaps no front was there to hear of it. */
static void recall(struct outbound *role)
{
    CLEANUP(json_freep) struct json *status = NULL;
    bool alive = false;
    if (status_read(role->config, "outbound", &status, &alive, NULL))
        return;
    keep_text(role->sent, sizeof(role->sent), json_get_text(status, "last_id"));
    role->last_sent_s = json_get_number(status, "last_sent");
}

static void refresh_status(void *ctx)
{
    struct outbound *role = (struct outbound *)ctx;
    save_status(role, "running");
    timer_set(&role->status_timer, role->loop, loop_now_ms(role->loop) + STATUS_MS,
              refresh_status, role);
}

/* ----- talking to front ----- */

static void send_to_front(const struct outbound *role, enum mail_wire_type type,
                          struct str body)
{
    struct local_channel *channel = local_link_channel(role->link);
    enum status lost = channel ? local_send(channel, (uint16_t)type, body) : OK;
    (void)lost; /* front will have closed the channel, and we begin anew */
}

/* Tells what front has not heard yet, and asks for the next mail. */
static void go_on(struct outbound *role)
{
    if (role->is_busy || !local_link_channel(role->link))
        return;
    if (role->has_untold) {
        uint8_t storage[MAIL_WIRE_WHY_MAX + 64];
        struct buf body = BUF_ON(storage);
        mail_wire_put_verdict(&role->untold, &body);
        send_to_front(role, MAIL_WIRE_VERDICT, buf_str(&body));
        role->has_untold = false;
    }
    if (!role->pause_timer.loop && !role->ending)
        send_to_front(role, MAIL_WIRE_READY, STR(""));
}

static void end_pause(void *ctx)
{
    go_on((struct outbound *)ctx);
}

static void pause_for(struct outbound *role, int64_t ms)
{
    timer_set(&role->pause_timer, role->loop, loop_now_ms(role->loop) + ms, end_pause,
              role);
}

static void tell(struct outbound *role, int64_t id, enum post_verdict verdict,
                 struct str why)
{
    keep_text(role->untold_why, sizeof(role->untold_why), why);
    role->untold = (struct mail_wire_verdict){ .id = id,
                                               .verdict = (uint8_t)verdict,
                                               .why = str_from(role->untold_why) };
    role->has_untold = true;
    go_on(role);
}

/* ----- the end ----- */

static void give_up(void *ctx)
{
    loop_stop(((struct outbound *)ctx)->loop);
}

/* A mail under way is sent, if that does not take long. */
static void drain(struct outbound *role)
{
    role->ending = true;
    save_status(role, "stopping");
    if (!role->is_busy)
        loop_stop(role->loop);
    timer_set(&role->drain_timer, role->loop, loop_now_ms(role->loop) + DRAIN_MS, give_up,
              role);
}

/* What a reload names, or what the system has put in the place of its files for looking up hosts, may
 * be beyond the sandbox: a new process reaches it. */
static void start_anew(struct outbound *role)
{
    log_info("starting-anew", LOG_TEXT("why", "the sandbox does not reach a file"));
    drain(role);
}

/* ----- what became of a mail ----- */

static void note_trouble(struct outbound *role, const char *why)
{
    int64_t now_s = clock_wall_s(clock_system());
    if (strcmp(role->trouble, why) != 0 || now_s - role->reminded_s >= REMIND_S) {
        log_error("mail-trouble", LOG_TEXT("why", why));
        role->reminded_s = now_s;
    }
    keep_text(role->trouble, sizeof(role->trouble), str_from(why));
}

static void clear_trouble(struct outbound *role)
{
    if (role->trouble[0])
        log_info("mail-trouble-over");
    role->trouble[0] = 0;
}

static enum post_verdict take_result(struct outbound *role, int64_t id,
                                     const struct smtp_result *result)
{
    if (result->verdict != SMTP_SENT)
        keep_text(role->last_error, sizeof(role->last_error), str_from(result->why));
    switch (result->verdict) {
    case SMTP_SENT:
        clear_trouble(role);
        role->delivered++;
        role->last_sent_s = clock_wall_s(clock_system());
        log_info("mail-sent", LOG_NUMBER("mail", id));
        return POST_DELIVERED;
    case SMTP_NEVER:
        clear_trouble(role);
        role->refused++;
        log_warning("mail-refused", LOG_NUMBER("mail", id), LOG_TEXT("why", result->why));
        return POST_REFUSED;
    case SMTP_LATER:
    case SMTP_AWAY:
        if (result->verdict == SMTP_AWAY)
            pause_for(role, AWAY_MS);
        role->later++;
        log_info("mail-later", LOG_NUMBER("mail", id), LOG_TEXT("why", result->why));
        return POST_LATER;
    case SMTP_TROUBLE:
        break;
    }
    note_trouble(role, result->why);
    pause_for(role, TROUBLE_MS);
    return POST_TROUBLE;
}

static void drop_delivery(struct outbound *role)
{
    struct delivery *delivery = &role->delivery;
    if (delivery->bytes)
        mem_wipe(delivery->bytes, delivery->n);
    mem_free(TAKE(delivery->bytes));
    mem_wipe(delivery->password, sizeof(delivery->password));
}

static void delivered(void *ctx)
{
    struct outbound *role = (struct outbound *)ctx;
    int64_t id = role->delivery.mail.id;
    const struct smtp_result result = role->delivery.result;
    role->is_busy = false;
    if (result.verdict == SMTP_SENT)
        keep_text(role->sent, sizeof(role->sent), role->delivery.mail.message_id);
    drop_delivery(role);
    enum post_verdict verdict = take_result(role, id, &result);
    tell(role, id, verdict, str_from(result.why));
    save_status(role, role->ending ? "stopping" : "running");
    if (role->ending)
        loop_stop(role->loop);
    else if (result.verdict == SMTP_AWAY && !sandbox_covers(role->sandbox, role->config))
        start_anew(role);
}

/* ----- the second thread ----- */

static void refuse_message(struct smtp_result *out, const struct error *err)
{
    *out = (struct smtp_result){ .verdict = SMTP_NEVER };
    keep_text(out->why, sizeof(out->why), str_from(err->text));
}

static void deliver(void *ctx)
{
    struct outbound *role = (struct outbound *)ctx;
    struct delivery *delivery = &role->delivery;
    const struct mail_wire *mail = &delivery->mail;
    const struct message_parts parts = { .from_name = str_from(delivery->from_name),
                                         .from = str_from(delivery->from),
                                         .to = mail->to,
                                         .subject = mail->subject,
                                         .body = mail->body,
                                         .message_id = mail->message_id,
                                         .language = mail->language,
                                         .unsubscribe = mail->unsubscribe,
                                         .date_s = mail->date_s };
    const struct smtp_options options = { .server = delivery->server,
                                          .hello = delivery->hello,
                                          .user = delivery->user,
                                          .password = delivery->password,
                                          .ca_file = delivery->ca_file,
                                          .in_clear = delivery->in_clear,
                                          .timeout_s = delivery->timeout_s };
    CLEANUP(mem_freep) char *storage = (char *)mem_new(MESSAGE_MAX);
    struct buf message = buf_on(storage, MESSAGE_MAX);
    char to[MAILBOX_MAX + 1];
    struct error err;
    if (message_write(&parts, &message, &err)) {
        refuse_message(&delivery->result, &err);
    } else {
        keep_text(to, sizeof(to), mail->to);
        const struct smtp_mail sent = { .from = delivery->from,
                                        .to = to,
                                        .message = buf_str(&message) };
        smtp_send(role->smtp, &options, &sent, &delivery->result);
    }
    mem_wipe(storage, MESSAGE_MAX);
    wake_send(&role->from_thread);
}

/* ----- a mail from front ----- */

/* Everything that the second thread needs: a reload changes the configuration meanwhile. */
static enum status copy_options(struct outbound *role, struct error *err)
{
    const struct config *config = role->config;
    struct delivery *to = &role->delivery;
    struct str name, address;
    enum status status = mailbox_parse(str_from(config->mail_from), &name, &address, err);
    if (status)
        return status;
    keep_text(to->from, sizeof(to->from), address);
    keep_text(to->from_name, sizeof(to->from_name), name);
    keep_text(to->server, sizeof(to->server), str_from(config->mail_server));
    keep_text(to->user, sizeof(to->user), str_from(config->mail_user));
    keep_text(to->ca_file, sizeof(to->ca_file), str_from(config->mail_ca_file));
    keep_text(to->hello, sizeof(to->hello),
              config->mail_hello[0] ? str_from(config->mail_hello)
                                    : mailbox_domain(address));
    to->in_clear = config->mail_in_clear;
    to->timeout_s = config->mail_timeout_s;
    return config_load_mail_password(config, to->password, err);
}

static void begin(struct outbound *role, struct str body)
{
    struct delivery *delivery = &role->delivery;
    struct error err;
    delivery->n = body.n;
    delivery->bytes = (char *)mem_new(body.n + 1);
    memcpy(delivery->bytes, body.at, body.n);
    if (mail_wire_take(str_bytes(delivery->bytes, body.n), &delivery->mail)) {
        log_warning("unknown-message", LOG_NUMBER("type", MAIL_WIRE_MAIL));
        drop_delivery(role);
        return;
    }
    role->is_busy = true;
    /* front has not heard of its delivery. It is not sent twice. */
    if (str_equal(delivery->mail.message_id, str_from(role->sent))) {
        delivery->result = (struct smtp_result){ .verdict = SMTP_SENT };
        wake_send(&role->from_thread);
        return;
    }
    if (copy_options(role, &err)) {
        delivery->result = (struct smtp_result){ .verdict = SMTP_TROUBLE };
        keep_text(delivery->result.why, SMTP_WHY_SIZE, str_from(err.text));
        wake_send(&role->from_thread);
        return;
    }
    wake_send(&role->to_thread);
}

static void front_opened(void *ctx, struct local_channel *channel)
{
    (void)channel;
    go_on((struct outbound *)ctx);
}

static void front_message(void *ctx, struct local_channel *channel, uint16_t type,
                          struct str body)
{
    struct outbound *role = (struct outbound *)ctx;
    if (type == MAIL_WIRE_MAIL && !role->is_busy && !role->ending)
        begin(role, body);
    else if (type != MAIL_WIRE_MAIL &&
             (type != MAIL_WIRE_COUNTS ||
              mail_wire_take_counts(body, &role->waiting, &role->dead)))
        log_warning("unknown-message", LOG_NUMBER("type", type),
                    LOG_NUMBER("pid", local_peer_pid(channel)));
}

/* ----- start and stop ----- */

static void reload(struct outbound *role)
{
    if (!config_log_reload(role->config, false))
        return;
    if (!sandbox_covers(role->sandbox, role->config)) {
        start_anew(role);
        return;
    }
    timer_stop(&role->pause_timer);
    go_on(role);
}

static void take_signal(void *ctx, int number)
{
    struct outbound *role = (struct outbound *)ctx;
    if (number == SIGTERM || number == SIGINT)
        drain(role);
    else if (number == SIGHUP)
        reload(role);
}

/* The C library loads what its configuration names for looking up hosts. Within the sandbox it
 * could load nothing. The answer is of no interest. */
static void load_resolver(const struct config *config)
{
    struct config_url url;
    char host[ORIGIN_SIZE];
    struct addrinfo *found = NULL;
    if (config_url_parse(str_from(config->mail_server), &url, NULL))
        return;
    keep_text(host, sizeof(host), url.host);
    if (getaddrinfo(host, NULL, NULL, &found) == 0)
        freeaddrinfo(found);
}

static enum status start_thread(struct outbound *role, struct error *err)
{
    role->smtp = smtp_new();
    role->thread = loop_thread_new(clock_system());
    enum status status =
        wake_start(&role->to_thread, loop_thread_loop(role->thread), deliver, role, err);
    if (!status)
        status = wake_start(&role->from_thread, role->loop, delivered, role, err);
    return status ? status : loop_thread_run(role->thread, err);
}

static enum status start(struct outbound *role, struct error *err)
{
    static const struct local_events events = { .opened = front_opened,
                                                .message = front_message };
    role->front_is_apart = role_find_uid(role->config, ROLE_FRONT, &role->front_uid);
    const struct local_options options = { .loop = role->loop,
                                           .path = role->config->mails_socket,
                                           .uids = &role->front_uid,
                                           .uid_count = role->front_is_apart,
                                           .events = &events,
                                           .ctx = role };
    enum status status = smtp_library_init(err);
    if (status)
        return status;
    load_resolver(role->config);
    status = sandbox_enter(role->config, ROLE_OUTBOUND, &role->sandbox, err);
    if (!status)
        status = loop_signals(role->loop, take_signal, role, err);
    if (!status)
        status = start_thread(role, err);
    if (!status) {
        role->link = local_link_new(&options);
        role->pulse = launch_pulse(role->config, "outbound", role->loop);
    }
    return status;
}

static void stop(struct outbound *role)
{
    timer_stop(&role->status_timer);
    timer_stop(&role->pause_timer);
    timer_stop(&role->drain_timer);
    local_link_free(role->link);
    if (role->thread) {
        loop_thread_stop(role->thread);
        wake_stop(&role->to_thread);
        wake_stop(&role->from_thread);
        loop_thread_free(role->thread);
    }
    drop_delivery(role);
    smtp_free(role->smtp);
    sandbox_free(role->sandbox);
    pulse_stop(role->pulse);
    loop_free(role->loop);
}

int role_outbound(struct config *config)
{
    /* Too much for a stack. */
    CLEANUP(mem_freep) struct outbound *role = NEW(struct outbound);
    role->config = config;
    role->loop = loop_new(clock_system());
    struct error err = { "" };
    enum status status = start(role, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
    } else {
        recall(role);
        refresh_status(role);
        sandbox_try_acts(config, ROLE_OUTBOUND);
        loop_run(role->loop);
        save_status(role, "stopped");
    }
    if (role->is_busy) /* the second thread cannot be waited for */
        _exit(EXIT_OK);
    stop(role);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
