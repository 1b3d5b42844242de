// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    CELL_SIZE = 2048,
    COLUMNS_MAX = 16,
    ADDRESSES_GAP = 2
};

/* Puts a text without control characters, U+0080 to U+009F among them. A role that was taken over
 * may have written a status, and must not control the terminal. */
static void put_plain(struct buf *cell, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t byte = (uint8_t)text.at[i],
                next = i + 1 < text.n ? (uint8_t)text.at[i + 1] : 0;
        bool is_control = byte < 0x20 || byte == 0x7f;
        bool is_wide = byte == 0xc2 && next >= 0x80 && next < 0xa0;
        buf_put_u8(cell, is_control || is_wide ? '?' : byte);
        i += is_wide;
    }
}

static void put_scalar(struct buf *cell, const struct json *value)
{
    struct str text;
    int64_t number = 0;
    bool truth = false;
    if (json_as_text(value, &text))
        put_plain(cell, text);
    else if (json_as_number(value, &number))
        buf_printf(cell, "%" PRId64, number);
    else if (json_as_bool(value, &truth))
        buf_put_text(cell, truth ? "on" : "off");
}

static bool is_time(const char *member)
{
    static const char *const members[] = { "time",      "created", "last_seen",
                                           "last_used", "expires", "exposed",
                                           "due",       "ended",   "fresh_until",
                                           "asked",     "heard",   "acknowledged" };
    for (size_t i = 0; i < LENGTH_OF(members); i++)
        if (strcmp(members[i], member) == 0)
            return true;
    return false;
}

static bool is_day(const char *member)
{
    return strcmp(member, "in_clear") == 0;
}

/* Puts seconds since 1970 in the form of RFC 3339, in UTC; of a day no time. False: `value` is no
 * such time. */
static bool put_time(struct buf *cell, const struct json *value, bool day)
{
    int64_t seconds = 0;
    if (!json_as_number(value, &seconds))
        return false;
    time_t time = (time_t)seconds;
    struct tm utc;
    char text[sizeof("2026-01-02T03:04:05Z")];
    if (seconds == 0)
        buf_put_text(cell, "never");
    else if (gmtime_r(&time, &utc) &&
             (day ? strftime(text, sizeof(text), "%F", &utc)
                  : strftime(text, sizeof(text), "%FT%TZ", &utc)))
        buf_put_text(cell, text);
    return cell->n > 0;
}

/* The value of a member as the text of a cell. */
static const char *cell_text(const char *member, const struct json *value,
                             char storage[CELL_SIZE])
{
    struct buf cell = buf_on(storage, CELL_SIZE);
    bool day = is_day(member);
    if ((!day && !is_time(member)) || !put_time(&cell, value, day))
        put_scalar(&cell, value);
    for (size_t i = 0; i < json_count(value); i++) {
        if (i)
            buf_put_text(&cell, " ");
        put_scalar(&cell, json_item(value, i));
    }
    if (cell.n == 0)
        buf_put_text(&cell, "-");
    return buf_text(&cell);
}

static size_t widest(const struct column *column, const struct json *items)
{
    char storage[CELL_SIZE];
    size_t width = str_from(column->title).n;
    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *value = json_get(json_item(items, i), column->member);
        size_t n = str_from(cell_text(column->member, value, storage)).n;
        width = n > width ? n : width;
    }
    return width;
}

static void print_row(const struct column *columns, const size_t *widths,
                      const struct json *item)
{
    char storage[CELL_SIZE];
    for (size_t i = 0; columns[i].title; i++) {
        const struct json *value = item ? json_get(item, columns[i].member) : NULL;
        const char *text =
            item ? cell_text(columns[i].member, value, storage) : columns[i].title;
        bool last = columns[i + 1].title == NULL;
        (void)printf("%-*s%s", last ? 0 : (int)widths[i], text, last ? "\n" : "  ");
    }
}

void print_table(const struct column *columns, const struct json *items)
{
    size_t widths[COLUMNS_MAX] = { 0 };
    for (size_t i = 0; i < COLUMNS_MAX && columns[i].title; i++)
        widths[i] = widest(&columns[i], items);
    print_row(columns, widths, NULL);
    for (size_t i = 0; i < json_count(items); i++)
        print_row(columns, widths, json_item(items, i));
}

static void print_members(const struct json *object, const char *indent)
{
    void *iterator = NULL;
    const char *key = NULL;
    const struct json *value = NULL;
    char storage[CELL_SIZE];
    while (json_next(object, &iterator, &key, &value))
        (void)printf("%s%s: %s\n", indent, key, cell_text(key, value, storage));
}

void print_object(const struct json *object)
{
    print_members(object, "");
}

void print_indented(const struct json *object)
{
    print_members(object, "    ");
}

static void print_lines(const struct json *lines)
{
    struct str text;
    for (size_t i = 0; i < json_count(lines); i++)
        if (json_as_text(json_item(lines, i), &text))
            (void)printf("    " STR_FMT "\n", STR_ARG(text));
}

void print_delegation(const struct json *delegation)
{
    struct str zone = json_get_text(delegation, "zone");
    struct str parent = json_get_text(delegation, "parent");
    (void)printf(
        "For " STR_FMT " to be found, its parent zone " STR_FMT
        " has to hold these lines\n(enter them at the registrar, or in that zone's "
        "file):\n\n",
        STR_ARG(zone), STR_ARG(parent));
    print_lines(json_get(delegation, "ns"));
    const struct json *glue = json_get(delegation, "glue");
    if (json_count(glue) == 0)
        return;
    (void)printf(
        "\nand, because these name servers lie in the zone itself, their addresses "
        "(glue):\n\n");
    print_lines(glue);
}

void print_json(const struct json *json)
{
    CLEANUP(mem_freep) char *text = json_pretty(json);
    (void)puts(text);
}
