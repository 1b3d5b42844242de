// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/sanitizer.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#ifdef SANITIZED

#define LOOKER (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_UNTRACED)

/* When the program ends, the leak checker starts a process that shares our memory, stops our
 * threads and looks for leaks. */
const struct syscall_rule sanitizer_calls[] = {
    { .name = "clone", .only = { { 0, UINT32_MAX, LOOKER } } },
    { .name = "ptrace" },
    { .name = "wait4" },
    { .name = "prctl" },
    { .name = "rt_sigaction" },
    { .name = "getdents" },
    { .name = "getdents64" },
    { .name = "sched_yield" },
    { .name = "sigaltstack" },
    { .name = "readlink" },
    { .name = "readlinkat" },
    { .name = "arch_prctl" },
    { .name = NULL },
};
const char *const sanitizer_folder = "/proc/self";

static void open_up(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1);
}

void sanitizer_prepare(void)
{
    /* It runs before the leak checker, which was registered earlier. */
    int failed = atexit(open_up);
    assert(!failed);
}

#else

const struct syscall_rule sanitizer_calls[] = { { .name = NULL } };
const char *const sanitizer_folder = NULL;

void sanitizer_prepare(void)
{
}

#endif

bool sanitizer_makes(const char *call)
{
    for (const struct syscall_rule *at = sanitizer_calls; at->name; at++)
        if (strcmp(at->name, call) == 0)
            return true;
    return false;
}
