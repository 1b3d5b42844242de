// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/mail_wire.h"

#include "base/reader.h"

static void put_text(struct buf *out, struct str text)
{
    buf_put_u16(out, (uint16_t)(text.n & UINT16_MAX));
    buf_put(out, str_first(text, UINT16_MAX));
}

static struct str take_text(struct reader *in)
{
    return reader_bytes(in, reader_u16(in));
}

static void put_number(struct buf *out, int64_t number)
{
    buf_put_u64(out, (uint64_t)number);
}

static int64_t take_number(struct reader *in)
{
    uint64_t number = reader_u64(in);
    if (number > INT64_MAX)
        reader_fail(in);
    return (int64_t)(number & INT64_MAX);
}

void mail_wire_put(const struct mail_wire *mail, struct buf *out)
{
    put_number(out, mail->id);
    put_number(out, mail->date_s);
    put_text(out, mail->to);
    put_text(out, mail->language);
    put_text(out, mail->message_id);
    put_text(out, mail->subject);
    put_text(out, mail->unsubscribe);
    put_text(out, mail->body);
}

enum status mail_wire_take(struct str body, struct mail_wire *out)
{
    struct reader in = reader_on(body);
    struct mail_wire mail = { .id = take_number(&in) };
    mail.date_s = take_number(&in);
    mail.to = take_text(&in);
    mail.language = take_text(&in);
    mail.message_id = take_text(&in);
    mail.subject = take_text(&in);
    mail.unsubscribe = take_text(&in);
    mail.body = take_text(&in);
    if (!reader_is_done(&in))
        return ERR_SYNTAX;
    *out = mail;
    return OK;
}

void mail_wire_put_verdict(const struct mail_wire_verdict *verdict, struct buf *out)
{
    put_number(out, verdict->id);
    buf_put_u8(out, verdict->verdict);
    put_text(out, str_first(verdict->why, MAIL_WIRE_WHY_MAX));
}

enum status mail_wire_take_verdict(struct str body, struct mail_wire_verdict *out)
{
    struct reader in = reader_on(body);
    struct mail_wire_verdict verdict = { .id = take_number(&in) };
    verdict.verdict = reader_u8(&in);
    verdict.why = take_text(&in);
    if (!reader_is_done(&in) || verdict.why.n > MAIL_WIRE_WHY_MAX)
        return ERR_SYNTAX;
    *out = verdict;
    return OK;
}

void mail_wire_put_counts(int64_t waiting, int64_t dead, struct buf *out)
{
    put_number(out, waiting);
    put_number(out, dead);
}

enum status mail_wire_take_counts(struct str body, int64_t *waiting, int64_t *dead)
{
    struct reader in = reader_on(body);
    int64_t first = take_number(&in), second = take_number(&in);
    if (!reader_is_done(&in))
        return ERR_SYNTAX;
    *waiting = first;
    *dead = second;
    return OK;
}
