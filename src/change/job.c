// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/job.h"

#include "base/mem.h"

void job_free(struct job *job)
{
    mem_free(job->err);
    mem_free(job->again);
    mem_free(job->txt);
    network_set_release(job->blocked);
    mem_free(job);
}

void batch_free(struct batch *batch)
{
    while (batch->first) {
        struct job *job = batch->first;
        batch->first = job->next;
        job_free(job);
    }
    patches_done(&batch->patches);
    mem_free(batch);
}
