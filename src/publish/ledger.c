// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ledger.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/reader.h"
#include "publish/serials.h"

#include <limits.h>
#include <string.h>

enum {
    FILE_MODE = 0644,     /* what stands in DNS is public */
    FILE_MAX = 1 << 30,   /* bytes */
    LINE_MAX_SIZE = 1100, /* a name's text, three numbers and what is between them */
    GONE_MAX = 10000,     /* zones that are no more */
    BOOT_SIZE = 64,
    HEX_DIGITS = 16,
};

#define HEAD STR("rove-serials 1 ")
#define SYNCED STR("synced")

struct ledger {
    char path[PATH_MAX];
    char boot[BOOT_SIZE]; /* of now */
    bool trusts_image;
    bool is_of_now; /* the file names this boot */
    struct serials *serials;
};

/* ----- reading ----- */

static enum status read_number(struct str *line, uint32_t *out)
{
    struct str field;
    uint64_t number = 0;
    if (!str_next(line, ' ', &field) || str_to_u64(field, UINT32_MAX, &number))
        return ERR_SYNTAX;
    *out = (uint32_t)number;
    return OK;
}

static enum status read_line(struct serials *serials, struct str line)
{
    struct str name, print;
    struct name apex;
    struct serial_kept kept = { .own = 0 };
    uint8_t bytes[HEX_DIGITS / 2];
    if (!str_next(&line, ' ', &name) || name_parse(name, &apex, NULL) ||
        read_number(&line, &kept.own) || read_number(&line, &kept.published) ||
        !str_next(&line, ' ', &print) || str_from_hex(print, bytes, sizeof(bytes)) ||
        line.n > 0)
        return ERR_SYNTAX;
    kept.print = read_u64(bytes);
    serials_put_kept(serials, name_bytes(&apex), &kept);
    return OK;
}

/* Lines up to "end": a file without it is not whole. */
static enum status read_lines(struct serials *serials, struct str text)
{
    struct str line;
    enum status status = OK;
    while (!status && str_next(&text, '\n', &line)) {
        if (str_equal(line, STR("end")))
            return text.n ? ERR_SYNTAX : OK;
        status = read_line(serials, line);
    }
    return ERR_SYNTAX;
}

static enum status read_file(struct ledger *ledger, struct error *err)
{
    CLEANUP(mem_freep) char *contents = NULL;
    size_t n = 0;
    uid_t owner = 0; /* no other user writes to this folder */
    struct str head;
    enum status status =
        file_read_plain(ledger->path, FILE_MAX, &contents, &n, &owner, err);
    if (status)
        return status;
    struct str text = str_bytes(contents, n);
    CLEANUP(serials_freep) struct serials *serials = serials_new(NULL, NULL);
    if (!str_next(&text, '\n', &head) || !str_starts(head, HEAD) ||
        read_lines(serials, text))
        return FAIL(err, ERR_SYNTAX, "%s: damaged", ledger->path);
    struct str boot = str_from_at(head, HEAD.n);
    ledger->is_of_now = str_equal(boot, str_from(ledger->boot));
    ledger->trusts_image = ledger->is_of_now || str_equal(boot, SYNCED);
    ledger->serials = TAKE(serials);
    return OK;
}

/* Without a name of it each start counts as one in the same run. */
static void learn_boot(struct ledger *ledger)
{
    CLEANUP(mem_freep) char *contents = NULL;
    size_t n = 0;
    struct buf boot = BUF_ON(ledger->boot);
    if (file_read("/proc/sys/kernel/random/boot_id", BOOT_SIZE - 1, &contents, &n, NULL))
        buf_put_text(&boot, "unknown");
    else
        buf_put(&boot, str_trim(str_bytes(contents, n)));
    (void)buf_text(&boot);
}

struct ledger *ledger_open(const char *directory)
{
    struct ledger *ledger = NEW(struct ledger);
    struct error err = { "" };
    struct buf path = BUF_ON(ledger->path);
    buf_printf(&path, "%s/serials", directory);
    (void)buf_text(&path);
    learn_boot(ledger);
    enum status status = read_file(ledger, &err);
    if (status == ERR_NOT_FOUND)
        ledger->trusts_image = true; /* as it was without one */
    else if (status)
        log_warning("serials-not-read", LOG_TEXT("why", err.text));
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    serials_free(ledger->serials);
    mem_free(ledger);
}

const struct serials *ledger_serials(const struct ledger *ledger)
{
    return ledger->serials;
}

bool ledger_trusts_image(const struct ledger *ledger)
{
    return ledger->trusts_image;
}

/* ----- writing ----- */

struct text {
    char *at;
    size_t n, size;
};

static void add_text(struct text *text, struct str more)
{
    text->at = mem_grow(text->at, text->n + more.n, &text->size, 1);
    memcpy(text->at + text->n, more.at, more.n);
    text->n += more.n;
}

static void add_line(void *ctx, struct str apex, const struct serial_kept *kept)
{
    char line[LINE_MAX_SIZE];
    struct buf out = BUF_ON(line);
    struct name name;
    if (name_decode(apex, &name))
        return;
    name_format(&name, &out);
    buf_printf(&out, " %u %u %016llx\n", kept->own, kept->published,
               (unsigned long long)kept->print);
    add_text((struct text *)ctx, buf_str(&out));
}

static enum status write_file(const struct ledger *ledger, struct str boot,
                              struct error *err)
{
    struct text text = { .n = 0 };
    add_text(&text, HEAD);
    add_text(&text, boot);
    add_text(&text, STR("\n"));
    if (ledger->serials)
        serials_each_kept(ledger->serials, add_line, &text);
    add_text(&text, STR("end\n"));
    enum status status =
        file_replace(ledger->path, str_bytes(text.at, text.n), FILE_MODE, err);
    mem_free(text.at);
    return status;
}

struct gone {
    const struct serials *present;
    struct serials *out;
    size_t count;
};

static void put_gone(void *ctx, struct str apex, const struct serial_kept *kept)
{
    struct gone *gone = (struct gone *)ctx;
    struct name name;
    if (gone->count >= GONE_MAX || name_decode(apex, &name) ||
        serials_are_chosen(gone->present, &name))
        return;
    serials_put_kept(gone->out, apex, kept);
    gone->count++;
}

static void put_kept(void *ctx, struct str apex, const struct serial_kept *kept)
{
    serials_put_kept((struct serials *)ctx, apex, kept);
}

enum status ledger_keep(struct ledger *ledger, const struct serials *serials,
                        struct error *err)
{
    ledger->trusts_image = true; /* from now on it is ours */
    if (ledger->is_of_now && ledger->serials && serials_cover(ledger->serials, serials))
        return OK;
    struct serials *before = ledger->serials;
    ledger->serials = serials_new(NULL, NULL);
    serials_each_kept(serials, put_kept, ledger->serials);
    if (before)
        serials_each_kept(before, put_gone,
                          &(struct gone){ serials, ledger->serials, 0 });
    enum status status = write_file(ledger, str_from(ledger->boot), err);
    if (status) { /* what stands there is remembered, be it new or old */
        serials_free(ledger->serials);
        ledger->serials = before;
        return status;
    }
    serials_free(before);
    ledger->is_of_now = true;
    return OK;
}

void ledger_seal(struct ledger *ledger)
{
    struct error err = { "" };
    if (!ledger->is_of_now || !ledger->trusts_image)
        return;
    if (write_file(ledger, SYNCED, &err))
        log_debug("serials-not-sealed", LOG_TEXT("why", err.text));
    ledger->is_of_now = false;
}
