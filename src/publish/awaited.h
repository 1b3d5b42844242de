// SPDX-License-Identifier: GPL-3.0-or-later
/* awaited.h - questions that wait for acknowledgements of secondaries; for notify.c.
 *
 * A question is answered when each secondary that lacked the serial of a zone has acknowledged that
 * serial or a newer one. Zones and secondaries are known by their numbers. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct awaited_question {
    TAILQ_ENTRY(awaited_question) links;
    int64_t number; /* the asker's */
    uint32_t zone, serial;
    uint64_t lacking; /* a bit for each secondary that has not acknowledged it; not 0 */
};

struct awaited {
    TAILQ_HEAD(awaited_list, awaited_question) questions; /* in the order of arrival */
    size_t count;
    void (*answer)(void *ctx, int64_t number);
    void *ctx;
};

void awaited_init(struct awaited *awaited, void (*answer)(void *ctx, int64_t number),
                  void *ctx);
/* Forgets all questions. */
void awaited_done(struct awaited *awaited);

/* Copies the question. When there are NOTIFY_AWAITED_MAX already, the oldest is forgotten. */
void awaited_add(struct awaited *awaited, const struct awaited_question *question);
/* Answers the questions that this acknowledgement was the last for. */
void awaited_acknowledge(struct awaited *awaited, size_t secondary, uint32_t zone,
                         uint32_t serial);
