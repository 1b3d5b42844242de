// SPDX-License-Identifier: GPL-3.0-or-later
/* log.h - one line per event on standard error.
 *
 *     LEVEL ROLE event key=value key="value with blanks"
 *
 * A line has no time, as every supervisor adds its own. Values are escaped, so that text from
 * outside cannot start a line or a field. Callers never log secrets.
 *
 * A service must not stop because nobody reads its log. A line that finds no room in the pipe is
 * dropped and counted, and the next one that finds some comes after "log-lines-lost count=N". */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARNING,
    LOG_ERROR
};

/* A field: LOG_TEXT("path", path), LOG_NUMBER("port", port). */
struct log_field {
    const char *key; /* NULL: no field; the macros below begin with one */
    struct str text; /* the value, unless `is_number` */
    int64_t number;
    bool is_number;
};
#define LOG_STR(key_, value_) ((struct log_field){ .key = (key_), .text = (value_) })
#define LOG_TEXT(key_, value_) LOG_STR(key_, str_from(value_))
#define LOG_NUMBER(key_, value_) \
    ((struct log_field){ .key = (key_), .number = (int64_t)(value_), .is_number = true })

/* Events below `level` are dropped. `role` is kept, not copied. */
void log_init(const char *role, enum log_level level);
void log_set_level(enum log_level level);
/* From now on no line waits until there is room for it. Where standard error is a pipe or a
 * terminal, nor does anything else that we or our children write to it. A pipe gets room for a
 * burst. For services; called before the sandbox and before threads. */
void log_never_wait(void);
/* Lines that were dropped since the start. */
uint64_t log_lost(void);
/* Sends lines to `fd` instead of standard error. For tests. */
void log_set_fd(int fd);
bool log_level_parse(struct str text, enum log_level *out);

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t count);

/* Writes a line, formatted already, with one call, so that lines of several processes do not mix.
 * A signal handler may call it. False: it is lost. */
bool log_write(struct str line);

/* For example log_info("listening", LOG_TEXT("address", text), LOG_NUMBER("port", 53)).
 * log_at() takes the level as a value. */
#define log_at(level, event, ...) \
    log_event((level), (event), \
              (const struct log_field[]){ { .key = NULL }, __VA_ARGS__ }, \
              LENGTH_OF(((const struct log_field[]){ { .key = NULL }, __VA_ARGS__ })))
#define log_debug(event, ...) log_at(LOG_DEBUG, event, ##__VA_ARGS__)
#define log_info(event, ...) log_at(LOG_INFO, event, ##__VA_ARGS__)
#define log_warning(event, ...) log_at(LOG_WARNING, event, ##__VA_ARGS__)
#define log_error(event, ...) log_at(LOG_ERROR, event, ##__VA_ARGS__)

/* Formats one line as log_event() writes it, with its line feed. */
void log_format(struct buf *out, const char *role, enum log_level level,
                const char *event, const struct log_field *fields, size_t count);
