// SPDX-License-Identifier: GPL-3.0-or-later
/* rovectl - administration over front's local socket: rovectl(8). */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/local.h"
#include "server/config.h"
#include "server/role.h"
#include "server/rovectl_print.h"
#include "server/rovectl_request.h"
#include "server/status.h"
#include "server/version.h"
#include "server/wire.h"

enum {
    WAIT_MS = 30000
};

static int complain(const struct error *err)
{
    (void)fprintf(stderr, "rovectl: %s\n", err->text);
    return EXIT_TROUBLE;
}

/* Asks front once. *out is the body of the reply, which the caller frees. ERR_CONFLICT: front
 * refused, and `err` has its words. */
static enum status ask(const struct config *config, const struct request *request,
                       const char *path, struct json **out, struct error *err)
{
    CLEANUP(json_freep) struct json *message = json_new_object();
    json_put_text(message, "method", str_from(request->command->method));
    json_put_text(message, "path", str_from(path));
    json_put(message, "body", json_clone(request->body));
    CLEANUP(mem_freep) char *text = json_text(message);
    CLEANUP(mem_freep) char *answer = NULL;
    uint16_t type = 0;
    size_t n = 0;
    enum status status = local_call(config->front_socket, WIRE_REQUEST, str_from(text),
                                    WAIT_MS, &type, &answer, &n, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "roved does not run: nobody listens on %s",
                    config->front_socket);
    CLEANUP(json_freep) struct json *reply = NULL;
    if (!status)
        status = json_parse(str_bytes(answer, n), &reply, err);
    if (status)
        return status;
    int64_t code = 0;
    const struct json *body = json_get(reply, "body");
    if (!json_as_number(json_get(reply, "status"), &code) || type != WIRE_REPLY)
        return FAIL(err, ERR_IO, "%s: not the reply of a front", config->front_socket);
    if (code != 200) {
        struct str why = STR("refused");
        (void)json_as_text(json_get(body, "error"), &why);
        return FAIL(err, ERR_CONFLICT, STR_FMT, STR_ARG(why));
    }
    *out = body ? json_clone(body) : json_new_null();
    return OK;
}

/* All pages of a list as one array. */
static enum status ask_all(const struct config *config, const struct request *request,
                           struct json **out, struct error *err)
{
    CLEANUP(json_freep) struct json *all = json_new_array();
    int64_t after = 0;
    do {
        char storage[sizeof(request->path) + 32];
        struct buf path = BUF_ON(storage);
        buf_printf(&path, "%s%safter=%lld", request->path,
                   strchr(request->path, '?') ? "&" : "?", (long long)after);
        struct json *page = NULL;
        enum status status = ask(config, request, buf_text(&path), &page, err);
        if (status)
            return status;
        const struct json *items = json_get(page, "items");
        for (size_t i = 0; i < json_count(items); i++)
            json_append(all, json_clone(json_item(items, i)));
        after = 0;
        (void)json_as_number(json_get(page, "next"), &after);
        json_free(page);
    } while (after);
    *out = TAKE(all);
    return OK;
}

static void print_json(const struct json *json)
{
    CLEANUP(mem_freep) char *text = json_pretty(json);
    (void)puts(text);
}

static void print_reply(const struct request *request, const struct json *reply)
{
    if (request->as_json)
        print_json(reply);
    else if (request->command->columns)
        print_table(request->command->columns, reply);
    else if (strcmp(request->command->path, "/delegations/") == 0)
        print_delegation(reply);
    else
        print_object(reply);
}

static int run_command(const struct config *config, const struct request *request)
{
    struct error err;
    CLEANUP(json_freep) struct json *reply = NULL;
    enum status status = request->command->columns
                             ? ask_all(config, request, &reply, &err)
                             : ask(config, request, request->path, &reply, &err);
    if (status)
        return complain(&err);
    print_reply(request, reply);
    return EXIT_OK;
}

static bool is_state(const struct json *status, struct str word)
{
    struct str state;
    return json_as_text(json_get(status, "state"), &state) && str_equal(state, word);
}

/* Every role's own file, so that this works when front is dead too. */
static int show_status(const struct config *config, bool as_json)
{
    static const char *const roles[] = { "parent", "front", "publish", "answer" };
    static const struct column columns[] = {
        { "ROLE", "role" },       { "STATE", "state" }, { "PID", "pid" },
        { "HTTP", "http" },       { "DNS", "dns" },     { "APPLIED", "applied" },
        { "TROUBLE", "trouble" }, { .title = NULL }
    };
    CLEANUP(json_freep) struct json *all = json_new_array();
    bool well = true;
    for (size_t i = 0; i < LENGTH_OF(roles); i++) {
        struct json *one = NULL;
        bool alive = false;
        struct error err;
        enum status status = status_read(config, roles[i], &one, &alive, &err);
        if (status && status != ERR_NOT_FOUND)
            return complain(&err);
        if (status)
            continue;
        if (!alive && !is_state(one, STR("stopped")))
            json_put_text(one, "state", STR("dead"));
        well &= is_state(one, STR("running"));
        json_append(all, one);
    }
    if (json_count(all) == 0) {
        (void)fprintf(stderr, "rovectl: no role has run yet: %s is empty\n", config->run);
        return EXIT_TROUBLE;
    }
    if (as_json)
        print_json(all);
    else
        print_table(columns, all);
    return well ? EXIT_OK : EXIT_TROUBLE;
}

struct globals {
    const char *file;
    bool as_json, help, version;
    int words; /* index of the first word */
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
    if (config_load(globals->file, &config, &err))
        (void)complain(&err);
    else if (request.command->path)
        code = run_command(config, &request);
    else
        code = show_status(config, request.as_json);
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
