// SPDX-License-Identifier: GPL-3.0-or-later
/* test.h - what a file of unit tests needs: TEST(a_sentence) { CHECK(...); }
 *
 * Tests register themselves; main.c runs them with cmocka. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct test_entry {
    const char *name;
    void (*run)(void **state);
    struct test_entry *next;
};
void test_register(struct test_entry *entry);

#define TEST(name_) \
    static void test_##name_(void **state); \
    __attribute__((constructor)) static void register_##name_(void) \
    { \
        static struct test_entry entry = { #name_, test_##name_, NULL }; \
        test_register(&entry); \
    } \
    static void test_##name_(void **state __attribute__((unused)))

/* The condition, or the test fails with the line. */
#define CHECK(condition) assert_true(condition)
#define CHECK_INT(got, want) assert_int_equal((got), (want))
#define CHECK_TEXT(got, want) assert_string_equal((got), (want))
/* A str against a literal or zero-terminated text. */
#define CHECK_STR(got, want) test_check_str((got), (want), __FILE__, __LINE__)

/* Valgrind makes as if it lowered the limit of descriptors: what needs it skips then. */
bool test_runs_in_valgrind(void);

/* What this process has open, and a few more, always as many. */
size_t test_open_descriptors(void);

struct str;
void test_check_str(struct str got, const char *want, const char *file, int line);
