// SPDX-License-Identifier: GPL-3.0-or-later
/* querylog.h - a line for each query, in a file, for operators who ask for it:
 *
 *     1795391272 192.0.2.1 udp www.example.org A NOERROR 54
 *
 * second, client, transport, name, type, code and bytes of the reply. "-" stands for what there
 * is none of: no question, no reply.
 *
 * Who answers never waits for the disk. He puts a few lines at a time into a pipe, and a thread
 * of its own takes them out and writes. While the pipe is full, lines are lost and counted. */
#pragma once

#include <stdint.h>

#include "answer/answer.h"
#include "base/error.h"
#include "dns/message.h"

struct querylog;

/* Appends to the file, which is made if it is missing, also when it was moved away later.
 * ERR_IO. */
MUST_CHECK enum status querylog_open(const char *path, struct querylog **out,
                                     struct error *err);
/* After all lines of all threads were flushed: those that are in the pipe are written. */
void querylog_close(struct querylog *log);
CLEANER(querylog_close, struct querylog *)
/* Where lines go: the pipe, which does not block. */
int querylog_pipe(const struct querylog *log);

/* Lines of one thread that are not in the pipe yet. */
struct querylines;
/* `pipe` is lent. */
struct querylines *querylines_new(int pipe);
void querylines_free(struct querylines *lines);

/* `question` NULL: there is none. `n` bytes of a reply with `rcode`; 0: there is none. */
void querylines_add(struct querylines *lines, const struct answer_job *job,
                    const struct dns_question *question, enum dns_rcode rcode, size_t n);
/* Puts them into the pipe; yields how many were lost. */
uint64_t querylines_flush(struct querylines *lines);
