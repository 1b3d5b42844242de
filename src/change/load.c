// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/load.h"

struct slice {
    struct load *load;
    struct resident *resident;
    size_t rows;
};

static enum status take_account(void *ctx, const struct account_row *row)
{
    struct slice *slice = (struct slice *)ctx;
    slice->rows++;
    slice->load->after = row->id;
    return resident_put_account(
        slice->resident, row->id,
        (struct access_account){ .state = row->state, .role = row->role });
}

static enum status take_host(void *ctx, const struct host_row *row)
{
    struct slice *slice = (struct slice *)ctx;
    struct resident_host host;
    slice->rows++;
    slice->load->after = row->id;
    resident_host_of(row, resident_name_key(slice->resident), &host);
    return resident_put_host(slice->resident, &host);
}

static enum status take_token(void *ctx, const struct token_row *row)
{
    struct slice *slice = (struct slice *)ctx;
    struct resident_token token;
    slice->rows++;
    slice->load->after = row->id;
    resident_token_of(row, &token);
    return resident_put_token(slice->resident, &token);
}

enum status load_slice(struct load *load, struct resident *resident, struct store *store,
                       size_t limit, struct error *err)
{
    struct slice slice = { .load = load, .resident = resident };
    enum status status = OK;
    switch (load->phase) {
    case LOAD_ACCOUNTS:
        status = store_account_list(
            store, (struct store_page){ .after = load->after, .limit = limit },
            take_account, &slice, err);
        break;
    case LOAD_HOSTS:
        status = store_host_list(
            store, 0, (struct store_page){ .after = load->after, .limit = limit },
            take_host, &slice, err);
        break;
    case LOAD_TOKENS:
        status = store_token_scan(
            store, (struct store_page){ .after = load->after, .limit = limit },
            take_token, &slice, err);
        break;
    case LOAD_DONE:
        return OK;
    }
    if (status == ERR_LIMIT)
        return FAIL(err, status, "an id past 32 bits after %lld", (long long)load->after);
    if (!status && slice.rows < limit)
        *load = (struct load){ .phase = load->phase + 1 };
    return status;
}
