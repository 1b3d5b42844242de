// SPDX-License-Identifier: GPL-3.0-or-later
/* The image room as a program, for tests that compare it with others.
 *
 *     tool_image build DIR     tinydns data on standard input into DIR/data.cdb
 *     tool_image walk FILE     its records, in the order of the file
 *     tool_image find FILE     for each name on standard input: its records and wildcard's
 *
 * A record is a line: owner's wire name in hex, "=" or "*", type, TTL, data in hex. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/random.h"
#include "dns/tinydata.h"
#include "image/image.h"
#include "image/writer.h"

enum {
    TEXT_MAX = 64 << 20,
    LINE_SIZE = 2 * (NAME_SIZE + RDATA_SIZE) + 64,
    SERIAL = 1, /* of SOA records without one */
};

static enum status print(const struct record *record)
{
    static char bytes[LINE_SIZE];
    struct buf line = BUF_ON(bytes);
    buf_put_hex(&line, name_bytes(&record->owner));
    buf_printf(&line, " %c %u %u ", record->wildcard ? '*' : '=', (unsigned)record->type,
               (unsigned)record->ttl_s);
    buf_put_hex(&line, record->rdata);
    return puts(buf_text(&line)) < 0 || line.full ? ERR_IO : OK;
}

static enum status print_walked(void *ctx, const struct record *record)
{
    (void)ctx;
    return print(record);
}

/* ----- build ----- */

struct emitter {
    image_emit_fn emit;
    void *ctx;
};

static enum status pass_on(void *ctx, const struct record *record, struct error *err)
{
    const struct emitter *emitter = (const struct emitter *)ctx;
    return emitter->emit(emitter->ctx, record, err);
}

static enum status walk_input(void *ctx, image_emit_fn emit, void *emit_ctx,
                              struct error *err)
{
    CLEANUP(mem_freep) char *text = (char *)mem_new(TEXT_MAX);
    size_t n = fread(text, 1, TEXT_MAX, (FILE *)ctx);
    struct emitter emitter = { .emit = emit, .ctx = emit_ctx };
    return tinydata_parse("input", str_bytes(text, n), SERIAL, pass_on, &emitter, err);
}

static enum status build(const char *directory, struct error *err)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    enum status status = image_writer_open(directory, &writer, err);
    if (status)
        return status;
    struct image_source source = { .walk = walk_input, .ctx = stdin };
    return image_rebuild(writer, &source, err);
}

/* ----- look ----- */

static enum status print_found(const struct image *image, const struct name *name,
                               bool wildcard)
{
    struct image_cursor cursor;
    struct image_record found;
    image_find(image, name_bytes(name), wildcard, &cursor);
    while (image_next(&cursor, &found)) {
        struct record record = { .owner = *name,
                                 .wildcard = wildcard,
                                 .type = found.type,
                                 .ttl_s = found.ttl_s,
                                 .rdata = found.rdata };
        enum status status = print(&record);
        if (status)
            return status;
    }
    return OK;
}

static enum status find(const struct image *image, struct error *err)
{
    char line[NAME_TEXT_SIZE + 1];
    while (fgets(line, sizeof(line), stdin)) {
        struct name name;
        enum status status = name_parse(str_trim(str_from(line)), &name, err);
        if (!status)
            status = print_found(image, &name, false);
        if (!status)
            status = print_found(image, &name, true);
        if (status)
            return status;
    }
    return OK;
}

static enum status look(const char *how, const char *path, struct error *err)
{
    CLEANUP(image_closep) struct image *image = NULL;
    enum status status = image_open(path, &image, err);
    if (status)
        return status;
    if (strcmp(how, "find") == 0)
        return find(image, err);
    struct name root = { .n = 1, .wire = { 0 } };
    return image_walk_zone(image, &root, print_walked, NULL);
}

int main(int argc, char **argv)
{
    random_init();
    if (argc != 3) {
        (void)fputs("usage: tool_image build DIR | walk FILE | find FILE\n", stderr);
        return 2;
    }
    struct error err = { "" };
    bool is_build = strcmp(argv[1], "build") == 0;
    enum status status = is_build ? build(argv[2], &err) : look(argv[1], argv[2], &err);
    if (status)
        (void)fprintf(stderr, "%s: %s\n", status_name(status), err.text);
    return status ? 1 : 0;
}
