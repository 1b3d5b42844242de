// SPDX-License-Identifier: GPL-3.0-or-later
/* history.h - what happened to a host. */
#pragma once

#include "rest/call.h"

/* Puts the member "said", what the host's device said last: of the newest request with addresses that
 * succeeded, if it is still remembered, else of the newest change by a device; null: nothing is
 * known. */
MUST_CHECK enum status history_put_said(const struct rest_call *call,
                                        const struct host_row *host, struct json *object,
                                        struct error *err);
