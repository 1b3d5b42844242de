// SPDX-License-Identifier: GPL-3.0-or-later
/* writer.h - runs one batch in one transaction. */
#pragma once

#include "change/job.h"

/* Runs the jobs in their order and commits what they did; fills the status and outcome of
 * each and the batch's outputs. */
void writer_run(struct store *store, struct batch *batch);
