// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "dns/zonefile.h"

enum {
    ARENA_BLOCK = 1 << 16,
    REMARK_SIZE = 640
};

void plan_init(struct plan *plan, const char *file)
{
    *plan = (struct plan){ .arena = arena_new(ARENA_BLOCK),
                           .file = file,
                           .mark = ":",
                           .reserved = str_from(host_name_reserved) };
}

void plan_done(struct plan *plan)
{
    mem_free(plan->slots);
    mem_free(plan->zones);
    mem_free(plan->records);
    mem_free(plan->hosts);
    mem_free(plan->remarks);
    arena_free(plan->arena);
}

struct name plan_name(struct str wire)
{
    struct name name = { .n = 1 };
    enum status status = name_decode(wire, &name);
    (void)status; /* it was checked when the record was added */
    return name;
}

const char *plan_text(struct plan *plan, struct str text)
{
    return arena_copy(plan->arena, text).at;
}

static void note_remark(struct plan *plan, uint64_t line, const char *fmt, va_list args)
    PRINTF_LIKE(3, 0);
static void note_remark(struct plan *plan, uint64_t line, const char *fmt, va_list args)
{
    char storage[REMARK_SIZE];
    (void)vsnprintf(storage, sizeof(storage), fmt, args);
    plan->remarks = mem_grow(plan->remarks, plan->remark_count + 1, &plan->remark_room,
                             sizeof(*plan->remarks));
    plan->remarks[plan->remark_count++] =
        (struct plan_remark){ .line = line,
                              .text = arena_copy(plan->arena, str_from(storage)) };
}

void plan_remark(struct plan *plan, uint64_t line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    note_remark(plan, line, fmt, args);
    va_end(args);
}

void plan_refuse(struct plan *plan, uint64_t line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    note_remark(plan, line, fmt, args);
    va_end(args);
    plan->refused++;
}

/* ----- what the file holds ----- */

void plan_record(struct plan *plan, const struct record *record, uint64_t line)
{
    if (record->location[0] || record->location[1] || record->stamp) {
        plan_remark(plan, line, "%s: a record with %s cannot be carried over",
                    name_text(&record->owner),
                    record->stamp ? "a time stamp" : "a location");
        return;
    }
    plan->records = mem_grow(plan->records, plan->record_count + 1, &plan->record_room,
                             sizeof(*plan->records));
    plan->records[plan->record_count++] = (struct plan_record){
        .owner = arena_copy(plan->arena, name_bytes(&record->owner)),
        .wildcard = record->wildcard,
        .type = record->type,
        .ttl_s = record->ttl_s,
        .rdata = arena_copy(plan->arena, record->rdata),
        .zone = PLAN_NO_ZONE,
        .line = line,
    };
}

struct plan_host *plan_host(struct plan *plan, const struct name *name, size_t zone,
                            uint64_t line)
{
    plan->hosts = mem_grow(plan->hosts, plan->host_count + 1, &plan->host_room,
                           sizeof(*plan->hosts));
    struct plan_host *host = &plan->hosts[plan->host_count++];
    *host = (struct plan_host){ .name = *name, .zone = zone, .line = line };
    return host;
}

/* ----- remarks ----- */

static int compare_remarks(const void *a, const void *b)
{
    const struct plan_remark *x = (const struct plan_remark *)a;
    const struct plan_remark *y = (const struct plan_remark *)b;
    int order = (x->line > y->line) - (x->line < y->line);
    return order ? order : str_compare(x->text, y->text);
}

void plan_sort_remarks(struct plan *plan)
{
    if (plan->remark_count)
        qsort(plan->remarks, plan->remark_count, sizeof(struct plan_remark),
              compare_remarks);
}

struct json *plan_record_json(const struct plan_record *record)
{
    CLEANUP(mem_freep) char *space = (char *)mem_new(PLAN_DATA_TEXT_SIZE);
    struct buf text = buf_on(space, PLAN_DATA_TEXT_SIZE);
    struct name owner = plan_name(record->owner);
    struct json *body = json_new_object();
    buf_put_text(&text, record->wildcard ? "*." : "");
    name_format(&owner, &text);
    json_put_text(body, "name", buf_str(&text));
    text.n = 0;
    rr_type_format(record->type, &text);
    json_put_text(body, "type", buf_str(&text));
    text.n = 0;
    rdata_format(record->type, record->rdata, &text);
    json_put_text(body, "data", buf_str(&text));
    json_put_number(body, "ttl", record->ttl_s);
    return body;
}
