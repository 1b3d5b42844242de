// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "ctl/request.h"

enum {
    WORDS_MAX = 16
};

/* The words of a command line, split at blanks. */
static int split(char *line, char *words[WORDS_MAX])
{
    int count = 0;
    for (char *word = strtok(line, " "); word && count < WORDS_MAX;
         word = strtok(NULL, " "))
        words[count++] = word;
    return count;
}

static enum status parse(const char *text, struct request *out, struct error *err)
{
    char line[512];
    char *words[WORDS_MAX];
    CHECK(strlen(text) < sizeof(line));
    memcpy(line, text, strlen(text) + 1);
    return request_parse(split(line, words), words, out, err);
}

TEST(words_become_a_request)
{
    static const struct {
        const char *words, *method, *path, *body;
    } rows[] = {
        { "account list", "GET", "/accounts", "{}" },
        { "account add a@example.org --role operator", "POST", "/accounts",
          "{\"email\":\"a@example.org\",\"role\":\"operator\"}" },
        { "account show a+b@example.org", "GET", "/accounts/a%2Bb%40example.org", "{}" },
        { "zone add z.example.org --ns ns.z.example.org=192.0.2.1,2001:db8::1 --ns "
          "ns1.example.org,ns2.example.org --ttl 30",
          "POST", "/zones",
          "{\"name\":\"z.example.org\",\"name_servers\":["
          "\"ns.z.example.org=192.0.2.1,2001:db8::1\",\"ns1.example.org\","
          "\"ns2.example.org\"],\"default_ttl\":30}" },
        { "host show a\\.b.example.org", "GET", "/hosts/a%5C.b.example.org", "{}" },
        { "record add *.a.example.org --type TXT --data x", "POST", "/records",
          "{\"name\":\"*.a.example.org\",\"type\":\"TXT\",\"data\":\"x\"}" },
        { "record list --zone z.example.org", "GET", "/records?zone=z.example.org",
          "{}" },
        { "host list --zone z.example.org", "GET", "/hosts?zone=z.example.org", "{}" },
        { "host list --in-clear --zone z.example.org", "GET",
          "/hosts?in_clear=1&zone=z.example.org", "{}" },
        { "host set h.example.org --wildcard on --plain-http off --follows none", "PATCH",
          "/hosts/h.example.org",
          "{\"wildcard\":true,\"plain_http\":false,\"follows\":null}" },
        { "host set h.example.org --follows r.example.org --address 192.0.2.1", "PATCH",
          "/hosts/h.example.org",
          "{\"follows\":\"r.example.org\",\"addresses\":[\"192.0.2.1\"]}" },
        { "token add a.example.org,b.example.org --short on", "POST", "/tokens",
          "{\"hosts\":[\"a.example.org\",\"b.example.org\"],\"short\":true}" },
        { "host log h.example.org", "GET", "/host-logs/h.example.org", "{}" },
        { "host requests h.example.org --json", "GET", "/host-requests/h.example.org",
          "{}" },
        { "token remove 7 --json", "DELETE", "/tokens/7", "{}" },
        { "mail preview welcome --language de", "GET", "/mail-texts/welcome?language=de",
          "{}" },
        { "mail preview --language de welcome", "GET", "/mail-texts/welcome?language=de",
          "{}" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct request request;
        struct error err = { "" };
        CHECK_INT(parse(rows[i].words, &request, &err), OK);
        CHECK_TEXT(request.command->method, rows[i].method);
        CHECK_TEXT(request.path, rows[i].path);
        char *body = json_text(request.body);
        CHECK_TEXT(body, rows[i].body);
        free(body);
        request_done(&request);
    }
}

TEST(a_flag_takes_no_value)
{
    struct request request;
    struct error err = { "" };
    CHECK_INT(
        parse("import zone --dry-run file --static --zone z.example.org", &request, &err),
        OK);
    CHECK(request.command->path == NULL);
    CHECK_TEXT(request.command->verb, "zone");
    char *body = json_text(request.body);
    CHECK_TEXT(body, "{\"dry_run\":true,\"file\":\"file\",\"static\":true,"
                     "\"zone\":\"z.example.org\"}");
    free(body);
    request_done(&request);
}

TEST(wrong_words_are_named_with_a_suggestion)
{
    static const struct {
        const char *words, *error;
    } rows[] = {
        { "", "a command is needed; try --help" },
        { "hosst list", "unknown command 'hosst', did you mean 'host'?" },
        { "host", "host: a verb is needed; try --help" },
        { "host lst", "unknown verb 'lst', did you mean 'list'?" },
        { "host frobnicate", "unknown verb 'frobnicate'" },
        { "host show", "host show: NAME is needed" },
        { "import zonne file", "unknown verb 'zonne', did you mean 'zone'?" },
        { "export", "export: ZONE is needed" },
        { "host show a.example.org b.example.org", "unexpected 'b.example.org'" },
        { "host list a.example.org", "unexpected 'a.example.org'" },
        { "host set a.example.org --tll 5", "unknown option 'tll', did you mean 'ttl'?" },
        { "host set a.example.org --ttl five", "--ttl: must be a number" },
        { "host set a.example.org --ttl", "--ttl: a value is needed" },
        { "host set a.example.org --wildcard yes", "--wildcard: must be on or off" },
        { "host list --zone a --zone b", "--zone: once is enough" },
        { "host list --in-clear --in-clear", "--in-clear: once is enough" },
        { "host list --in-clear a", "unexpected 'a'" },
        { "host list --zone a --in-clear --zone b", "--zone: once is enough" },
        { "host list --in-claer", "unknown option 'in-claer', did you mean 'in-clear'?" },
        { "host list --zome z", "unknown option 'zome', did you mean 'zone'?" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct request request;
        struct error err = { "" };
        CHECK_INT(parse(rows[i].words, &request, &err), ERR_SYNTAX);
        CHECK_TEXT(err.text, rows[i].error);
    }
}

TEST(the_usage_of_a_command_is_a_line_that_can_be_typed)
{
    char text[4096] = "";
    FILE *to = tmpfile();
    int out = dup(STDOUT_FILENO);
    CHECK(to && out >= 0 && dup2(fileno(to), STDOUT_FILENO) >= 0);
    request_usage("mail", false);
    (void)fflush(stdout);
    CHECK(dup2(out, STDOUT_FILENO) >= 0 && close(out) == 0);
    rewind(to);
    CHECK(fread(text, 1, sizeof(text) - 1, to) > 0 && fclose(to) == 0);
    CHECK(strstr(text, "\n  mail list\n"));
    CHECK(strstr(text, "\n  mail test ADDRESS [OPTIONS]\n"));
    CHECK(strstr(text, "\n  mail preview KIND [--language TAG]\n"));
}

TEST(an_argument_that_is_too_long_is_refused)
{
    static char word[4096];
    static char host[] = "host", show[] = "show";
    memset(word, 'a', sizeof(word) - 1);
    char *words[] = { host, show, word };
    struct request request;
    struct error err;
    CHECK_INT(request_parse(3, words, &request, &err), ERR_LIMIT);
}

TEST(every_command_is_found_by_its_words_and_is_complete)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &commands[i];
        CHECK(command_find(command->noun, command->verb) == command);
        CHECK(command->help);
        CHECK(!command->path == !command->method);
        if (!command->path) {
            CHECK(!command->argument || command->member);
            continue;
        }
        /* The argument goes somewhere: into the path, or into a member. */
        bool into_path = command->path[strlen(command->path) - 1] == '/';
        CHECK(into_path == (command->argument && !command->member));
    }
}
