// SPDX-License-Identifier: GPL-3.0-or-later
/* Notes the names that rows of the journal are about, reads these names anew from the database,
 * and works out the new serials of their zones. */
#include "publish/delta.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "image/changes.h"
#include "store/tables.h"

enum {
    ARENA_BLOCK = 65536,
};

/* A zone with a change. */
struct touched {
    const struct zone_row *row; /* the ground's */
    int64_t newest;             /* seq */
    struct serial_step step;
    uint32_t old_serial;
    size_t place; /* among the changes' zones; SIZE_MAX: no new serial */
};

struct delta {
    struct delta_options options;
    struct change_row newest;
    struct delta_counts counts;
    size_t rows;
    struct byteset *names; /* that changed; numbers are not those of the nodes */
    struct touched *zones;
    size_t zone_count, zone_room;

    struct arena *arena; /* data of the records */
    struct record *records;
    size_t record_count, record_room;
    struct image_node *nodes;
    size_t node_count;
    struct image_zone *steps;
    struct image_changes changes;
    struct error *err; /* of the call that runs */
};

/* ----- what the rows are about ----- */

static void touch(struct delta *delta, const struct zone_row *zone, int64_t seq)
{
    size_t i = 0;
    while (i < delta->zone_count && delta->zones[i].row != zone)
        i++;
    if (i == delta->zone_count) {
        delta->zones = mem_grow(delta->zones, delta->zone_count + 1, &delta->zone_room,
                                sizeof(*delta->zones));
        delta->zones[delta->zone_count++] =
            (struct touched){ .row = zone, .place = SIZE_MAX };
    }
    delta->zones[i].newest = seq; /* rows come in order */
}

static bool is_taken(void *ctx, const struct name *name)
{
    const struct delta *delta = ctx;
    return byteset_find(delta->options.ground->taken, name_bytes(name)) != BYTESET_NONE;
}

static void add_name(struct delta *delta, const struct name *name)
{
    (void)byteset_add(delta->names, name_bytes(name));
}

static enum status add_owner(void *ctx, const struct record_row *row)
{
    struct delta *delta = ctx;
    if (!is_taken(delta, &row->owner))
        add_name(delta, &row->owner);
    return OK;
}

static void count_host(struct delta *delta, const struct change_row *row)
{
    int64_t more = (row->before_n == 0) - (row->after_n == 0);
    if (!more || !is_taken(delta, &row->name)) {
        delta->counts.hosts += more;
        return;
    }
    delta->counts.taken += more;
    if (more > 0)
        delta->counts.taken_example = row->name;
}

/* A host that is gone by now: its last row names it, and its records have rows of their own. */
static enum status take_gone_host(struct delta *delta, const struct change_row *row)
{
    if (row->name.n == 0 && row->after_n == 0)
        return FAIL(delta->err, ERR_LIMIT, "change %lld: a host without a name",
                    (long long)row->seq);
    if (row->name.n == 0)
        return OK;
    const struct zone_row *zone =
        zones_find_holder(delta->options.ground->zones, &row->name);
    if (!zone)
        return OK;
    touch(delta, zone, row->seq);
    count_host(delta, row);
    if (is_taken(delta, &row->name) && name_equal(&row->name, &zone->name))
        return FAIL(delta->err, ERR_LIMIT, "change %lld: a host beside static lines",
                    (long long)row->seq);
    if (!is_taken(delta, &row->name))
        add_name(delta, &row->name);
    return OK;
}

/* Its records too, at other names as well: they are seen or not as its state is. */
static enum status take_host(struct delta *delta, const struct change_row *row)
{
    struct host_row host;
    struct store *store = delta->options.store;
    enum status status = store_host_find(store, row->id, &host, delta->err);
    if (status)
        return status == ERR_NOT_FOUND ? take_gone_host(delta, row) : status;
    const struct zone_row *zone =
        zones_find_id(delta->options.ground->zones, host.zone_id);
    if (!zone)
        return OK;
    touch(delta, zone, row->seq);
    count_host(delta, row);
    if (is_taken(delta, &host.name) && name_equal(&host.name, &zone->name))
        return FAIL(delta->err, ERR_LIMIT, "change %lld: a host beside static lines",
                    (long long)row->seq);
    if (is_taken(delta, &host.name))
        return OK; /* neither it nor its records are seen */
    add_name(delta, &host.name);
    return store_record_list_host(store, host.id, add_owner, delta, delta->err);
}

