// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/dyndns1.h"

#include "update/request.h"

enum {
    PAGE_SIZE = 128
};

static const char *word_of(enum update_code code)
{
    switch (code) {
    case UPDATE_GOOD:
    case UPDATE_NOCHG:
        return "NOERROR";
    case UPDATE_NOTFQDN:
        return "NOTFQDN";
    case UPDATE_NOHOST:
        return "NOHOST";
    case UPDATE_BADIP:
        return "BADIP";
    case UPDATE_ABUSE:
        return "ABUSE";
    case UPDATE_NUMHOST:
        return "NUMHOST";
    case UPDATE_BADTXT:
        return "BADTXT";
    case UPDATE_BADAUTH:
        return "BADAUTH";
    case UPDATE_TROUBLE:
        break;
    }
    return "TROUBLE";
}

/* There is one verdict for all hosts: the first that is not a success. */
static enum update_code verdict_of(const struct update_result *result)
{
    if (result->whole)
        return result->code;
    for (size_t i = 0; i < result->count; i++)
        if (result->outcomes[i].code > UPDATE_NOCHG)
            return result->outcomes[i].code;
    return UPDATE_GOOD;
}

static void reply(void *ctx, const struct update_result *result)
{
    char page[PAGE_SIZE];
    struct buf body = BUF_ON(page);
    const char *word = word_of(verdict_of(result));
    buf_printf(&body, "<TITLE>update</TITLE>\nreturn code: %s\nerror code: %s\n", word,
               word);
    update_call_reply((const struct update_call *)ctx, result, "text/html; charset=utf-8",
                      buf_str(&body));
}

static void handle(struct updates *updates, struct update_request *request)
{
    update_request_run(updates, request, reply);
}

const struct dialect dyndns1 = { .word = "dyndns1",
                                 .handle = handle,
                                 .refusal = "badagent\n" };
