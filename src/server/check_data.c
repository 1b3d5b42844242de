// SPDX-License-Identifier: GPL-3.0-or-later
/* roved --check-data: prints the mistakes in the operator's files, what is probably not meant in
 * them, and what publishing now would change, as lines of the tinydns data language. It only
 * reads.
 *
 * The records of both sides are kept as hashes, 8 bytes each. Sorting them shows what only one side
 * has. A second walk over each side prints that. */
#include "server/once.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "dns/tinydns_writer.h"
#include "image/image.h"
#include "publish/byteset.h"
#include "publish/content.h"
#include "publish/findings.h"
#include "publish/ledger.h"
#include "publish/zones.h"
#include "store/store.h"

enum {
    LINES_MAX = 1000, /* printed for each side */
};

/* A list, which is sorted when it is complete. */
struct hashes {
    uint64_t *at;
    size_t n, room;
};

struct side {
    struct hashes hashes;
    struct hashes only; /* those that the other side lacks */
    size_t printed;
    char sign;
};

struct check {
    struct content_options options;
    struct content_counts counts;
    struct side now, then;
    char *line; /* TINYDNS_LINE_SIZE bytes */
};

static void add_hash(struct hashes *hashes, uint64_t hash)
{
    hashes->at = mem_grow(hashes->at, hashes->n + 1, &hashes->room, sizeof(*hashes->at));
    hashes->at[hashes->n++] = hash;
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t *x = (const uint64_t *)a, *y = (const uint64_t *)b;
    return (*x > *y) - (*x < *y);
}

static void sort_hashes(struct hashes *hashes)
{
    if (hashes->n > 0)
        qsort(hashes->at, hashes->n, sizeof(uint64_t), compare_hashes);
}

/* Finds what `a` has more often than `b`. Both are sorted, and so is the result. */
static void subtract(const struct hashes *a, const struct hashes *b, struct hashes *out)
{
    size_t at = 0;
    for (size_t i = 0; i < a->n; i++) {
        while (at < b->n && b->at[at] < a->at[i])
            at++;
        if (at < b->n && b->at[at] == a->at[i])
            at++;
        else
            add_hash(out, a->at[i]);
    }
}

/* ----- lines ----- */

/* Shows a record that the language cannot express by its parts. */
static void put_parts(const struct record *record, struct buf *out)
{
    buf_put_text(out, record->wildcard ? "*." : "");
    name_format(&record->owner, out);
    buf_printf(out, " %lu IN ", (unsigned long)record->ttl_s);
    rr_type_format(record->type, out);
    buf_printf(out, " \\# %zu ", record->rdata.n);
    buf_put_hex(out, record->rdata);
    buf_put_u8(out, '\n');
}

static struct str record_line(const struct check *check, const struct record *record)
{
    struct buf out = buf_on(check->line, TINYDNS_LINE_SIZE);
    if (tinydns_put(record, TINYDNS_SIX, &out, NULL))
        put_parts(record, &out);
    return buf_str(&out);
}

static struct str rule_line(const struct check *check, const struct location_rule *rule)
{
    struct buf out = buf_on(check->line, TINYDNS_LINE_SIZE);
    if (tinydns_put_location(rule, &out, NULL))
        buf_put_text(&out, "% of a strange location\n");
    return buf_str(&out);
}

static void take_line(struct side *side, struct str line)
{
    uint64_t hash = byteset_hash(line);
    if (side->sign == 0) { /* the first walk */
        add_hash(&side->hashes, hash);
        return;
    }
    if (side->only.n == 0 ||
        !bsearch(&hash, side->only.at, side->only.n, sizeof(uint64_t), compare_hashes))
        return;
    if (side->printed++ < LINES_MAX)
        (void)printf("%c%.*s", side->sign, (int)line.n, line.at);
}

/* ----- the image as it is ----- */

static enum status take_now(void *ctx, const struct record *record)
{
    struct check *check = (struct check *)ctx;
    take_line(&check->now, record_line(check, record));
    return OK;
}

static enum status take_rule_now(void *ctx, const struct location_rule *rule)
{
    struct check *check = (struct check *)ctx;
    take_line(&check->now, rule_line(check, rule));
    return OK;
}

static enum status walk_now(struct check *check)
{
    if (!check->options.present)
        return OK;
    enum status status =
        image_walk_locations(check->options.present, take_rule_now, check);
    return status ? status : image_walk(check->options.present, take_now, check);
}

/* ----- the image as it would become ----- */

static enum status take_then(void *ctx, const struct record *record, struct error *err)
{
    struct check *check = (struct check *)ctx;
    (void)err;
    if (record->type == RR_MARKER)
        return OK;
    /* As in the image, "*" as the first label is the wildcard. */
    struct record plain = *record;
    if (str_equal(name_first_label(&plain.owner), STR("*")) && !plain.wildcard) {
        name_parent(&record->owner, &plain.owner);
        plain.wildcard = true;
    }
    take_line(&check->then, record_line(check, &plain));
    return OK;
}

static enum status take_rule_then(void *ctx, const struct location_rule *rule,
                                  struct error *err)
{
    struct check *check = (struct check *)ctx;
    (void)err;
    take_line(&check->then, rule_line(check, rule));
    return OK;
}

static enum status walk_then(struct check *check, struct error *err)
{
    const struct record_sink sink = { take_then, take_rule_then, check };
    return content_walk(&check->options, &sink, &check->counts, err);
}

/* ----- the whole ----- */

