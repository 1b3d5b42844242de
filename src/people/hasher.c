// SPDX-License-Identifier: GPL-3.0-or-later
/* An order belongs to the loop until it is queued, then to the thread until it is done, then to the
 * loop again. One lock guards the two lists between them. */
#include "people/hasher.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/thread.h"

struct list {
    struct hash_order *first, **last;
};

struct hasher {
    pthread_t thread;
    struct wake wake;
    struct hasher_counts counts; /* the loop's */

    pthread_mutex_t lock;
    pthread_cond_t filled; /* an order came, or the end */
    struct list waiting, done;
    bool ended;
};

/* ----- orders ----- */

struct hash_order *hash_order_new(void)
{
    return NEW(struct hash_order);
}

static bool put(struct str password, char out[PASSWORD_BYTES_MAX], size_t *n)
{
    if (password.n > PASSWORD_BYTES_MAX)
        return false;
    if (password.n)
        memcpy(out, password.at, password.n);
    *n = password.n;
    return true;
}

bool hash_order_check(struct hash_order *order, struct str password, const char *hash)
{
    order->checks = true;
    memcpy(order->hash, hash, sizeof(order->hash));
    return put(password, order->password, &order->password_n);
}

bool hash_order_want(struct hash_order *order, struct str password)
{
    order->wants = true;
    return put(password, order->wanted, &order->wanted_n);
}

void hash_order_free(struct hash_order *order)
{
    if (order)
        mem_wipe(order, sizeof(*order));
    mem_free(order);
}

static void make(struct hash_order *order, struct str password)
{
    order->status = password_hash(password, order->made, &order->err);
    order->hashes++;
}

static void work(struct hash_order *order)
{
    struct str password = str_bytes(order->password, order->password_n);
    struct str wanted = str_bytes(order->wanted, order->wanted_n);
    if (order->checks) {
        order->matches = password_matches(password, order->hash[0] ? order->hash : NULL);
        order->hashes++;
        if (!order->matches)
            return;
    }
    if (order->wants) {
        order->status = password_judge(wanted, &order->words, &order->err);
        if (!order->status)
            make(order, wanted);
    } else if (password_is_outdated(order->hash)) {
        make(order, password);
    }
}

/* ----- the two lists ----- */

static void append(struct list *list, struct hash_order *order)
{
    order->next = NULL;
    *list->last = order;
    list->last = &order->next;
}

static struct hash_order *take_first(struct list *list)
{
    struct hash_order *order = list->first;
    if (order)
        list->first = order->next;
    if (!list->first)
        list->last = &list->first;
    return order;
}

static void lock(struct hasher *hasher)
{
    int failed = pthread_mutex_lock(&hasher->lock);
    assert(failed == 0);
}

static void unlock(struct hasher *hasher)
{
    int failed = pthread_mutex_unlock(&hasher->lock);
    assert(failed == 0);
}

/* ----- the thread ----- */

/* NULL: the end. What waits then is not worked on. */
static struct hash_order *wait_for_order(struct hasher *hasher)
{
    lock(hasher);
    while (!hasher->waiting.first && !hasher->ended)
        (void)pthread_cond_wait(&hasher->filled, &hasher->lock);
    struct hash_order *order = hasher->ended ? NULL : take_first(&hasher->waiting);
    unlock(hasher);
    return order;
}

static void *run(void *ctx)
{
    struct hasher *hasher = (struct hasher *)ctx;
    for (struct hash_order *order; (order = wait_for_order(hasher));) {
        work(order);
        lock(hasher);
        append(&hasher->done, order);
        unlock(hasher);
        wake_send(&hasher->wake);
    }
    return NULL;
}

/* ----- the loop ----- */

static struct hash_order *take_done(struct hasher *hasher)
{
    lock(hasher);
    struct hash_order *order = take_first(&hasher->done);
    unlock(hasher);
    return order;
}

static void give_back(void *ctx)
{
    struct hasher *hasher = (struct hasher *)ctx;
    for (struct hash_order *order; (order = take_done(hasher));) {
        hasher->counts.hashes += order->hashes;
        hasher->counts.waiting--;
        order->done(order->ctx, order);
    }
}

static struct hasher *new_hasher(void)
{
    struct hasher *hasher = NEW(struct hasher);
    int failed = pthread_mutex_init(&hasher->lock, NULL);
    assert(failed == 0);
    failed = pthread_cond_init(&hasher->filled, NULL);
    assert(failed == 0);
    hasher->waiting.last = &hasher->waiting.first;
    hasher->done.last = &hasher->done.first;
    return hasher;
}

static void free_hasher(struct hasher *hasher)
{
    (void)pthread_cond_destroy(&hasher->filled);
    (void)pthread_mutex_destroy(&hasher->lock);
    mem_free(hasher);
}

enum status hasher_start(struct loop *loop, struct hasher **out, struct error *err)
{
    struct hasher *hasher = new_hasher();
    enum status status = wake_start(&hasher->wake, loop, give_back, hasher, err);
    if (status) {
        free_hasher(hasher);
        return status;
    }
    status = thread_start(&hasher->thread, run, hasher, "passwords", err);
    if (status) {
        wake_stop(&hasher->wake);
        free_hasher(hasher);
        return status;
    }
    *out = hasher;
    return OK;
}

void hasher_stop(struct hasher *hasher)
{
    if (!hasher)
        return;
    lock(hasher);
    hasher->ended = true;
    (void)pthread_cond_signal(&hasher->filled);
    unlock(hasher);
    int failed = pthread_join(hasher->thread, NULL);
    assert(failed == 0);
    for (struct hash_order *order; (order = take_first(&hasher->waiting));) {
        order->dropped = true;
        append(&hasher->done, order);
    }
    give_back(hasher);
    wake_stop(&hasher->wake);
    free_hasher(hasher);
}

enum status hasher_submit(struct hasher *hasher, struct hash_order *order)
{
    if (hasher->counts.waiting >= HASHER_QUEUE) {
        hasher->counts.refused++;
        return ERR_BUSY;
    }
    hasher->counts.waiting++;
    lock(hasher);
    append(&hasher->waiting, order);
    (void)pthread_cond_signal(&hasher->filled);
    unlock(hasher);
    return OK;
}

struct hasher_counts hasher_count(const struct hasher *hasher)
{
    return hasher->counts;
}
