// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as lines: every record that comes out is well formed, and a refusal says why. */
#include "dns/rdata.h"
#include "dns/tinydns_reader.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status check_record(void *ctx, const struct record *record, struct error *err)
{
    (void)err;
    struct name name;
    struct soa soa;
    assert(name_decode(name_bytes(&record->owner), &name) == OK);
    assert(name_equal(&name, &record->owner));
    assert(record->ttl_s <= INT32_MAX);
    assert(record->rdata.n < RDATA_SIZE);
    assert(record->type != 0);
    if (record->type == RR_A)
        assert(record->rdata.n == 4);
    if (record->type == RR_NS || record->type == RR_CNAME || record->type == RR_PTR)
        assert(name_decode(record->rdata, &name) == OK);
    if (record->type == RR_MX)
        assert(name_decode(str_from_at(record->rdata, 2), &name) == OK);
    if (record->type == RR_AAAA)
        assert(record->rdata.n == 16);
    bool whole = record_is_whole(record); /* ":" makes any data */
    if (record->type == RR_SRV && whole)
        assert(name_decode(str_from_at(record->rdata, 6), &name) == OK);
    if (record->type == RR_SOA)
        assert(soa_decode(record->rdata, &soa) == OK);
    ++*(size_t *)ctx;
    return OK;
}

static enum status check_location(void *ctx, const struct location_rule *rule,
                                  struct error *err)
{
    (void)err;
    assert(rule->prefix_n <= sizeof(rule->prefix));
    for (size_t i = rule->prefix_n; i < sizeof(rule->prefix); i++)
        assert(rule->prefix[i] == 0);
    ++*(size_t *)ctx;
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = { .text = "" };
    size_t count = 0;
    struct str text = str_bytes(data, size);
    const struct record_sink sink = { .record = check_record,
                                      .location = check_location,
                                      .ctx = &count };
    if (tinydns_parse("data", text, 7, &sink, &err))
        assert(strncmp(err.text, "data:", 5) == 0);
    else
        assert(count <= 3 * size && err.text[0] == 0);
    return 0;
}
