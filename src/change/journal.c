// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/journal.h"

#include <string.h>

static void set_actor(const struct admin *admin, struct change_row *row)
{
    const struct change_origin *origin = admin->origin;
    if (origin && origin->via) {
        row->via = origin->via;
        row->account_id = origin->account_id;
        return;
    }
    row->account_id = admin->actor.account_id;
    switch (admin->actor.kind) {
    case ACTOR_NONE:
        row->via = origin && origin->dialect ? VIA_UPDATE : VIA_SERVICE;
        break;
    case ACTOR_MACHINE:
        row->via = VIA_MACHINE;
        break;
    case ACTOR_SESSION:
        row->via = VIA_SESSION;
        break;
    case ACTOR_TOKEN:
        row->via = VIA_TOKEN;
        row->token_id = admin->actor.token_id;
        break;
    }
}

void journal_set_origin(const struct admin *admin, struct change_row *row)
{
    const struct change_origin *origin = admin->origin;
    row->time_s = admin->now_s;
    set_actor(admin, row);
    if (!origin)
        return;
    row->source = origin->source;
    memcpy(row->agent, origin->agent, sizeof(row->agent));
    if (row->via != VIA_TOKEN || origin->via)
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
    journal_set_origin(admin, &change);
    if (change.via != VIA_UPDATE)
        change.owner_id = row->owner_id;
    change.undoes = admin->undoes;
    if (!before || !after || changes_hands)
        change.name = row->name; /* a reader that comes late finds no row of it */
    change.before_n = encode(before, change.before, sizeof(change.before));
    change.after_n = encode(after, change.after, sizeof(change.after));
    enum status status = store_change_append(admin->store, &change, err);
    if (!status)
        row->last_change = change.seq;
    return status;
}

/* ----- whose it is ----- */

/* Of records at a host's name or below it the host's owner, of all others the zone's. */
static enum status find_owner_of_records(const struct admin *admin,
                                         const struct zone_row *zone,
                                         struct change_row *change, struct error *err)
{
    struct name at = change->name;
    change->owner_id = zone->owner_id;
    while (name_is_within(&at, &zone->name) && !name_equal(&at, &zone->name)) {
        struct host_row host;
        enum status status = store_host_find_name(admin->store, &at, &host, NULL);
        if (!status)
            change->owner_id = host.owner_id;
        if (status != ERR_NOT_FOUND)
            return status
                       ? FAIL(err, status, "host %s cannot be looked up", name_text(&at))
                       : OK;
        name_parent(&at, &at);
    }
    return OK;
}

/* While the row is there: it is written before the journal, and removed after it. */
static enum status find_owner(const struct admin *admin, struct change_row *change,
                              struct error *err)
{
    struct zone_row zone;
    struct token_row token;
    enum status status = OK;
    if (change->kind == CHANGE_ACCOUNT || change->kind == CHANGE_ACT ||
        change->kind == CHANGE_MEMBER) {
        change->owner_id = change->id;
    } else if (change->kind == CHANGE_TOKEN) {
        status = store_token_find(admin->store, change->id, &token, err);
        change->owner_id = status ? 0 : token.account_id;
    } else if (change->kind == CHANGE_ZONE || change->kind == CHANGE_RRSET) {
        status = store_zone_find(admin->store, change->id, &zone, err);
        if (!status)
            status = find_owner_of_records(admin, &zone, change, err);
    }
    return status;
}

static enum status append_word(const struct admin *admin, struct change_row *change,
                               const char *word, int64_t *last_change, struct error *err)
{
    struct buf after = BUF_ON(change->after);
    journal_set_origin(admin, change);
    change->prev = *last_change;
    buf_put_text(&after, word);
    change->after_n = after.n;
    enum status status = change->via == VIA_UPDATE ? OK : find_owner(admin, change, err);
    if (!status)
        status = store_change_append(admin->store, change, err);
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

enum status journal_list(const struct admin *admin, enum change_kind kind, int64_t id,
                         int64_t zone_id, const char *word, struct error *err)
{
    struct change_row change = { .kind = kind, .id = id };
    struct zone_row zone;
    int64_t last_change = 0;
    enum status status =
        zone_id ? store_zone_find(admin->store, zone_id, &zone, err) : ERR_NOT_FOUND;
    if (status && status != ERR_NOT_FOUND)
        return status;
    change.owner_id = status ? 0 : zone.owner_id;
    return append_word(admin, &change, word, &last_change, err);
}

enum status journal_account(const struct admin *admin, struct account_row *row,
                            const char *word, struct str what, struct error *err)
{
    struct change_row change = { .kind = CHANGE_ACCOUNT, .id = row->id };
    struct buf before = BUF_ON(change.before);
    buf_put(&before, str_first(what, sizeof(change.before)));
    change.before_n = before.n;
    return append_word(admin, &change, word, &row->last_change, err);
}

enum status admin_note_act(const struct admin *admin, int64_t account_id,
                           const char *word, struct error *err)
{
    int64_t last_change = 0;
    return journal_word(admin, CHANGE_ACT, account_id, word, &last_change, err);
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
