// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/perform.h"

#include <stdio.h>

#include "base/exit.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/config.h"
#include "ctl/export.h"
#include "ctl/print.h"
#include "ctl/zone_check.h"
#include "import/import.h"
#include "run/role.h"
#include "run/status.h"

int perform_import(const struct config *config, const struct request *request)
{
    return run_import(config, request->command->verb, request->body, request->as_json);
}

int perform_export(const struct config *config, const struct request *request)
{
    return run_export(config, request->body);
}

int perform_zone_check(const struct config *config, const struct request *request)
{
    return zone_check(config, request->body, request->as_json);
}

/* As it stands in a mail. */
int perform_mail_preview(const struct config *config, const struct request *request,
                         const struct json *reply)
{
    struct str subject = json_get_text(reply, "subject"),
               body = json_get_text(reply, "body");
    (void)config;
    if (request->as_json)
        print_json(reply);
    else
        (void)printf("Subject: " STR_FMT "\n\n" STR_FMT, STR_ARG(subject), STR_ARG(body));
    return EXIT_OK;
}

/* ----- what name servers answer ----- */

static void print_part(const struct json *truth, const char *key)
{
    const struct json *part = json_get(truth, key);
    if (json_is_object(part)) {
        (void)printf("%s:\n", key);
        print_indented(part);
    } else if (part) {
        (void)printf("%s: nothing\n", key);
    }
}

/* Of a host, or of a zone, which has fewer parts. */
int perform_truth(const struct config *config, const struct request *request,
                  const struct json *reply)
{
    static const struct column of_host[] = {
        { "SERVER", "name" },         { "ADDRESS", "address" }, { "STATE", "state" },
        { "ADDRESSES", "addresses" }, { "SERIAL", "serial" },   { "MS", "ms" },
        { "ASKED", "asked" },         { .title = NULL }
    };
    static const struct column of_zone[] = {
        { "SERVER", "name" },   { "ADDRESS", "address" }, { "STATE", "state" },
        { "SERIAL", "serial" }, { "LAG", "lag" },         { "MS", "ms" },
        { "ASKED", "asked" },   { .title = NULL }
    };
    (void)config;
    if (request->as_json) {
        print_json(reply);
        return EXIT_OK;
    }
    print_part(reply, "said");
    print_part(reply, "database");
    print_part(reply, "published");
    (void)puts("");
    print_table(json_get(reply, "host") ? of_host : of_zone, json_get(reply, "servers"));
    if (!json_get_bool(reply, "complete"))
        (void)puts("\nNot all name servers have answered yet.");
    return EXIT_OK;
}

/* ----- status ----- */

static bool is_state(const struct json *status, struct str word)
{
    return str_equal(json_get_text(status, "state"), word);
}

/* Reads a role's own status file. If it cannot be used, that tells nothing about other roles. NULL:
 * the role never ran. */
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

/* Adds what the parent, if it runs, knows about the role. */
static void add_from_parent(const struct json *parent, const char *role, struct json *one)
{
    const struct json *roles = parent ? json_get(parent, "roles") : NULL;
    for (size_t i = 0; roles && i < json_count(roles); i++) {
        const struct json *known = json_item(roles, i);
        static const char *const keys[] = { "restarts", "hangs", "last_end",
                                            "last_end_at" };
        if (!str_equal(json_get_text(known, "role"), str_from(role)))
            continue;
        for (size_t k = 0; k < LENGTH_OF(keys); k++)
            if (json_get(known, keys[k]))
                json_put(one, keys[k], json_clone(json_get(known, keys[k])));
        if (json_get_bool(known, "hung"))
            json_put_text(one, "state", STR("hung"));
    }
}

/* Reads files, so that it works without front. */
int perform_status(const struct config *config, const struct request *request)
{
    static const struct column columns[] = {
        { "ROLE", "role" },         { "STATE", "state" },       { "PID", "pid" },
        { "HTTP", "http" },         { "HTTPS", "https" },       { "DAYS", "days_left" },
        { "DNS", "dns" },           { "APPLIED", "applied" },   { "MAILS", "waiting" },
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
    if (request->as_json)
        print_json(all);
    else
        print_table(columns, all);
    return well ? EXIT_OK : EXIT_TROUBLE;
}
