// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/str.h"

enum {
    TESTS_MAX = 512
};

static struct test_entry *first, **last = &first;

void test_register(struct test_entry *entry)
{
    *last = entry;
    last = &entry->next;
}

void test_check_str(struct str got, const char *want, const char *file, int line)
{
    if (str_equal(got, str_from(want)))
        return;
    print_error("\"%.*s\" instead of \"%s\"\n", (int)got.n, got.n ? got.at : "", want);
    _fail(file, line);
}

bool test_runs_in_valgrind(void)
{
    const char *libraries = getenv("LD_PRELOAD");
    return libraries && strstr(libraries, "vgpreload");
}

size_t test_open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;
    if (!folder) {
        fail_msg("no /proc/self/fd");
        return 0;
    }
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    random_init();
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    static struct CMUnitTest tests[TESTS_MAX];
    size_t count = 0;
    for (const struct test_entry *entry = first; entry; entry = entry->next) {
        if (count == TESTS_MAX)
            abort();
        tests[count++] =
            (struct CMUnitTest){ .name = entry->name, .test_func = entry->run };
    }
    const char *slash = strrchr(argv[0], '/');
    return _cmocka_run_group_tests(slash ? slash + 1 : argv[0], tests, count, NULL, NULL);
}
