// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "publish/byteset.h"

struct finding {
    bool placed;
    struct finding_place place;
    size_t number; /* in the order of coming */
    char text[ERROR_TEXT_SIZE];
};

struct level {
    struct finding *at; /* up to FINDINGS_MAX */
    size_t kept, count;
};

struct findings {
    struct byteset *files;
    struct level levels[2];
};

struct findings *findings_new(void)
{
    struct findings *findings = NEW(struct findings);
    findings->files = byteset_new();
    return findings;
}

void findings_free(struct findings *findings)
{
    if (!findings)
        return;
    for (size_t i = 0; i < LENGTH_OF(findings->levels); i++)
        mem_free(findings->levels[i].at);
    byteset_free(findings->files);
    mem_free(findings);
}

uint32_t findings_file(struct findings *findings, const char *name)
{
    /* With its zero byte, so that it can be lent as a text. */
    struct str bytes = str_bytes(name, strlen(name) + 1);
    (void)byteset_add(findings->files, bytes); /* often there */
    return (uint32_t)byteset_find(findings->files, bytes);
}

const char *findings_name(const struct findings *findings, uint32_t file)
{
    return byteset_get(findings->files, file).at;
}

void findings_add(struct findings *findings, enum finding_level level,
                  const struct finding_place *place, const char *format, ...)
{
    struct level *list = &findings->levels[level];
    if (list->count++ >= FINDINGS_MAX)
        return;
    if (!list->at)
        list->at = (struct finding *)mem_new_array(FINDINGS_MAX, sizeof(*list->at));
    struct finding *finding = &list->at[list->kept];
    finding->number = list->kept++;
    finding->placed = place != NULL;
    if (place)
        finding->place = *place;
    char text[ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct error masked;
    error_set(&masked, "%s", text);
    memcpy(finding->text, masked.text, sizeof(finding->text));
}

size_t findings_count(const struct findings *findings, enum finding_level level)
{
    return findings->levels[level].count;
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = (const struct finding *)a, *y = (const struct finding *)b;
    const uint64_t keys[][2] = { { x->placed, y->placed },
                                 { x->place.file, y->place.file },
                                 { x->place.line, y->place.line },
                                 { x->number, y->number } };
    for (size_t i = 0; i < LENGTH_OF(keys); i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] > keys[i][1] ? 1 : -1;
    return 0;
}

void findings_each(struct findings *findings, enum finding_level level,
                   void (*fn)(void *ctx, const char *text), void *ctx)
{
    struct level *list = &findings->levels[level];
    if (list->kept > 1)
        qsort(list->at, list->kept, sizeof(*list->at), compare);
    for (size_t i = 0; i < list->kept; i++) {
        const struct finding *finding = &list->at[i];
        struct error text;
        error_set(&text, "%s", finding->text);
        if (finding->placed)
            error_prefix(&text, "%s:%lu", findings_name(findings, finding->place.file),
                         (unsigned long)finding->place.line);
        fn(ctx, text.text);
    }
}
