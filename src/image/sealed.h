// SPDX-License-Identifier: GPL-3.0-or-later
/* sealed.h - memory that other processes can be handed by its descriptor, to read but never to
 * write. For this room alone.
 *
 * The seals belong to the memory, not to the descriptor: a process that opens it again, even one of
 * the same user, can neither write to it nor change its size. Our own mapping is the only one
 * through which it can ever be written. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sealed {
    int fd;      /* -1: none */
    uint8_t *at; /* NULL: none */
    size_t n;
    bool holds; /* it is sealed; otherwise it must not be handed out */
};

#define SEALED_NONE ((struct sealed){ .fd = -1 })

/* Makes `n` bytes of zeros. They are not sealed yet, and can be filled through the descriptor too,
 * which is faster for large amounts. ERR_IO: there is no such memory. */
MUST_CHECK enum status sealed_make(size_t n, struct sealed *out, struct error *err);
/* Seals the memory; `holds` tells whether the kernel can do that. */
void sealed_close(struct sealed *sealed);
/* Frees our mapping; readers keep theirs. It becomes SEALED_NONE. */
void sealed_done(struct sealed *sealed);
/* Whether the memory can no longer shrink under a process that has it mapped. */
bool sealed_is_firm(int fd);
