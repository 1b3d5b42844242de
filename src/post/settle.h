// SPDX-License-Identifier: GPL-3.0-or-later
/* settle.h - what becomes of a mail after a try to deliver it. Pure. */
#pragma once

#include "store/rows.h"

/* As it goes over the wire from the role that tries. */
enum post_verdict {
    POST_DELIVERED = 0,
    POST_LATER = 1,   /* the server wants it later, or there is none */
    POST_REFUSED = 2, /* for good */
    POST_TROUBLE = 3  /* not the mail's: the operator has to do something */
};

enum {
    POST_TRIES_MAX = 16 /* two days of them; trouble does not count */
};

/* Changes state, due_s, tries, last_error and ended_s. After POST_LATER the next try comes in 1, 5,
 * 15 and 60 minutes, then every 4 hours, until there were POST_TRIES_MAX or the mail is of no use any
 * more.
 * Trouble costs no try, and the mail stays due, behind those that were due before: the role that
 * tries rests before it wants another one, or until a reload. */
void post_settle(struct mail_row *row, enum post_verdict verdict, struct str why,
                 int64_t now_s);
/* Whether the mail is of use no more, such as one with a link that has expired. */
bool post_is_over(const struct mail_row *row, int64_t now_s);
/* Ends a mail that is over. */
void post_give_up(struct mail_row *row, int64_t now_s);
/* Lets the mail be tried at once, whatever its state. */
void post_try_again(struct mail_row *row, int64_t now_s);
