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

static void put_name(struct buf *buf, struct str name)
{
    buf_put_u8(buf, (uint8_t)name.n);
    buf_put(buf, name);
}

void wire_put_look(struct buf *buf, const struct wire_look *look)
{
    wire_put_seq(buf, look->number);
    buf_put_u8(buf, (uint8_t)look->subject);
    buf_put_u8(buf, look->waits);
    put_name(buf, look->zone);
    put_name(buf, look->host);
}

enum status wire_take_look(struct str body, struct wire_look *out)
{
    struct wire_look look = { .number = 0 };
    struct str rest;
    if (wire_take_seq(body, &look.number, &rest))
        return ERR_SYNTAX;
    struct reader in = reader_on(rest);
    uint8_t subject = reader_u8(&in);
    look.waits = reader_u8(&in) > 0;
    look.zone = reader_bytes(&in, reader_u8(&in));
    look.host = reader_bytes(&in, reader_u8(&in));
    if (!reader_is_done(&in) || subject > WIRE_OF_SECONDARIES)
        return ERR_SYNTAX;
    look.subject = (enum wire_subject)subject;
    if ((subject != WIRE_OF_SECONDARIES && look.zone.n == 0) ||
        (subject == WIRE_OF_HOST && look.host.n == 0))
        return ERR_SYNTAX;
    *out = look;
    return OK;
}
