// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/present.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "run/ask.h"

enum {
    PATH_SIZE = 2048
};

struct loading {
    struct plan *plan;
    struct present_list *list;
};

static void add_present(const struct loading *loading, struct str key, struct str value)
{
    struct present_list *list = loading->list;
    list->items =
        mem_grow(list->items, list->count + 1, &list->room, sizeof(*list->items));
    list->items[list->count++] = (struct present){ plan_text(loading->plan, key),
                                                   plan_text(loading->plan, value) };
}

static int compare_text(const void *a, const void *b)
{
    struct str x = { 0 }, y = { 0 };
    (void)json_as_text(*(const struct json *const *)a, &x);
    (void)json_as_text(*(const struct json *const *)b, &y);
    return str_compare(x, y);
}

void present_put_addresses(struct buf *out, const struct json *list)
{
    const struct json *items[2 * ADDRESSES_MAX];
    size_t count = 0;
    while (count < json_count(list) && count < LENGTH_OF(items)) {
        items[count] = json_item(list, count);
        count++;
    }
    if (count)
        qsort(items, count, sizeof(*items), compare_text);
    for (size_t i = 0; i < count; i++) {
        struct str text = STR("");
        (void)json_as_text(items[i], &text);
        buf_put(out, text);
        buf_put_text(out, " ");
    }
}

static enum status note_host(void *ctx, const struct json *item, struct error *err)
{
    const struct loading *loading = (const struct loading *)ctx;
    char storage[PRESENT_VALUE_SIZE];
    struct buf value = BUF_ON(storage);
    (void)err;
    present_put_addresses(&value, json_get(item, "addresses"));
    add_present(loading, json_get_text(item, "name"), buf_str(&value));
    return OK;
}

void present_put_record(struct buf *out, const struct json *item)
{
    static const char *const keys[] = { "name", "type", "data" };
    for (size_t i = 0; i < LENGTH_OF(keys); i++) {
        buf_put(out, json_get_text(item, keys[i]));
        buf_put_text(out, " ");
    }
}

static enum status note_record(void *ctx, const struct json *item, struct error *err)
{
    const struct loading *loading = (const struct loading *)ctx;
    CLEANUP(mem_freep) char *space = (char *)mem_new(PRESENT_KEY_SIZE);
    struct buf key = buf_on(space, PRESENT_KEY_SIZE);
    (void)err;
    present_put_record(&key, item);
    add_present(loading, buf_str(&key), STR(""));
    return OK;
}

static int compare_present(const void *a, const void *b)
{
    return strcmp(((const struct present *)a)->key, ((const struct present *)b)->key);
}

const struct present *present_find(const struct present_list *list, const char *key)
{
    const struct present wanted = { .key = key };
    if (list->count == 0)
        return NULL;
    return (const struct present *)bsearch(&wanted, list->items, list->count,
                                           sizeof(wanted), compare_present);
}

void present_done(struct present_list *list)
{
    mem_free(list->items);
}

static enum status load_list(const struct config *config, const char *path,
                             const struct name *zone, ask_item_fn fn,
                             struct loading *loading, struct error *err)
{
    char storage[PATH_SIZE];
    struct buf query = BUF_ON(storage);
    buf_put_text(&query, path);
    ask_put_escaped(&query, str_from(name_text(zone)));
    return ask_each(config, buf_text(&query), fn, loading, err) ? ERR_IO : OK;
}

enum status present_load(const struct config *config, struct plan *plan,
                         const struct name *zone, struct present_list *list,
                         bool *missing, struct error *err)
{
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    struct loading loading = { plan, list };
    CLEANUP(json_freep) struct json *reply = NULL;
    list->count = 0;
    buf_put_text(&path, "/zones/");
    ask_put_escaped(&path, str_from(name_text(zone)));
    enum status status = ask_for(config, buf_text(&path), &reply, err);
    *missing = status == ERR_NOT_FOUND;
    if (status)
        return *missing ? OK : ERR_IO;
    status = load_list(config, "/hosts?zone=", zone, note_host, &loading, err);
    if (!status)
        status = load_list(config, "/records?zone=", zone, note_record, &loading, err);
    if (list->count)
        qsort(list->items, list->count, sizeof(struct present), compare_present);
    return status;
}
