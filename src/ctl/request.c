// SPDX-License-Identifier: GPL-3.0-or-later
/* Makes a request of command line words by the tables of command.h, and prints the usage by the
 * same tables. */
#include "ctl/request.h"

#include <stdio.h>
#include <string.h>

#include "base/conf.h"
#include "base/json.h"
#include "run/ask.h"

enum {
    WORDS_MAX = 64
};

static enum status unknown_word(const char *kind, const char *word,
                                const char *const *candidates, size_t count,
                                struct error *err)
{
    const char *like = conf_suggest(str_from(word), candidates, count);
    if (like)
        return FAIL(err, ERR_SYNTAX, "unknown %s '%s', did you mean '%s'?", kind, word,
                    like);
    return FAIL(err, ERR_SYNTAX, "unknown %s '%s'", kind, word);
}

static enum status find_command(int argc, char *const argv[], const struct command **out,
                                struct error *err)
{
    const char *words[WORDS_MAX];
    size_t count = 0;
    if (argc == 0)
        return FAIL(err, ERR_SYNTAX, "a command is needed; try --help");
    const char *verb = argc > 1 ? argv[1] : NULL;
    *out = command_find(argv[0], verb);
    if (*out)
        return OK;
    bool noun_known = false;
    for (size_t i = 0; i < command_count; i++)
        noun_known |= strcmp(commands[i].noun, argv[0]) == 0;
    for (size_t i = 0; i < command_count && count < WORDS_MAX; i++)
        if (!noun_known)
            words[count++] = commands[i].noun;
        else if (strcmp(commands[i].noun, argv[0]) == 0)
            words[count++] = commands[i].verb;
    if (!noun_known)
        return unknown_word("command", argv[0], words, count, err);
    if (!verb)
        return FAIL(err, ERR_SYNTAX, "%s: a verb is needed; try --help", argv[0]);
    return unknown_word("verb", verb, words, count, err);
}

/* Appends the items of a comma list. A value with '=', as in
 * "--ns ns1.example.org=192.0.2.1,2001:db8::1", is one item, commas and all. */
static void append_items(struct json *list, struct str value)
{
    if (str_find(value, '=') < value.n) {
        json_append(list, json_new_string(value));
        return;
    }
    for (struct str rest = value, piece; str_next(&rest, ',', &piece);)
        json_append(list, json_new_string(str_trim(piece)));
}

/* Puts the items behind those that the member has already. */
static void put_list(struct json *body, const char *member, struct str value)
{
    const struct json *before = json_get(body, member);
    struct json *list = before ? json_clone(before) : json_new_array();
    append_items(list, value);
    json_put(body, member, list);
}

static enum status put_option(struct json *body, const struct command_option *option,
                              struct str value, struct error *err)
{
    uint64_t number = 0;
    switch (option->kind) {
    case OPTION_TEXT:
        json_put_text(body, option->member, value);
        return OK;
    case OPTION_NUMBER:
        if (str_to_u64(value, INT64_MAX, &number))
            return FAIL(err, ERR_SYNTAX, "--%s: must be a number", option->name);
        json_put_number(body, option->member, (int64_t)number);
        return OK;
    case OPTION_SWITCH:
        if (!str_equal(value, STR("on")) && !str_equal(value, STR("off")))
            return FAIL(err, ERR_SYNTAX, "--%s: must be on or off", option->name);
        json_put_bool(body, option->member, str_equal(value, STR("on")));
        return OK;
    case OPTION_FLAG:
        json_put_bool(body, option->member, true);
        return OK;
    case OPTION_LIST:
        put_list(body, option->member, value);
        return OK;
    case OPTION_NAME_OR_NONE:
        json_put(body, option->member,
                 str_equal(value, STR("none")) ? json_new_null()
                                               : json_new_string(value));
        return OK;
    }
    return ERR_SYNTAX;
}

static const struct command_option *find_option(const struct command *command,
                                                const char *word)
{
    for (const struct command_option *option = command->options; option && option->name;
         option++)
        if (strcmp(option->name, word) == 0)
            return option;
    return NULL;
}

static enum status refuse_option(const struct command *command, const char *word,
                                 struct error *err)
{
    const char *words[WORDS_MAX];
    size_t count = 0;
    for (const struct command_option *option = command->options;
         option && option->name && count < WORDS_MAX; option++)
        words[count++] = option->name;
    for (const struct command_filter *filter = command->filters;
         filter && filter->name && count < WORDS_MAX; filter++)
        words[count++] = filter->name;
    return unknown_word("option", word, words, count, err);
}

static const struct command_filter *find_filter(const struct command *command,
                                                const char *word)
{
    for (const struct command_filter *filter = command->filters; filter && filter->name;
         filter++)
        if (strcmp(filter->name, word) == 0)
            return filter;
    return NULL;
}

static bool is_flag(const struct command *command, const char *word)
{
    const struct command_option *option = find_option(command, word);
    const struct command_filter *filter = find_filter(command, word);
    return option ? option->kind == OPTION_FLAG : filter && !filter->value;
}

static bool has_parameter(struct str query, const char *name)
{
    for (struct str left = query, piece; str_next(&left, '&', &piece);)
        if (str_equal(str_first(piece, str_find(piece, '=')), str_from(name)))
            return true;
    return false;
}

