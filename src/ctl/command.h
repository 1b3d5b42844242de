// SPDX-License-Identifier: GPL-3.0-or-later
/* command.h - the words of rovectl as tables: commands, their options, their columns.
 *
 * Usage text, parsing and the request to front all come from here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct config;
struct json;
struct request;

enum option_kind {
    OPTION_TEXT,
    OPTION_NUMBER,
    OPTION_SWITCH,       /* on or off */
    OPTION_FLAG,         /* takes no value: on when it is given */
    OPTION_LIST,         /* may be given several times, or as a comma list */
    OPTION_NAME_OR_NONE, /* a text, or "none" for null */
};

struct command_option {
    const char *name;   /* "--ttl" without the hyphens */
    const char *member; /* of the JSON body */
    enum option_kind kind;
    const char *value; /* what to call its value in the usage */
    const char *help;
};

struct column {
    const char *title;
    const char *member;
};

/* Both return the exit code. */
typedef int (*command_run_fn)(const struct config *config, const struct request *request);
typedef int (*command_take_fn)(const struct config *config, const struct request *request,
                               const struct json *reply);

struct command {
    const char *noun, *verb;
    /* The one call of front; path ends with '/' when the argument follows. */
    const char *method, *path;
    /* Or what the program does instead. */
    command_run_fn run;
    /* Takes the reply, which may be long in coming. NULL: it is printed. */
    command_take_fn take;
    const char *argument; /* what to call it; NULL: takes none */
    const char *member;   /* the argument goes into this member of the body instead of
                                  the path; NULL: into the path */
    bool member_is_list;
    const struct command_option *options; /* ends with name NULL; NULL: none */
    const char *filter; /* `list --FILTER VALUE`: goes into the query; NULL: none */
    const struct column *columns; /* of a list; ends with title NULL */
    const char *help;
};

extern const struct command commands[];
extern const size_t command_count;

/* NULL when there is none. */
const struct command *command_find(const char *noun, const char *verb);
