// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/mailer.h"

#include "base/log.h"
#include "base/mem.h"
#include "change/change.h"
#include "net/local.h"
#include "post/post.h"
#include "post/settle.h"
#include "run/mail_wire.h"
#include "run/role.h"

enum {
    LOOK_MS = 60000, /* at least */
    COUNT_MS = 2000, /* between two counts of the queue */
    AGAIN_MS = 1000, /* after something failed */
    REMIND_MS = 3600000,
    MS_PER_S = 1000
};

struct mailer {
    struct loop *loop;
    struct change *change;
    const struct post *post;
    struct local_server *server;
    struct local_channel *ready; /* wants a mail */
    struct local_channel *busy;  /* has one */
    int64_t under_way; /* the id of that mail, until its row is written; 0: none */
    bool is_writing;
    struct timer look_timer, count_timer;
    int64_t waiting, dead; /* as they were told */
    int64_t reminded_ms;
};

/* What became of a mail, on its way to the database. */
struct settlement {
    struct mailer *mailer;
    int64_t id, now_s;
    enum post_verdict verdict;
    bool is_over; /* it was not tried: too late */
    char why[MAIL_WHY_SIZE];
};

static void look(void *ctx);

static void look_in(struct mailer *mailer, int64_t ms)
{
    timer_set(&mailer->look_timer, mailer->loop, loop_now_ms(mailer->loop) + ms, look,
              mailer);
}

/* ----- what became of it ----- */

