// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/limits.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/throttle.h"
#include "store/rows.h"

enum {
    TABLE_BYTES = 1 << 18,
    MS_PER_S = 1000,
    MS_PER_HOUR = 3600000
};

struct limits {
    struct throttle *pair, *source, *account, *again, *code, *passkey, *mail, *move;
    uint32_t mails_per_hour;
    struct bucket_rule mails;
    uint32_t mails_bucket;
};

static struct throttle *new_throttle(int64_t every_ms, uint32_t burst)
{
    const struct throttle_options options = { .bytes = TABLE_BYTES,
                                              .every_ms = every_ms,
                                              .burst = burst };
    return throttle_new(&options);
}

struct limits *limits_new(void)
{
    struct limits *limits = NEW(struct limits);
    limits->pair = new_throttle(LIMIT_PAIR_EVERY_MS, LIMIT_PAIR_BURST);
    limits->source = new_throttle(LIMIT_SOURCE_EVERY_MS, LIMIT_SOURCE_BURST);
    limits->account = new_throttle(LIMIT_ACCOUNT_EVERY_MS, LIMIT_ACCOUNT_BURST);
    limits->again = new_throttle(LIMIT_AGAIN_EVERY_MS, LIMIT_AGAIN_BURST);
    limits->code = new_throttle(LIMIT_CODE_EVERY_MS, LIMIT_CODE_BURST);
    limits->mail = new_throttle(LIMIT_MAIL_EVERY_MS, LIMIT_MAIL_BURST);
    limits->move = new_throttle(LIMIT_MOVE_EVERY_MS, LIMIT_MOVE_BURST);
    limits_set_mails(limits, LIMIT_MAILS_PER_HOUR);
    limits->passkey = new_throttle(LIMIT_PASSKEY_EVERY_MS, LIMIT_PASSKEY_BURST);
    return limits;
}

void limits_free(struct limits *limits)
{
    if (!limits)
        return;
    throttle_free(limits->pair);
    throttle_free(limits->source);
    throttle_free(limits->account);
    throttle_free(limits->again);
    throttle_free(limits->code);
    throttle_free(limits->mail);
    throttle_free(limits->move);
    throttle_free(limits->passkey);
    mem_free(limits);
}

/* The e-mail in lower case, with the number of the source in front of it. */
static void put_key(struct buf *key, uint64_t source, struct str email)
{
    buf_put_u64(key, source);
    for (size_t i = 0; i < email.n; i++)
        buf_put_u8(key, (uint8_t)char_lower(email.at[i]));
}

/* What one source may do ends before it can use up what an account may have. */
int limits_login(struct limits *limits, struct str email, struct ip source,
                 int64_t now_ms)
{
    uint8_t storage[sizeof(uint64_t) + EMAIL_SIZE];
    struct buf key = BUF_ON(storage);
    uint64_t from = throttle_source(source);
    put_key(&key, from, str_first(email, EMAIL_SIZE));
    if (!throttle_take(limits->source, from, now_ms))
        return LIMIT_SOURCE_EVERY_MS / MS_PER_S;
    if (!throttle_take_bytes(limits->pair, buf_str(&key), 1, now_ms))
        return LIMIT_PAIR_EVERY_MS / MS_PER_S;
    if (!throttle_take_bytes(limits->account,
                             str_from_at(buf_str(&key), sizeof(uint64_t)), 1, now_ms))
        return LIMIT_ACCOUNT_EVERY_MS / MS_PER_S;
    return 0;
}

static int take(struct throttle *throttle, uint64_t key, int every_ms, int64_t now_ms)
{
    return throttle_take(throttle, key, now_ms) ? 0 : every_ms / MS_PER_S;
}

int limits_source(struct limits *limits, struct ip source, int64_t now_ms)
{
    return take(limits->source, throttle_source(source), LIMIT_SOURCE_EVERY_MS, now_ms);
}

int limits_passkey(struct limits *limits, int64_t account_id, int64_t now_ms)
{
    return take(limits->passkey, (uint64_t)account_id, LIMIT_PASSKEY_EVERY_MS, now_ms);
}

int limits_again(struct limits *limits, int64_t account_id, int64_t now_ms)
{
    return take(limits->again, (uint64_t)account_id, LIMIT_AGAIN_EVERY_MS, now_ms);
}

int limits_code(struct limits *limits, int64_t account_id, int64_t now_ms)
{
    return take(limits->code, (uint64_t)account_id, LIMIT_CODE_EVERY_MS, now_ms);
}

/* What is asked for from one source too often uses up nothing of the others. */
int limits_mail(struct limits *limits, struct ip source, int64_t now_ms)
{
    if (!throttle_take(limits->mail, throttle_source(source), now_ms))
        return LIMIT_MAIL_EVERY_MS / MS_PER_S;
    if (!bucket_take(&limits->mails, &limits->mails_bucket, now_ms))
        return MS_PER_HOUR / MS_PER_S / (int)limits->mails_per_hour + 1;
    return 0;
}

void limits_set_mails(struct limits *limits, uint32_t per_hour)
{
    if (per_hour == limits->mails_per_hour)
        return;
    limits->mails_per_hour = per_hour;
    bucket_rule_init(&limits->mails, MS_PER_HOUR / per_hour, per_hour);
    limits->mails_bucket = 0;
}

int limits_move(struct limits *limits, int64_t account_id, int64_t now_ms)
{
    return throttle_take(limits->move, (uint64_t)account_id, now_ms)
               ? 0
               : LIMIT_MOVE_EVERY_MS / MS_PER_S;
}
