// SPDX-License-Identifier: GPL-3.0-or-later
/* Builds an image file: the records as they come, then marks, slack, tables and header, so that
 * most of the file is written once and from front to back.
 *
 * How children are counted exactly without a set of all names:
 *
 * The records of one name mostly come together. Each time the name changes, its parent's
 * count is raised: that counts a name once too often for each later time that it comes. When
 * the tables are filled, such a record is found behind an equal hash, and is put on the list
 * of doubtful ones. The counts are taken down again for each that proves not to be the first
 * of its name in the finished file. A name with both a mark and records was counted as
 * either, so one of these goes too.
 *
 * "Name" here means the whole name: the owner, or "*.owner" for a wildcard. */
#include "image/build_file.h"

#include "base/mem.h"
#include "image/value.h"
#include "image/view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MODE = 0644, /* what stands in DNS is public */
};

struct build_item {
    uint32_t hash, at;
    bool is_new_name; /* differs from the record before */
};

/* ----- the file ----- */

enum status build_init(struct build *build, const char *path, uint64_t limit,
                       struct error *err)
{
    *build = (struct build){ .path = path, .limit = limit };
    build->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    /* Whatever the umask is: tinydns reads the file under a user of its own. */
    if (build->fd < 0 || fchmod(build->fd, FILE_MODE)) {
        build->status = ERR_IO;
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    build->pending = (uint8_t *)mem_new(PENDING_SIZE);
    build->pending_n = CDB_HEADER_SIZE; /* zeros; the header comes last */
    build->size = CDB_HEADER_SIZE;
    return OK;
}

void build_done(struct build *build)
{
    if (build->fd >= 0)
        (void)close(build->fd);
    build->fd = -1;
    mem_free(TAKE(build->pending));
    mem_free(TAKE(build->items));
    mem_free(TAKE(build->doubtful));
    marks_done(&build->marks);
    index_done(&build->index);
}

/* ----- records ----- */

/* What the file will hold when it is finished. */
static uint64_t finished_size(const struct build *build)
{
    const uint64_t slots = CDB_PAIR_SIZE * SLACK_SLOTS_FOR_TWO / 2;
    const uint64_t extra =
        (uint64_t)CDB_TABLES * CDB_PAIR_SIZE * (SLACK_SLOTS_EXTRA + 1); /* rounded up */
    uint64_t mark = CDB_PAIR_SIZE + 1 + VALUE_RDATA_AT + slots;
    uint64_t no_locations =
        build->has_locations ? 0 : CDB_PAIR_SIZE + NO_LOCATIONS.n + slots;
    uint64_t has_marks = build->has_marks ? 0 : CDB_PAIR_SIZE + HAS_MARKS.n + slots;
    return build->size + build->n * slots + extra + no_locations + has_marks +
           build->marks.n * mark + build->marks.names_n + index_bytes(&build->index);
}

static bool is_too_big(const struct build *build)
{
    return finished_size(build) > build->limit;
}

static enum status fail_too_big(struct build *build, struct error *err)
{
    build->status = ERR_LIMIT;
    return FAIL(err, ERR_LIMIT, "%s: more than %llu bytes", build->path,
                (unsigned long long)build->limit);
}

static void add_item(struct build *build, uint32_t hash, uint64_t at, bool is_new_name)
{
    build->items =
        mem_grow(build->items, build->n + 1, &build->items_size, sizeof(*build->items));
    build->items[build->n++] = (struct build_item){ .hash = hash,
                                                    .at = (uint32_t)at,
                                                    .is_new_name = is_new_name };
    build->in_table[hash % CDB_TABLES]++;
}

/* Room for an entry's value, with its key in front of it; NULL when that failed. */
static uint8_t *begin_entry(struct build *build, struct str key, size_t value_n,
                            bool is_new_name, struct error *err)
{
    uint64_t start = build->size;
    uint8_t *at = build_reserve(build, CDB_PAIR_SIZE + key.n + value_n, err);
    if (!at)
        return NULL;
    add_item(build, cdb_hash(CDB_HASH_START, key), start, is_new_name);
    if (is_too_big(build)) {
        (void)fail_too_big(build, err);
        return NULL;
    }
    cdb_put(at, (uint32_t)key.n);
    cdb_put(at + 4, (uint32_t)value_n);
    memcpy(at + CDB_PAIR_SIZE, key.at, key.n);
    return at + CDB_PAIR_SIZE + key.n;
}

/* An entry that is no record. */
static enum status add_hidden(void *ctx, struct str key, struct str value,
                              struct error *err)
{
    struct build *build = (struct build *)ctx;
    uint8_t *at = begin_entry(build, key, value.n, false, err);
    if (at && value.n)
        memcpy(at, value.at, value.n);
    return at ? OK : build->status;
}

static enum status add_entry(struct build *build, const struct record *record,
                             bool is_new_name, struct error *err)
{
    size_t value_n = value_size(record);
    uint8_t *at =
        begin_entry(build, name_bytes(&record->owner), value_n, is_new_name, err);
    if (!at)
        return build->status;
    at += value_put_head(at, record);
    if (record->rdata.n)
        memcpy(at, record->rdata.at, record->rdata.n);
    return OK;
}

/* A name's parent, which gets a mark by being one; NULL when it is the root. */
static struct mark *parent_of(struct build *build, const struct name *owner,
                              bool wildcard)
{
    struct str name = name_bytes(owner);
    if (wildcard)
        return owner->n > 1 ? marks_get(&build->marks, name) : NULL;
    return marks_get_parent(&build->marks, name);
}

static enum status add_name_without_records(struct build *build,
                                            const struct record *record,
                                            struct error *err)
{
    char bytes[NAME_SIZE];
    struct buf name = BUF_ON(bytes);
    if (record->wildcard)
        buf_put(&name, STR("\1*"));
    buf_put(&name, name_bytes(&record->owner));
    if (name.n > 1) /* the root exists anyway */
        marks_get(&build->marks, buf_str(&name))->is_name = true;
    return is_too_big(build) ? fail_too_big(build, err) : OK;
}

static enum status add_note(struct build *build, const struct record *record,
                            struct error *err)
{
    char bytes[HIDDEN_KEY_SIZE];
    struct buf key = BUF_ON(bytes);
    buf_put(&key, NOTE_PREFIX);
    buf_put(&key, name_bytes(&record->owner));
    return add_hidden(build, buf_str(&key), record->rdata, err);
}

/* The first record of a name, as far as the record before it tells. */
static void begin_name(struct build *build, const struct record *record)
{
    build->last.owner = record->owner;
    build->last.wildcard = record->wildcard;
    struct mark *parent = parent_of(build, &record->owner, record->wildcard);
    build->parent = INDEX_ROOT;
    if (parent) {
        parent->children++;
        build->parent = (uint32_t)(parent - build->marks.items) + 1;
    }
}

/* Adds a record whose owner is in the form that the file wants. */
static enum status add(struct build *build, const struct record *record,
                       struct error *err)
{
    if (record->wildcard && record->owner.n > NAME_SIZE - WILDCARD_LABEL_SIZE)
        return build->status =
                   FAIL(err, ERR_LIMIT, "name too long: *.%s", name_text(&record->owner));
    if (record->rdata.n > RDATA_SIZE)
        return build->status = FAIL(err, ERR_LIMIT, "%s: data of %zu bytes",
                                    name_text(&record->owner), record->rdata.n);
    if (record->type == 0)
        return record->rdata.n ? add_note(build, record, err)
                               : add_name_without_records(build, record, err);

