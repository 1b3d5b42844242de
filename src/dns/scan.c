// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/scan.h"

#include "dns/message.h"
#include "dns/name.h"
#include "dns/record.h"

enum {
    COUNTS_AT = 4, /* in the header: of questions, answers, authority, additional */
    SECTIONS = 4,
    POINTER_BITS = 0xc0,
    QUESTION_TAIL = 4, /* type and class */
    RECORD_TAIL = 10,  /* type, class, TTL and the length of the data */
    FLAGS_AT = 6,      /* of an OPT record, in its tail: the second half of the TTL */
    FLAG_DO = 0x80,
};

static size_t read_u16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* The position behind the name at `at`; beyond `n`: it does not end. */
static size_t skip_name(const uint8_t *wire, size_t n, size_t at)
{
    while (at < n) {
        if (wire[at] == 0)
            return at + 1;
        if (wire[at] >= POINTER_BITS)
            return at + 2;
        if (wire[at] > LABEL_SIZE)
            break;
        at += 1U + wire[at];
    }
    return n + 1;
}

/* The position behind the record at `at`, whose tail is given out too, if that is whole.
 * Beyond `n`: the record's end lies outside. */
static size_t skip_record(const uint8_t *wire, size_t n, size_t at, const uint8_t **tail)
{
    size_t after = skip_name(wire, n, at);
    *tail = NULL;
    if (after > n || n - after < RECORD_TAIL)
        return n + 1;
    *tail = wire + after;
    return after + RECORD_TAIL + read_u16(*tail + RECORD_TAIL - 2);
}

bool scan_opt(const uint8_t *wire, size_t n, struct scanned_opt *out)
{
    size_t counts[SECTIONS];
    size_t at = MESSAGE_HEADER_SIZE;
    for (size_t i = 0; i < SECTIONS; i++)
        counts[i] = read_u16(wire + COUNTS_AT + 2 * i);
    for (size_t i = 0; i < counts[0] && at < n; i++)
        at = skip_name(wire, n, at) + QUESTION_TAIL;

    const uint8_t *tail = NULL;
    size_t others = counts[1] + counts[2];
    for (size_t i = 0; i < others + counts[3] && at < n; i++) {
        at = skip_record(wire, n, at, &tail);
        if (i >= others && tail && read_u16(tail) == RR_OPT) {
            out->dnssec_ok = tail[FLAGS_AT] & FLAG_DO;
            return true;
        }
    }
    return false;
}
