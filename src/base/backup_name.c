// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/backup_name.h"

#include "base/random.h"

enum {
    RANDOM_SIZE = 8
};

static const char infix[] = ".backup-";

void backup_name_put(struct buf *out, const char *database)
{
    uint8_t bytes[RANDOM_SIZE];
    random_fill(bytes, sizeof(bytes));
    buf_put_text(out, database);
    buf_put_text(out, infix);
    buf_put_hex(out, str_bytes(bytes, sizeof(bytes)));
}

bool backup_name_is(struct str path, struct str database)
{
    struct str head = str_from(infix);
    if (path.n != database.n + head.n + (size_t)2 * RANDOM_SIZE ||
        !str_starts(path, database))
        return false;
    struct str rest = str_from_at(path, database.n);
    if (!str_starts(rest, head))
        return false;
    rest = str_from_at(rest, head.n);
    for (size_t i = 0; i < rest.n; i++)
        if (!char_is_digit(rest.at[i]) && (rest.at[i] < 'a' || rest.at[i] > 'f'))
            return false;
    return true;
}
