// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/repeat.h"

#include <sys/queue.h>

#include "base/cipher.h"
#include "base/json.h"
#include "base/mem.h"

enum {
    HTTP_UNPROCESSABLE = 422,
    TEXT_SIZE = 128
};

/* ----- what is asked ----- */

static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (key.at[i] <= ' ' || key.at[i] > '~')
            return false;
    return key.n >= 1 && key.n <= REPEAT_KEY_MAX;
}

/* Sessions of an account have the same rights. Those of a token are its own. */
static struct digest digest_of_key(const struct keys *keys, const struct actor *actor,
                                   struct str key)
{
    char storage[TEXT_SIZE + REPEAT_KEY_MAX];
    struct buf text = BUF_ON(storage);
    buf_printf(&text, "repeat-key %lld %lld ", (long long)actor->account_id,
               (long long)actor->token_id);
    buf_put(&text, key);
    return digest_keyed(keys->pepper, buf_str(&text));
}

static void add(struct digest_run *run, struct str piece)
{
    uint8_t storage[sizeof(uint64_t)];
    struct buf length = BUF_ON(storage);
    buf_put_u64(&length, piece.n);
    digest_add(run, buf_str(&length));
    digest_add(run, piece);
}

/* A password may be in it, so it is keyed, too. */
static struct digest digest_of_request(const struct keys *keys,
                                       const struct rest_request *request)
{
    char storage[TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    struct digest_run run;
    digest_begin(&run);
    add(&run, request->method);
    add(&run, request->path);
    add(&run, request->query);
    add(&run, request->text);
    buf_printf(&text, "repeat-request %lld ", (long long)request->version);
    struct digest digest = digest_end(&run);
    buf_put(&text, digest_bytes(&digest));
    return digest_keyed(keys->pepper, buf_str(&text));
}

enum status rest_repeat_read(const struct keys *keys, const struct actor *actor,
                             const struct rest_route *route,
                             const struct rest_request *request, struct rest_repeat *out,
                             struct error *err)
{
    out->is_on = request->key.n > 0 && !rest_route_reads(route);
    if (!out->is_on)
        return OK;
    if (!is_key(request->key))
        return FAIL(err, ERR_SYNTAX,
                    "Idempotency-Key: must be 1 to %d visible characters",
                    REPEAT_KEY_MAX);
    if (!route->write || actor->account_id == 0)
        return FAIL(err, ERR_SYNTAX, "Idempotency-Key: is not for this request");
    out->digest = digest_of_key(keys, actor, request->key);
    out->request = digest_of_request(keys, request);
    return OK;
}

/* ----- under way ----- */

struct used_key {
    struct digest digest;
    LIST_ENTRY(used_key) links;
};
struct rest_keys {
    LIST_HEAD(used_key_list, used_key) all;
};

struct rest_keys *rest_keys_new(void)
{
    struct rest_keys *keys = NEW(struct rest_keys);
    LIST_INIT(&keys->all);
    return keys;
}

static struct used_key *find(struct rest_keys *keys, struct digest digest)
{
    struct used_key *used = NULL;
    LIST_FOREACH(used, &keys->all, links)
    if (digest_equal(used->digest, digest))
        return used;
    return NULL;
}

static void drop(struct used_key *used)
{
    LIST_REMOVE(used, links);
    mem_free(used);
}

void rest_keys_free(struct rest_keys *keys)
{
    if (!keys)
        return;
    while (!LIST_EMPTY(&keys->all))
        drop(LIST_FIRST(&keys->all));
    mem_free(keys);
}

bool rest_keys_take(struct rest_keys *keys, struct digest digest)
{
    if (find(keys, digest))
        return false;
    struct used_key *used = NEW(struct used_key);
    used->digest = digest;
    LIST_INSERT_HEAD(&keys->all, used, links);
    return true;
}

void rest_keys_give(struct rest_keys *keys, struct digest digest)
{
    struct used_key *used = find(keys, digest);
    if (used)
        drop(used);
}

/* ----- what is remembered ----- */

static enum status open_reply(const struct rest_call *call,
                              const struct rest_repeat *repeat, struct str sealed,
                              struct json **out, struct error *err)
{
    if (sealed.n == 0)
        return OK;
    CLEANUP(mem_freep) char *space = (char *)mem_new(sealed.n);
    struct buf plain = buf_on(space, sealed.n);
    enum status status =
        cipher_open(call->keys->seal, digest_bytes(&repeat->digest), sealed, &plain, err);
    if (!status)
        status = json_parse(buf_str(&plain), out, err);
    mem_wipe(space, sealed.n);
    return status ? FAIL(err, ERR_IO, "a reply that was kept cannot be read") : OK;
}

enum status rest_repeat_find(struct rest_call *call, const struct rest_repeat *repeat,
                             bool *found, struct error *err)
{
    struct reply_row row;
    CLEANUP(mem_freep) char *body = NULL;
    size_t n = 0;
    enum status status =
        store_reply_find(call->admin.store, repeat->digest, &row, &body, &n, err);
    *found = !status && call->admin.now_s - row.created_s < REPEAT_S;
    if (!*found)
        return status == ERR_NOT_FOUND ? OK : status;
    if (!digest_equal(row.request, repeat->request)) {
        call->http_status = HTTP_UNPROCESSABLE;
        return FAIL(err, ERR_CONFLICT,
                    "Idempotency-Key: was used for another request already");
    }
    return open_reply(call, repeat, str_bytes(body, n), &call->result, err);
}

enum status rest_repeat_keep(const struct rest_call *call,
                             const struct rest_repeat *repeat, struct error *err)
{
    struct reply_row row = { .account_id = call->admin.actor.account_id,
                             .digest = repeat->digest,
                             .request = repeat->request,
                             .created_s = call->admin.now_s };
    CLEANUP(mem_freep) char *text = call->result ? json_text(call->result) : NULL;
    struct str plain = str_from(text ? text : "");
    CLEANUP(mem_freep) char *space = (char *)mem_new(plain.n + CIPHER_MORE);
    struct buf sealed = buf_on(space, plain.n + CIPHER_MORE);
    if (text) {
        cipher_seal(call->keys->seal, digest_bytes(&repeat->digest), plain, &sealed);
        mem_wipe(text, plain.n);
    }
    /* One that is older than a day makes room. */
    enum status status = store_reply_remove(call->admin.store, repeat->digest, err);
    if (!status)
        status = store_reply_insert(call->admin.store, &row, buf_str(&sealed), err);
    return status ? status
                  : store_reply_bound(call->admin.store, row.account_id, REPEAT_COUNT,
                                      REPEAT_BYTES, err);
}
