// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/refused.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "base/mem.h"

/* In lower case, in the order of str_compare(). */
struct refused {
    char *text;
    struct str *domains;
    size_t count, room;
};

static bool is_domain(struct str line)
{
    char storage[MAILBOX_MAX + 1];
    struct buf address = BUF_ON(storage);
    buf_put_text(&address, "x@");
    buf_put(&address, line);
    return !address.full && mailbox_is_plain(buf_str(&address));
}

static enum status take_line(struct refused *refused, struct str raw, size_t number,
                             struct error *err)
{
    struct str line = str_trim(str_first(raw, str_find(raw, '#')));
    if (line.n == 0)
        return OK;
    if (!is_domain(line))
        return FAIL(err, ERR_SYNTAX, "line %zu: '" STR_FMT "' is no domain such as %s",
                    number, STR_ARG(str_first(line, 80)), "mail.example.org");
    refused->domains = (struct str *)mem_grow(refused->domains, refused->count + 1,
                                              &refused->room, sizeof(*refused->domains));
    refused->domains[refused->count++] = line;
    return OK;
}

static int compare(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

enum status refused_parse(struct str text, struct refused **out, struct error *err)
{
    CLEANUP(refused_freep) struct refused *refused = NEW(struct refused);
    size_t number = 0;
    refused->text = (char *)mem_new(text.n + 1);
    for (size_t i = 0; i < text.n; i++)
        refused->text[i] = char_lower(text.at[i]);
    struct str rest = { refused->text, text.n }, line;
    while (str_next_field(&rest, '\n', &line)) {
        enum status status = take_line(refused, line, ++number, err);
        if (status)
            return status;
    }
    if (refused->count)
        qsort(refused->domains, refused->count, sizeof(*refused->domains), compare);
    *out = TAKE(refused);
    return OK;
}

enum status refused_load(const char *path, struct refused **out, struct error *err)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    enum status status = file_read(path, REFUSED_BYTES_MAX, &text, &n, err);
    if (status)
        return status;
    status = refused_parse(str_bytes(text, n), out, err);
    if (status)
        error_prefix(err, "%s", path);
    return status;
}

void refused_free(struct refused *refused)
{
    if (!refused)
        return;
    mem_free(refused->domains);
    mem_free(refused->text);
    mem_free(refused);
}

bool refused_has(const struct refused *refused, struct str address)
{
    char storage[MAILBOX_MAX + 1];
    struct buf folded = BUF_ON(storage);
    if (!refused || refused->count == 0)
        return false;
    struct str domain = mailbox_domain(address);
    for (size_t i = 0; i < domain.n; i++)
        buf_put_u8(&folded, (uint8_t)char_lower(domain.at[i]));
    for (struct str at = buf_str(&folded); at.n;
         at = str_from_at(at, str_find(at, '.') + 1))
        if (bsearch(&at, refused->domains, refused->count, sizeof(at), compare))
            return true;
    return false;
}
