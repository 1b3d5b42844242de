// SPDX-License-Identifier: GPL-3.0-or-later
/* history.h - what happened to one host: its changes, newest first, along the journal, and what its
 * device said. */
#pragma once

#include "rest/list.h"

/* Gives *out, which the caller frees. */
typedef enum status (*rest_change_fn)(const struct rest_call *call,
                                      const struct change_row *row, struct json **out,
                                      struct error *err);
/* Puts a page of them into the list, behind the one that list->page.after names. */
MUST_CHECK enum status rest_history_put(const struct host_row *host,
                                        struct rest_list *list, rest_change_fn to_json);
/* As the host's own log has it: seq, time, before, after, and from where it came. */
MUST_CHECK enum status rest_change_json(const struct rest_call *call,
                                        const struct change_row *row, struct json **out,
                                        struct error *err);
/* Members of a change: addresses of one side, which may be NULL bytes, null for none; the source;
 * the dialect; what the program said it was, fit for a terminal. */
MUST_CHECK enum status rest_change_side(const uint8_t *bytes, size_t n, struct json **out,
                                        struct error *err);
/* Source and agent of a change; of what another person did only operators see them. */
void rest_put_caller(const struct rest_call *call, const struct change_row *row,
                     struct json *item);
void rest_put_source(struct json *item, struct ip source);
void rest_put_dialect(struct json *item, uint8_t dialect);
void rest_put_agent(struct json *item, const char *agent);

/* Puts the member "said", what the host's device said last: of the newest request with addresses that
 * succeeded, if it is still remembered, else of the newest change by a device; null: nothing is
 * known. */
MUST_CHECK enum status history_put_said(const struct rest_call *call,
                                        const struct host_row *host, struct json *object,
                                        struct error *err);
