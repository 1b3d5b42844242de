// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "dns/tinydns_writer.h"

enum {
    COMPARE_SIZE = 4096,
    PATH_ROOM = 4096 + 8,
};

static const char head[] =
    "# Written by roved: the zones of its database. It is replaced at every change.\n";

struct text {
    FILE *file;
    uint8_t *line; /* TINYDNS_LINE_SIZE bytes */
};

static enum status put_record(void *ctx, const struct record *record, struct error *err)
{
    const struct text *text = ctx;
    struct buf line = buf_on(text->line, TINYDNS_LINE_SIZE);
    if (record->type == 0)
        return OK; /* a mark: no line can make it */
    enum status status = tinydns_put(record, TINYDNS_STOCK, &line, err);
    if (!status && line.full)
        status = FAIL(err, ERR_LIMIT, "a line of more than %d bytes", TINYDNS_LINE_SIZE);
    if (!status &&
        (fault_hit("text.write") || fwrite(line.at, 1, line.n, text->file) != line.n))
        status = FAIL(err, ERR_IO, "write: %s", strerror(errno));
    return status;
}

/* The operator's own lines are in the operator's own files already. */
static enum status pass_over(void *ctx, const struct record *record, struct error *err)
{
    (void)ctx;
    (void)record;
    (void)err;
    return OK;
}

static enum status write_lines(struct text *text, const struct content_options *options,
                               struct error *err)
{
    const struct record_sink dynamic = { .record = put_record, .ctx = text };
    const struct record_sink all = { .record = pass_over };
    struct content_options content = *options;
    struct content_counts counts;
    content.dynamic = &dynamic;
    if (fputs(head, text->file) < 0)
        return FAIL(err, ERR_IO, "write: %s", strerror(errno));
    enum status status = content_walk(&content, &all, &counts, err);
    if (!status && (fflush(text->file) || fsync(fileno(text->file))))
        status = FAIL(err, ERR_IO, "write: %s", strerror(errno));
    return status;
}

static bool reads_same(FILE *a, FILE *b)
{
    bool same = true;
    for (size_t n = 1; same && n > 0;) {
        char pieces[2][COMPARE_SIZE];
        n = fread(pieces[0], 1, COMPARE_SIZE, a);
        same = fread(pieces[1], 1, COMPARE_SIZE, b) == n &&
               memcmp(pieces[0], pieces[1], n) == 0 && !ferror(a) && !ferror(b);
    }
    return same;
}

/* What cannot be read is another file. */
static bool is_same_file(const char *a, const char *b)
{
    FILE *first = fopen(a, "re"), *second = fopen(b, "re");
    bool same = first && second && reads_same(first, second);
    if (first)
        (void)fclose(first);
    if (second)
        (void)fclose(second);
    return same;
}

static enum status put_in_place(const char *from, const char *path, bool *changed,
                                struct error *err)
{
    if (is_same_file(from, path)) {
        (void)unlink(from);
        *changed = false;
        return OK;
    }
    if (fault_hit("text.rename") || rename(from, path))
        return FAIL(err, ERR_IO, "rename: %s", strerror(errno));
    *changed = true;
    return file_sync_directory(path, err);
}

enum status text_write(const char *path, const struct content_options *content,
                       bool *changed, struct error *err)
{
    char storage[PATH_ROOM];
    struct buf temporary = BUF_ON(storage);
    buf_printf(&temporary, "%s.tmp", path);
    const char *from = buf_text(&temporary);
    if (temporary.full)
        return FAIL(err, ERR_LIMIT, "%s: path too long", path);

    struct text text = { .file = fopen(from, "we") };
    if (!text.file)
        return FAIL(err, ERR_IO, "%s: %s", from, strerror(errno));
    text.line = mem_new(TINYDNS_LINE_SIZE);
    enum status status = write_lines(&text, content, err);
    mem_free(text.line);
    if (fclose(text.file) && !status)
        status = FAIL(err, ERR_IO, "close: %s", strerror(errno));
    if (!status)
        status = put_in_place(from, path, changed, err);
    if (status) {
        error_prefix(err, "%s", path);
        (void)unlink(from);
    }
    return status;
}
