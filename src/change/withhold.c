// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/withhold.h"

#include "change/admin_part.h"
#include "change/journal.h"

static void set_reason(struct host_row *row, enum host_withheld reason, bool is_given)
{
    row->withheld = is_given ? row->withheld | reason : row->withheld & ~(unsigned)reason;
}

void withhold_judge(const struct admin *admin, struct host_row *row,
                    const struct addresses *addresses)
{
    if (admin->rules)
        set_reason(row, WITHHELD_NETWORK,
                   network_set_has_any(admin->rules->blocked, addresses));
}

void withhold_by_owner(struct host_row *row, const struct account_row *owner)
{
    set_reason(row, WITHHELD_ACCOUNT, owner->state == ACCOUNT_BLOCKED);
}

/* Publishing goes by the journal: a row of the same addresses makes it look again. */
static enum status save(const struct admin *admin, struct host_row *row,
                        const struct addresses *addresses, struct error *err)
{
    enum status status = journal_host(admin, row, addresses, addresses, false, err);
    return status ? status : store_host_update(admin->store, row, err);
}

enum status withhold_host(const struct admin *admin, int64_t id, struct error *err)
{
    struct host_row row;
    struct addresses addresses;
    enum status status = store_host_find(admin->store, id, &row, err);
    if (!status)
        status = store_host_addresses(admin->store, &row, &addresses, err);
    if (status)
        return status;
    unsigned before = row.withheld;
    withhold_judge(admin, &row, &addresses);
    return row.withheld == before ? OK : save(admin, &row, &addresses, err);
}

struct page {
    int64_t ids[WALK_PAGE], last;
    size_t count;
};

static enum status note_host(void *ctx, const struct host_row *row)
{
    struct page *page = (struct page *)ctx;
    page->last = row->id;
    page->ids[page->count++] = row->id;
    return OK;
}

static enum status withhold_one(const struct admin *admin, int64_t id,
                                const struct account_row *account, struct error *err)
{
    struct host_row row;
    struct addresses addresses;
    enum status status = store_host_find(admin->store, id, &row, err);
    if (!status)
        status = store_host_addresses(admin->store, &row, &addresses, err);
    if (status)
        return status;
    withhold_by_owner(&row, account);
    return save(admin, &row, &addresses, err);
}

enum status withhold_account(const struct admin *admin, const struct account_row *account,
                             struct error *err)
{
    struct page page = { .last = 0 };
    do {
        page.count = 0;
        const struct store_page rows = { .after = page.last,
                                         .limit = WALK_PAGE,
                                         .owner_id = account->id };
        enum status status =
            store_host_list(admin->store, 0, rows, note_host, &page, err);
        for (size_t i = 0; i < page.count && !status; i++)
            status = withhold_one(admin, page.ids[i], account, err);
        if (status)
            return status;
    } while (page.count == WALK_PAGE);
    return OK;
}
