// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LINE_SIZE = 4096,
    VALUE_MAX = 1024,    /* bytes of a value that are logged */
    PIPE_SIZE = 1 << 20, /* what every user may give a pipe, as Linux comes */
};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARNING] = "warning",
    [LOG_ERROR] = "error",
};

/* The only global state, with the counters below: every room may log, and none should have to carry
 * a handle for that. It is set before threads start. */
static struct {
    const char *role;
    enum log_level level;
    int fd;
} settings = { "rove", LOG_INFO, STDERR_FILENO };

/* Lines that were not written: all, and those that no line has told of yet. */
static atomic_uint_fast64_t lost, untold;

void log_init(const char *role, enum log_level level)
{
    settings.role = role;
    settings.level = level;
}

void log_set_fd(int fd)
{
    settings.fd = fd;
}

/* A busy request log must not lose lines because its reader was not scheduled for a moment. */
static void make_room(void)
{
    int size = fcntl(STDERR_FILENO, F_GETPIPE_SZ);
    if (size > 0 && size < PIPE_SIZE)
        (void)fcntl(STDERR_FILENO, F_SETPIPE_SZ, PIPE_SIZE);
}

/* Gives standard error a description of its own that never waits, so that others who write to the
 * same pipe or terminal notice nothing. Where the pipe is another user's, and only that user may open
 * it, the one that we share has to change; a terminal then stays as it is. */
void log_never_wait(void)
{
    struct stat about;
    int flags = fcntl(STDERR_FILENO, F_GETFL);
    if (flags < 0 || flags & O_NONBLOCK || fstat(STDERR_FILENO, &about) ||
        (!S_ISFIFO(about.st_mode) && !S_ISCHR(about.st_mode)))
        return;
    make_room();
    int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) {
        (void)dup2(own, STDERR_FILENO);
        (void)close(own);
    } else if (S_ISFIFO(about.st_mode)) {
        (void)fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
    }
}

uint64_t log_lost(void)
{
    return atomic_load_explicit(&lost, memory_order_relaxed);
}

void log_set_level(enum log_level level)
{
    settings.level = level;
}

bool log_level_parse(struct str text, enum log_level *out)
{
    for (size_t i = 0; i < LENGTH_OF(level_names); i++) {
        if (str_equal(text, str_from(level_names[i]))) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static bool needs_quotes(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.at[i] <= ' ' || strchr("\"\\=", text.at[i]))
            return true;
    return text.n == 0;
}

/* The second control set of ISO 8859 (U+0080 to U+009F) moves cursors too. */
static bool is_control(struct str character)
{
    unsigned char first = (unsigned char)character.at[0];
    return first < ' ' || first == 0x7f ||
           (first == 0xc2 && (unsigned char)character.at[1] < 0xa0);
}

static void put_value(struct buf *out, struct str text)
{
    bool cut = text.n > VALUE_MAX;
    text = str_first(text, VALUE_MAX);
    bool quoted = needs_quotes(text);
    if (quoted)
        buf_put_u8(out, '"');
    while (text.n) {
        size_t n = str_utf8_first(text);
        struct str character = str_first(text, n ? n : 1);
        text = str_from_at(text, character.n);
        if (n == 0 || is_control(character))
            character = STR("?");
        if (character.at[0] == '"' || character.at[0] == '\\')
            buf_put_u8(out, '\\');
        buf_put(out, character);
    }
    if (cut)
        buf_put_text(out, "...");
    if (quoted)
        buf_put_u8(out, '"');
}

static void put_number(struct buf *out, int64_t number)
{
    if (number < 0)
        buf_put_u8(out, '-');
    buf_put_decimal(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void log_format(struct buf *out, const char *role, enum log_level level,
                const char *event, const struct log_field *fields, size_t count)
{
    buf_printf(out, "%s %s %s", level_names[level], role, event);
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].key) /* the macros put an empty field first */
            continue;
        buf_printf(out, " %s=", fields[i].key);
        if (fields[i].is_number)
            put_number(out, fields[i].number);
        else
            put_value(out, fields[i].text);
    }
    if (out->n == out->size && out->n)
        out->n--; /* a line that is too long ends with a line feed, too */
    out->full = out->full && out->size == 0;
    buf_put_u8(out, '\n');
}

bool log_write(struct str line)
{
    ssize_t written = 0;
    do {
        /* What others hold a socket for is not ours to change; send() needs no change. */
        written = send(settings.fd, line.at, line.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (written < 0 && errno == ENOTSOCK)
            written = write(settings.fd, line.at, line.n);
    } while (written < 0 && errno == EINTR);
    return written >= 0;
}

static void put_line(enum log_level level, const char *event,
                     const struct log_field *fields, size_t count, uint64_t stands_for)
{
    char line[LINE_SIZE];
    struct buf out = BUF_ON(line);
    log_format(&out, settings.role, level, event, fields, count);
    if (log_write(buf_str(&out)))
        return;
    if (stands_for == 0)
        atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&untold, stands_for ? stands_for : 1, memory_order_relaxed);
}

/* Tells how many lines are missing before the first one that is written again. */
static void tell_untold(void)
{
    if (!atomic_load_explicit(&untold, memory_order_relaxed))
        return;
    uint64_t count = atomic_exchange_explicit(&untold, 0, memory_order_relaxed);
    const struct log_field field = LOG_NUMBER("count", count);
    if (count)
        put_line(LOG_WARNING, "log-lines-lost", &field, 1, count);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t count)
{
    if (level < settings.level)
        return;
    int saved = errno;
    tell_untold();
    put_line(level, event, fields, count, 0);
    errno = saved;
}
