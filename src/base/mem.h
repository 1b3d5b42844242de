// SPDX-License-Identifier: GPL-3.0-or-later
/* mem.h - the heap, and arithmetic on sizes.
 *
 * Running out of memory ends the process. Its supervisor restarts it, and its state is in the
 * store. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* `n` zeroed bytes. Never NULL. */
void *mem_new(size_t n);
/* `count` zeroed items of `size` bytes. Overflow ends the process. */
void *mem_new_array(size_t count, size_t size);
/* Resizes an array to `count` items of `size` bytes. New bytes are NOT zeroed. */
void *mem_resize(void *held, size_t count, size_t size);
/* Makes room in an array for `need` items of `size` bytes, and returns where the array is then. It
 * stays as it is if `need` is not more than *room. Otherwise it moves, and *room at least doubles,
 * so that an array that grows item by item costs a constant time for each. New bytes are NOT
 * zeroed. Overflow ends the process. */
void *mem_grow(void *held, size_t need, size_t *room, size_t size);
/* NULL is fine. */
void mem_free(void *held);
/* A heap copy of a zero-terminated text; NULL gives NULL. */
char *mem_copy_text(const char *text);
/* Fills with zeros, which the compiler may not leave out. For secrets. */
void mem_wipe(void *at, size_t n);

#define NEW(type) ((type *)mem_new(sizeof(type)))

/* CLEANUP(mem_freep) works for a variable of any pointer type. Copying bytes keeps to the rules of
 * aliasing. */
static inline void mem_freep(void *held)
{
    void *pointer = NULL;
    __builtin_memcpy(&pointer, held, sizeof(pointer));
    mem_free(pointer);
}

/* True: the result fits, and *out is it. False: *out is untouched. */
static inline bool size_add(size_t a, size_t b, size_t *out)
{
    size_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}
static inline bool size_multiply(size_t a, size_t b, size_t *out)
{
    size_t product = 0;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}
