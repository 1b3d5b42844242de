// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as a history: chains are bounded, give nothing that is no record, and come to an
 * end. The writer takes the file over and goes on. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "image/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    SERIALS = 16, /* where chains may begin */
};

static const char zone_bytes[] = "\7example\3org";

struct seen {
    size_t serials, bytes;
};

static void see_serial(void *ctx, uint32_t serial)
{
    struct seen *seen = (struct seen *)ctx;
    seen->bytes += serial % 2;
    seen->serials++;
}

static void see_record(void *ctx, const struct record *record)
{
    struct seen *seen = (struct seen *)ctx;
    struct name copy;
    assert(name_decode(name_bytes(&record->owner), &copy) == OK);
    for (size_t i = 0; i < record->rdata.n; i++)
        seen->bytes += (uint8_t)record->rdata.at[i] ? 1U : 2U;
}

static void read_chain(struct history_reader *reader, const struct name *zone,
                       uint32_t from, size_t size)
{
    struct seen seen = { 0 };
    const struct history_sink sink = { .serial = see_serial,
                                       .record = see_record,
                                       .ctx = &seen };
    uint32_t to = 0;
    CLEANUP(history_chain_freep)
    struct history_chain *chain = history_chain_new(reader, zone, from, &to);
    if (!chain)
        return;
    assert(history_chain_size(chain) <= size);
    while (history_chain_next(chain, &sink) == OK)
        ;
    assert(seen.serials % 2 == 0 && seen.bytes <= 4 * size);
}

static const char *folder(void)
{
    static char path[] = "/tmp/rove-fuzz-history-XXXXXX";
    static bool made;
    if (!made && !mkdtemp(path))
        abort();
    made = true;
    return path;
}

static void done(void)
{
    (void)rmdir(folder());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool once;
    if (!once && atexit(done) != 0)
        abort();
    once = true;
    char text[64];
    struct buf path = BUF_ON(text);
    buf_printf(&path, "%s/history", folder());
    FILE *file = fopen(buf_text(&path), "we");
    if (!file || fwrite(size ? (const void *)data : "", 1, size, file) != size ||
        fclose(file) != 0)
        abort();

    struct name zone;
    if (name_decode(str_bytes(zone_bytes, sizeof(zone_bytes)), &zone) != OK)
        abort();
    CLEANUP(history_reader_freep)
    struct history_reader *reader = history_reader_new(folder());
    for (uint32_t from = 0; from < SERIALS; from++)
        read_chain(reader, &zone, from, size);

    CLEANUP(history_closep) struct history *history = history_open(folder(), 0);
    (void)history_step(history, &zone, SERIALS, SERIALS + 1);
    assert(history_commit(history));
    uint32_t to = 0;
    CLEANUP(history_chain_freep)
    struct history_chain *chain = history_chain_new(reader, &zone, SERIALS, &to);
    assert(chain && to == SERIALS + 1);
    (void)unlink(text);
    return 0;
}