static enum status put_filter(struct request *request, struct buf *query,
                              const struct command_filter *filter, struct str value,
                              struct error *err)
{
    if (has_parameter(buf_str(query), filter->parameter))
        return FAIL(err, ERR_SYNTAX, "--%s: once is enough", filter->name);
    buf_printf(query, "%s%s=", query->n > 0 ? "&" : "", filter->parameter);
    ask_put_escaped(query, value);
    if (filter->columns)
        request->columns = filter->columns;
    return OK;
}

/* Takes "--name value", or "--name" alone if that is a flag. */
static enum status take_option(struct request *request, struct buf *query,
                               const char *word, const char *value, struct error *err)
{
    const struct command *command = request->command;
    const struct command_filter *filter = find_filter(command, word);
    const struct command_option *option = find_option(command, word);
    if (!filter && !option)
        return refuse_option(command, word, err);
    if (is_flag(command, word))
        value = "1";
    if (!value)
        return FAIL(err, ERR_SYNTAX, "--%s: a value is needed", word);
    return option ? put_option(request->body, option, str_from(value), err)
                  : put_filter(request, query, filter, str_from(value), err);
}

static enum status take_argument(struct request *request, struct buf *path,
                                 const char *word, struct error *err)
{
    const struct command *command = request->command;
    if (!command->argument)
        return FAIL(err, ERR_SYNTAX, "unexpected '%s'", word);
    if (!command->member)
        ask_put_escaped(path, str_from(word));
    else if (command->member_is_list)
        put_list(request->body, command->member, str_from(word));
    else
        json_put_text(request->body, command->member, str_from(word));
    return OK;
}

/* Filters may stand before the argument, which the path ends with. */
static enum status take_words(int argc, char *const argv[], struct request *request,
                              struct buf *path, struct buf *query, struct error *err)
{
    bool argument_seen = false;
    for (int i = request->command->verb ? 2 : 1; i < argc; i++) {
        enum status status = OK;
        if (strcmp(argv[i], "--json") == 0) {
            request->as_json = true;
        } else if (argv[i][0] == '-' && argv[i][1] == '-') {
            status = take_option(request, query, argv[i] + 2,
                                 i + 1 < argc ? argv[i + 1] : NULL, err);
            i += !is_flag(request->command, argv[i] + 2);
        } else if (argument_seen) {
            return FAIL(err, ERR_SYNTAX, "unexpected '%s'", argv[i]);
        } else {
            status = take_argument(request, path, argv[i], err);
            argument_seen = true;
        }
        if (status)
            return status;
    }
    if (request->command->argument && !argument_seen)
        return FAIL(err, ERR_SYNTAX, "%s%s%s: %s is needed", request->command->noun,
                    request->command->verb ? " " : "",
                    request->command->verb ? request->command->verb : "",
                    request->command->argument);
    return OK;
}

enum status request_parse(int argc, char *const argv[], struct request *out,
                          struct error *err)
{
    struct request request = { .body = json_new_object() };
    char filters[sizeof(request.path)];
    struct buf path = BUF_ON(request.path), query = BUF_ON(filters);
    enum status status = find_command(argc, argv, &request.command, err);
    if (!status) {
        request.columns = request.command->columns;
        buf_put_text(&path, request.command->path ? request.command->path : "");
        if (request.command->kind)
            json_put_text(request.body, "kind", str_from(request.command->kind));
        status = take_words(argc, argv, &request, &path, &query, err);
    }
    if (query.n > 0)
        buf_printf(&path, "?" STR_FMT, STR_ARG(buf_str(&query)));
    (void)buf_text(&path);
    if (!status && (path.full || query.full))
        status = FAIL(err, ERR_LIMIT, "argument too long");
    if (status)
        request_done(&request);
    else
        *out = request;
    return status;
}

void request_done(struct request *request)
{
    json_free(request->body);
    request->body = NULL;
}

static void print_options(FILE *to, const struct command *command)
{
    for (const struct command_option *option = command->options; option && option->name;
         option++)
        (void)fprintf(to, "      --%s %s\n            %s\n", option->name, option->value,
                      option->help);
}

/* NULL: nothing. */
static void print_word(FILE *to, const char *word)
{
    if (word)
        (void)fprintf(to, " %s", word);
}

static void print_command(FILE *to, const struct command *command)
{
    (void)fprintf(to, "  %s", command->noun);
    print_word(to, command->verb);
    print_word(to, command->argument);
    for (const struct command_filter *filter = command->filters; filter && filter->name;
         filter++) {
        (void)fprintf(to, " [--%s", filter->name);
        print_word(to, filter->value);
        (void)fputs("]", to);
    }
    print_word(to, command->options ? "[OPTIONS]" : NULL);
    (void)fprintf(to, "\n      %s\n", command->help);
}

void request_usage(const char *noun, bool to_error)
{
    FILE *to = to_error ? stderr : stdout;
    (void)fputs("usage: rovectl [-c FILE] [--json] COMMAND ...\n", to);
    for (size_t i = 0; i < command_count; i++) {
        if (noun && strcmp(noun, commands[i].noun) != 0)
            continue;
        print_command(to, &commands[i]);
        if (noun)
            print_options(to, &commands[i]);
    }
    if (!noun)
        (void)fputs("'rovectl COMMAND --help' shows its options.\n", to);
}
