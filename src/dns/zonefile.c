// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads zone files with libzscanner, which reads a whole file or, for the data of one record, a
 * file of one line. Unknown types are noticed here, and bytes beyond ASCII are escaped for the
 * scanner. */
#include "dns/zonefile.h"

#include <libknot/libknot.h>
#include <libzscanner/scanner.h>
#include <string.h>

#include "base/mem.h"
#include "dns/rdata.h"

enum {
    TTL_TOP_S = INT32_MAX, /* RFC 2181 8 */
    LINE_SPACE = 64        /* owner, TTL, class, type and line feed around the data */
};

/* Frees the scanner, which has some 200 kB and so is never on the stack. */
static void scanner_end(zs_scanner_t *scanner)
{
    if (!scanner)
        return;
    zs_deinit(scanner);
    mem_free(scanner);
}
CLEANER(scanner_end, zs_scanner_t *)

static enum status scanner_new(const struct name *origin, uint32_t ttl_s, struct str text,
                               zs_scanner_t **out, struct error *err)
{
    char storage[NAME_TEXT_SIZE + 1];
    struct buf origin_text = BUF_ON(storage);
    name_format(origin, &origin_text);
    if (!name_is_root(origin))
        buf_put_text(&origin_text, ".");
    zs_scanner_t *scanner = (zs_scanner_t *)mem_new(sizeof(*scanner));
    if (zs_init(scanner, buf_text(&origin_text), KNOT_CLASS_IN, ttl_s) ||
        zs_set_input_string(scanner, text.at, text.n)) {
        const char *why = zs_strerror(scanner->error.code);
        scanner_end(scanner);
        return FAIL(err, ERR_SYNTAX, "cannot be read: %s", why);
    }
    *out = scanner;
    return OK;
}

/* ----- bytes beyond ASCII ----- */

enum {
    ESCAPE_SIZE = 4 /* \195 */
};

static bool is_high(char byte)
{
    return (uint8_t)byte >= 0x80;
}

static size_t escaped_size(struct str text)
{
    size_t n = text.n;
    for (size_t i = 0; i < text.n; i++)
        n += is_high(text.at[i]) ? ESCAPE_SIZE - 1 : 0;
    return n;
}

/* Writes the text with bytes beyond ASCII escaped, such as \195. The scanner reads only that form,
 * but people write the bytes themselves, mostly as UTF-8. */
static void put_escaped(struct str text, struct buf *out)
{
    bool escaped = false; /* a backslash is in front */
    for (size_t i = 0; i < text.n; i++) {
        if (is_high(text.at[i]))
            buf_printf(out, "%s%03u", escaped ? "" : "\\", (unsigned)(uint8_t)text.at[i]);
        else
            buf_put_u8(out, (uint8_t)text.at[i]);
        escaped = !escaped && text.at[i] == '\\';
    }
}

/* Makes names in the data lower case. libknot does that in place in a set of records, so the data
 * go into a set of one record. */
static enum status fold_names(uint16_t type, struct str rdata, struct buf *out)
{
    knot_dname_t owner[] = { 0 };
    knot_rrset_t rrset;
    knot_rrset_init(&rrset, owner, type, KNOT_CLASS_IN, 0);
    if (rdata.n > UINT16_MAX ||
        knot_rrset_add_rdata(&rrset, (const uint8_t *)rdata.at, (uint16_t)rdata.n, NULL))
        return ERR_LIMIT;
    enum status status = knot_rrset_rr_to_canonical(&rrset) ? ERR_SYNTAX : OK;
    if (!status)
        buf_put(out, str_bytes(rrset.rrs.rdata->data, rrset.rrs.rdata->len));
    knot_rdataset_clear(&rrset.rrs, NULL);
    return status;
}

/* ----- whole files ----- */

struct reading {
    const char *file;
    const struct zonefile_sink *sink;
    struct str rest; /* the text from line `rest_line` on */
    uint64_t rest_line;
    uint8_t rdata[RDATA_SIZE];
};

static enum status take_owner(const zs_scanner_t *scanner, struct record *out)
{
    struct str wire = str_bytes(scanner->r_owner, scanner->r_owner_length);
    out->wildcard = str_starts(wire, STR("\1*"));
    return name_decode(str_from_at(wire, out->wildcard ? 2 : 0), &out->owner);
}

/* Refuses data such as "\\# 4 09616263" for a TXT: the scanner does not check bytes in this
 * form. */
