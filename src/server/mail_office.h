// SPDX-License-Identifier: GPL-3.0-or-later
/* mail_office.h - all that front has to do with mails: what they have in common, the end of their
 * queue (mailer.h), and reminders (mail_reminders.h).
 *
 * NULL is the office of a service that sends no mails; all calls take it. */
#pragma once

#include "config/config.h"
#include "net/loop.h"

struct change;
struct keys;
struct mail_office;
struct post;

/* NULL: the configuration asks for no mails. Both are lent. */
struct mail_office *mail_office_new(const struct config *config, const struct keys *keys);
/* After mail_office_stop(). */
void mail_office_free(struct mail_office *office);
/* For those who queue mails; lent. */
const struct post *mail_office_post(const struct mail_office *office);
/* Both are lent until mail_office_stop(). Errors as local_listen(). */
MUST_CHECK enum status mail_office_start(struct mail_office *office, struct loop *loop,
                                         struct change *change, struct error *err);
/* There may be new mails. */
void mail_office_look(struct mail_office *office);
/* Reminds of nothing any more. Before change_stop(). */
void mail_office_close(struct mail_office *office);
/* After change_stop(). */
void mail_office_stop(struct mail_office *office);
