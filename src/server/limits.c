// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/limits.h"

#include <sys/resource.h>

enum {
    DESCRIPTORS_MAX = 1 << 20, /* more are of no use */
    DESCRIPTORS_MIN = 256      /* if the system does not say */
};

size_t limits_raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return DESCRIPTORS_MIN;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (limit.rlim_cur <= before || setrlimit(RLIMIT_NOFILE, &limit))
        limit.rlim_cur = before;
    return (size_t)limit.rlim_cur;
}
