// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/wire.h"

#include "net/local.h"

enum status wire_take_seq(struct str body, int64_t *seq, struct str *rest)
{
    if (body.n < WIRE_SEQ_SIZE)
        return ERR_SYNTAX;
    uint64_t value = 0;
    for (size_t i = 0; i < WIRE_SEQ_SIZE; i++)
        value = value << 8 | (uint8_t)body.at[i];
    if (value > INT64_MAX)
        return ERR_SYNTAX;
    *seq = (int64_t)value;
    *rest = str_from_at(body, WIRE_SEQ_SIZE);
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
