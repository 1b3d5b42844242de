// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/patch.h"

#include "base/log.h"
#include "base/mem.h"
#include "change/served.h"
#include "store/name_rules.h"

void patches_done(struct patches *patches)
{
    mem_free(TAKE(patches->at));
    mem_free(TAKE(patches->blocked));
    patches->count = 0;
    patches->size = 0;
}

static struct patch *add(struct patches *patches, enum patch_kind kind)
{
    patches->at =
        mem_grow(patches->at, patches->count + 1, &patches->size, sizeof(*patches->at));
    struct patch *patch = &patches->at[patches->count++];
    patch->kind = kind;
    return patch;
}

/* ----- noting ----- */

void patches_note_addresses(struct patches *patches, const struct host_row *row,
                            bool called)
{
    if (!patches || !patches->name_key)
        return;
    struct patch *patch = add(patches, PATCH_ADDRESSES);
    patch->seq = row->last_change;
    patch->addresses = (struct resident_addresses){ .id = row->id,
                                                    .seen_s = row->last_seen_s,
                                                    .in_clear_s = row->in_clear_s,
                                                    .heartbeat = row->heartbeat,
                                                    .v4 = row->v4,
                                                    .v6 = row->v6,
                                                    .state = row->state,
                                                    .more_addresses = row->more_addresses,
                                                    .called = called };
}

