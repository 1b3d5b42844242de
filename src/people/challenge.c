// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/challenge.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/reader.h"

/* A challenge is the time, random bytes, and a keyed digest over these, the purpose and the
 * session. */
enum {
    CHANCE_SIZE = CHALLENGE_SIZE - DIGEST_SIZE - (int)sizeof(uint64_t),
    MESSAGE_SIZE = CHALLENGE_SIZE + 16
};

struct use {
    struct digest digest; /* of the challenge */
    int64_t at_ms;
};

struct challenges {
    uint8_t key[DIGEST_KEY_SIZE];
    struct use used[CHALLENGES_USED_MAX]; /* a ring, the oldest at `first` */
    size_t first, count;
};

struct challenges *challenges_new(void)
{
    struct challenges *challenges = NEW(struct challenges);
    random_fill(challenges->key, sizeof(challenges->key));
    return challenges;
}

void challenges_free(struct challenges *challenges)
{
    if (challenges)
        mem_wipe(challenges->key, sizeof(challenges->key));
    mem_free(challenges);
}

static struct digest digest_of(const struct challenges *challenges,
                               enum challenge_purpose purpose, int64_t session_id,
                               uint64_t made_ms, struct str chance)
{
    uint8_t storage[MESSAGE_SIZE];
    struct buf message = BUF_ON(storage);
    buf_put_u8(&message, (uint8_t)purpose);
    buf_put_u64(&message, (uint64_t)session_id);
    buf_put_u64(&message, made_ms);
    buf_put(&message, chance);
    return digest_keyed(challenges->key, buf_str(&message));
}

void challenge_make(const struct challenges *challenges, enum challenge_purpose purpose,
                    int64_t session_id, int64_t now_ms, uint8_t out[CHALLENGE_SIZE])
{
    uint8_t bytes[CHANCE_SIZE];
    struct buf text = buf_on(out, CHALLENGE_SIZE);
    random_fill(bytes, sizeof(bytes));
    struct str chance = str_bytes(bytes, sizeof(bytes));
    struct digest digest =
        digest_of(challenges, purpose, session_id, (uint64_t)now_ms, chance);
    buf_put_u64(&text, (uint64_t)now_ms);
    buf_put(&text, chance);
    buf_put(&text, digest_bytes(&digest));
}

bool challenge_is_ours(const struct challenges *challenges,
                       enum challenge_purpose purpose, int64_t session_id, int64_t now_ms,
                       struct str challenge)
{
    struct reader reader = reader_on(challenge);
    uint64_t made_ms = reader_u64(&reader);
    struct str chance = reader_bytes(&reader, CHANCE_SIZE);
    struct str held = reader_bytes(&reader, DIGEST_SIZE);
    if (!reader_is_done(&reader))
        return false;
    struct digest digest = digest_of(challenges, purpose, session_id, made_ms, chance);
    return secret_equal(held, digest_bytes(&digest)) &&
           now_ms - (int64_t)made_ms < CHALLENGE_MS;
}

static void forget_old(struct challenges *challenges, int64_t now_ms)
{
    while (challenges->count &&
           challenges->used[challenges->first].at_ms + CHALLENGE_MS <= now_ms) {
        challenges->first = (challenges->first + 1) % CHALLENGES_USED_MAX;
        challenges->count--;
    }
}

enum status challenge_use(struct challenges *challenges, int64_t now_ms,
                          struct str challenge)
{
    /* It differs from every other one of ours in its last bytes already. */
    struct use use = { .at_ms = now_ms };
    memcpy(use.digest.bytes, challenge.at + CHALLENGE_SIZE - DIGEST_SIZE, DIGEST_SIZE);
    forget_old(challenges, now_ms);
    for (size_t i = 0; i < challenges->count; i++)
        if (digest_equal(
                challenges->used[(challenges->first + i) % CHALLENGES_USED_MAX].digest,
                use.digest))
            return ERR_DENIED;
    if (challenges->count == CHALLENGES_USED_MAX)
        return ERR_BUSY;
    challenges->used[(challenges->first + challenges->count++) % CHALLENGES_USED_MAX] =
        use;
    return OK;
}