    bool is_new_name = build->n == 0 || record->wildcard != build->last.wildcard ||
                       !name_equal(&record->owner, &build->last.owner);
    if (is_new_name)
        begin_name(build, record);
    index_note(&build->index, build->parent, (uint32_t)build->size);
    if (record->type == RR_SOA && !record->wildcard)
        index_note_zone(&build->index, &build->marks, name_bytes(&record->owner));
    return add_entry(build, record, is_new_name, err);
}

enum status build_add(struct build *build, const struct record *record, struct error *err)
{
    if (build->status)
        return FAIL(err, build->status, "%s: failed before", build->path);

    struct str covered = after_wildcard_label(name_bytes(&record->owner));
    if (record->wildcard || covered.n == 0)
        return add(build, record, err);
    /* As tinydns-data does: "*.name" stands under "name". */
    struct record wildcard = *record;
    name_parent(&record->owner, &wildcard.owner);
    wildcard.wildcard = true;
    return add(build, &wildcard, err);
}

enum status build_add_location(struct build *build, const struct location_rule *rule,
                               struct error *err)
{
    if (build->status)
        return FAIL(err, build->status, "%s: failed before", build->path);
    build->has_locations = true;
    uint8_t key[LOCATION_KEY_SIZE] = { 0, '%' };
    memcpy(key + 2, rule->prefix, rule->prefix_n);
    return add_hidden(build, str_bytes(key, 2U + rule->prefix_n),
                      str_bytes(rule->location, VALUE_LOCATION_SIZE), err);
}

/* ----- tables ----- */

/* Puts an item into the first free slot, beginning at the one of its hash. True: an item with the
 * same hash was passed. `before` is the item before in the same table and `slot` its slot: items of
 * one name follow each other, so that a name with many records is not searched each time. */
static bool fill_slot(uint8_t *table, uint32_t slots, const struct build_item *item,
                      const struct build_item *before, uint32_t *slot)
{
    bool equal = before && before->hash == item->hash;
    if (!equal)
        *slot = (item->hash >> 8) % slots;
    uint8_t *at = table + (size_t)*slot * CDB_PAIR_SIZE;
    while (cdb_get(at + 4)) {
        equal = equal || cdb_get(at) == item->hash;
        *slot = *slot + 1 == slots ? 0 : *slot + 1;
        at = table + (size_t)*slot * CDB_PAIR_SIZE;
    }
    cdb_put(at, item->hash);
    cdb_put(at + 4, item->at);
    return equal;
}

static void add_doubtful(struct build *build, uint32_t at)
{
    build->doubtful = mem_grow(build->doubtful, build->doubtful_n + 1,
                               &build->doubtful_size, sizeof(*build->doubtful));
    build->doubtful[build->doubtful_n++] = at;
}

static void fill_table(struct build *build, const struct build_item *items, size_t count,
                       uint8_t *table)
{
    uint32_t slots = slack_slots_for((uint32_t)count), slot = 0;
    memset(table, 0, (size_t)slots * CDB_PAIR_SIZE);
    for (size_t i = 0; i < count; i++) {
        bool equal = fill_slot(table, slots, &items[i], i ? &items[i - 1] : NULL, &slot);
        if (equal && items[i].is_new_name)
            add_doubtful(build, items[i].at);
    }
}

/* The items in the order of their tables, and in a table in that of the file. */
static struct build_item *sort_items(const struct build *build)
{
    size_t next[CDB_TABLES], sum = 0;
    for (size_t i = 0; i < CDB_TABLES; i++) {
        next[i] = sum;
        sum += build->in_table[i];
    }
    struct build_item *sorted =
        (struct build_item *)mem_new_array(sum + 1, sizeof(struct build_item));
    for (size_t i = 0; i < build->n; i++)
        sorted[next[build->items[i].hash % CDB_TABLES]++] = build->items[i];
    return sorted;
}

/* Writes the tables to the end of the file, then the header. */
static enum status put_tables(struct build *build, struct error *err)
{
    uint32_t most = 0;
    for (size_t i = 0; i < CDB_TABLES; i++)
        most = build->in_table[i] > most ? build->in_table[i] : most;
    CLEANUP(mem_freep) struct build_item *items = sort_items(build);
    CLEANUP(mem_freep)
    uint8_t *table = (uint8_t *)mem_new_array(slack_slots_for(most), CDB_PAIR_SIZE);

