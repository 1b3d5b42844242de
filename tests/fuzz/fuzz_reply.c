// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever a name server answers: each record of it that the tinydns data language can say is
 * said so that it reads back as the same record. The first byte chooses what was asked. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/query.h"
#include "dns/tinydns_reader.h"
#include "dns/tinydns_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status compare(void *ctx, const struct record *record, struct error *err)
{
    const struct record *want = (const struct record *)ctx;
    (void)err;
    assert(name_equal(&record->owner, &want->owner));
    assert(record->wildcard == want->wildcard && record->type == want->type);
    assert(record->ttl_s == want->ttl_s && str_equal(record->rdata, want->rdata));
    return ERR_EXISTS; /* it came */
}

static void check_record(void *ctx, enum message_section section,
                         const struct record *record)
{
    static char space[TINYDNS_LINE_SIZE];
    struct buf line = BUF_ON(space);
    (void)ctx;
    assert(section <= SECTION_ADDITIONAL);
    if (tinydns_put(record, TINYDNS_STOCK, &line, NULL))
        return;
    struct record want = *record;
    const struct record_sink sink = { .record = compare, .ctx = &want };
    assert(!line.full && space[line.n - 1] == '\n');
    enum status status = tinydns_parse_line(str_bytes(space, line.n - 1), 1, &sink, NULL);
    assert(status == ERR_EXISTS);
}

/* Whatever the case of the request, its own echo passes, and no reply is read beyond its end. */
static void check_echo(const struct query *query, const uint8_t *reply, size_t n)
{
    uint8_t wire[QUERY_SIZE], bits[QUERY_CASE_SIZE] = { 0 };
    size_t wire_n = query_encode(query, wire);
    memcpy(bits, reply, n < sizeof(bits) ? n : sizeof(bits));
    query_mix_case(wire, wire_n, bits);
    assert(query_is_echoed(wire, wire_n, wire, wire_n));
    if (n >= MESSAGE_HEADER_SIZE && (reply[4] || reply[5]))
        assert(query_is_echoed(wire, wire_n, reply, n) ==
               (n >= wire_n &&
                memcmp(wire + MESSAGE_HEADER_SIZE, reply + MESSAGE_HEADER_SIZE,
                       wire_n - MESSAGE_HEADER_SIZE) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = { RR_NS, RR_SOA, RR_A, RR_AAAA };
    struct query query = { .name = { .n = 3, .wire = "\001a" } };
    if (size < 3)
        return 0;
    query.opcode = data[0] & 4 ? QUERY_NOTIFY : QUERY_QUESTION;
    query.type = types[data[0] & 3];
    query.id = (uint16_t)(data[1] << 8 | data[2]);
    uint8_t *wire = (uint8_t *)malloc(size - 1);
    assert(wire);
    memcpy(wire, data + 1, size - 1);
    check_echo(&query, wire, size - 1);
    struct query_reply reply;
    enum status status =
        query_read_reply(&query, wire, size - 1, &reply, check_record, NULL);
    assert(status || reply.rcode < 16);
    assert(memcmp(wire, data + 1, size - 1) == 0);
    free(wire);
    return 0;
}
