// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/fault.h"

#ifdef ROVE_FAULTS

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

enum {
    POINT_SIZE = 64
};

/* Only one point is armed at a time: with more, a test could not tell which one failed. */
static struct {
    char point[POINT_SIZE]; /* empty: nothing is armed */
    uint64_t nth;
    bool sticky;
    uint64_t asked, hits;
} armed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void arm(struct str point, uint64_t nth, bool sticky)
{
    (void)pthread_mutex_lock(&lock);
    memset(&armed, 0, sizeof(armed));
    if (point.n && point.n < POINT_SIZE) {
        memcpy(armed.point, point.at, point.n);
        armed.nth = nth;
        armed.sticky = sticky;
    }
    (void)pthread_mutex_unlock(&lock);
}

/* Reads "point:3" or "point:3+". A text that is wrong ends the process: a mistake must not look
 * like a run without faults. */
static void arm_from_environment(void)
{
    struct str rest = str_from(getenv("ROVE_FAULT")), point = { 0 };
    if (!str_next(&rest, ':', &point))
        return;
    bool sticky = str_ends(rest, STR("+"));
    uint64_t nth = 0;
    if (str_to_u64(str_first(rest, rest.n - sticky), UINT64_MAX, &nth) || nth == 0 ||
        point.n == 0 || point.n >= POINT_SIZE) {
        (void)fputs("ROVE_FAULT must be POINT:N or POINT:N+\n", stderr);
        abort();
    }
    arm(point, nth, sticky);
}

bool fault_hit(const char *point)
{
    (void)pthread_once(&once, arm_from_environment);
    (void)pthread_mutex_lock(&lock);
    bool hit = false, first = false;
    if (armed.point[0] && strcmp(armed.point, point) == 0) {
        armed.asked++;
        hit = armed.sticky ? armed.asked >= armed.nth : armed.asked == armed.nth;
        first = hit && armed.hits == 0;
        armed.hits += hit;
    }
    uint64_t asked = armed.asked;
    (void)pthread_mutex_unlock(&lock);
    if (first)
        log_warning("fault-hit", LOG_TEXT("point", point), LOG_NUMBER("call", asked));
    return hit;
}

void fault_arm(const char *point, uint64_t nth, bool sticky)
{
    (void)pthread_once(&once, arm_from_environment);
    arm(str_from(point), nth, sticky);
}

uint64_t fault_asked(void)
{
    (void)pthread_mutex_lock(&lock);
    uint64_t asked = armed.asked;
    (void)pthread_mutex_unlock(&lock);
    return asked;
}

uint64_t fault_hits(void)
{
    (void)pthread_mutex_lock(&lock);
    uint64_t hits = armed.hits;
    (void)pthread_mutex_unlock(&lock);
    return hits;
}

#endif
