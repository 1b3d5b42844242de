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
#include "run/role_states.h"

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
    CLEANUP(json_freep) struct json *all = role_states(config);
    bool well = true;
    for (size_t i = 0; i < json_count(all); i++)
        well &= str_equal(json_get_text(json_item(all, i), "state"), STR("running"));
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
