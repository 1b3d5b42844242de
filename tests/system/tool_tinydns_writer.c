// SPDX-License-Identifier: GPL-3.0-or-later
/* tool_tinydns_writer - reads tinydns data, writes the lines that tinydns_writer.h makes of it. */
#include <stdio.h>

#include "base/mem.h"
#include "dns/tinydns_reader.h"
#include "dns/tinydns_writer.h"

enum {
    INPUT_SIZE = 1 << 20,
    SERIAL = 1,
};

static enum status print(const struct buf *line)
{
    return !line->full && fwrite(line->at, 1, line->n, stdout) == line->n ? OK : ERR_IO;
}

static enum status print_record(void *ctx, const struct record *record, struct error *err)
{
    struct buf line = buf_on(ctx, TINYDNS_LINE_SIZE);
    enum status status = tinydns_put(record, TINYDNS_STOCK, &line, err);
    return status ? status : print(&line);
}

static enum status print_location(void *ctx, const struct location_rule *rule,
                                  struct error *err)
{
    struct buf line = buf_on(ctx, TINYDNS_LINE_SIZE);
    enum status status = tinydns_put_location(rule, &line, err);
    return status ? status : print(&line);
}

int main(void)
{
    CLEANUP(mem_freep) char *input = mem_new(INPUT_SIZE);
    CLEANUP(mem_freep) void *line = mem_new(TINYDNS_LINE_SIZE);
    struct error err = { .text = "" };
    size_t n = fread(input, 1, INPUT_SIZE, stdin);
    const struct record_sink sink = { print_record, print_location, line };
    if (tinydns_parse("input", str_bytes(input, n), SERIAL, &sink, &err) == OK)
        return 0;
    (void)fprintf(stderr, "%s\n", err.text);
    return 1;
}
