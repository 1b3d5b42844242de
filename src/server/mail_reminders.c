// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/mail_reminders.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "change/change.h"
#include "post/post.h"
#include "run/role.h"
#include "run/status.h"

enum {
    FIRST_MS = 5000, /* tls has told of itself by then */
    PERIOD_MS = 3600000,
    OPERATORS_MAX = 64,
    DUE_MAX = 64,
};

/* A certificate that ends soon. */
struct due {
    char title[CONFIG_TITLE_SIZE];
    int64_t ends_s, days;
};

struct reminder {
    const struct post *post;
    int64_t now_s;
    size_t count;
    struct due list[DUE_MAX];
};

/* The least number of days that is told and not below `days`; 0: it is too early, or over. */
static int64_t step_of(int64_t days)
{
    static const int64_t steps[] = { 1, 3, 7, 14 };
    for (size_t i = 0; i < LENGTH_OF(steps) && days >= 0; i++)
        if (days <= steps[i])
            return steps[i];
    return 0;
}

static enum status remind_one(const struct reminder *reminder, const struct due *due,
                              struct store *store, int64_t account_id, struct error *err)
{
    char storage[MAIL_ABOUT_SIZE], time[POST_TIME_SIZE];
    struct buf about = BUF_ON(storage);
    enum post_result result = POST_QUEUED;
    buf_printf(&about, "%s %lld", due->title, (long long)due->days);
    post_time(due->ends_s, time);
    struct post_mail mail = { .kind = POST_CERTIFICATE,
                              .account_id = account_id,
                              .about = buf_str(&about),
                              .now_s = reminder->now_s };
    post_values_add(&mail.values, "title", str_from(due->title));
    post_values_add(&mail.values, "time", str_from(time));
    return post_put(reminder->post, store, &mail, &result, err);
}

static enum status remind_all(struct store *store, void *work, struct error *err)
{
    const struct reminder *reminder = (const struct reminder *)work;
    int64_t ids[OPERATORS_MAX];
    size_t count = 0;
    enum status status = store_account_operators(store, ids, OPERATORS_MAX, &count, err);
    for (size_t i = 0; i < reminder->count; i++)
        for (size_t k = 0; k < count && !status; k++)
            status = remind_one(reminder, &reminder->list[i], store, ids[k], err);
    return status;
}

static void reminded(void *ctx, enum status status, const struct error *err)
{
    if (status)
        log_warning("not-reminded", LOG_TEXT("why", err->text));
    mem_free(ctx);
}

/* Another role wrote it: what is no title is left out. */
static void take_certificate(const struct json *one, struct reminder *out)
{
    int64_t days = 0;
    struct due *due = &out->list[out->count];
    struct str title = json_get_text(one, "title");
    if (!json_as_number(json_get(one, "days_left"), &days) || step_of(days) == 0 ||
        title.n == 0 || title.n >= sizeof(due->title))
        return;
    struct buf text = BUF_ON(due->title);
    buf_put(&text, title);
    (void)buf_text(&text);
    due->ends_s = json_get_number(one, "expires");
    due->days = step_of(days);
    out->count++;
}

static void look(void *ctx)
{
    struct mail_reminders *reminders = (struct mail_reminders *)ctx;
    CLEANUP(json_freep) struct json *status = NULL;
    bool alive = false;
    timer_set(&reminders->timer, reminders->loop,
              loop_now_ms(reminders->loop) + PERIOD_MS, look, reminders);
    if (status_read(reminders->config, role_names[ROLE_TLS], &status, &alive, NULL) ||
        !alive)
        return;
    struct reminder *reminder = NEW(struct reminder);
    reminder->post = reminders->post;
    reminder->now_s = clock_wall_s(loop_clock(reminders->loop));
    const struct json *all = json_get(status, "certificates");
    for (size_t i = 0; i < json_count(all) && reminder->count < DUE_MAX; i++)
        take_certificate(json_item(all, i), reminder);
    if (reminder->count == 0 ||
        change_submit(reminders->change, remind_all, reminder, reminded, reminder))
        mem_free(reminder);
}

void mail_reminders_start(struct mail_reminders *reminders)
{
    timer_set(&reminders->timer, reminders->loop, loop_now_ms(reminders->loop) + FIRST_MS,
              look, reminders);
}

void mail_reminders_stop(struct mail_reminders *reminders)
{
    timer_stop(&reminders->timer);
}