static enum status take_records(struct delta *delta, const struct change_row *row)
{
    if (row->name.n == 0 || is_taken(delta, &row->name))
        return FAIL(delta->err, ERR_LIMIT, "change %lld: records beside static lines",
                    (long long)row->seq);
    const struct zone_row *zone = zones_find_id(delta->options.ground->zones, row->id);
    if (!zone)
        return OK;
    touch(delta, zone, row->seq);
    add_name(delta, &row->name);
    return OK;
}

static bool is_same_row(const struct change_row *a, const struct change_row *b)
{
    return a->seq == b->seq && a->kind == b->kind && a->id == b->id &&
           a->prev == b->prev && a->time_s == b->time_s;
}

/* The journal has no gaps but where rows were trimmed or another database was put in place;
 * the row that the image has must stand there still. */
static enum status take_row(void *ctx, const struct change_row *row)
{
    struct delta *delta = ctx;
    if (delta->rows++ == 0 && delta->newest.seq > 0) {
        if (is_same_row(row, &delta->newest))
            return OK;
        return FAIL(delta->err, ERR_LIMIT, "the journal is another one");
    }
    if (row->seq != delta->newest.seq + 1)
        return FAIL(delta->err, ERR_LIMIT, "change %lld is gone",
                    (long long)delta->newest.seq + 1);
    delta->newest = *row;
    switch (row->kind) {
    case CHANGE_HOST:
        return take_host(delta, row);
    case CHANGE_RRSET:
        return take_records(delta, row);
    case CHANGE_ZONE:
        return FAIL(delta->err, ERR_LIMIT, "change %lld: of a zone", (long long)row->seq);
    case CHANGE_TOKEN:
    case CHANGE_ACCOUNT:
    case CHANGE_MEMBER:
    case CHANGE_RESERVED:
    case CHANGE_BLOCKED:
    case CHANGE_QUARANTINE:
    case CHANGE_ACT:
        break;
    }
    return OK;
}

static enum status read_rows(struct delta *delta)
{
    int64_t after = delta->newest.seq;
    size_t known = after > 0; /* the row that the image has comes first */
    enum status status =
        store_change_list(delta->options.store,
                          (struct store_page){ .after = after - (int64_t)known,
                                               .limit = DELTA_ROWS_MAX + known },
                          take_row, delta, delta->err);
    if (!status && delta->rows < known)
        return FAIL(delta->err, ERR_LIMIT, "the journal ends before change %lld",
                    (long long)after);
    delta->rows -= status ? 0 : known;
    return status;
}

/* ----- what stands at the names ----- */

static enum status keep_record(void *ctx, const struct record *record, struct error *err)
{
    struct delta *delta = ctx;
    (void)err;
    delta->records = mem_grow(delta->records, delta->record_count + 1,
                              &delta->record_room, sizeof(*delta->records));
    struct record *kept = &delta->records[delta->record_count++];
    *kept = *record;
    kept->rdata = arena_copy(delta->arena, record->rdata);
    return OK;
}

/* The zone above shows the NS records of an apex and counts them in its own note. */
static enum status check_delegation(const struct delta *delta,
                                    const struct image_node *node, size_t first)
{
    uint64_t was = 0, is = 0;
    if (!serials_begins_zone(delta->options.ground->serials, &node->owner, &was))
        return OK;
    for (size_t i = first; i < delta->record_count; i++)
        if (delta->records[i].type == RR_NS && !delta->records[i].wildcard)
            is += content_hash_delegation(&delta->records[i]);
    if (is == was)
        return OK;
    return FAIL(delta->err, ERR_LIMIT, "%s: another delegation", name_text(&node->owner));
}

