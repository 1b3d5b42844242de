// SPDX-License-Identifier: GPL-3.0-or-later
/* awaited.h - questions that wait until secondaries have a serial: until they have acknowledged it,
 * for notify.c, or serve it, for serial_watch.c.
 *
 * A question is answered when each secondary that lacked the serial of a zone has that serial or a
 * newer one. Zones and secondaries are known by their numbers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct awaited_question {
    TAILQ_ENTRY(awaited_question) links;
    int64_t number; /* the asker's */
    uint32_t zone, serial;
    uint64_t lacking; /* a bit for each secondary that does not have it; not 0 */
};

struct awaited {
    TAILQ_HEAD(awaited_list, awaited_question) questions; /* in the order of arrival */
    size_t count;
    /* An answer is one to all older questions about the zone, too; so two of a zone are kept: the
     * oldest, which is answered first, and the newest. The caller may set this. */
    bool is_for_all_before;
    void (*answer)(void *ctx, int64_t number);
    void *ctx;
};

void awaited_init(struct awaited *awaited, void (*answer)(void *ctx, int64_t number),
                  void *ctx);
/* Forgets all questions. */
void awaited_done(struct awaited *awaited);

/* Copies the question. When there are NOTIFY_AWAITED_MAX already, the oldest is forgotten. */
void awaited_add(struct awaited *awaited, const struct awaited_question *question);
/* The secondary has this serial: answers the questions that lacked no other. */
void awaited_catch_up(struct awaited *awaited, size_t secondary, uint32_t zone,
                      uint32_t serial);
/* Whether a question about the zone waits for this secondary. */
bool awaited_lacks(const struct awaited *awaited, size_t secondary, uint32_t zone);
