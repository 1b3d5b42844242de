// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/factor.h"

#include <assert.h>

#include "base/cipher.h"
#include "base/mem.h"
#include "base/random.h"

static_assert(TOTP_SEALED_SIZE == TOTP_SEED_SIZE + CIPHER_MORE, "room for a sealed seed");

enum {
    ABOUT_SIZE = 32
};

/* A seed of one account cannot be opened as that of another. */
static struct str about(int64_t account_id, struct buf *storage)
{
    buf_printf(storage, "totp %lld", (long long)account_id);
    return buf_str(storage);
}

static void seal(const struct keys *keys, const uint8_t seed[TOTP_SEED_SIZE],
                 struct totp_row *row)
{
    uint8_t storage[ABOUT_SIZE];
    struct buf words = BUF_ON(storage), sealed = BUF_ON(row->seed);
    cipher_seal(keys->seal, about(row->account_id, &words),
                str_bytes(seed, TOTP_SEED_SIZE), &sealed);
    assert(!sealed.full);
    row->seed_n = sealed.n;
}

static enum status unseal(const struct keys *keys, const struct totp_row *row,
                          uint8_t seed[TOTP_SEED_SIZE], struct error *err)
{
    uint8_t storage[ABOUT_SIZE];
    struct buf words = BUF_ON(storage), plain = buf_on(seed, TOTP_SEED_SIZE);
    enum status status = cipher_open(keys->seal, about(row->account_id, &words),
                                     str_bytes(row->seed, row->seed_n), &plain, err);
    if (!status && plain.n != TOTP_SEED_SIZE)
        return FAIL(err, ERR_CONFLICT, "a seed of %zu bytes", plain.n);
    return status;
}

enum status factor_is_on(struct store *store, int64_t account_id, bool *out,
                         struct error *err)
{
    struct totp_row row = { .is_on = false };
    enum status status = store_totp_find(store, account_id, &row, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    *out = row.is_on;
    return OK;
}

enum status factor_begin(struct store *store, const struct keys *keys, int64_t now_s,
                         int64_t account_id, uint8_t seed[TOTP_SEED_SIZE],
                         struct error *err)
{
    bool is_on = false;
    struct totp_row row = { .account_id = account_id, .created_s = now_s };
    enum status status = factor_is_on(store, account_id, &is_on, err);
    if (!status && is_on)
        return FAIL(err, ERR_CONFLICT, "there is a second factor: switch it off first");
    if (status)
        return status;
    random_fill(seed, TOTP_SEED_SIZE);
    seal(keys, seed, &row);
    return store_totp_put(store, &row, err);
}

static enum status refuse(struct error *err)
{
    return FAIL(err, ERR_DENIED, "code: is wrong, or was used");
}

/* ERR_DENIED: the code is none of the seed's, or was used. */
static enum status use_code(struct store *store, const struct keys *keys, int64_t now_s,
                            const struct totp_row *row, struct str code,
                            struct error *err)
{
    uint8_t seed[TOTP_SEED_SIZE];
    int64_t step = 0;
    enum status status = unseal(keys, row, seed, err);
    if (status)
        return status;
    bool fits = totp_find(seed, code, now_s, row->last_step, &step);
    mem_wipe(seed, sizeof(seed));
    if (!fits)
        return refuse(err);
    status = store_totp_use(store, row->account_id, step, err);
    return status == ERR_NOT_FOUND ? refuse(err) : status;
}

enum status factor_turn_on(struct store *store, const struct keys *keys, int64_t now_s,
                           int64_t account_id, struct str code, struct error *err)
{
    struct totp_row row;
    enum status status = store_totp_find(store, account_id, &row, err);
    if (!status && row.is_on)
        return FAIL(err, ERR_CONFLICT, "the second factor is on");
    return status ? status : use_code(store, keys, now_s, &row, code, err);
}

enum status factor_turn_off(struct store *store, int64_t account_id, struct error *err)
{
    enum status status = store_recovery_remove(store, account_id, err);
    if (!status)
        status = store_totp_remove(store, account_id, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "the account has no second factor");
    return status;
}

enum status factor_make_codes(struct store *store, const struct keys *keys,
                              int64_t account_id,
                              char out[RECOVERY_CODES][RECOVERY_TEXT_SIZE],
                              struct error *err)
{
    enum status status = store_recovery_remove(store, account_id, err);
    for (size_t i = 0; i < RECOVERY_CODES && !status; i++) {
        recovery_make(out[i]);
        status = store_recovery_add(
            store, account_id, recovery_digest(keys, account_id, str_from(out[i])), err);
    }
    return status;
}

enum status factor_use(struct store *store, const struct keys *keys, int64_t now_s,
                       int64_t account_id, struct str code, struct error *err)
{
    struct totp_row row;
    enum status status = store_totp_find(store, account_id, &row, err);
    if (!status)
        status = use_code(store, keys, now_s, &row, code, err);
    if (status != ERR_DENIED)
        return status;
    status = store_recovery_use(store, account_id,
                                recovery_digest(keys, account_id, code), err);
    return status == ERR_NOT_FOUND ? refuse(err) : status;
}
