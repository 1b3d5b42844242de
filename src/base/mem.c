// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM_FIRST = 16 /* items */
};

static void require(const void *memory)
{
    if (memory)
        return;
    (void)fputs("out of memory\n", stderr);
    abort();
}

static size_t array_size(size_t count, size_t size)
{
    size_t total = 0;
    if (!size_multiply(count, size, &total))
        require(NULL);
    return total ? total : 1; /* malloc(0) may give NULL */
}

void *mem_new(size_t n)
{
    return mem_new_array(n, 1);
}

void *mem_new_array(size_t count, size_t size)
{
    void *memory = calloc(array_size(count, size), 1);
    require(memory);
    return memory;
}

void *mem_resize(void *held, size_t count, size_t size)
{
    void *memory = realloc(held, array_size(count, size));
    require(memory);
    return memory;
}

void *mem_grow(void *held, size_t need, size_t *room, size_t size)
{
    if (need <= *room)
        return held;
    size_t more = ROOM_FIRST;
    if (*room > 0 && !size_multiply(*room, 2, &more))
        require(NULL);
    *room = more < need ? need : more;
    return mem_resize(held, *room, size);
}

void mem_free(void *held)
{
    free(held);
}

char *mem_copy_text(const char *text)
{
    if (!text)
        return NULL;
    size_t n = strlen(text) + 1;
    char *copy = mem_new(n);
    memcpy(copy, text, n);
    return copy;
}

void mem_wipe(void *at, size_t n)
{
    if (n)
        explicit_bzero(at, n);
}
