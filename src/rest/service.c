// SPDX-License-Identifier: GPL-3.0-or-later
/* The service itself as a resource: its state, and its backups. */
#include "base/json.h"
#include "base/version.h"
#include "rest/backup.h"
#include "rest/job.h"
#include "rest/resource.h"
#include "rest/rest.h"
#include "update/updates.h"

enum status rest_status(struct rest_call *call, struct error *err)
{
    const struct rest *rest = call->rest;
    (void)err;
    call->result = json_new_object();
    json_put_bool(call->result, "ready", updates_are_ready(rest->updates));
    json_put_number(call->result, "seq", change_seq(rest->change));
    if (rest->describe)
        rest->describe(rest->ctx, call->result);
    return OK;
}

enum status rest_role_list(struct rest_call *call, struct error *err)
{
    const struct rest *rest = call->rest;
    if (!rest->roles)
        return FAIL(err, ERR_BUSY, "the state of the roles is not known");
    call->result = json_new_object();
    json_put_text(call->result, "version", STR(ROVE_VERSION));
    json_put(call->result, "items", rest->roles(rest->ctx));
    return OK;
}

static void backup_made(void *ctx, enum status status, const char *path,
                        const struct backup_info *info, const struct error *err)
{
    struct rest_job *job = (struct rest_job *)ctx;
    if (info) {
        struct json *result = json_new_object();
        json_put_text(result, "file", str_from(path));
        json_put_number(result, "seq", info->seq);
        json_put_number(result, "schema", info->schema);
        json_put_number(result, "time", info->time_s);
        json_put_bool(result, "keys", info->has_keys);
        rest_job_call(job)->result = result;
    }
    rest_job_end(job, status, err);
}

void rest_backup(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    struct error err = { "" };
    bool with_keys = true;
    const struct json *member = json_get(call->body, "keys");
    enum status status = OK;
    if (member && !json_as_bool(member, &with_keys))
        status = FAIL(&err, ERR_SYNTAX, "keys: must be true or false");
    if (!status)
        status = backups_begin(call->rest->backups, with_keys, backup_made, job, &err);
    if (status)
        rest_job_end(job, status, &err);
}
