// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/mail_office.h"

#include "base/mailbox.h"
#include "base/mem.h"
#include "post/post.h"
#include "server/mail_reminders.h"
#include "server/mailer.h"

struct mail_office {
    const struct config *config;
    struct post post;
    struct mailer *mailer; /* NULL: not started, or stopped */
    struct mail_reminders reminders;
};

/* The options do not change while we run, and were checked. */
static void fill_post(struct post *post, const struct config *config,
                      const struct keys *keys)
{
    struct buf origin = BUF_ON(post->origin), domain = BUF_ON(post->domain);
    struct str name, address = STR("");
    enum status status =
        mailbox_parse(str_from(config->mail_from), &name, &address, NULL);
    buf_put_text(&origin, config->web_origin);
    buf_put(&domain, mailbox_domain(status ? STR("") : address));
    (void)buf_text(&origin);
    (void)buf_text(&domain);
    post->keys = keys;
}

struct mail_office *mail_office_new(const struct config *config, const struct keys *keys)
{
    if (!config->mail_server[0])
        return NULL;
    struct mail_office *office = NEW(struct mail_office);
    office->config = config;
    fill_post(&office->post, config, keys);
    return office;
}

void mail_office_free(struct mail_office *office)
{
    mem_free(office);
}

const struct post *mail_office_post(const struct mail_office *office)
{
    return office ? &office->post : NULL;
}

enum status mail_office_start(struct mail_office *office, struct loop *loop,
                              struct change *change, struct error *err)
{
    if (!office)
        return OK;
    office->reminders = (struct mail_reminders){
        .config = office->config, .change = change, .post = &office->post, .loop = loop
    };
    mail_reminders_start(&office->reminders);
    return mailer_start(loop, office->config, change, &office->post, &office->mailer,
                        err);
}

void mail_office_look(struct mail_office *office)
{
    if (office && office->mailer)
        mailer_look(office->mailer);
}

void mail_office_close(struct mail_office *office)
{
    if (office)
        mail_reminders_stop(&office->reminders);
}

void mail_office_stop(struct mail_office *office)
{
    if (office)
        mailer_stop(TAKE(office->mailer));
}
