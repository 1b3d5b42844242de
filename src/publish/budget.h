// SPDX-License-Identifier: GPL-3.0-or-later
/* budget.h - how many datagrams may be sent: so many a second, and a few more at once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct budget {
    int64_t rate, burst; /* a second; at once */
    int64_t left;        /* in thousandths of a datagram */
    int64_t refilled_ms;
};

/* Begins full. `now_ms` is of a steady clock. */
void budget_init(struct budget *budget, int64_t rate, int64_t burst, int64_t now_ms);
/* Adds what time has brought. */
void budget_refill(struct budget *budget, int64_t now_ms);
bool budget_allows(const struct budget *budget);
/* One datagram is sent, whether it was allowed or not. */
void budget_spend(struct budget *budget);
