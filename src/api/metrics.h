// SPDX-License-Identifier: GPL-3.0-or-later
/* metrics.h - front's numbers for Prometheus, text format 0.0.4. docs/diagnosis.md has the
 * list. They contain no name of a host and no address. */
#pragma once

#include "api/api.h"

/* The handler of a server of its own, on an address of its own: GET /metrics. `ctx` is a
 * struct api. */
void api_metrics(void *ctx, struct http_exchange *exchange);
