// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/wire.h"

#include "base/reader.h"
#include "net/local.h"

enum status wire_take_seq(struct str body, int64_t *seq, struct str *rest)
{
    struct reader in = reader_on(body);
    uint64_t value = reader_u64(&in);
    if (in.failed || value > INT64_MAX)
        return ERR_SYNTAX;
    *seq = (int64_t)value;
    *rest = in.rest;
    return OK;
}

void wire_put_seq(struct buf *buf, int64_t seq)
{
    buf_put_u64(buf, (uint64_t)seq);
}

void wire_send(struct local_channel *channel, enum wire_type type, struct str body)
{
    enum status lost = local_send(channel, (uint16_t)type, body);
    (void)lost;
}
