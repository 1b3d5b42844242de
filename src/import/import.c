// SPDX-License-Identifier: GPL-3.0-or-later
/* The command rovectl import: reads the file into a plan, has the plan applied, and prints the
 * report as text or JSON. Without --zone, tinydns data only gets advice. */
#include "import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

enum {
    FILE_MAX = 1 << 30
};

import_fn import_find(const char *format)
{
    static const struct {
        const char *name;
        import_fn fn;
    } formats[] = {
        { "tinydns", import_tinydns },   { "zone", import_zonefile },
        { "vegadns1", import_vegadns },  { "vegadns2", import_vegadns },
        { "nsupdate", import_nsupdate },
    };
    for (size_t i = 0; i < LENGTH_OF(formats); i++)
        if (strcmp(formats[i].name, format) == 0)
            return formats[i].fn;
    return NULL;
}

/* ----- the report ----- */

static struct json *remarks_of(const struct plan *plan)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < plan->remark_count; i++) {
        const struct plan_remark *remark = &plan->remarks[i];
        struct error text = { "" };
        if (remark->line)
            error_set(&text, "%s%s%llu: " STR_FMT, plan->file, plan->mark,
                      (unsigned long long)remark->line, STR_ARG(remark->text));
        else
            error_set(&text, "%s: " STR_FMT, plan->file, STR_ARG(remark->text));
        json_append(list, json_new_string(str_from(text.text)));
    }
    return list;
}

static void print_zone(const struct json *zone, bool dry_run)
{
    bool made = json_get_bool(zone, "made");
    struct str lines = json_get_text(zone, "lines");
    if (lines.n) {
        (void)printf("zone " STR_FMT ": %lld records of lines " STR_FMT "\n",
                     STR_ARG(json_get_text(zone, "zone")),
                     (long long)json_get_number(zone, "records"), STR_ARG(lines));
        return;
    }
    struct str refused = json_get_text(zone, "refused");
    if (refused.n) {
        (void)printf("zone " STR_FMT
                     ": refused, with its %lld hosts and records: " STR_FMT "\n",
                     STR_ARG(json_get_text(zone, "zone")),
                     (long long)json_get_number(zone, "failed"), STR_ARG(refused));
        return;
    }
    (void)printf("zone " STR_FMT ": %s%lld hosts and %lld records %s, %lld there already,"
                 " %lld refused\n",
                 STR_ARG(json_get_text(zone, "zone")), made ? "new; " : "",
                 (long long)json_get_number(zone, "hosts"),
                 (long long)json_get_number(zone, "records"),
                 dry_run ? "to be made" : "made",
                 (long long)json_get_number(zone, "there"),
                 (long long)json_get_number(zone, "failed"));
}

static void print_list(const char *title, const struct json *texts)
{
    if (json_count(texts))
        (void)puts(title);
    for (size_t i = 0; i < json_count(texts); i++) {
        struct str text = STR("");
        (void)json_as_text(json_item(texts, i), &text);
        (void)printf("  " STR_FMT "\n", STR_ARG(text));
    }
}

static void print_report(const struct json *report)
{
    bool dry_run = json_get_bool(report, "dry_run");
    const struct json *zones = json_get(report, "zones");
    for (size_t i = 0; i < json_count(zones); i++)
        print_zone(json_item(zones, i), dry_run);
    print_list("To be known:", json_get(report, "remarks"));
    print_list("Perhaps made, but nobody knows a token of them:",
               json_get(report, "without_token"));
    if (json_get(report, "advice"))
        (void)puts(
            "Nothing was written: --zone says which zone becomes dynamic. The others"
            " can stay\nin the operator's static files as they are.");
    else if (dry_run)
        (void)puts("Nothing was written.");
}

/* ----- advice ----- */