static enum status fail_malformed(uint16_t type, struct error *err)
{
    char text[16];
    struct buf name = BUF_ON(text);
    rr_type_format(type, &name);
    return FAIL(err, ERR_SYNTAX, "data: not what a record of type %s has",
                buf_text(&name));
}

static enum status take_record(const zs_scanner_t *scanner, struct reading *reading,
                               struct error *err)
{
    struct record record = { .type = scanner->r_type, .ttl_s = scanner->r_ttl };
    struct buf rdata = BUF_ON(reading->rdata);
    if (scanner->r_class != KNOT_CLASS_IN)
        return FAIL(err, ERR_SYNTAX, "class %u instead of IN", scanner->r_class);
    if (scanner->r_ttl > TTL_TOP_S)
        return FAIL(err, ERR_LIMIT, "TTL %lu is too long", (unsigned long)scanner->r_ttl);
    record.rdata = str_bytes(scanner->r_data, scanner->r_data_length);
    enum status status = take_owner(scanner, &record);
    if (!status && !record_is_whole(&record))
        return fail_malformed(record.type, err);
    if (status || fold_names(record.type, record.rdata, &rdata))
        return FAIL(err, ERR_SYNTAX, "a broken record");
    record.rdata = buf_str(&rdata);
    return reading->sink->record(reading->sink->ctx, &record, scanner->line_counter, err);
}

/* The line on which the scanner stopped. Calls must ask for lines in their order. */
static struct str line_of(const zs_scanner_t *scanner, struct reading *reading)
{
    struct str line = STR("");
    while (reading->rest_line < scanner->line_counter &&
           str_next(&reading->rest, '\n', &line))
        reading->rest_line++;
    return line;
}

static struct str next_word(struct str *rest)
{
    size_t n = 0;
    *rest = str_trim(*rest);
    while (n < rest->n && rest->at[n] != ' ' && rest->at[n] != '\t')
        n++;
    struct str word = str_first(*rest, n);
    *rest = str_from_at(*rest, n);
    return word;
}

/* Whether the record's type or class is unknown, such as ALIAS, which only some servers have. The
 * scanner does not always report that: to it "XY" is a bad TTL. */
static bool is_strange(struct str line)
{
    uint16_t type = 0;
    struct str rest = line, word;
    if (line.n && line.at[0] != ' ' && line.at[0] != '\t')
        (void)next_word(&rest); /* the owner */
    do
        word = next_word(&rest);
    while (word.n && (char_is_digit(word.at[0]) || str_equal_any_case(word, STR("IN"))));
    return word.n && char_is_alpha(char_lower(word.at[0])) && rr_type_parse(word, &type);
}

/* Reports the record if its type is unknown; the scanner then goes on with the next line. Any other
 * error ends the reading. */
static enum status take_error(const zs_scanner_t *scanner, struct reading *reading,
                              struct error *err)
{
    const struct zonefile_sink *sink = reading->sink;
    struct str line = line_of(scanner, reading);
    if (scanner->error.fatal || !sink->strange || !is_strange(line))
        return FAIL(err, ERR_SYNTAX, "%s", zs_strerror(scanner->error.code));
    sink->strange(sink->ctx, str_trim(line), scanner->line_counter);
    return OK;
}

/* Takes the next record; *done: there are no more. */
static enum status take_next(zs_scanner_t *scanner, struct reading *reading, bool *done,
                             struct error *err)
{
    /* `state` tells about a failure too. */
    (void)zs_parse_record(scanner);
    switch (scanner->state) {
    case ZS_STATE_DATA:
        return take_record(scanner, reading, err);
    case ZS_STATE_EOF:
        *done = true;
        return OK;
    case ZS_STATE_INCLUDE:
        return FAIL(err, ERR_SYNTAX, "$INCLUDE is not taken: give the files one by one");
    case ZS_STATE_ERROR:
        return take_error(scanner, reading, err);
    case ZS_STATE_NONE:
    case ZS_STATE_STOP:
        break;
    }
    return FAIL(err, ERR_SYNTAX, "%s", zs_strerror(scanner->error.code));
}

static enum status parse_all(zs_scanner_t *scanner, struct reading *reading,
                             struct error *err)
{
    enum status status = OK;
    for (bool done = false; !done && !status;)
        status = take_next(scanner, reading, &done, err);
    if (status)
        error_prefix(err, "%s:%llu", reading->file,
                     (unsigned long long)scanner->line_counter);
    return status;
}

