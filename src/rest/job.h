// SPDX-License-Identifier: GPL-3.0-or-later
/* job.h - one request from its arrival to its reply. */
#pragma once

#include "rest/call.h"

struct rest_job;

/* Lent until the job ends. */
struct rest_call *rest_job_call(struct rest_job *job);
/* Replies with the call's result or with the error, and frees the job. */
void rest_job_end(struct rest_job *job, enum status status, const struct error *err);
/* The number that HTTP has for it. */
int rest_http_status(enum status status);
