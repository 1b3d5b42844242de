// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/budget.h"

enum {
    COST = 1000 /* of a datagram; a millisecond brings `rate` */
};

void budget_init(struct budget *budget, int64_t rate, int64_t burst, int64_t now_ms)
{
    *budget = (struct budget){
        .rate = rate, .burst = burst, .left = burst * COST, .refilled_ms = now_ms
    };
}

void budget_refill(struct budget *budget, int64_t now_ms)
{
    int64_t left = budget->left + (now_ms - budget->refilled_ms) * budget->rate;
    budget->left = left > budget->burst * COST ? budget->burst * COST : left;
    budget->refilled_ms = now_ms;
}

bool budget_allows(const struct budget *budget)
{
    return budget->left >= COST;
}

void budget_spend(struct budget *budget)
{
    budget->left -= COST;
}