enum status zonefile_parse(const char *file, struct str text, const struct name *origin,
                           uint32_t ttl_s, const struct zonefile_sink *sink,
                           struct error *err)
{
    size_t size = escaped_size(text) + 2;
    CLEANUP(mem_freep) char *space = (char *)mem_new(size);
    struct buf whole = buf_on(space, size);
    put_escaped(text, &whole);
    buf_put_text(&whole, "\n"); /* the scanner skips a last line without its end */
    CLEANUP(scanner_endp) zs_scanner_t *scanner = NULL;
    enum status status = scanner_new(origin, ttl_s, buf_str(&whole), &scanner, err);
    if (status) {
        error_prefix(err, "%s", file);
        return status;
    }
    CLEANUP(mem_freep) struct reading *reading = NEW(struct reading);
    reading->file = file;
    reading->sink = sink;
    reading->rest = text;
    return parse_all(scanner, reading, err);
}

/* ----- data of one record ----- */

/* Refuses bytes that would end the line, or the data, too early. */
static enum status check_data(struct str text, struct error *err)
{
    if (str_find(text, '\n') < text.n || str_find(text, '\r') < text.n ||
        str_find(text, '\0') < text.n)
        return FAIL(err, ERR_SYNTAX, "data: must be one line");
    if (str_trim(text).n == 0)
        return FAIL(err, ERR_SYNTAX, "data: is empty");
    return OK;
}

enum status rdata_parse(uint16_t type, struct str text, struct buf *out,
                        struct error *err)
{
    static const struct name root = { .n = 1 };
    enum status status = check_data(text, err);
    if (status)
        return status;
    size_t size = escaped_size(text) + LINE_SPACE;
    CLEANUP(mem_freep) char *space = (char *)mem_new(size);
    struct buf line = buf_on(space, size);
    buf_put_text(&line, ". 0 IN ");
    rr_type_format(type, &line);
    buf_put_text(&line, " ");
    put_escaped(text, &line);
    buf_put_text(&line, "\n");
    CLEANUP(scanner_endp) zs_scanner_t *scanner = NULL;
    status = scanner_new(&root, 0, buf_str(&line), &scanner, err);
    if (status)
        return status;
    (void)zs_parse_record(scanner);
    if (scanner->state != ZS_STATE_DATA)
        return FAIL(err, ERR_SYNTAX, "data: %s",
                    scanner->state == ZS_STATE_ERROR ? zs_strerror(scanner->error.code)
                                                     : "is not one record");
    /* A ';' without quotes would begin a comment, which would be lost silently. */
    if (scanner->buffer_length)
        return FAIL(err, ERR_SYNTAX, "data: text with ';' must stand in quotes");
    struct str rdata = str_bytes(scanner->r_data, scanner->r_data_length);
    if (!rdata_is_whole(type, rdata))
        return fail_malformed(type, err);
    status = fold_names(type, rdata, out);
    if (status || out->full)
        return FAIL(err, ERR_LIMIT, "data: too long");
    return OK;
}

static void format_unknown(struct str rdata, struct buf *out)
{
    buf_printf(out, "\\# %zu", rdata.n);
    if (rdata.n)
        buf_put_text(out, " ");
    buf_put_hex(out, rdata);
}

void rdata_format(uint16_t type, struct str rdata, struct buf *out)
{
    knot_dname_t owner[] = { 0 };
    knot_rrset_t rrset;
    knot_rrset_init(&rrset, owner, type, KNOT_CLASS_IN, 0);
    if (rdata.n > UINT16_MAX || knot_rrset_add_rdata(&rrset, (const uint8_t *)rdata.at,
                                                     (uint16_t)rdata.n, NULL)) {
        format_unknown(rdata, out);
        return;
    }
    knot_dump_style_t style = KNOT_DUMP_STYLE_DEFAULT;
    style.wrap = false;
    style.human_ttl = false;
    size_t room = out->size - out->n;
    int n = knot_rrset_txt_dump_data(&rrset, 0, (char *)out->at + out->n, room, &style);
    if (n > 0 && (size_t)n < room)
        /* If the last part is empty, there is a blank at the end. */
        out->n += str_trim(str_bytes(out->at + out->n, (size_t)n)).n;
    else
        format_unknown(rdata, out);
    knot_rdataset_clear(&rrset.rrs, NULL);
}
