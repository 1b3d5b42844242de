// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/jobs.h"

#include "base/mem.h"

void jobs_init(struct jobs *jobs, struct loop *loop, struct queue *queue, size_t max)
{
    *jobs = (struct jobs){ .loop = loop, .queue = queue, .max = max };
}

bool jobs_are_full(const struct jobs *jobs)
{
    return jobs->is_closed || jobs->under_way >= jobs->max;
}

struct job *jobs_new(const struct jobs *jobs)
{
    struct job *job = NEW(struct job);
    job->now_s = clock_wall_s(loop_clock(jobs->loop));
    return job;
}

void jobs_queue(struct jobs *jobs, struct job *job)
{
    jobs->under_way++;
    queue_push(jobs->queue, job);
}

enum status jobs_submit(struct jobs *jobs, change_work_fn fn, void *work,
                        change_done_fn done, void *ctx)
{
    if (jobs_are_full(jobs))
        return ERR_BUSY;
    struct job *job = jobs_new(jobs);
    job->work = fn;
    job->work_ctx = work;
    job->work_done = done;
    job->ctx = ctx;
    jobs->works++;
    jobs_queue(jobs, job);
    return OK;
}

void jobs_taken_over(struct jobs *jobs, const struct batch *batch)
{
    for (const struct job *job = batch->first; job; job = job->next)
        jobs->works -= job->work != NULL;
}

void jobs_ended(struct jobs *jobs)
{
    jobs->under_way--;
}
