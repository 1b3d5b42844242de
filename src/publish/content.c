// SPDX-License-Identifier: GPL-3.0-or-later
/* Walks the operator's lines first, then the database's zones, and gives each record once. SOA
 * records come last, because their serials depend on everything else. */
#include "publish/content.h"

#include "base/mem.h"
#include "dns/rdata.h"
#include "publish/byteset.h"
#include "publish/review.h"

#include <string.h>

enum {
    SOA_NUMBERS = 20,         /* bytes behind the names of an SOA record */
    KEY_REST = 1 + 2 + 8 + 2, /* of the key of a record, beside its name and data */
};

struct content {
    const struct content_options *options;
    struct zones *zones;
    struct serials *serials;
    struct byteset *names; /* owners of static records */
    /* Dynamic zones that have static addresses at their own name. */
    struct byteset *apexes;
    struct byteset *seen; /* static records, and those that share a name with them */
    uint64_t *hashes;     /* of the static records in `seen`, with their TTLs */
    size_t hash_room, hash_count;
    struct record *soas; /* static ones, kept until everything else is known */
    size_t soa_room, soa_count;
    const struct record_sink *sink;
    struct content_counts *counts;
    struct static_reader reader;
    struct review *review; /* NULL: there is no review */
};

static void content_done(struct content *content)
{
    for (size_t i = 0; i < content->soa_count; i++)
        mem_free((void *)(uintptr_t)content->soas[i].rdata.at);
    mem_free(content->soas);
    mem_free(content->hashes);
    serials_free(content->serials);
    byteset_free(content->names);
    byteset_free(content->apexes);
    byteset_free(content->seen);
    review_free(content->review);
    zones_free(content->zones);
}

static bool is_taken(void *ctx, const struct name *name)
{
    const struct content *content = ctx;
    return byteset_count(content->names) > 0 &&
           byteset_find(content->names, name_bytes(name)) != BYTESET_NONE;
}

static bool has_addresses(void *ctx, const struct name *apex)
{
    const struct content *content = ctx;
    return byteset_find(content->apexes, name_bytes(apex)) != BYTESET_NONE;
}

/* Where the serial stands in an SOA record's data. */
static size_t serial_at(struct str rdata)
{
    return rdata.n < SOA_NUMBERS ? rdata.n : rdata.n - SOA_NUMBERS;
}

/* Everything that makes a record what it is; of an SOA record not the serial, which is ours
 * to choose. */
static uint64_t hash_record(const struct record *record, struct str key)
{
    char space[24];
    struct buf parts = BUF_ON(space);
    buf_put_u64(&parts, byteset_hash(key));
    buf_put_u32(&parts, record->ttl_s);
    if (record->type == RR_SOA) {
        size_t at = serial_at(record->rdata);
        buf_put_u64(&parts, byteset_hash(str_first(record->rdata, at)) ^
                                byteset_hash(str_from_at(record->rdata, at + 4)));
    }
    return byteset_hash(buf_str(&parts));
}

