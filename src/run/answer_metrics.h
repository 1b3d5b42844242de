// SPDX-License-Identifier: GPL-3.0-or-later
/* answer_metrics.h - the counters of answer, for Prometheus. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* Appends the counters in RUN/answer/status, which are some seconds old. Nothing when the role
 * never ran. */
void answer_metrics_put(const struct config *config, struct buf *page);
