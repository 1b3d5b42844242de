// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/ring.h"

#include <string.h>

#include "base/mem.h"

struct lane {
    struct ring_entry *entries;
    size_t count; /* ever put */
};

struct ring {
    struct lane lanes[RING_LANES];
    size_t size;
    int64_t newest;
};

struct ring *ring_new(size_t size)
{
    struct ring *ring = NEW(struct ring);
    ring->size = size;
    for (size_t i = 0; i < RING_LANES; i++)
        ring->lanes[i].entries =
            (struct ring_entry *)mem_new_array(size, sizeof(struct ring_entry));
    return ring;
}

void ring_free(struct ring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < RING_LANES; i++)
        mem_free(ring->lanes[i].entries);
    mem_free(ring);
}

int64_t ring_put(struct ring *ring, enum ring_lane lane, const struct ring_entry *entry)
{
    struct lane *into = &ring->lanes[lane];
    struct ring_entry *at = &into->entries[into->count++ % ring->size];
    memcpy(at, entry, offsetof(struct ring_entry, ignored));
    if (entry->ignores)
        memcpy(at->ignored, entry->ignored, sizeof(at->ignored));
    at->number = ++ring->newest;
    return at->number;
}

/* The lane's entry that is `back` older than its newest; NULL past the oldest. */
static const struct ring_entry *entry_at(const struct ring *ring, const struct lane *lane,
                                         size_t back)
{
    if (back >= lane->count || back >= ring->size)
        return NULL;
    return &lane->entries[(lane->count - 1 - back) % ring->size];
}

/* The newest entry that was not passed yet; NULL at the end. */
static const struct ring_entry *step(const struct ring *ring, size_t passed[RING_LANES])
{
    const struct ring_entry *newest = NULL;
    size_t lane = 0;
    for (size_t i = 0; i < RING_LANES; i++) {
        const struct ring_entry *entry = entry_at(ring, &ring->lanes[i], passed[i]);
        if (entry && (!newest || entry->number > newest->number)) {
            newest = entry;
            lane = i;
        }
    }
    passed[lane]++;
    return newest;
}

size_t ring_find(const struct ring *ring, struct str host, struct ring_span span,
                 const struct ring_entry **out, size_t max)
{
    char wanted[RING_HOST_SIZE];
    ring_text(host, true, wanted, sizeof(wanted));
    size_t passed[RING_LANES] = { 0 }, count = 0;
    for (const struct ring_entry *entry;
         count < max && (entry = step(ring, passed)) != NULL;)
        if ((span.below == 0 || entry->number < span.below) &&
            entry->time_s >= span.since_s && strcmp(entry->host, wanted) == 0)
            out[count++] = entry;
    return count;
}

static bool is_word(char c)
{
    return char_is_alpha(c) || char_is_digit(c);
}

void ring_text(struct str text, bool folded, char *out, size_t size)
{
    struct buf buf = buf_on(out, size - 1);
    for (size_t at; (at = str_find(text, '@')) < text.n;)
        text = str_from_at(text, at + 1);
    while (text.n && !buf.full) {
        char c = text.at[0];
        if (char_lower(c) == 'r' && text.n > 3 &&
            str_equal_any_case(str_first(text, 3), STR("rv_"))) {
            buf_put_text(&buf, "rv_***");
            text = str_from_at(text, 3);
            while (text.n && is_word(text.at[0]))
                text = str_from_at(text, 1);
            continue;
        }
        buf_put_u8(&buf,
                   c < ' ' || c > '~' ? '?' : (uint8_t)(folded ? char_lower(c) : c));
        text = str_from_at(text, 1);
    }
    out[buf.n] = 0;
    if (folded && buf.n > 1 && out[buf.n - 1] == '.')
        out[buf.n - 1] = 0;
}
