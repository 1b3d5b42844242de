// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/patch.h"

#include "base/log.h"
#include "base/mem.h"

void patches_done(struct patches *patches)
{
    mem_free(TAKE(patches->at));
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
    add(patches, PATCH_ADDRESSES)->addresses =
        (struct resident_addresses){ .id = row->id,
                                     .seen_s = row->last_seen_s,
                                     .in_clear_s = row->in_clear_s,
                                     .heartbeat = row->heartbeat,
                                     .v4 = row->v4,
                                     .v6 = row->v6,
                                     .state = row->state,
                                     .more_addresses = row->more_addresses,
                                     .called = called };
}

static enum status note_host(struct patches *patches, struct store *store, int64_t id,
                             struct error *err)
{
    struct host_row row;
    enum status status = store_host_find(store, id, &row, err);
    if (status == ERR_NOT_FOUND) {
        add(patches, PATCH_NO_HOST)->id = id;
        return OK;
    }
    if (!status)
        resident_host_of(&row, patches->name_key, &add(patches, PATCH_HOST)->host);
    return status;
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
        return note_host(walk->patches, walk->store, row->id, walk->err);
    case CHANGE_TOKEN:
        return note_token(walk->patches, walk->store, row->id, walk->err);
    case CHANGE_ACCOUNT:
        return note_account(walk->patches, walk->store, row->id, walk->err);
    case CHANGE_RRSET:
    case CHANGE_ZONE:
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
    }
    return OK;
}

void patches_apply(const struct patches *patches, struct resident *resident)
{
    for (size_t i = 0; i < patches->count; i++)
        if (apply(&patches->at[i], resident))
            log_error("id-past-32-bits", LOG_NUMBER("kind", patches->at[i].kind));
}
