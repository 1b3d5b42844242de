// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/zonefile.h"
#include "import/import.h"

enum {
    TTL_S = 3600 /* of a record without one, before any $TTL */
};

static enum status take_record(void *ctx, const struct record *record, uint64_t line,
                               struct error *err)
{
    struct plan *plan = (struct plan *)ctx;
    if (record->type == RR_SOA && name_is_root(&record->owner))
        return FAIL(err, ERR_SYNTAX, "the file does not say which zone it is of: --zone");
    plan_record(plan, record, line);
    return OK;
}

static void note_strange(void *ctx, struct str text, uint64_t line)
{
    enum {
        SHOWN = 120
    };
    plan_remark((struct plan *)ctx, line,
                "a record of a type that is not known here: " STR_FMT,
                STR_ARG(str_first(text, SHOWN)));
}

enum status import_zonefile(struct plan *plan, struct str text, struct error *err)
{
    static const struct name root = { .n = 1 };
    const struct zonefile_sink sink = { take_record, note_strange, plan };
    enum status status = zonefile_parse(
        plan->file, text, plan->only.n ? &plan->only : &root, TTL_S, &sink, err);
    if (status)
        return status;
    plan_zones_by_soa(plan);
    if (plan->only.n)
        (void)plan_zone(plan, &plan->only, 0);
    return OK;
}