/* False when the record was there already. Of SOA records a zone has one. */
static bool is_first(struct content *content, const struct record *record,
                     uint64_t *hash_out)
{
    size_t room = NAME_SIZE + KEY_REST + record->rdata.n;
    CLEANUP(mem_freep) void *space = mem_new(room);
    struct buf key = buf_on(space, room);
    buf_put(&key, name_bytes(&record->owner));
    buf_put_u8(&key, record->wildcard);
    buf_put_u16(&key, record->type);
    buf_put_u64(&key, record->stamp);
    buf_put(&key, str_bytes(record->location, sizeof(record->location)));
    if (record->type != RR_SOA)
        buf_put(&key, record->rdata);
    if (!byteset_add(content->seen, buf_str(&key)))
        return false;
    *hash_out = hash_record(record, buf_str(&key));
    return true;
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
static enum status check_overlap(const struct content *content,
                                 const struct zone_row *zone, const struct record *record,
                                 bool *merged, struct error *err)
{
    bool at_apex = name_equal(&record->owner, &zone->name);
    if (at_apex && record->type == RR_NS && !record->wildcard) {
        enum status status =
            zones_has_ns(content->zones, zone, record->rdata, merged, err);
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

/* Keeps it for emit_soas(). */
static enum status keep_soa(struct content *content, const struct record *record,
                            struct error *err)
{
    struct soa soa;
    if (soa_decode(record->rdata, &soa))
        return FAIL(err, ERR_SYNTAX, "a broken SOA record");
    content->soas = mem_grow(content->soas, content->soa_count + 1, &content->soa_room,
                             sizeof(*content->soas));
    struct record *kept = &content->soas[content->soa_count++];
    *kept = *record;
    char *rdata = (char *)mem_new(record->rdata.n);
    memcpy(rdata, record->rdata.at, record->rdata.n);
    kept->rdata = str_bytes(rdata, record->rdata.n);
    if (record->wildcard)
        return OK;
    serials_add_zone(content->serials, name_bytes(&record->owner));
    serials_add_own(content->serials, name_bytes(&record->owner), soa.serial);
    return OK;
}

static void leave_out(struct content *content, const struct record *record)
{
    char type[16];
    struct buf text = BUF_ON(type);
    rr_type_format(record->type, &text);
    struct error why;
    error_set(&why, "left out: the data are not those of a record of type %s",
              buf_text(&text));
    if (content->options->findings) {
        struct finding_place place = static_place(&content->reader);
        findings_add(content->options->findings, FINDING_WARNING, &place, "%s", why.text);
    }
    if (content->counts->left_out++ > 0)
        return;
    error_prefix(&why, "%s:%zu", content->reader.at.file, content->reader.at.number);
    content->counts->left_out_example = why;
}

static enum status emit_static(void *ctx, const struct record *record, struct error *err)
{
    struct content *content = ctx;
    if (zones_is_stopped(content->options->stop))
        return FAIL(err, ERR_BUSY, "stopped");
    if (!record_is_whole(record)) {
        leave_out(content, record);
        return OK;
    }
    if (content->review)
        review_record(content->review, &content->reader, record);
    bool merged = false;
    uint64_t hash = 0;
    const struct zone_row *zone = zones_find(content->zones, &record->owner);
    enum status status = zone ? check_overlap(content, zone, record, &merged, err) : OK;
    if (status || merged || !is_first(content, record, &hash))
        return status;

    content->hashes = mem_grow(content->hashes, content->hash_count + 1,
                               &content->hash_room, sizeof(*content->hashes));
    content->hashes[content->hash_count++] = hash;
    if (!record->wildcard)
        (void)byteset_add(content->names, name_bytes(&record->owner)); /* often there */
    if (zone && !record->wildcard && name_equal(&record->owner, &zone->name) &&
        (record->type == RR_A || record->type == RR_AAAA))
        (void)byteset_add(content->apexes, name_bytes(&record->owner));
    content->counts->static_records++;
    return record->type == RR_SOA ? keep_soa(content, record, err)
                                  : sink_record(content->sink, record, err);
}

static enum status emit_location(void *ctx, const struct location_rule *rule,
                                 struct error *err)
{
    const struct content *content = ctx;
    return sink_location(content->sink, rule, err);
}

uint64_t content_hash_delegation(const struct record *record)
{
    return hash_record(record, record->rdata);
}

/* At an apex the zone's own records stand beside static ones. */
static enum status emit_dynamic(void *ctx, const struct record *record, struct error *err)
{
    struct content *content = ctx;
    uint64_t hash = 0;
    if (is_taken(content, &record->owner) && !is_first(content, record, &hash))
        return OK;
    if (record->type == RR_NS && !record->wildcard)
        serials_add_record(content->serials, name_bytes(&record->owner),
                           content_hash_delegation(record), true, true);
    const struct record_sink *also = content->options->dynamic;
    enum status status = also ? sink_record(also, record, err) : OK;
    return status ? status : sink_record(content->sink, record, err);
}

static size_t name_size(struct str bytes)
{
    size_t at = 0;
    while (bytes.at[at])
        at += 1U + (uint8_t)bytes.at[at];
    return at + 1;
}

/* The static records by zone, now that all zones are known. */
static void add_static_hashes(const struct content *content)
{
    for (size_t i = 0; i < content->hash_count; i++) {
        struct str key = byteset_get(content->seen, i);
        size_t n = name_size(key);
        bool is_ns = key.at[n] == 0 && key.at[n + 1] == 0 && key.at[n + 2] == RR_NS;
        serials_add_record(content->serials, str_first(key, n), content->hashes[i], is_ns,
                           false);
    }
}

static uint32_t choose_serial(void *ctx, const struct name *zone, uint32_t own)
{
    static const uint8_t everywhere[2];
    const struct content *content = ctx;
    const struct serial_choice choice = { zone, everywhere, own, false };
    serials_add_own(content->serials, name_bytes(zone), own);
    return serials_choose(content->serials, &choice);
}

static enum status emit_soas(struct content *content, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < content->soa_count && !status; i++) {
        struct record record = content->soas[i];
        struct soa soa;
        if (soa_decode(record.rdata, &soa))
            return FAIL(err, ERR_SYNTAX, "a broken SOA record"); /* it was not */
        if (!record.wildcard) {
            /* The files' time stands in for a serial that the line left out. */
            bool is_given = soa.serial != content->options->static_serial;
            soa.serial = serials_choose(
                content->serials, &(struct serial_choice){ &record.owner, record.location,
                                                           soa.serial, is_given });
        }
        uint8_t space[2 * NAME_SIZE + SOA_NUMBERS];
        struct buf rdata = BUF_ON(space);
        soa_encode(&soa, &rdata);
        /* The names stay as they were written. */
        memcpy(space, record.rdata.at, record.rdata.n - SOA_NUMBERS);
        record.rdata = buf_str(&rdata);
        status = sink_record(content->sink, &record, err);
    }
    return status;
}

static void add_zone(void *ctx, struct str apex)
{
    serials_add_zone(ctx, apex);
}

static bool has_zone(void *ctx, const struct name *name)
{
    const struct content *content = ctx;
    return zones_find(content->zones, name) != NULL;
}

static enum status read_lines(struct content *content, struct error *err)
{
    const struct content_options *options = content->options;
    const struct record_sink sink = { emit_static, emit_location, content };
    content->reader = (struct static_reader){ .sink = &sink,
                                              .serial = options->static_serial,
                                              .findings = options->findings };
    enum status status = static_read(&options->statics, &content->reader, err);
    if (content->review)
        review_end(content->review, &(struct review_zones){ has_zone, content }, !status);
    return status;
}

static enum status walk_all(struct content *content, struct error *err)
{
    const struct content_options *options = content->options;
    const struct record_sink dynamic = { .record = emit_dynamic, .ctx = content };
    const struct zones_rules rules = { is_taken, has_addresses, choose_serial,
                                       options->stop, content };
    enum status status = read_lines(content, err);
    if (status)
        return status;
    add_static_hashes(content);
    status = zones_walk(content->zones, &rules, &dynamic, &content->counts->dynamic, err);
    if (!status)
        status = emit_soas(content, err);
    return status ? status : serials_emit_notes(content->serials, content->sink, err);
}

static void give_ground(struct content *content, struct content_ground *out)
{
    serials_forget_present(content->serials);
    zones_use(content->zones, NULL);
    out->zones = TAKE(content->zones);
    out->serials = TAKE(content->serials);
    out->taken = TAKE(content->names);
}

void content_ground_done(struct content_ground *ground)
{
    zones_free(TAKE(ground->zones));
    serials_free(TAKE(ground->serials));
    byteset_free(TAKE(ground->taken));
}

enum status content_walk(const struct content_options *options,
                         const struct record_sink *sink, struct content_counts *counts,
                         struct error *err)
{
    return content_learn(options, sink, counts, NULL, err);
}

enum status content_learn(const struct content_options *options,
                          const struct record_sink *sink, struct content_counts *counts,
                          struct content_ground *ground, struct error *err)
{
    *counts = (struct content_counts){ .zones = 0 };
    struct zones *zones = NULL;
    enum status status = zones_load(options->store, &zones, err);
    if (status)
        return status;

    struct content content = { .options = options,
                               .zones = zones,
                               .serials = serials_new(options->present, options->before),
                               .names = byteset_new(),
                               .apexes = byteset_new(),
                               .seen = byteset_new(),
                               .review = options->findings ? review_new(options->findings)
                                                           : NULL,
                               .sink = sink,
                               .counts = counts };
    counts->zones = zones_count(zones);
    serials_recall(content.serials, options->kept, !options->distrusts_image);
    zones_each(zones, add_zone, content.serials);
    status = walk_all(&content, err);
    counts->held = *serials_held(content.serials);
    if (!status && ground)
        give_ground(&content, ground);
    content_done(&content);
    return status;
}
