// SPDX-License-Identifier: GPL-3.0-or-later
/* querylog.h - writes a line for each query into a file, if the operator wants that:
 *
 *     1795391272 192.0.2.1 udp www.example.org A NOERROR 54
 *
 * The fields are second, client, transport, name, type, code, and bytes of the reply. A "-" means
 * that there is no question, or no reply.
 *
 * A thread that answers never waits for the disk. It puts some lines at a time into a pipe, from
 * which another thread writes them to the file. While the pipe is full, lines are lost, and
 * counted. */
#pragma once

#include <stdint.h>

#include "answer/answer.h"
#include "base/error.h"
#include "dns/message.h"

struct querylog;

/* Begins to append to the file. A file that is missing is made, also if it is moved away later.
 * ERR_IO. */
MUST_CHECK enum status querylog_open(const char *path, struct querylog **out,
                                     struct error *err);
/* Writes what is in the pipe, and ends the log. All threads must have flushed their lines. */
void querylog_close(struct querylog *log);
CLEANER(querylog_close, struct querylog *)
/* The pipe that takes lines; it does not block. */
int querylog_pipe(const struct querylog *log);

/* The lines of one thread that are not in the pipe yet. */
struct querylines;
/* `pipe` is lent. */
struct querylines *querylines_new(int pipe);
void querylines_free(struct querylines *lines);

/* Adds a line. `question` NULL: the query has none. The reply has `rcode` and `n` bytes; 0: there
 * is no reply. */
void querylines_add(struct querylines *lines, const struct answer_job *job,
                    const struct dns_question *question, enum dns_rcode rcode, size_t n);
/* Puts the lines into the pipe, and returns how many were lost. */
uint64_t querylines_flush(struct querylines *lines);