static enum status make_nodes(struct delta *delta)
{
    const struct zones_rules rules = { .is_taken = is_taken,
                                       .has_addresses = is_taken,
                                       .ctx = delta };
    const struct record_sink sink = { .record = keep_record, .ctx = delta };
    size_t count = byteset_count(delta->names), first = 0;
    delta->nodes = mem_new_array(count + 1, sizeof(struct image_node));
    for (size_t i = 0; i < count; i++) {
        struct image_node *node = &delta->nodes[i];
        enum status status = name_decode(byteset_get(delta->names, i), &node->owner);
        if (!status)
            status = zones_emit_name(delta->options.ground->zones, &node->owner, &rules,
                                     &sink, delta->err);
        if (!status)
            status = check_delegation(delta, node, first);
        if (status)
            return status;
        node->count = delta->record_count - first;
        first = delta->record_count;
    }
    /* Only now they stand where they stay. */
    for (size_t i = 0, at = 0; i < count; at += delta->nodes[i++].count)
        delta->nodes[i].records = count && delta->records ? delta->records + at : NULL;
    delta->node_count = count;
    return OK;
}

static void make_steps(struct delta *delta)
{
    size_t count = 0;
    struct serials *serials = delta->options.ground->serials;
    delta->steps = mem_new_array(delta->zone_count + 1, sizeof(struct image_zone));
    for (size_t i = 0; i < delta->zone_count; i++) {
        struct touched *zone = &delta->zones[i];
        const struct name *apex = &zone->row->name;
        uint32_t own = zones_own_serial(zone->row, zone->newest);
        zone->old_serial = serials_published(serials, apex);
        if (!serials_step(serials, apex, own, &zone->step))
            continue;
        zone->place = count;
        delta->steps[count++] =
            (struct image_zone){ .apex = *apex,
                                 .serial = zone->step.published,
                                 .note = str_bytes(zone->step.note, SERIAL_NOTE_SIZE) };
    }
    delta->changes = (struct image_changes){ .nodes = delta->nodes,
                                             .node_count = delta->node_count,
                                             .zones = delta->steps,
                                             .zone_count = count };
}

/* ----- the calls ----- */

enum status delta_read(const struct delta_options *options, struct delta **out,
                       struct error *err)
{
    CLEANUP(delta_freep) struct delta *delta = NEW(struct delta);
    struct zones *zones = options->ground->zones;
    delta->options = *options;
    delta->newest = *options->after;
    delta->names = byteset_new();
    delta->arena = arena_new(ARENA_BLOCK);
    delta->err = err;
    zones_use(zones, options->store);
    enum status status = read_rows(delta);
    if (!status)
        status = make_nodes(delta);
    zones_use(zones, NULL);
    if (status)
        return status;
    make_steps(delta);
    delta->err = NULL;
    *out = TAKE(delta);
    return OK;
}

void delta_free(struct delta *delta)
{
    if (!delta)
        return;
    byteset_free(delta->names);
    arena_free(delta->arena);
    mem_free(delta->zones);
    mem_free(delta->records);
    mem_free(delta->nodes);
    mem_free(delta->steps);
    mem_free(delta);
}

const struct change_row *delta_newest(const struct delta *delta)
{
    return &delta->newest;
}

bool delta_is_full(const struct delta *delta)
{
    return delta->rows >= DELTA_ROWS_MAX;
}

const struct image_changes *delta_changes(const struct delta *delta)
{
    return &delta->changes;
}

uint32_t delta_old_serial(const struct delta *delta, size_t zone)
{
    for (size_t i = 0; i < delta->zone_count; i++)
        if (delta->zones[i].place == zone)
            return delta->zones[i].old_serial;
    return 0;
}

size_t delta_zone_of(const struct delta *delta, size_t node)
{
    const struct zone_row *row =
        zones_find(delta->options.ground->zones, &delta->nodes[node].owner);
    for (size_t i = 0; i < delta->zone_count; i++)
        if (delta->zones[i].row == row)
            return delta->zones[i].place;
    return SIZE_MAX;
}

struct delta_counts delta_counts(const struct delta *delta)
{
    return delta->counts;
}

void delta_settle(const struct delta *delta)
{
    for (size_t i = 0; i < delta->zone_count; i++)
        if (delta->zones[i].place != SIZE_MAX)
            serials_take_step(delta->options.ground->serials, &delta->zones[i].row->name,
                              &delta->zones[i].step);
}
