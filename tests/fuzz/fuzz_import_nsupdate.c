// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever the file holds, the plan of it is sound: no record of it in no zone, no host
 * outside of its own. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan plan;
    plan_init(&plan, "f");
    if (import_nsupdate(&plan, str_bytes(data, size), NULL) == OK) {
        plan_find_zones(&plan);
        plan_settle(&plan);
        plan_sort_remarks(&plan);
    }
    for (size_t i = 0; i < plan.host_count; i++) {
        assert(plan.hosts[i].zone < plan.zone_count);
        assert(name_is_within(&plan.hosts[i].name, &plan.zones[plan.hosts[i].zone].name));
    }
    plan_done(&plan);
    return 0;
}
