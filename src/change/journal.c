// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/journal.h"

#include <string.h>

static void set_origin(const struct admin *admin, struct change_row *row)
{
    const struct change_origin *origin = admin->origin;
    row->time_s = admin->now_s;
    if (!origin)
        return;
    row->source = origin->source;
    memcpy(row->agent, origin->agent, sizeof(row->agent));
    row->token_id = origin->token_id;
    row->dialect = origin->dialect;
    row->encrypted = origin->encrypted;
}

static size_t encode(const struct addresses *addresses, uint8_t *at, size_t size)
{
    struct buf out = buf_on(at, size);
    if (addresses)
        store_addresses_encode(addresses, &out);
    return out.n;
}

enum status journal_host(const struct admin *admin, struct host_row *row,
                         const struct addresses *before, const struct addresses *after,
                         bool changes_hands, struct error *err)
{
    struct change_row change = { .kind = CHANGE_HOST,
                                 .id = row->id,
                                 .prev = row->last_change };
    set_origin(admin, &change);
    if (!before || !after || changes_hands)
        change.name = row->name; /* a reader that comes late finds no row of it */
    change.before_n = encode(before, change.before, sizeof(change.before));
    change.after_n = encode(after, change.after, sizeof(change.after));
    enum status status = store_change_append(admin->store, &change, err);
    if (!status)
        row->last_change = change.seq;
    return status;
}

static enum status append_word(const struct admin *admin, struct change_row *change,
                               const char *word, int64_t *last_change, struct error *err)
{
    struct buf after = BUF_ON(change->after);
    set_origin(admin, change);
    change->prev = *last_change;
    buf_put_text(&after, word);
    change->after_n = after.n;
    enum status status = store_change_append(admin->store, change, err);
    if (!status)
        *last_change = change->seq;
    return status;
}

enum status journal_word(const struct admin *admin, enum change_kind kind, int64_t id,
                         const char *word, int64_t *last_change, struct error *err)
{
    struct change_row change = { .kind = kind, .id = id };
    return append_word(admin, &change, word, last_change, err);
}

enum status journal_records(const struct admin *admin, struct zone_row *zone,
                            const struct name *owner, const char *word, struct error *err)
{
    struct change_row change = { .kind = CHANGE_RRSET, .id = zone->id, .name = *owner };
    return append_word(admin, &change, word, &zone->last_change, err);
}

enum status journal_member(const struct admin *admin, int64_t account_id,
                           const struct name *zone, const char *before, const char *after,
                           struct error *err)
{
    struct change_row change = { .kind = CHANGE_MEMBER, .id = account_id, .name = *zone };
    struct buf old = BUF_ON(change.before);
    int64_t last_change = 0;
    buf_put_text(&old, before);
    change.before_n = old.n;
    return append_word(admin, &change, after, &last_change, err);
}
