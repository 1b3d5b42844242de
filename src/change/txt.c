// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/txt.h"

#include <string.h>

#include "change/admin_part.h"
#include "store/tables.h"

/* ----- what stands there ----- */

static struct str value_of(const char value[CHALLENGE_VALUE_SIZE])
{
    return str_bytes(value, CHALLENGE_VALUE_SIZE);
}

static bool has(const struct txt_list *list, struct str value)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(value_of(list->at[i]), value))
            return true;
    return false;
}

bool txt_list_add(struct txt_list *list, struct str value)
{
    if (!challenge_is_value(value))
        return false;
    if (has(list, value))
        return true;
    if (list->count == CHALLENGE_VALUES_MAX)
        return false;
    memcpy(list->at[list->count++], value.at, value.n);
    return true;
}

/* A record that holds one value and nothing else; empty: it does not. */
static struct str value_in(const struct record_row *row)
{
    if (row->type != RR_TXT || row->wildcard ||
        row->rdata_n != CHALLENGE_VALUE_SIZE + 1 || row->rdata[0] != CHALLENGE_VALUE_SIZE)
        return STR("");
    return str_bytes(row->rdata + 1, CHALLENGE_VALUE_SIZE);
}

static void forget_new(struct txt_plan *plan, struct str value)
{
    for (size_t i = 0; i < plan->change->add.count; i++)
        if (str_equal(value_of(plan->change->add.at[i]), value))
            plan->is_new[i] = false;
}

static enum status note_row(void *ctx, const struct record_row *row)
{
    struct txt_plan *plan = (struct txt_plan *)ctx;
    struct str value = value_in(row);
    if (row->type == RR_TXT && !row->wildcard)
        plan->record.ttl_s = row->ttl_s;
    if (value.n == 0)
        return OK;
    forget_new(plan, value);
    if (row->expires_s == 0 || plan->row_count == TXT_ROWS_MAX)
        return OK;
    struct txt_row *at = &plan->rows[plan->row_count++];
    *at = (struct txt_row){ .id = row->id, .expires_s = row->expires_s };
    memcpy(at->value, value.at, value.n);
    at->is_kept = has(&plan->change->add, value);
    at->is_going = !at->is_kept && has(&plan->change->remove, value);
    return OK;
}

/* ----- what is to be written ----- */

static size_t count_going(const struct txt_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->row_count; i++)
        count += plan->rows[i].is_going;
    return count;
}

static size_t count_new(const struct txt_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->change->add.count; i++)
        count += plan->is_new[i];
    return count;
}

static size_t count_values(const struct txt_plan *plan)
{
    return plan->row_count - count_going(plan) + count_new(plan);
}

/* Of those that the change does not name, the one that would end first; NULL: there is none. */
static struct txt_row *find_first_to_end(struct txt_plan *plan)
{
    struct txt_row *first = NULL;
    for (size_t i = 0; i < plan->row_count; i++) {
        struct txt_row *row = &plan->rows[i];
        if (!row->is_kept && !row->is_going &&
            (!first || row->expires_s < first->expires_s))
            first = row;
    }
    return first;
}

/* New values must find room: what is left over from attempts that failed gives way to them. */
static void make_room(struct txt_plan *plan)
{
    struct txt_row *row = NULL;
    while (count_values(plan) > plan->change->keep && (row = find_first_to_end(plan)))
        row->is_going = true;
}

/* The place of the first new value; the count of all: there is none. */
static size_t find_new(const struct txt_plan *plan)
{
    size_t at = 0;
    while (at < plan->change->add.count && !plan->is_new[at])
        at++;
    return at;
}

static void set_value(struct record_row *row, const char value[CHALLENGE_VALUE_SIZE])
{
    row->rdata[0] = CHALLENGE_VALUE_SIZE;
    memcpy(row->rdata + 1, value, CHALLENGE_VALUE_SIZE);
    row->rdata_n = CHALLENGE_VALUE_SIZE + 1;
}

/* Whether a value may stand there, by the rules for all records; what holds for one holds for the
 * others. That the host may be changed was found before. */