/* The line of a record of a zone. */
struct place {
    size_t zone;
    uint64_t line;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = (const struct place *)a;
    const struct place *y = (const struct place *)b;
    if (x->zone != y->zone)
        return x->zone < y->zone ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* Writes the lines that have records of the zone, such as "1-4, 7". */
static void put_lines(const struct place *places, size_t count, struct buf *out)
{
    for (size_t from = 0, to = 0; from < count; from = to + 1) {
        for (to = from; to + 1 < count && places[to + 1].line <= places[to].line + 1;)
            to++;
        buf_printf(out, "%s%llu", from ? ", " : "",
                   (unsigned long long)places[from].line);
        if (places[to].line > places[from].line)
            buf_printf(out, "-%llu", (unsigned long long)places[to].line);
    }
}

static struct json *advise_zone(const struct plan *plan, size_t zone,
                                const struct place *places, size_t count)
{
    enum {
        LINES_SIZE = 2000
    };
    char storage[LINES_SIZE];
    struct buf text = BUF_ON(storage);
    put_lines(places, count, &text);
    struct json *item = json_new_object();
    json_put_text(item, "zone", str_from(name_text(&plan->zones[zone].name)));
    json_put_number(item, "records", (int64_t)count);
    json_put_text(item, "lines", text.full ? STR("many") : buf_str(&text));
    return item;
}

/* Lists each zone with its lines, and makes nothing: tinydns data may hold many zones, few of which
 * are dynamic. */
static void advise(const struct plan *plan, struct json *report)
{
    struct json *zones = json_new_array();
    json_put(report, "zones", zones);
    CLEANUP(mem_freep)
    struct place *places =
        (struct place *)mem_new_array(plan->record_count + 1, sizeof(struct place));
    for (size_t i = 0; i < plan->record_count; i++)
        places[i] = (struct place){ plan->records[i].zone, plan->records[i].line };
    qsort(places, plan->record_count, sizeof(struct place), compare_places);
    for (size_t i = 0, from = 0, to = 0; i < plan->zone_count; i++, from = to) {
        while (to < plan->record_count && places[to].zone == i)
            to++;
        json_append(zones, advise_zone(plan, i, &places[from], to - from));
    }
    json_put(report, "remarks", remarks_of(plan));
    json_put_bool(report, "advice", true);
}

/* ----- the command ----- */

static enum status read_file(struct plan *plan, import_fn read, struct error *err)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    enum status status = file_read(plan->file, FILE_MAX, &text, &n, err);
    if (!status)
        status = read(plan, str_bytes(text, n), err);
    if (!status)
        plan_find_zones(plan);
    return status;
}

static enum status read_plan(struct plan *plan, const char *format,
                             const struct json *options, struct error *err)
{
    struct str zone;
    plan->no_hosts = json_get_bool(options, "static");
    enum status status = OK;
    if (json_as_text(json_get(options, "zone"), &zone))
        status = name_parse(zone, &plan->only, err);
    if (!status)
        status = read_file(plan, import_find(format), err);
    if (status)
        return status;
    if (plan->zone_count == 0)
        return FAIL(err, ERR_NOT_FOUND,
                    "%s: no zone is in it, and none was named: --zone", plan->file);
    plan_settle(plan);
    return OK;
}

/* Prints a token at once, so that it is not lost if the import ends early. */
static void print_token(const char *host, struct str secret)
{
    (void)printf("token of %s, shown this once: " STR_FMT "\n", host, STR_ARG(secret));
    (void)fflush(stdout);
}

static enum status import(const struct config *config, struct plan *plan,
                          const struct json *options, bool as_json, struct json *report,
                          struct error *err)
{
    enum status status =
        import_apply(config, plan, options, as_json ? NULL : print_token, report, err);
    plan_sort_remarks(plan);
    json_put(report, "remarks", remarks_of(plan));
    return status;
}

/* Prints the report and returns the exit code. If anything was refused, the import has failed. */
static int finish(enum status status, const struct plan *plan, const struct json *report,
                  bool as_json, const struct error *err)
{
    CLEANUP(mem_freep) char *text = json_pretty(report);
    if (json_get(report, "zones") && as_json)
        (void)puts(text);
    else if (json_get(report, "remarks"))
        print_report(report);
    if (status)
        (void)fprintf(stderr, "rovectl: %s\n", err->text);
    else if (plan->refused)
        (void)fprintf(stderr, "rovectl: %s: not all came in: %zu refused\n", plan->file,
                      plan->refused);
    return status || plan->refused ? EXIT_TROUBLE : EXIT_OK;
}

int run_import(const struct config *config, const char *format,
               const struct json *options, bool as_json)
{
    struct error err = { "" };
    struct plan plan;
    struct str file = json_get_text(options, "file");
    bool advice = strcmp(format, "tinydns") == 0 && !json_get(options, "zone");
    bool dry_run = json_get_bool(options, "dry_run");
    CLEANUP(json_freep) struct json *report = json_new_object();
    json_put_bool(report, "dry_run", dry_run || advice);
    plan_init(&plan, file.at);
    if (config->reserved_given)
        plan.reserved = str_from(config->reserved);
    enum status status = OK;
    if (advice) {
        status = read_file(&plan, import_tinydns, &err);
        if (!status)
            advise(&plan, report);
    } else {
        status = read_plan(&plan, format, options, &err);
        if (!status)
            status = import(config, &plan, options, as_json, report, &err);
    }
    int code = finish(status, &plan, report, as_json, &err);
    plan_done(&plan);
    return code;
}