    uint8_t header[CDB_HEADER_SIZE];
    const struct build_item *next = items;
    for (size_t i = 0; i < CDB_TABLES; i++) {
        uint32_t slots = slack_slots_for(build->in_table[i]);
        build->slack.slots[i] = slots;
        build->slack.built[i] = build->slack.used[i] = build->in_table[i];
        cdb_put(header + i * CDB_PAIR_SIZE, (uint32_t)build->size);
        cdb_put(header + i * CDB_PAIR_SIZE + 4, slots);
        fill_table(build, next, build->in_table[i], table);
        next += build->in_table[i];
        enum status status =
            build_append(build, str_bytes(table, (size_t)slots * CDB_PAIR_SIZE), err);
        if (status)
            return status;
    }
    enum status status = build_flush(build, err);
    if (status)
        return status;
    return build_write_at(build, str_bytes(header, sizeof(header)), 0, err);
}

/* ----- marks ----- */

static size_t mark_size(struct str name)
{
    return CDB_PAIR_SIZE + 1 + name.n + VALUE_RDATA_AT;
}

/* Gives each mark its place at the end of the records. Its bytes are written later. */
static enum status place_marks(struct build *build, struct error *err)
{
    enum status status = build_flush(build, err);
    for (size_t i = 0; i < build->marks.n; i++) {
        const struct mark *mark = &build->marks.items[i];
        add_item(build, mark->hash, build->size, false);
        build->size += mark_size(marks_name(&build->marks, mark));
    }
    return status;
}

static enum status put_marks(struct build *build, uint64_t at, struct error *err)
{
    uint64_t end = build->size;
    build->size = at;
    for (size_t i = 0; i < build->marks.n; i++) {
        const struct mark *mark = &build->marks.items[i];
        struct str name = marks_name(&build->marks, mark);
        uint8_t *out = build_reserve(build, mark_size(name), err);
        if (!out)
            return build->status;
        cdb_put(out, (uint32_t)name.n + 1);
        cdb_put(out + 4, VALUE_RDATA_AT);
        out += CDB_PAIR_SIZE;
        *out++ = 0;
        memcpy(out, name.at, name.n);
        const struct record record = { .ttl_s = mark->children, .stamp = mark->is_name };
        (void)value_put_head(out + name.n, &record);
    }
    enum status status = build_flush(build, err);
    build->size = end;
    return status;
}

static void count_one_less(struct build *build, struct str parent)
{
    struct mark *mark = parent.n > 1 ? marks_find(&build->marks, parent) : NULL;
    if (mark)
        mark->children--;
}

/* Takes back what was counted twice; see the top of this file. */
static void correct_counts(struct build *build, const struct image *image)
{
    struct view_entry entry;
    struct image_record record, first;
    struct image_cursor cursor;
    bool wildcard = false;
    for (size_t i = 0; i < build->doubtful_n; i++) {
        if (!view_entry(image, build->doubtful[i], &entry) ||
            !view_value(entry.value, &wildcard, &record))
            continue;
        image_find(image, NULL, entry.key, wildcard, &cursor);
        if (image_next(&cursor, &first) && first.rdata.at != record.rdata.at)
            count_one_less(build, wildcard ? entry.key : name_above(entry.key));
    }
    for (size_t i = 0; i < build->marks.n; i++) {
        struct str name = marks_name(&build->marks, &build->marks.items[i]);
        image_find(image, NULL, name, false, &cursor);
        if (image_next(&cursor, &first))
            count_one_less(build, name_above(name));
    }
}

/* ----- room for changes ----- */

/* As much as wanted, if the file's limit allows it. */
static uint64_t choose_slack(const struct build *build)
{
    uint64_t size = finished_size(build), slack = build->size / SLACK_PART;
    if (slack < SLACK_BYTES_MIN)
        slack = SLACK_BYTES_MIN;
    return size + slack > build->limit ? 0 : slack;
}

/* Writes the fillers. Their bytes do not matter, except that the file must have no holes: a later
 * write then never finds the disk full. */
static enum status put_slack(struct build *build, struct error *err)
{
    static const uint8_t zeros[FILLER_SIZE];
    uint64_t left = choose_slack(build);
    build->slack.next = build->slack.begin = (uint32_t)build->size;
    while (left >= FILLER_HEAD_SIZE) {
        uint64_t n =
            left - FILLER_HEAD_SIZE < FILLER_SIZE ? left - FILLER_HEAD_SIZE : FILLER_SIZE;
        uint8_t *at = build_reserve(build, FILLER_HEAD_SIZE, err);
        if (!at)
            return build->status;
        cdb_put(at, FILLER_KEY_SIZE);
        cdb_put(at + 4, (uint32_t)n);
        memset(at + CDB_PAIR_SIZE, 0, FILLER_KEY_SIZE);
        enum status status = build_append(build, str_bytes(zeros, n), err);
        if (status)
            return status;
        left -= FILLER_HEAD_SIZE + n;
    }
    build->slack.end = (uint32_t)build->size;
    return OK;
}

/* Writes the index and what else is known only now. What is written no longer counts as needed. */
static enum status put_index(struct build *build, struct error *err)
{
    struct index index = build->index;
    build->index = (struct index){ 0 };
    enum status status =
        index_write(&index, &build->marks, (uint32_t)build->size, add_hidden, build, err);
    index_done(&index);
    build->has_marks = true;
    if (!status)
        status = add_hidden(build, HAS_MARKS, STR(""), err);
    bool has_locations = build->has_locations;
    build->has_locations = true;
    return status || has_locations ? status
                                   : add_hidden(build, NO_LOCATIONS, STR(""), err);
}

enum status build_finish(struct build *build, struct error *err)
{
    if (build->status)
        return FAIL(err, build->status, "%s: failed before", build->path);

    enum status status = put_index(build, err);
    if (status)
        return status;
    uint64_t records_end = build->size;
    status = place_marks(build, err);
    if (!status)
        status = put_slack(build, err);
    if (!status)
        status = put_tables(build, err);
    CLEANUP(image_closep) struct image *image = NULL;
    if (!status)
        status = image_open(build->path, &image, err);
    if (status)
        return status;
    correct_counts(build, image);
    return put_marks(build, records_end, err);
}