static enum status note_host(struct patches *patches, struct store *store,
                             const struct change_row *change, struct error *err)
{
    struct host_row row;
    enum status status = store_host_find(store, change->id, &row, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    struct patch *patch = add(patches, status ? PATCH_NO_HOST : PATCH_HOST);
    patch->seq = change->seq;
    if (status)
        patch->id = change->id;
    else
        resident_host_of(&row, patches->name_key, &patch->host);
    return OK;
}

static enum status note_token(struct patches *patches, struct store *store, int64_t id,
                              struct error *err)
{
    struct token_row row;
    enum status status = store_token_find(store, id, &row, err);
    if (status == ERR_NOT_FOUND) {
        add(patches, PATCH_NO_TOKEN)->id = id;
        return OK;
    }
    if (!status)
        resident_token_of(&row, &add(patches, PATCH_TOKEN)->token);
    return status;
}

static enum status note_account(struct patches *patches, struct store *store, int64_t id,
                                struct error *err)
{
    struct account_row row;
    enum status status = store_account_find(store, id, &row, err);
    if (status == ERR_NOT_FOUND) {
        add(patches, PATCH_NO_ACCOUNT)->id = id;
        return OK;
    }
    if (status)
        return status;
    struct patch *patch = add(patches, PATCH_ACCOUNT);
    patch->account.id = id;
    patch->account.row = (struct access_account){ .state = row.state, .role = row.role };
    return OK;
}

struct walk {
    struct patches *patches;
    struct store *store;
    struct error *err;
};

static enum status note_change(void *ctx, const struct change_row *row)
{
    const struct walk *walk = (const struct walk *)ctx;
    switch (row->kind) {
    case CHANGE_HOST:
        return note_host(walk->patches, walk->store, row, walk->err);
    case CHANGE_TOKEN:
        return note_token(walk->patches, walk->store, row->id, walk->err);
    case CHANGE_ACCOUNT:
        return note_account(walk->patches, walk->store, row->id, walk->err);
    case CHANGE_BLOCKED:
        add(walk->patches, PATCH_BLOCKED)->id = row->id;
        break;
    case CHANGE_RRSET:
    case CHANGE_ZONE:
    case CHANGE_MEMBER:
    case CHANGE_RESERVED:
    case CHANGE_QUARANTINE:
    case CHANGE_ACT:
        break;
    }
    return OK;
}

enum status patches_note_journal(struct patches *patches, struct store *store,
                                 int64_t seq, struct error *err)
{
    struct walk walk = { patches, store, err };
    if (!patches->name_key)
        return OK;
    return store_change_list(store,
                             (struct store_page){ .after = seq, .limit = SIZE_MAX },
                             note_change, &walk, err);
}

struct reading {
    struct prefix *at;
    size_t count, room;
};

static enum status read_network(void *ctx, const struct blocked_row *row)
{
    struct reading *reading = (struct reading *)ctx;
    reading->at =
        mem_grow(reading->at, reading->count + 1, &reading->room, sizeof(*reading->at));
    reading->at[reading->count++] = row->network;
    return OK;
}

enum status patches_read_blocked(struct patches *patches, struct store *store,
                                 struct error *err)
{
    struct reading reading = { .count = 0 };
    enum status status =
        store_blocked_list(store, (struct store_page){ .after = 0, .limit = SIZE_MAX },
                           read_network, &reading, err);
    mem_free(patches->blocked); /* of a run before */
    patches->blocked = reading.at;
    patches->blocked_count = reading.count;
    return status;
}

enum status patches_note_blocked(struct patches *patches, struct store *store,
                                 struct error *err)
{
    patches->has_blocked = false;
    for (size_t i = 0; i < patches->count; i++)
        patches->has_blocked |= patches->at[i].kind == PATCH_BLOCKED;
    return patches->has_blocked ? patches_read_blocked(patches, store, err) : OK;
}

/* ----- taking over ----- */

static enum status apply(const struct patch *patch, struct resident *resident)
{
    switch (patch->kind) {
    case PATCH_HOST:
        return resident_put_host(resident, &patch->host);
    case PATCH_ADDRESSES:
        resident_set_addresses(resident, &patch->addresses);
        break;
    case PATCH_TOKEN:
        return resident_put_token(resident, &patch->token);
    case PATCH_ACCOUNT:
        return resident_put_account(resident, patch->account.id, patch->account.row);
    case PATCH_NO_HOST:
        resident_remove_host(resident, patch->id);
        break;
    case PATCH_NO_TOKEN:
        resident_remove_token(resident, patch->id);
        break;
    case PATCH_NO_ACCOUNT:
        resident_remove_account(resident, patch->id);
        break;
    case PATCH_BLOCKED:
        break;
    }
    return OK;
}

static void apply_or_say(const struct patch *patch, struct resident *resident)
{
    if (apply(patch, resident))
        log_error("id-past-32-bits", LOG_NUMBER("kind", patch->kind));
}

/* 0: it is about no host. */
static int64_t host_of(const struct patch *patch)
{
    switch (patch->kind) {
    case PATCH_HOST:
        return patch->host.id;
    case PATCH_ADDRESSES:
        return patch->addresses.id;
    case PATCH_NO_HOST:
        return patch->id;
    case PATCH_TOKEN:
    case PATCH_ACCOUNT:
    case PATCH_NO_TOKEN:
    case PATCH_NO_ACCOUNT:
    case PATCH_BLOCKED:
        break;
    }
    return 0;
}

/* What its owner will want to hear next. */
static void note_served(struct served *served, const struct resident *resident,
                        const struct event *event)
{
    struct resident_beat host;
    if (served && resident_find_beat(resident, event->host_id, &host))
        served_note(served, event->host_id, host.zone_id, event->seq);
}

/* Who has lost the host hears of it, too. */
static void apply_and_post(const struct patch *patch, struct resident *resident,
                           struct events *events, struct served *served)
{
    struct event event = { .kind = TOLD_HOST,
                           .host_id = host_of(patch),
                           .seq = patch->seq };
    int64_t before = resident_owner(resident, event.host_id);
    apply_or_say(patch, resident);
    int64_t now = resident_owner(resident, event.host_id);
    event.account_id = before ? before : now;
    if (event.account_id)
        events_post(events, &event);
    event.account_id = now;
    if (now && before && now != before)
        events_post(events, &event);
    if (now && events_has_listener(events, now))
        note_served(served, resident, &event);
}

void patches_apply(const struct patches *patches, struct resident *resident,
                   struct events *events, struct served *served)
{
    bool posts = events && events_are_wanted(events);
    for (size_t i = 0; i < patches->count; i++) {
        if (posts)
            apply_and_post(&patches->at[i], resident, events, served);
        else
            apply_or_say(&patches->at[i], resident);
    }
}
