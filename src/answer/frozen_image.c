// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/frozen_image.h"

#include "base/mem.h"
#include "image/image.h"

struct frozen_image {
    struct image *image;
    size_t users;
    bool good;
};

/* ----- users ----- */

struct frozen_image *frozen_image_new(struct image *image)
{
    struct frozen_image *frozen = NEW(struct frozen_image);
    *frozen = (struct frozen_image){ .image = image, .users = 1, .good = true };
    return frozen;
}

struct frozen_image *frozen_image_share(struct frozen_image *frozen)
{
    frozen->users++;
    return frozen;
}

void frozen_image_release(struct frozen_image *frozen)
{
    if (!frozen || --frozen->users > 0)
        return;
    image_close(frozen->image);
    mem_free(frozen);
}

const struct image *frozen_image_get(const struct frozen_image *frozen)
{
    return frozen->image;
}

bool frozen_image_is_good(const struct frozen_image *frozen)
{
    return frozen->good;
}

void frozen_image_spoil(struct frozen_image *frozen)
{
    frozen->good = false;
}

/* ----- copies ----- */

void frozen_wait_stop(struct frozen_wait *wait)
{
    if (!wait->copies)
        return;
    timer_stop(&wait->timer);
    LIST_REMOVE(wait, links);
    wait->copies = NULL;
}

static void tell(struct frozen_wait *wait, struct frozen_image *frozen)
{
    frozen_wait_stop(wait);
    wait->fn(wait->ctx, frozen);
}

static void give_up(void *ctx)
{
    tell((struct frozen_wait *)ctx, NULL);
}

struct frozen_image *frozen_copies_ask(struct frozen_copies *copies,
                                       struct frozen_wait *wait, frozen_image_fn fn,
                                       void *ctx)
{
    if (copies->fresh)
        return frozen_image_share(copies->fresh);
    *wait = (struct frozen_wait){ .copies = copies, .fn = fn, .ctx = ctx };
    LIST_INSERT_HEAD(&copies->waits, wait, links);
    timer_set(&wait->timer, copies->loop, loop_now_ms(copies->loop) + FROZEN_WAIT_MS,
              give_up, wait);
    return NULL;
}

static void forget(void *ctx)
{
    struct frozen_copies *copies = (struct frozen_copies *)ctx;
    frozen_image_release(TAKE(copies->fresh));
}

void frozen_copies_give(struct frozen_copies *copies, struct image *image)
{
    copies->is_asked = false;
    if (image) {
        frozen_image_release(copies->fresh);
        copies->fresh = frozen_image_new(image);
        timer_set(&copies->timer, copies->loop,
                  loop_now_ms(copies->loop) + FROZEN_SHARE_MS, forget, copies);
    }
    while (!LIST_EMPTY(&copies->waits))
        tell(LIST_FIRST(&copies->waits),
             image ? frozen_image_share(copies->fresh) : NULL);
}

void frozen_copies_end(struct frozen_copies *copies)
{
    frozen_copies_give(copies, NULL);
    timer_stop(&copies->timer);
    forget(copies);
}
