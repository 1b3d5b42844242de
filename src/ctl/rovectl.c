// SPDX-License-Identifier: GPL-3.0-or-later
/* The program rovectl, which administers Rove over front's local socket: rovectl(8). */
#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "base/json.h"
#include "base/random.h"
#include "base/version.h"
#include "config/config.h"
#include "ctl/print.h"
#include "ctl/request.h"
#include "run/ask.h"
#include "run/role.h"

enum {
    TAKE_WAIT_MS = 20 * 60 * 1000
};

static int complain(const struct error *err)
{
    (void)fprintf(stderr, "rovectl: %s\n", err->text);
    return EXIT_TROUBLE;
}

/* Asks front once. *out is the body of its reply, which the caller frees. */
static enum status ask(const struct config *config, const struct request *request,
                       struct json **out, struct error *err)
{
    const struct ask_request asked = { .method = request->command->method,
                                       .path = request->path,
                                       .body = request->body,
                                       .wait_ms =
                                           request->command->take ? TAKE_WAIT_MS : 0 };
    return ask_front(config, &asked, out, err);
}

static enum status append_item(void *ctx, const struct json *item, struct error *err)
{
    (void)err;
    json_append((struct json *)ctx, json_clone(item));
    return OK;
}

/* Asks for all pages of a list, and makes one array of them. */
static enum status ask_all(const struct config *config, const struct request *request,
                           struct json **out, struct error *err)
{
    CLEANUP(json_freep) struct json *all = json_new_array();
    enum status status = ask_each(config, request->path, append_item, all, err);
    if (!status)
        *out = TAKE(all);
    return status;
}

static void print_reply(const struct request *request, const struct json *reply)
{
    if (request->as_json)
        print_json(reply);
    else if (request->columns)
        print_table(request->columns, reply);
    else
        print_object(reply);
}

static int run_command(const struct config *config, const struct request *request)
{
    struct error err;
    CLEANUP(json_freep) struct json *reply = NULL;
    enum status status = request->columns ? ask_all(config, request, &reply, &err)
                                          : ask(config, request, &reply, &err);
    if (status)
        return complain(&err);
    if (request->command->take)
        return request->command->take(config, request, reply);
    print_reply(request, reply);
    return EXIT_OK;
}

struct globals {
    const char *file;
    bool as_json, help, version;
    int words; /* index of the first word of the command */
};

static bool parse_globals(int argc, char **argv, struct globals *out)
{
    *out = (struct globals){ .file = CONFIG_DEFAULT_PATH };
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
            out->file = argv[++i];
        else if (strcmp(argv[i], "--json") == 0)
            out->as_json = true;
        else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            out->help = true;
        else if (strcmp(argv[i], "--version") == 0)
            out->version = true;
        else
            return false;
    }
    out->words = i;
    for (; i < argc; i++)
        out->help |= strcmp(argv[i], "--help") == 0;
    return true;
}

static int run(const struct globals *globals, int argc, char **argv)
{
    struct error err;
    struct request request;
    if (request_parse(argc, argv, &request, &err)) {
        (void)complain(&err);
        return EXIT_USAGE;
    }
    request.as_json |= globals->as_json;
    CLEANUP(config_freep) struct config *config = NULL;
    int code = EXIT_TROUBLE;
    if (config_load(globals->file, &config, &err)) {
        (void)complain(&err);
    } else {
        role_users_know(config);
        code = request.command->run ? request.command->run(config, &request)
                                    : run_command(config, &request);
    }
    request_done(&request);
    return code;
}

int main(int argc, char **argv)
{
    struct globals globals;
    if (!parse_globals(argc, argv, &globals)) {
        request_usage(NULL, true);
        return EXIT_USAGE;
    }
    if (globals.help) {
        request_usage(globals.words < argc && argv[globals.words][0] != '-'
                          ? argv[globals.words]
                          : NULL,
                      false);
        return EXIT_OK;
    }
    if (globals.version) {
        (void)puts("rovectl " ROVE_VERSION);
        return EXIT_OK;
    }
    random_init();
    return run(&globals, argc - globals.words, argv + globals.words);
}