static enum status judge_new(const struct admin *admin, const struct txt_plan *plan,
                             size_t at, bool *fits, struct error *err)
{
    int more = (int)count_new(plan) - 1 - (int)count_going(plan);
    struct admin judge = *admin;
    judge.actor = actor_at_machine();
    struct record_row row = plan->record;
    struct zone_row zone;
    set_value(&row, plan->change->add.at[at]);
    enum status status = admin_record_judge(&judge, &row, more, &zone, err);
    *fits = !status && row.host_id == plan->record.host_id && zone.id == plan->zone.id;
    return status == ERR_IO ? status : OK;
}

static enum status find_host(const struct admin *admin, int64_t host_id,
                             struct txt_plan *plan, struct change_outcome *out,
                             struct error *err)
{
    struct host_row host;
    enum status status = store_host_find(admin->store, host_id, &host, err);
    if (status == ERR_NOT_FOUND) {
        *out =
            (struct change_outcome){ .result = CHANGE_REFUSED, .access = ACCESS_NO_HOST };
        return OK;
    }
    if (status)
        return status;
    *out = (struct change_outcome){ .result = CHANGE_BAD_TXT };
    if (challenge_name(&host.name, &plan->record.owner))
        return OK;
    out->result = CHANGE_DONE;
    status = store_zone_find(admin->store, host.zone_id, &plan->zone, err);
    /* Below a host of the zone's own name all is the zone's. */
    bool is_apex = !status && name_equal(&host.name, &plan->zone.name);
    plan->record.zone_id = host.zone_id;
    plan->record.host_id = is_apex ? 0 : host.id;
    return status;
}

enum status txt_plan(const struct admin *admin, int64_t host_id,
                     const struct txt_change *change, struct txt_plan *plan,
                     struct change_outcome *out, struct error *err)
{
    plan->change = change;
    plan->row_count = 0;
    plan->record = (struct record_row){ .type = RR_TXT,
                                        .ttl_s = CHALLENGE_TTL_S,
                                        .expires_s = admin->now_s + change->life_s };
    for (size_t i = 0; i < change->add.count; i++)
        plan->is_new[i] = true;
    enum status status = find_host(admin, host_id, plan, out, err);
    if (status || out->result != CHANGE_DONE)
        return status;
    status = store_record_list_name(admin->store, plan->zone.id, &plan->record.owner,
                                    note_row, plan, err);
    bool fits = true;
    size_t at = find_new(plan);
    make_room(plan);
    if (!status && at < change->add.count)
        status = judge_new(admin, plan, at, &fits, err);
    if (!fits)
        out->result = CHANGE_BAD_TXT;
    return status;
}

/* ----- writing it ----- */

static enum status write_row(const struct admin *admin, const struct txt_plan *plan,
                             const struct txt_row *row, bool *changes, struct error *err)
{
    if (row->is_going) {
        *changes = true;
        return store_record_remove(admin->store, row->id, err);
    }
    if (row->is_kept && row->expires_s != plan->record.expires_s)
        return store_record_set_expiry(admin->store, row->id, plan->record.expires_s,
                                       err);
    return OK;
}

static enum status write_new(const struct admin *admin, const struct txt_plan *plan,
                             size_t at, bool *changes, struct error *err)
{
    struct record_row row = plan->record;
    if (!plan->is_new[at])
        return OK;
    *changes = true;
    set_value(&row, plan->change->add.at[at]);
    return store_record_insert(admin->store, &row, err);
}

enum status txt_apply(const struct admin *admin, struct txt_plan *plan, bool *was_same,
                      struct error *err)
{
    bool changes = false;
    enum status status = OK;
    for (size_t i = 0; i < plan->row_count && !status; i++)
        status = write_row(admin, plan, &plan->rows[i], &changes, err);
    for (size_t i = 0; i < plan->change->add.count && !status; i++)
        status = write_new(admin, plan, i, &changes, err);
    if (status || !changes)
        return status;
    *was_same = false;
    return admin_save_records(admin, &plan->zone, &plan->record.owner, "set", err);
}