/* Of a mail that was removed meanwhile, or has ended already, nothing is to be written. */
static enum status write_settlement(struct store *store, void *work, struct error *err)
{
    const struct settlement *settlement = (const struct settlement *)work;
    struct mail_row row;
    enum status status = store_mail_find(store, settlement->id, &row, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    if (row.state != MAIL_WAITING)
        return OK;
    if (settlement->is_over)
        post_give_up(&row, settlement->now_s);
    else
        post_settle(&row, settlement->verdict, str_from(settlement->why),
                    settlement->now_s);
    return store_mail_settle(store, &row, err);
}

static void settled(void *ctx, enum status status, const struct error *err)
{
    struct settlement *settlement = (struct settlement *)ctx;
    struct mailer *mailer = settlement->mailer;
    if (status)
        log_warning("mail-not-settled", LOG_NUMBER("mail", settlement->id),
                    LOG_TEXT("why", err->text));
    mailer->is_writing = false;
    if (mailer->under_way == settlement->id)
        mailer->under_way = 0;
    if (mailer->server)
        look_in(mailer, status ? AGAIN_MS : 0);
    mem_free(settlement);
}

/* If the queue is full, the mail is handed over again, and outbound tells the same again. */
static void settle(struct mailer *mailer, struct settlement *settlement)
{
    settlement->mailer = mailer;
    settlement->now_s = clock_wall_s(loop_clock(mailer->loop));
    if (change_submit(mailer->change, write_settlement, settlement, settled,
                      settlement)) {
        mailer->under_way = 0;
        look_in(mailer, AGAIN_MS);
        mem_free(settlement);
        return;
    }
    mailer->is_writing = true;
}

static void take_verdict(struct mailer *mailer, const struct local_channel *channel,
                         struct str body)
{
    struct mail_wire_verdict verdict;
    if (mail_wire_take_verdict(body, &verdict) || verdict.verdict > POST_TROUBLE) {
        log_warning("unknown-message", LOG_NUMBER("type", MAIL_WIRE_VERDICT));
        return;
    }
    if (mailer->busy == channel)
        mailer->busy = NULL;
    struct settlement *settlement = NEW(struct settlement);
    settlement->id = verdict.id;
    settlement->verdict = (enum post_verdict)verdict.verdict;
    struct buf why = BUF_ON(settlement->why);
    buf_put(&why, str_first(verdict.why, sizeof(settlement->why) - 1));
    (void)buf_text(&why);
    settle(mailer, settlement);
}

/* ----- handing over ----- */

static void end_untried(struct mailer *mailer, int64_t id, bool is_over, const char *why)
{
    struct settlement *settlement = NEW(struct settlement);
    settlement->id = id;
    settlement->is_over = is_over;
    settlement->verdict = POST_REFUSED;
    struct buf text = BUF_ON(settlement->why);
    buf_put(&text, str_first(str_from(why), sizeof(settlement->why) - 1));
    (void)buf_text(&text);
    mailer->under_way = id;
    settle(mailer, settlement);
}

static void send_mail(struct mailer *mailer, const struct mail_row *row,
                      const struct post_content *content)
{
    const struct mail_wire mail = { .id = row->id,
                                    .date_s = row->created_s,
                                    .to = str_from(row->recipient),
                                    .language = str_from(row->language),
                                    .message_id = str_from(row->message_id),
                                    .subject = str_from(content->subject),
                                    .unsubscribe = str_from(content->unsubscribe),
                                    .body = str_from(content->body) };
    CLEANUP(mem_freep) uint8_t *storage = (uint8_t *)mem_new(MAIL_WIRE_SIZE);
    struct buf body = buf_on(storage, MAIL_WIRE_SIZE);
    struct local_channel *channel = TAKE(mailer->ready);
    mail_wire_put(&mail, &body);
    mailer->under_way = row->id;
    mailer->busy = channel;
    /* If it gets lost, the channel closes, and the mail is handed over again. */
    enum status lost = local_send(channel, MAIL_WIRE_MAIL, buf_str(&body));
    (void)lost;
    mem_wipe(storage, MAIL_WIRE_SIZE);
}

static void hand_over(struct mailer *mailer, const struct mail_row *row)
{
    struct error err = { "" };
    CLEANUP(mem_freep) struct post_content *content = NEW(struct post_content);
    enum status status =
        post_open(mailer->post, change_reader(mailer->change), row, content, &err);
    if (status == ERR_CONFLICT)
        end_untried(mailer, row->id, false, err.text);
    else if (status)
        look_in(mailer, AGAIN_MS);
    else
        send_mail(mailer, row, content);
    mem_wipe(content, sizeof(*content));
}

static void look(void *ctx)
{
    struct mailer *mailer = (struct mailer *)ctx;
    struct mail_row row;
    struct error err;
    int64_t now_s = clock_wall_s(loop_clock(mailer->loop));
    if (!mailer->ready || mailer->under_way || mailer->is_writing)
        return;
    enum status status = store_mail_next(change_reader(mailer->change), &row, &err);
    if (status && status != ERR_NOT_FOUND)
        log_warning("mails-not-read", LOG_TEXT("why", err.text));
    if (status)
        look_in(mailer, LOOK_MS);
    else if (post_is_over(&row, now_s))
        end_untried(mailer, row.id, true, "");
    else if (row.due_s <= now_s)
        hand_over(mailer, &row);
    else
        look_in(mailer, (row.due_s - now_s) * MS_PER_S < LOOK_MS
                            ? (row.due_s - now_s) * MS_PER_S
                            : LOOK_MS);
}

void mailer_look(struct mailer *mailer)
{
    look_in(mailer, 0);
}

/* ----- what outbound shows of the queue ----- */

static void remind(struct mailer *mailer)
{
    int64_t now_ms = loop_now_ms(mailer->loop);
    if (mailer->waiting < POST_QUEUE_MAX ||
        (mailer->reminded_ms && now_ms - mailer->reminded_ms < REMIND_MS))
        return;
    log_error("mail-queue-full", LOG_NUMBER("waiting", mailer->waiting));
    mailer->reminded_ms = now_ms;
}

static void tell_counts(void *ctx, struct local_channel *channel)
{
    const struct mailer *mailer = (const struct mailer *)ctx;
    uint8_t storage[64];
    struct buf body = BUF_ON(storage);
    mail_wire_put_counts(mailer->waiting, mailer->dead, &body);
    enum status lost = local_send(channel, MAIL_WIRE_COUNTS, buf_str(&body));
    (void)lost;
}

static void count(void *ctx)
{
    struct mailer *mailer = (struct mailer *)ctx;
    struct store *store = change_reader(mailer->change);
    timer_set(&mailer->count_timer, mailer->loop, loop_now_ms(mailer->loop) + COUNT_MS,
              count, mailer);
    int64_t waiting = 0, dead = 0;
    if (store_mail_count(store, MAIL_WAITING, &waiting, NULL) ||
        store_mail_count(store, MAIL_DEAD, &dead, NULL) ||
        (waiting == mailer->waiting && dead == mailer->dead))
        return;
    mailer->waiting = waiting;
    mailer->dead = dead;
    remind(mailer);
    local_server_each(mailer->server, tell_counts, mailer);
}

/* ----- outbound comes and goes ----- */

static void outbound_opened(void *ctx, struct local_channel *channel)
{
    tell_counts(ctx, channel);
}

/* As local_events has it. */
/* cppcheck-suppress constParameter */
static void outbound_closed(void *ctx, struct local_channel *channel)
{
    struct mailer *mailer = (struct mailer *)ctx;
    if (mailer->ready == channel)
        mailer->ready = NULL;
    if (mailer->busy != channel)
        return;
    mailer->busy = NULL;
    mailer->under_way = 0;
    mailer_look(mailer);
}

static void outbound_message(void *ctx, struct local_channel *channel, uint16_t type,
                             struct str body)
{
    struct mailer *mailer = (struct mailer *)ctx;
    if (type == MAIL_WIRE_READY) {
        mailer->ready = channel;
        look(mailer);
    } else if (type == MAIL_WIRE_VERDICT) {
        take_verdict(mailer, channel, body);
    } else {
        log_warning("unknown-message", LOG_NUMBER("type", type),
                    LOG_NUMBER("pid", local_peer_pid(channel)));
    }
}

/* outbound is in no group of front's, as tls: any process may connect, and what is not outbound is
 * closed before a byte of it is read. */
enum status mailer_start(struct loop *loop, const struct config *config,
                         struct change *change, const struct post *post,
                         struct mailer **out, struct error *err)
{
    static const struct local_events events = { .opened = outbound_opened,
                                                .message = outbound_message,
                                                .closed = outbound_closed };
    struct mailer *mailer = NEW(struct mailer);
    *mailer = (struct mailer){ .loop = loop, .change = change, .post = post };
    uid_t outbound = 0;
    bool apart = role_find_uid(config, ROLE_OUTBOUND, &outbound);
    const struct local_options options = { .loop = loop,
                                           .path = config->mails_socket,
                                           .uids = &outbound,
                                           .uid_count = apart,
                                           .events = &events,
                                           .ctx = mailer,
                                           .mode = 0666 };
    enum status status = local_listen(&options, &mailer->server, err);
    if (status) {
        mem_free(mailer);
        return status;
    }
    count(mailer);
    *out = mailer;
    return OK;
}

void mailer_stop(struct mailer *mailer)
{
    if (!mailer)
        return;
    timer_stop(&mailer->look_timer);
    timer_stop(&mailer->count_timer);
    local_server_close(mailer->server);
    mem_free(mailer);
}
