// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *status_name(enum status status)
{
    switch (status) {
    case OK:
        return "ok";
    case ERR_SYNTAX:
        return "bad form";
    case ERR_LIMIT:
        return "limit exceeded";
    case ERR_NOT_FOUND:
        return "not found";
    case ERR_EXISTS:
        return "exists already";
    case ERR_CONFLICT:
        return "conflict";
    case ERR_DENIED:
        return "denied";
    case ERR_BUSY:
        return "busy";
    case ERR_IO:
        return "failure";
    }
    return "unknown status";
}

static void mask_control_bytes(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

/* Formats into a second buffer first: the arguments may point into `err`. */
PRINTF_LIKE(2, 0)
static void set_text(struct error *err, const char *fmt, va_list arguments)
{
    struct error made;
    if (vsnprintf(made.text, sizeof(made.text), fmt, arguments) < 0)
        made.text[0] = '\0';
    mask_control_bytes(made.text);
    *err = made;
}

void error_set(struct error *err, const char *fmt, ...)
{
    if (!err)
        return;
    va_list arguments;
    va_start(arguments, fmt);
    set_text(err, fmt, arguments);
    va_end(arguments);
}

void error_prefix(struct error *err, const char *fmt, ...)
{
    if (!err)
        return;
    struct error said = *err;
    va_list arguments;
    va_start(arguments, fmt);
    set_text(err, fmt, arguments);
    va_end(arguments);

    size_t n = strlen(err->text);
    int needed = snprintf(err->text + n, sizeof(err->text) - n, ": %s", said.text);
    (void)needed; /* what is too long is cut */
}
