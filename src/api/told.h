// SPDX-License-Identifier: GPL-3.0-or-later
/* told.h - what became of an update, for those who look after the service: counters, the
 * ring of requests, and the words of the request log. */
#pragma once

#include "api/update.h"

struct update_told {
    const struct update *update;
    const struct update_result *result;
};

/* Counts the result and keeps what named a host. */
void told_note(struct api *api, const struct update *update,
               const struct update_result *result);
