// SPDX-License-Identifier: GPL-3.0-or-later
/* rovectl - administration over front's local socket: rovectl(8). */
#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/version.h"
#include "config/config.h"
#include "ctl/backup.h"
#include "ctl/export.h"
#include "ctl/print.h"
#include "ctl/request.h"
#include "ctl/zone_check.h"
#include "import/import.h"
#include "run/ask.h"
#include "run/role.h"
#include "run/status.h"

enum {
    BACKUP_WAIT_MS = 20 * 60 * 1000
};

static int complain(const struct error *err)
{
    (void)fprintf(stderr, "rovectl: %s\n", err->text);
    return EXIT_TROUBLE;
}

static bool is_backup(const struct request *request)
{
    return strcmp(request->command->path, "/backups") == 0;
}

/* Asks front once. *out is the body of the reply, which the caller frees. */
static enum status ask(const struct config *config, const struct request *request,
                       struct json **out, struct error *err)
{
    return ask_front(config, request->command->method, request->path, request->body,
                     is_backup(request) ? BACKUP_WAIT_MS : ASK_WAIT_MS, out, err);
}

static enum status append_item(void *ctx, const struct json *item, struct error *err)
{
    (void)err;
    json_append((struct json *)ctx, json_clone(item));
    return OK;
}

/* All pages of a list as one array. */
static enum status ask_all(const struct config *config, const struct request *request,
                           struct json **out, struct error *err)
{
    CLEANUP(json_freep) struct json *all = json_new_array();
    enum status status = ask_each(config, request->path, append_item, all, err);
    if (!status)
        *out = TAKE(all);
    return status;
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
    else
        print_object(reply);
}

static int run_command(const struct config *config, const struct request *request)
{
    struct error err;
    CLEANUP(json_freep) struct json *reply = NULL;
    enum status status = request->command->columns
                             ? ask_all(config, request, &reply, &err)
                             : ask(config, request, &reply, &err);
    if (status)
        return complain(&err);
    if (is_backup(request))
        return backup_take(config, request, reply);
    print_reply(request, reply);
    return EXIT_OK;
}

static bool is_state(const struct json *status, struct str word)
{
    struct str state;
    return json_as_text(json_get(status, "state"), &state) && str_equal(state, word);
}

/* What a role's own file says. One that cannot be used says nothing of the others. NULL: it never
 * ran. */
static struct json *ask_role(const struct config *config, const char *role)
{
    struct json *one = NULL;
    bool alive = false;
    struct error err;
    enum status status = status_read(config, role, &one, &alive, &err);
    if (status == ERR_NOT_FOUND)
        return NULL;
    if (status) {
        one = json_new_object();
        json_put_text(one, "state", STR("unknown"));
        json_put_text(one, "trouble", str_from(err.text));
    } else if (!alive && !is_state(one, STR("stopped"))) {
        json_put_text(one, "state", STR("dead"));
    }
    json_put_text(one, "role", str_from(role));
    return one;
}

/* What the parent, if it lives, knows of the role: put beside the role's own words. */
static void add_from_parent(const struct json *parent, const char *role, struct json *one)
{
    const struct json *roles = parent ? json_get(parent, "roles") : NULL;
    for (size_t i = 0; roles && i < json_count(roles); i++) {
        const struct json *known = json_item(roles, i);
        static const char *const keys[] = { "restarts", "hangs", "last_end",
                                            "last_end_at" };
        struct str name = STR("");
        bool hung = false;
        if (!json_as_text(json_get(known, "role"), &name) ||
            !str_equal(name, str_from(role)))
            continue;
        for (size_t k = 0; k < LENGTH_OF(keys); k++)
            if (json_get(known, keys[k]))
                json_put(one, keys[k], json_clone(json_get(known, keys[k])));
        if (json_as_bool(json_get(known, "hung"), &hung) && hung)
            json_put_text(one, "state", STR("hung"));
    }
}

/* From files, so that this works when front is dead too. */
static int show_status(const struct config *config, bool as_json)
{
    static const struct column columns[] = {
        { "ROLE", "role" },         { "STATE", "state" },       { "PID", "pid" },
        { "HTTP", "http" },         { "DNS", "dns" },           { "APPLIED", "applied" },
        { "RESTARTS", "restarts" }, { "LAST END", "last_end" }, { "TROUBLE", "trouble" },
        { .title = NULL }
    };
    CLEANUP(json_freep) struct json *all = json_new_array();
    const struct json *parent = NULL;
    bool well = true;
    for (size_t i = 0; i <= ROLE_COUNT; i++) {
        const char *role = i == 0 ? "parent" : role_names[i - 1];
        struct json *one = ask_role(config, role);
        if (!one)
            continue;
        if (i == 0 && is_state(one, STR("running")))
            parent = one;
        add_from_parent(parent, role, one);
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

/* What is more than one call of front. */
static int run_local(const struct config *config, const struct request *request)
{
    if (strcmp(request->command->noun, "import") == 0)
        return run_import(config, request->command->verb, request->body,
                          request->as_json);
    if (strcmp(request->command->noun, "export") == 0)
        return run_export(config, request->body);
    if (strcmp(request->command->noun, "zone") == 0)
        return zone_check(config, request->body, request->as_json);
    return show_status(config, request->as_json);
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
        code = request.command->path ? run_command(config, &request)
                                     : run_local(config, &request);
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
