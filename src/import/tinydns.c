// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/tinydns_reader.h"
#include "import/import.h"

struct reading {
    struct plan *plan;
    uint64_t line;
};

static enum status take_record(void *ctx, const struct record *record, struct error *err)
{
    const struct reading *reading = (const struct reading *)ctx;
    (void)err;
    plan_record(reading->plan, record, reading->line);
    return OK;
}

static enum status take_location(void *ctx, const struct location_rule *rule,
                                 struct error *err)
{
    const struct reading *reading = (const struct reading *)ctx;
    (void)rule;
    (void)err;
    if (reading->plan->only.n == 0)
        plan_remark(reading->plan, reading->line, "a location is for static files alone");
    return OK;
}

enum status import_tinydns(struct plan *plan, struct str text, struct error *err)
{
    struct reading reading = { .plan = plan };
    const struct record_sink sink = { take_record, take_location, &reading };
    for (struct str rest = text, line; str_next(&rest, '\n', &line);) {
        reading.line++;
        enum status status = tinydns_parse_line(line, 0, &sink, err);
        if (status) {
            error_prefix(err, "%s:%llu", plan->file, (unsigned long long)reading.line);
            return status;
        }
    }
    plan_zones_by_soa(plan);
    if (plan->only.n)
        (void)plan_zone(plan, &plan->only, 0);
    return OK;
}
