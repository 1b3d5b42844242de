// SPDX-License-Identifier: GPL-3.0-or-later
/* Takes a change of a host's addresses back. */
#include "base/json.h"
#include "rest/field.h"
#include "rest/resource.h"

struct undo_body {
    int64_t seq;
};

static const struct field fields[] = {
    FIELD(struct undo_body, seq, "seq", FIELD_NUMBER, SET_BY_OWNER,
          "number of the change, in the host's log; the newest one of its addresses"),
};
const struct shape undo_shape = { "Undo", fields, LENGTH_OF(fields) };

enum status rest_host_undo(struct rest_call *call, struct error *err)
{
    struct undo_body body = { .seq = 0 };
    struct host_row row;
    enum status status = rest_find_host(call, call->arg, &row, err);
    if (!status && call->body)
        status = fields_read(&undo_shape, call->body, SET_BY_OWNER, true, &body, err);
    if (!status)
        status = admin_host_undo(&call->admin, row.id, body.seq, err);
    if (!status)
        status = store_host_find(call->admin.store, row.id, &row, err);
    return status ? status : rest_host_json(call, &row, &call->result, err);
}
