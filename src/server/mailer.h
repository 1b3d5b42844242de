// SPDX-License-Identifier: GPL-3.0-or-later
/* mailer.h - front's end of the queue of mails: hands what is due to outbound over RUN/front/mails,
 * one after the other, and writes what became of it.
 *
 * A mail that was handed over and of which nothing was heard is handed over again. */
#pragma once

#include "config/config.h"
#include "net/loop.h"

struct change;
struct mailer;
struct post;

/* All are lent until mailer_stop(). Errors as local_listen(). */
MUST_CHECK enum status mailer_start(struct loop *loop, const struct config *config,
                                    struct change *change, const struct post *post,
                                    struct mailer **out, struct error *err);
/* There may be new mails. */
void mailer_look(struct mailer *mailer);
/* After change_stop(), which may still call its functions. NULL is fine. */
void mailer_stop(struct mailer *mailer);
