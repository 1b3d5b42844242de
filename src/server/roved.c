// SPDX-License-Identifier: GPL-3.0-or-later
/* roved - the service: roved(8). */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/random.h"
#include "server/config.h"
#include "server/role.h"
#include "server/version.h"

static const char usage[] =
    "usage: roved [-c FILE]                 run the service with all its roles\n"
    "       roved [-c FILE] --role ROLE     run one role: front, publish or answer\n"
    "       roved [-c FILE] --init          make the key file and the database\n"
    "       roved [-c FILE] --check-config  check the configuration file\n"
    "       roved --version\n"
    "FILE is " CONFIG_DEFAULT_PATH " unless given.\n";

enum action {
    RUN_ALL,
    RUN_ROLE,
    RUN_INIT,
    RUN_CHECK,
    SHOW_VERSION,
    SHOW_HELP
};

struct arguments {
    enum action action;
    const char *file, *role;
};

static const struct {
    const char *name;
    int (*run)(const struct config *config);
} roles[] = {
    { "front", role_front },
    { "publish", role_publish },
    { "answer", role_answer },
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option long_options[] = {
        { "config", required_argument, NULL, 'c' },
        { "role", required_argument, NULL, 'r' },
        { "init", no_argument, NULL, 'i' },
        { "check-config", no_argument, NULL, 'k' },
        { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *out = (struct arguments){ .file = CONFIG_DEFAULT_PATH };
    for (int c = 0; (c = getopt_long(argc, argv, "c:hV", long_options, NULL)) != -1;) {
        if (c == 'c')
            out->file = optarg;
        else if (c == 'r')
            out->role = optarg;
        if (c == 'r')
            out->action = RUN_ROLE;
        else if (c == 'i')
            out->action = RUN_INIT;
        else if (c == 'k')
            out->action = RUN_CHECK;
        else if (c == 'V')
            out->action = SHOW_VERSION;
        else if (c == 'h')
            out->action = SHOW_HELP;
        else if (c != 'c')
            return false;
    }
    return optind == argc;
}

static int run_role(const struct config *config, const char *name)
{
    const char *names[LENGTH_OF(roles)];
    for (size_t i = 0; i < LENGTH_OF(roles); i++) {
        names[i] = roles[i].name;
        if (strcmp(roles[i].name, name) == 0) {
            log_init(roles[i].name, config->log_level);
            return roles[i].run(config);
        }
    }
    const char *like = conf_suggest(str_from(name), names, LENGTH_OF(roles));
    (void)fprintf(stderr, "roved: no role '%s'%s%s%s\n", name,
                  like ? ", did you mean '" : "", like ? like : "", like ? "'?" : "");
    return EXIT_USAGE;
}

/* A missing key file or database is what a newcomer meets first: say what to do. */
static bool is_initialised(const struct config *config)
{
    const char *const needed[] = { config->key_file, config->database };
    for (size_t i = 0; i < LENGTH_OF(needed); i++)
        if (access(needed[i], F_OK) != 0) {
            (void)fprintf(stderr, "roved: %s is missing: run 'roved -c %s --init' once\n",
                          needed[i], config->file);
            return false;
        }
    return true;
}

static int run_all(const struct config *config)
{
    static char program[CONFIG_PATH_SIZE];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (n <= 0) {
        (void)fprintf(stderr, "roved: /proc is needed to start the roles\n");
        return EXIT_TROUBLE;
    }
    if (!is_initialised(config))
        return EXIT_TROUBLE;
    log_init("parent", config->log_level);
    return run_parent(config, program);
}

static int act(const struct arguments *arguments, const struct config *config)
{
    switch (arguments->action) {
    case RUN_ALL:
        return run_all(config);
    case RUN_ROLE:
        return run_role(config, arguments->role);
    case RUN_INIT:
        return run_init(config);
    case RUN_CHECK:
        (void)printf("%s: fine\n", config->file);
        return EXIT_OK;
    case SHOW_VERSION:
    case SHOW_HELP:
        break;
    }
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    if (!parse_arguments(argc, argv, &arguments)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (arguments.action == SHOW_VERSION || arguments.action == SHOW_HELP) {
        (void)fputs(arguments.action == SHOW_HELP ? usage : "roved " ROVE_VERSION "\n",
                    stdout);
        return EXIT_OK;
    }
    random_init();
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err;
    if (config_load(arguments.file, &config, &err)) {
        (void)fprintf(stderr, "roved: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    return act(&arguments, config);
}
