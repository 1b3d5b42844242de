// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/source.h"

#include "base/mem.h"
#include "image/image.h"
#include "publish/byteset.h"

struct source {
    const struct source_options *options;
    struct zones *zones;
    struct byteset *names; /* owners of static records */
    struct byteset *seen;  /* static records, and those that share a name with them */
    image_emit_fn emit;
    void *emit_ctx;
    struct source_counts *counts;
};

/* The zone's serial in the present image. */
static bool find_serial(const struct image *image, const struct name *zone, uint32_t *out)
{
    struct image_cursor cursor;
    struct image_record record;
    struct soa soa;
    if (!image)
        return false;
    image_find(image, name_bytes(zone), false, &cursor);
    while (image_next(&cursor, &record))
        if (record.type == RR_SOA && soa_decode(record.rdata, &soa) == OK) {
            *out = soa.serial;
            return true;
        }
    return false;
}

static enum status check_serial(void *ctx, const struct name *zone, uint32_t serial,
                                struct error *err)
{
    const struct source *source = ctx;
    uint32_t present = 0;
    if (!find_serial(source->options->present, zone, &present) || serial == present ||
        serial_is_newer(serial, present))
        return OK;
    return FAIL(err, ERR_CONFLICT,
                "the serial of zone %s would go from %lu back to %lu; the image stays",
                name_text(zone), (unsigned long)present, (unsigned long)serial);
}

static bool is_taken(void *ctx, const struct name *name)
{
    const struct source *source = ctx;
    return byteset_count(source->names) > 0 &&
           byteset_find(source->names, name_bytes(name)) != BYTESET_NONE;
}

/* False when the record was there already. Of SOA records a zone has one. */
static bool is_first(struct source *source, const struct record *record)
{
    CLEANUP(mem_freep) void *space = mem_new(NAME_SIZE + 3 + record->rdata.n);
    struct buf key = buf_on(space, NAME_SIZE + 3 + record->rdata.n);
    buf_put(&key, name_bytes(&record->owner));
    buf_put_u8(&key, record->wildcard);
    buf_put_u16(&key, record->type);
    if (record->type != RR_SOA)
        buf_put(&key, record->rdata);
    return byteset_add(source->seen, buf_str(&key));
}

static const char *describe_record(const struct record *record, bool at_apex)
{
    if (record->type == RR_SOA)
        return "an SOA record";
    if (record->type == RR_NS)
        return "an NS record";
    if (record->wildcard)
        return "a wildcard";
    return at_apex && record->type == RR_CNAME ? "a CNAME record" : NULL;
}

/* Whether a static record may stand in the dynamic zone; *merged: the zone has it itself. */
static enum status check_overlap(const struct source *source, const struct zone_row *zone,
                                 const struct record *record, bool *merged,
                                 struct error *err)
{
    bool at_apex = name_equal(&record->owner, &zone->name);
    if (at_apex && record->type == RR_NS && !record->wildcard) {
        enum status status =
            zones_has_ns(source->zones, zone, record->rdata, merged, err);
        if (status || *merged)
            return status;
    }
    const char *what = describe_record(record, at_apex);
    if (!what)
        return OK;
    return FAIL(err, ERR_CONFLICT, "%s at %s%s, but zone %s belongs to the database",
                what, record->wildcard ? "*." : "", name_text(&record->owner),
                name_text(&zone->name));
}

/* An SOA record whose serial does not fall. */
static enum status emit_static_soa(struct source *source, const struct record *record,
                                   struct error *err)
{
    struct soa soa;
    uint32_t present = 0;
    if (soa_decode(record->rdata, &soa))
        return FAIL(err, ERR_SYNTAX, "a broken SOA record");
    if (soa.serial != source->options->static_serial ||
        !find_serial(source->options->present, &record->owner, &present) ||
        !serial_is_newer(present, soa.serial)) {
        enum status status = check_serial(source, &record->owner, soa.serial, err);
        return status ? status : source->emit(source->emit_ctx, record, err);
    }

    /* The line left the serial to us, and the files are older than what was published. */
    soa.serial = present;
    uint8_t space[2 * NAME_SIZE + 20];
    struct buf rdata = BUF_ON(space);
    soa_encode(&soa, &rdata);
    struct record raised = *record;
    raised.rdata = buf_str(&rdata);
    return source->emit(source->emit_ctx, &raised, err);
}

static enum status emit_static(void *ctx, const struct record *record, struct error *err)
{
    struct source *source = ctx;
    bool merged = false;
    const struct zone_row *zone = zones_find(source->zones, &record->owner);
    enum status status = zone ? check_overlap(source, zone, record, &merged, err) : OK;
    if (status || merged || !is_first(source, record))
        return status;

    if (!record->wildcard)
        (void)byteset_add(source->names, name_bytes(&record->owner)); /* often there */
    source->counts->static_records++;
    return record->type == RR_SOA ? emit_static_soa(source, record, err)
                                  : source->emit(source->emit_ctx, record, err);
}

/* At an apex the zone's own records stand beside static ones. */
static enum status emit_dynamic(void *ctx, const struct record *record, struct error *err)
{
    struct source *source = ctx;
    if (is_taken(source, &record->owner) && !is_first(source, record))
        return OK;
    return source->emit(source->emit_ctx, record, err);
}

enum status source_walk(const struct source_options *options, image_emit_fn emit,
                        void *emit_ctx, struct source_counts *counts, struct error *err)
{
    CLEANUP(zones_freep) struct zones *zones = NULL;
    CLEANUP(byteset_freep) struct byteset *names = byteset_new();
    CLEANUP(byteset_freep) struct byteset *seen = byteset_new();
    *counts = (struct source_counts){ .zones = 0 };
    enum status status = zones_load(options->store, &zones, err);
    if (status)
        return status;

    struct source source = { .options = options,
                             .zones = zones,
                             .names = names,
                             .seen = seen,
                             .emit = emit,
                             .emit_ctx = emit_ctx,
                             .counts = counts };
    counts->zones = zones_count(zones);
    status =
        static_read(&options->statics, options->static_serial, emit_static, &source, err);
    if (status)
        return status;
    const struct zones_rules rules = { .is_taken = is_taken,
                                       .check_serial = check_serial,
                                       .ctx = &source };
    return zones_walk(zones, &rules, emit_dynamic, &source, &counts->dynamic, err);
}
