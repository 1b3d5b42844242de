// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/scan.h"

#include "base/reader.h"
#include "dns/name.h"
#include "dns/record.h"

enum {
    COUNTS_AT = 4, /* in the header: of questions, answers, authority, additional */
    SECTIONS = 4,
    POINTER_BITS = 0xc0,
    QUESTION_TAIL = 4, /* type and class */
    FLAG_DO = 0x8000,
};

static void skip_name(struct reader *message)
{
    size_t label = reader_u8(message);
    for (; label > 0 && label <= LABEL_SIZE; label = reader_u8(message))
        (void)reader_bytes(message, label);
    if (label >= POINTER_BITS)
        (void)reader_u8(message);
    else if (label > 0)
        reader_fail(message);
}

/* The fields of a record before its data. */
struct head {
    uint16_t type, data_n;
    uint32_t ttl; /* an OPT record has its flags in the lower half */
};

static struct head read_head(struct reader *message)
{
    struct head head;
    skip_name(message);
    head.type = reader_u16(message);
    (void)reader_u16(message); /* the class */
    head.ttl = reader_u32(message);
    head.data_n = reader_u16(message);
    return head;
}

bool scan_opt(const uint8_t *wire, size_t n, struct scanned_opt *out)
{
    struct reader message = reader_on(str_bytes(wire, n));
    size_t counts[SECTIONS];
    (void)reader_bytes(&message, COUNTS_AT);
    for (size_t i = 0; i < SECTIONS; i++)
        counts[i] = reader_u16(&message);
    for (size_t i = 0; i < counts[0] && message.rest.n > 0; i++) {
        skip_name(&message);
        (void)reader_bytes(&message, QUESTION_TAIL);
    }

    size_t others = counts[1] + counts[2];
    for (size_t i = 0; i < others + counts[3] && message.rest.n > 0; i++) {
        struct head head = read_head(&message);
        if (i >= others && !message.failed && head.type == RR_OPT) {
            out->dnssec_ok = head.ttl & FLAG_DO;
            return true;
        }
        (void)reader_bytes(&message, head.data_n);
    }
    return false;
}
