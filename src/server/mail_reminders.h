// SPDX-License-Identifier: GPL-3.0-or-later
/* mail_reminders.h - mails to operators about what ends soon: the certificates that tls has, as its
 * status file tells. They hear of each 14, 7, 3 days and 1 day before. */
#pragma once

#include "config/config.h"
#include "net/loop.h"

struct change;
struct post;

struct mail_reminders {
    const struct config *config;
    struct change *change;
    const struct post *post;
    struct loop *loop;
    struct timer timer;
};

/* All are lent. */
void mail_reminders_start(struct mail_reminders *reminders);
/* Before change_stop(). One that was not started is fine. */
void mail_reminders_stop(struct mail_reminders *reminders);
