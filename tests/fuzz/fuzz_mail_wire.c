// SPDX-License-Identifier: GPL-3.0-or-later
/* Messages between front and outbound: what is taken is put as the same bytes. */
#include <stdlib.h>

#include "run/mail_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(const struct buf *got, struct str want)
{
    if (got->full || !str_equal(buf_str(got), want))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t storage[1 << 20];
    struct str body = str_bytes(data, size);
    struct buf out = BUF_ON(storage);
    struct mail_wire mail;
    struct mail_wire_verdict verdict;
    int64_t waiting = 0, dead = 0;
    if (size > sizeof(storage))
        return 0;
    if (!mail_wire_take(body, &mail)) {
        mail_wire_put(&mail, &out);
        expect(&out, body);
    }
    out.n = 0;
    if (!mail_wire_take_verdict(body, &verdict)) {
        mail_wire_put_verdict(&verdict, &out);
        expect(&out, body);
    }
    out.n = 0;
    if (!mail_wire_take_counts(body, &waiting, &dead)) {
        mail_wire_put_counts(waiting, dead, &out);
        expect(&out, body);
    }
    return 0;
}
