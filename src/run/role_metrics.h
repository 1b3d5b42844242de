// SPDX-License-Identifier: GPL-3.0-or-later
/* role_metrics.h - what answer and tls count, for Prometheus. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* Appends what stands in RUN/ROLE/status, which is some seconds old; nothing of a role that never
 * ran. */
void role_metrics_put(const struct config *config, struct buf *page);
