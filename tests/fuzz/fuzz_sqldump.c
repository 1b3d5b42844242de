// SPDX-License-Identifier: GPL-3.0-or-later
/* Every row has its table and as many columns as values, on a line of the text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "import/sqldump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status look(void *ctx, const struct sqldump_row *row, struct error *err)
{
    const size_t *size = (const size_t *)ctx;
    size_t bytes = 0;
    (void)err;
    assert(row->table.n > 0);
    assert(row->count > 0 && row->count <= SQLDUMP_COLUMNS_MAX);
    assert(row->line > 0 && row->line <= *size + 1);
    for (size_t i = 0; i < row->count; i++)
        bytes += row->values[i].n;
    assert(bytes <= *size);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = { "" };
    enum status status = sqldump_parse("f", str_bytes(data, size), look, &size, &err);
    assert((status == OK) == (err.text[0] == 0));
    return 0;
}
