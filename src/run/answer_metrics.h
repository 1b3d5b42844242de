// SPDX-License-Identifier: GPL-3.0-or-later
/* answer_metrics.h - what answer counts, for Prometheus. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* Appends what stands in RUN/answer/status, which is some seconds old; nothing when the role
 * never ran. */
void answer_metrics_put(const struct config *config, struct buf *page);
