// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/change_part.h"
#include "change/host_rule.h"

enum {
    LOOK_COST = 500 /* of a host that has to be read, in hosts that have not */
};

bool change_is_ready(const struct change *change)
{
    return change->load.phase == LOAD_DONE;
}

bool change_has_failed(const struct change *change)
{
    return queue_has_failed(change->queue);
}

/* What stands in memory, and in the database as this process sees it, after a commit that
 * failed is not what the next process will find. */
static enum status check_known(const struct change *change, struct error *err)
{
    return change_has_failed(change) ? FAIL(err, ERR_BUSY, "a commit has failed") : OK;
}

static enum status check_ready(const struct change *change, struct error *err)
{
    enum status status = check_known(change, err);
    if (status || change_is_ready(change))
        return status;
    return FAIL(err, ERR_BUSY, "the tables are being filled from the database");
}

void change_prefetch(struct change *change, struct digest digest, const struct name *name)
{
    resident_prefetch(change->resident, &digest, name);
}

enum status change_find_token(struct change *change, struct digest digest,
                              struct token_row *out, struct error *err)
{
    enum status status = check_ready(change, err);
    if (!status)
        status = resident_find_token(change->resident, &digest, out);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no such token");
    return status == ERR_CONFLICT
               ? store_token_find_digest(change->reader, digest, out, err)
               : status;
}

enum status change_find_account(struct change *change, int64_t account_id,
                                struct access_account *out, struct error *err)
{
    enum status status = check_ready(change, err);
    if (!status)
        status = resident_find_account(change->resident, account_id, out);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no account %lld", (long long)account_id);
    return status;
}

void change_lay_over(const struct change *change, struct host_row *row)
{
    const struct inflight_value *value = inflight_find(change->inflight, row->id);
    if (!value)
        return;
    const struct addresses *addresses = &value->addresses;
    row->v4 = address_list_usual(&addresses->v4);
    row->v6 = address_list_usual(&addresses->v6);
    row->more_addresses = addresses_are_several(addresses);
    if (row->state == HOST_ACTIVE || row->state == HOST_OFFLINE ||
        host_is_replaced(row->state))
        row->state = value->offline ? HOST_OFFLINE : HOST_ACTIVE;
}

enum status change_find_committed(struct change *change, const struct name *name,
                                  struct host_row *out, struct error *err)
{
    enum status status = check_ready(change, err);
    if (!status)
        status = resident_find_host(change->resident, name, out);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no host %s", name_text(name));
    if (status == ERR_CONFLICT)
        status = store_host_find_name(change->reader, name, out, err);
    return status;
}

enum status change_find_host(struct change *change, const struct name *name,
                             struct host_row *out, struct error *err)
{
    enum status status = change_find_committed(change, name, out, err);
    if (!status)
        change_lay_over(change, out);
    return status;
}

enum status change_find_host_id(struct change *change, int64_t id, struct host_row *out,
                                struct error *err)
{
    enum status status = check_known(change, err);
    if (!status)
        status = store_host_find(change->reader, id, out, err);
    if (!status)
        change_lay_over(change, out);
    return status;
}

uint32_t *change_host_throttle(struct change *change, int64_t host_id)
{
    return resident_throttle(change->resident, host_id);
}

int64_t change_last_seen(const struct change *change, int64_t host_id)
{
    return resident_last_seen(change->resident, host_id);
}

/* ----- hosts by address ----- */

static enum status has_further(struct change *change, int64_t host_id,
                               bool (*is_wanted)(const void *ctx, struct ip ip),
                               const void *ctx, bool *has, struct error *err)
{
    struct host_row row;
    struct addresses addresses;
    enum status status = store_host_find(change->reader, host_id, &row, err);
    if (!status)
        status = store_host_addresses(change->reader, &row, &addresses, err);
    for (size_t i = 0; !status && i < addresses_count(&addresses); i++)
        *has |= is_wanted(ctx, addresses_get(&addresses, i));
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status change_look_for_addresses(struct change *change, int64_t after,
                                      bool (*is_wanted)(const void *ctx, struct ip ip),
                                      const void *ctx, struct change_found *out,
                                      struct error *err)
{
    int64_t newest = resident_newest_host(change->resident);
    enum status status = check_ready(change, err);
    *out = (struct change_found){ .last = after };
    for (int64_t cost = 0; !status && out->last < newest && cost < CHANGE_LOOK_MAX &&
                           out->count < CHANGE_FOUND_MAX;
         cost++) {
        struct ip v4, v6;
        bool more = false, has = false;
        out->last++;
        if (!resident_host_addresses(change->resident, out->last, &v4, &v6, &more))
            continue;
        has = (v4.family && is_wanted(ctx, v4)) || (v6.family && is_wanted(ctx, v6));
        if (!has && more) {
            cost += LOOK_COST;
            status = has_further(change, out->last, is_wanted, ctx, &has, err);
        }
        if (has)
            out->ids[out->count++] = out->last;
    }
    out->more = out->last < newest;
    return status;
}

static int64_t now_s(const struct change *change)
{
    return clock_wall_s(loop_clock(change->loop));
}

/* When it became so, as far as the outages did not put it off. */
static int64_t since_s(const struct resident_beat *beat, enum heartbeat_state state)
{
    switch (state) {
    case HEARTBEAT_LATE:
        return beat->seen_s + heartbeat_late_after_s(beat->heartbeat);
    case HEARTBEAT_SILENT:
        return beat->seen_s + heartbeat_silent_after_s(beat->heartbeat);
    case HEARTBEAT_UNKNOWN:
    case HEARTBEAT_FRESH:
        break;
    }
    return beat->seen_s;
}

bool change_find_heartbeat(const struct change *change, int64_t host_id,
                           struct change_heartbeat *out)
{
    struct resident_beat beat;
    if (!resident_find_beat(change->resident, host_id, &beat))
        return false;
    enum heartbeat_state state = lookout_judge(&change->outages, &beat, now_s(change));
    *out = (struct change_heartbeat){ .expected = beat.heartbeat,
                                      .state = state,
                                      .since_s = since_s(&beat, state) };
    return true;
}

enum status change_next_in_state(const struct change *change, enum heartbeat_state state,
                                 int64_t zone_id, size_t max, int64_t *after)
{
    struct resident_beat beat;
    int64_t time_s = now_s(change);
    for (size_t i = 0; i < max; i++) {
        if (!resident_next_beat(change->resident, *after, &beat))
            return ERR_NOT_FOUND;
        *after = beat.id;
        if ((!zone_id || beat.zone_id == zone_id) &&
            lookout_judge(&change->outages, &beat, time_s) == state)
            return OK;
    }
    return ERR_LIMIT;
}

size_t change_count_in_state(const struct change *change, enum heartbeat_state state)
{
    return change->lookout.counts.hosts[state];
}
