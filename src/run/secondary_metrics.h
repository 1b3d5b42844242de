// SPDX-License-Identifier: GPL-3.0-or-later
/* secondary_metrics.h - what publish knows of each secondary, for Prometheus. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* Appends what stands in RUN/publish/status; nothing when the role never ran or tells no
 * secondary. `now_s` is in seconds since 1970. */
void secondary_metrics_put(const struct config *config, int64_t now_s, struct buf *page);
