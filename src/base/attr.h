// SPDX-License-Identifier: GPL-3.0-or-later
/* attr.h - the few macros that every file may use.
 *
 * None of them hides a return, a goto or an error. */
#pragma once

#include <stddef.h>

/* The caller has to look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Checks the arguments of a printf-like function: `fmt` and `first` count from 1. */
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* Builds that clear all local variables leave this one alone: it is large, and it is written
 * before it is read. */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define UNCLEARED __attribute__((uninitialized))
#endif
#endif
#ifndef UNCLEARED
#define UNCLEARED
#endif

/* Number of elements of an array (not of a pointer). */
#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* CLEANER(thing_close, struct thing *) declares thing_closep(), which CLEANUP() calls when
 * the variable goes out of scope:
 *     CLEANUP(thing_closep) struct thing *thing = NULL;
 * The function gets the value of the variable and must accept NULL. */
#define CLEANUP(function) __attribute__((cleanup(function)))
#define CLEANER(function, type) \
    static inline void function##p(type const *held) \
    { \
        function(*held); \
    }

/* Yields the pointer and leaves NULL behind: ownership moves to whoever takes the value. */
#define TAKE(pointer) \
    __extension__({ \
        __typeof__(pointer) taken_ = (pointer); \
        (pointer) = NULL; \
        taken_; \
    })
