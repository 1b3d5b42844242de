// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/ticket.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"

enum {
    EPOCHS_BEFORE = 2,  /* whose tickets are taken */
    STEPS_MAX = 100000, /* a century; what is older is no secret of ours */
    FILE_MAX = 4096,
};

static int64_t epoch_of(int64_t now_s)
{
    return now_s / TICKET_EPOCH_S;
}

/* 32 bytes that follow from the secret, for one purpose. */
static void derive(const uint8_t secret[TICKET_SECRET_SIZE], const char *purpose,
                   uint8_t out[TICKET_SECRET_SIZE])
{
    for (unsigned half = 0; half < TICKET_SECRET_SIZE / DIGEST_SIZE; half++) {
        char storage[32];
        struct buf text = BUF_ON(storage);
        buf_printf(&text, "%s %u", purpose, half);
        const struct digest digest = digest_keyed(secret, buf_str(&text));
        memcpy(out + (size_t)half * DIGEST_SIZE, digest.bytes, DIGEST_SIZE);
    }
}

static void step(struct ticket_secret *secret)
{
    uint8_t next[TICKET_SECRET_SIZE];
    derive(secret->bytes, "next", next);
    memcpy(secret->bytes, next, sizeof(next));
    mem_wipe(next, sizeof(next));
    secret->epoch++;
}

static void derive_key(const struct ticket_secret *secret, struct ticket_key *out)
{
    uint8_t name[TICKET_SECRET_SIZE];
    derive(secret->bytes, "name", name);
    memcpy(out->name, name, sizeof(out->name));
    derive(secret->bytes, "cipher", out->cipher);
    derive(secret->bytes, "mac", out->mac);
}

void ticket_secret_make(int64_t now_s, struct ticket_secret *out)
{
    out->epoch = epoch_of(now_s) - EPOCHS_BEFORE;
    random_fill(out->bytes, sizeof(out->bytes));
}

bool ticket_secret_advance(struct ticket_secret *secret, int64_t now_s)
{
    int64_t oldest = epoch_of(now_s) - EPOCHS_BEFORE;
    bool changed = secret->epoch < oldest;
    while (secret->epoch < oldest)
        step(secret);
    return changed;
}

void ticket_secret_derive(const struct ticket_secret *secret, int64_t now_s,
                          struct ticket_keys *out)
{
    struct ticket_secret at = *secret;
    int64_t newest = epoch_of(now_s) + 1;
    memset(out, 0, sizeof(*out));
    do {
        derive_key(&at, &out->list[out->count]);
        if (at.epoch <= epoch_of(now_s))
            out->present = out->count;
        out->count++;
        step(&at);
    } while (at.epoch <= newest && out->count < TICKET_KEYS_MAX);
    mem_wipe(&at, sizeof(at));
}

const struct ticket_key *ticket_keys_find(const struct ticket_keys *keys,
                                          const uint8_t name[TICKET_NAME_SIZE])
{
    for (size_t i = 0; i < keys->count; i++)
        if (memcmp(keys->list[i].name, name, TICKET_NAME_SIZE) == 0)
            return &keys->list[i];
    return NULL;
}

enum status ticket_secret_parse(struct str text, struct ticket_secret *out)
{
    struct str rest = str_trim(text), word, version, epoch;
    uint64_t number = 0;
    struct ticket_secret secret = { 0 };
    if (!str_next(&rest, ' ', &word) || !str_equal(word, STR("rove-tickets")) ||
        !str_next(&rest, ' ', &version) || !str_equal(version, STR("1")) ||
        !str_next(&rest, ' ', &epoch) || str_to_u64(epoch, INT32_MAX, &number) ||
        rest.n != sizeof(secret.bytes) * 2 ||
        str_from_hex(rest, secret.bytes, sizeof(secret.bytes)))
        return ERR_SYNTAX;
    secret.epoch = (int64_t)number;
    *out = secret;
    return OK;
}

void ticket_secret_format(const struct ticket_secret *secret, struct buf *out)
{
    buf_printf(out, "rove-tickets 1 %" PRId64 " ", secret->epoch);
    buf_put_hex(out, str_bytes(secret->bytes, sizeof(secret->bytes)));
    buf_put_u8(out, '\n');
}

static enum status save(const char *path, const struct ticket_secret *secret,
                        struct error *err)
{
    char storage[TICKET_TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    ticket_secret_format(secret, &text);
    enum status status = file_replace(path, buf_str(&text), 0600, err);
    mem_wipe(storage, sizeof(storage));
    return status;
}

static enum status read_secret(const char *path, int64_t now_s, struct ticket_secret *out,
                               struct error *err)
{
    char *text = NULL;
    size_t n = 0;
    uid_t owner = 0;
    struct stat about;
    enum status status = file_read_plain(path, FILE_MAX, &text, &n, &owner, err);
    if (status)
        return status;
    status = ticket_secret_parse(str_bytes(text, n), out);
    mem_wipe(text, n);
    mem_free(text);
    if (status || epoch_of(now_s) - out->epoch > STEPS_MAX)
        return FAIL(err, ERR_SYNTAX, "%s: holds no secret of tickets", path);
    if (stat(path, &about) || about.st_mode & (S_IRWXG | S_IRWXO))
        return FAIL(err, ERR_DENIED, "%s: others than its owner may use it", path);
    return OK;
}

enum status ticket_secret_load(const char *path, int64_t now_s, struct ticket_secret *out,
                               struct error *err)
{
    enum status status = read_secret(path, now_s, out, err);
    if (!status)
        return ticket_secret_advance(out, now_s) ? save(path, out, err) : OK;
    ticket_secret_make(now_s, out);
    return status == ERR_NOT_FOUND ? save(path, out, err) : status;
}
