// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/hold.h"

#include "base/mem.h"
#include "image/image.h"

struct answer_hold {
    struct image *image;
    size_t users;
    bool good;
};

/* ----- holds ----- */

struct answer_hold *answer_hold_new(struct image *image)
{
    struct answer_hold *hold = NEW(struct answer_hold);
    *hold = (struct answer_hold){ .image = image, .users = 1, .good = true };
    return hold;
}

struct answer_hold *answer_hold_share(struct answer_hold *hold)
{
    hold->users++;
    return hold;
}

void answer_hold_release(struct answer_hold *hold)
{
    if (!hold || --hold->users > 0)
        return;
    image_close(hold->image);
    mem_free(hold);
}

const struct image *answer_hold_image(const struct answer_hold *hold)
{
    return hold->image;
}

bool answer_hold_is_good(const struct answer_hold *hold)
{
    return hold->good;
}

void answer_hold_spoil(struct answer_hold *hold)
{
    hold->good = false;
}

/* ----- copies ----- */

void answer_wait_stop(struct answer_wait *wait)
{
    if (!wait->copies)
        return;
    timer_stop(&wait->timer);
    LIST_REMOVE(wait, links);
    wait->copies = NULL;
}

static void tell(struct answer_wait *wait, struct answer_hold *hold)
{
    answer_wait_stop(wait);
    wait->fn(wait->ctx, hold);
}

static void give_up(void *ctx)
{
    tell((struct answer_wait *)ctx, NULL);
}

struct answer_hold *answer_copies_ask(struct answer_copies *copies,
                                      struct answer_wait *wait, answer_hold_fn fn,
                                      void *ctx)
{
    if (copies->fresh)
        return answer_hold_share(copies->fresh);
    *wait = (struct answer_wait){ .copies = copies, .fn = fn, .ctx = ctx };
    LIST_INSERT_HEAD(&copies->waits, wait, links);
    timer_set(&wait->timer, copies->loop, loop_now_ms(copies->loop) + ANSWER_COPY_WAIT_MS,
              give_up, wait);
    return NULL;
}

static void forget(void *ctx)
{
    struct answer_copies *copies = (struct answer_copies *)ctx;
    answer_hold_release(TAKE(copies->fresh));
}

void answer_copies_give(struct answer_copies *copies, struct image *image)
{
    copies->is_asked = false;
    if (image) {
        answer_hold_release(copies->fresh);
        copies->fresh = answer_hold_new(image);
        timer_set(&copies->timer, copies->loop,
                  loop_now_ms(copies->loop) + ANSWER_COPY_SHARE_MS, forget, copies);
    }
    while (!LIST_EMPTY(&copies->waits))
        tell(LIST_FIRST(&copies->waits), image ? answer_hold_share(copies->fresh) : NULL);
}

void answer_copies_end(struct answer_copies *copies)
{
    answer_copies_give(copies, NULL);
    timer_stop(&copies->timer);
    forget(copies);
}
