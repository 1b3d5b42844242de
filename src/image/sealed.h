// SPDX-License-Identifier: GPL-3.0-or-later
/* sealed.h - memory that can be handed to others by its descriptor, to read and never to write,
 * for this room alone.
 *
 * The seals are the memory's, not the descriptor's: whoever opens it again, or calls it his own
 * by the same user, can neither write to it nor change its size either. The mapping that we get
 * is the only one that can ever be written through. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sealed {
    int fd;      /* -1: none */
    uint8_t *at; /* NULL: none */
    size_t n;
    bool holds; /* it is sealed; else it must not be handed out */
};

#define SEALED_NONE ((struct sealed){ .fd = -1 })

/* `n` bytes of zeros, which are not sealed yet: until then they can be filled by the descriptor
 * too, which is faster for many. ERR_IO: there is no such memory. */
MUST_CHECK enum status sealed_make(size_t n, struct sealed *out, struct error *err);
/* From now on. A kernel that is too old for that leaves it unsealed. */
void sealed_close(struct sealed *sealed);
/* It becomes SEALED_NONE; who was handed it keeps it. */
void sealed_done(struct sealed *sealed);
/* Whether what the descriptor names can shrink no more under who has it mapped. */
bool sealed_is_firm(int fd);