static enum status compare(struct check *check, struct error *err)
{
    enum status status = walk_then(check, err);
    check->options.findings = NULL; /* the first walk has reported them */
    if (!status)
        status = walk_now(check);
    if (status)
        return status;
    sort_hashes(&check->now.hashes);
    sort_hashes(&check->then.hashes);
    subtract(&check->now.hashes, &check->then.hashes, &check->now.only);
    subtract(&check->then.hashes, &check->now.hashes, &check->then.only);

    check->now.sign = '-';
    check->then.sign = '+';
    status = check->now.only.n ? walk_now(check) : OK;
    if (!status && check->then.only.n)
        status = walk_then(check, err);
    return status;
}

static void tell_cut(const struct side *side)
{
    if (side->printed > LINES_MAX)
        (void)printf("%c ... and %zu more\n", side->sign, side->printed - LINES_MAX);
}

static void tell(const struct check *check)
{
    const struct content_counts *counts = &check->counts;
    tell_cut(&check->now);
    tell_cut(&check->then);
    (void)printf(
        "%zu records from the files, %zu zones with %zu hosts from the database: "
        "%zu records go, %zu come, %zu stay\n",
        counts->static_records, counts->zones, counts->dynamic.hosts, check->now.only.n,
        check->then.only.n, check->then.hashes.n - check->then.only.n);
    if (counts->dynamic.hosts_taken)
        (void)printf(
            "left out: %zu hosts whose names have lines of their own, such as %s\n",
            counts->dynamic.hosts_taken, name_text(&counts->dynamic.taken_example));
    if (counts->dynamic.malformed)
        (void)printf("left out: %zu records of the database whose data are not those of "
                     "their type, such as at %s\n",
                     counts->dynamic.malformed,
                     name_text(&counts->dynamic.malformed_example));
    if (counts->held.count)
        (void)printf(
            "older than published: the serials of %zu zones, such as %s; they go "
            "on from the published ones\n",
            counts->held.count, name_text(&counts->held.example));
}

static enum status open_store(const struct config *config, struct store **out,
                              struct error *err)
{
    enum status status = store_open(config->database, STORE_READER, out, err);
    if (status == ERR_NOT_FOUND) {
        (void)printf("%s is not there: the files alone are checked\n", config->database);
        return OK;
    }
    return status ? status : store_begin(*out, err);
}

static enum status open_image(const struct config *config, struct image **out,
                              struct error *err)
{
    char path[CONFIG_PATH_SIZE + 16];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/data.cdb", config->image);
    const char *file = buf_text(&text);
    enum status status = image_open(file, out, err);
    if (status == ERR_NOT_FOUND || status == ERR_SYNTAX) {
        (void)printf("%s: no image yet\n", file);
        return OK;
    }
    return status;
}

static void tell_error(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "roved: %s\n", text);
}

static void tell_warning(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "roved: warning: %s\n", text);
}

static void tell_findings(struct findings *findings)
{
    size_t errors = findings_count(findings, FINDING_ERROR);
    size_t warnings = findings_count(findings, FINDING_WARNING);
    findings_each(findings, FINDING_ERROR, tell_error, NULL);
    if (errors > FINDINGS_MAX)
        (void)fprintf(stderr, "roved: ... and %zu mistakes more\n",
                      errors - FINDINGS_MAX);
    findings_each(findings, FINDING_WARNING, tell_warning, NULL);
    if (warnings > FINDINGS_MAX)
        (void)fprintf(stderr, "roved: ... and %zu warnings more\n",
                      warnings - FINDINGS_MAX);
}

static void tell_passed_over(const struct static_look *look)
{
    if (look->passed_count)
        (void)printf("passed over: %zu files without lines: %s\n", look->passed_count,
                     look->passed_over);
}

/* A path that does not exist is no reason to stop: the walk reports it with the other mistakes. */
static enum status look_at_files(const struct static_paths *paths,
                                 struct static_look *out, struct error *err)
{
    *out = (struct static_look){ .serial = 1 };
    enum status status = static_look(paths, out, err);
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status check_data(const struct config *config, struct error *err)
{
    CLEANUP(findings_freep) struct findings *findings = findings_new();
    CLEANUP(store_closep) struct store *store = NULL;
    CLEANUP(image_closep) struct image *image = NULL;
    CLEANUP(mem_freep) char *line = (char *)mem_new(TINYDNS_LINE_SIZE);
    const struct static_paths paths = { (const char *const *)config->static_paths,
                                        config->static_count };
    struct static_look look;
    enum status status = open_store(config, &store, err);
    if (!status)
        status = open_image(config, &image, err);
    if (!status)
        status = look_at_files(&paths, &look, err);
    if (status)
        return status;
    tell_passed_over(&look);

    CLEANUP(ledger_freep) struct ledger *ledger = ledger_open(config->image);
    struct check check = { .options = { .store = store,
                                        .statics = paths,
                                        .static_serial = look.serial,
                                        .present = image,
                                        .findings = findings,
                                        .kept = ledger_serials(ledger),
                                        .distrusts_image = !ledger_trusts_image(ledger) },
                           .line = line };
    status = compare(&check, err);
    tell_findings(findings);
    if (!status)
        tell(&check);
    struct hashes *const lists[] = { &check.now.hashes, &check.now.only,
                                     &check.then.hashes, &check.then.only };
    for (size_t i = 0; i < LENGTH_OF(lists); i++)
        mem_free(lists[i]->at);
    return status;
}

int run_check_data(const struct config *config)
{
    struct error err = { "" };
    if (check_data(config, &err) == OK)
        return EXIT_OK;
    /* The mistakes have been printed one by one. */
    (void)fprintf(stderr, "roved: %s\n", err.text);
    return EXIT_TROUBLE;
}
