// SPDX-License-Identifier: GPL-3.0-or-later
/* command.h - tables of rovectl's commands, with their options and columns.
 *
 * The usage text, the parser and the request to front all come from them. */
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
    OPTION_FLAG,         /* takes no value; it is on if it is given */
    OPTION_LIST,         /* may be given several times, or as a comma list */
    OPTION_NAME_OR_NONE, /* a text; "none" becomes null */
};

struct command_option {
    const char *name;   /* "--ttl" without the hyphens */
    const char *member; /* of the JSON body */
    enum option_kind kind;
    const char *value; /* the name of its value in the usage */
    const char *help;
};

struct column {
    const char *title;
    const char *member;
};

/* `list --NAME VALUE`: leaves things out of a list. */
struct command_filter {
    const char *name;
    const char *parameter;        /* of the query */
    const char *value;            /* its name in the usage; NULL: it takes none */
    const struct column *columns; /* of that list; NULL: those of the command */
};

/* Both return the exit code. */
typedef int (*command_run_fn)(const struct config *config, const struct request *request);
typedef int (*command_take_fn)(const struct config *config, const struct request *request,
                               const struct json *reply);

struct command {
    const char *noun, *verb;
    /* The one call of front. The path ends with '/': the argument follows. */
    const char *method, *path;
    /* Or the function that runs the command instead. */
    command_run_fn run;
    /* Takes the reply, which may take long to come. NULL: the reply is printed. */
    command_take_fn take;
    const char *argument; /* its name in the usage; NULL: there is none */
    const char *member; /* of the body, which gets the argument; NULL: the path gets it */
    bool member_is_list;
    const char *kind; /* the member "kind" of the body; NULL: the body has none */
    const struct command_option *options; /* ends with name NULL; NULL: none */
    const struct command_filter *filters; /* ends with name NULL; NULL: none */
    const struct column *columns;         /* of a list; ends with title NULL */
    const char *help;
};

extern const struct command commands[];
extern const size_t command_count;

/* NULL: there is no such command. */
const struct command *command_find(const char *noun, const char *verb);
