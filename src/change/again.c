// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/again.h"

#include <string.h>

#include "base/mem.h"
#include "change/host_rule.h"
#include "change/job.h"

struct again *again_new(const struct rule_request *request)
{
    size_t text = 0;
    for (size_t i = 0; i < request->count; i++)
        text += request->values[i].text.n;
    size_t values = request->count * sizeof(request->values[0]);
    struct again *again = (struct again *)mem_new(sizeof(*again) + values + text);
    again->request = *request;
    again->request.values = again->values;
    char *at = (char *)(again->values + request->count);
    for (size_t i = 0; i < request->count; i++) {
        const struct str from = request->values[i].text;
        again->values[i] = request->values[i];
        again->values[i].text.at = at;
        if (from.n)
            memcpy(at, from.at, from.n);
        at += from.n;
    }
    return again;
}

/* What the token may by now. *access: whether it may act at all. */
static enum status judge_token(const struct admin *admin, const struct job *job,
                               struct token_row *token, struct access_account *account,
                               enum access_result *access, struct error *err)
{
    struct account_row row;
    *access = ACCESS_NO_TOKEN;
    enum status status = store_token_find(admin->store, job->origin.token_id, token, err);
    if (!status)
        status = store_account_find(admin->store, token->account_id, &row, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    *account = (struct access_account){ .state = row.state, .role = row.role };
    unsigned rights =
        (job->keeps_addresses ? 0 : RIGHT_ADDRESS) | (job->txt ? RIGHT_TXT : 0);
    *access = access_of_token(token, account, rights, job->origin.source, admin->now_s);
    return OK;
}

static enum status judge_host(const struct admin *admin, const struct job *job,
                              struct host_row *host, enum access_result *access,
                              struct error *err)
{
    struct token_row token;
    struct access_account account;
    enum status status = judge_token(admin, job, &token, &account, access, err);
    if (status || *access)
        return status;
    *access = ACCESS_NO_HOST;
    status = store_host_find(admin->store, job->host_id, host, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    *access = access_to_host(&token, &account, host, job->origin.encrypted);
    if (!(token.rights & RIGHT_PREFIX))
        job->again->request.may_renumber = false;
    return OK;
}

enum status again_judge(const struct admin *admin, struct job *job, bool *stands,
                        struct error *err)
{
    struct host_row row;
    struct addresses now;
    *stands = false;
    job->outcome = (struct change_outcome){ .result = CHANGE_REFUSED };
    enum status status = judge_host(admin, job, &row, &job->outcome.access, err);
    if (status || job->outcome.access)
        return status;
    if (job->keeps_addresses) {
        *stands = true;
        return OK;
    }
    status = store_host_addresses(admin->store, &row, &now, err);
    if (status)
        return status;
    const struct rule_host host =
        host_rule(&row, &now, job->decision.private_allowed, job->blocked);
    rule_decide(&job->again->request, &host, &job->decision);
    job->outcome.result = CHANGE_BAD_IP;
    *stands = job->decision.verdict != RULE_BAD_IP;
    return OK;
}
