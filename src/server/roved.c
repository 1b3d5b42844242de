// SPDX-License-Identifier: GPL-3.0-or-later
/* roved - the service (roved(8)). Reads the arguments and the configuration, then runs the parent,
 * one role, or a command that ends. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/file.h"
#include "base/version.h"
#include "config/config.h"
#include "net/inherit.h"
#include "net/process.h"
#include "people/refused.h"
#include "server/launch_data.h"
#include "server/lists.h"
#include "server/once.h"
#include "server/parent.h"
#include "server/program.h"
#include "server/role.h"
#include "store/files.h"
#include "store/replacement.h"

static const char usage[] =
    "usage: roved [-c FILE]                    run the service with all its roles\n"
    "       roved [-c FILE] --role ROLE        run one role: front, publish, answer, tls,\n"
    "                                      outbound\n"
    "       roved [-c FILE] --init             make the key file and the database\n"
    "       roved [-c FILE] --check-config     check the configuration file\n"
    "       roved [-c FILE] --check-data       show what publishing would change\n"
    "       roved [-c FILE] --check-db         check the database and the key file\n"
    "       roved [-c FILE] --restore BACKUP   put a backup in the database's place\n"
    "       roved --version\n"
    "FILE is " CONFIG_DEFAULT_PATH " unless given.\n";

static int init(const struct config *config, const char *file, int fd)
{
    (void)file;
    (void)fd;
    return run_init(config);
}

static int check_data(const struct config *config, const char *file, int fd)
{
    (void)file;
    (void)fd;
    return run_check_data(config);
}

static int check_db(const struct config *config, const char *file, int fd)
{
    (void)file;
    (void)fd;
    return run_check_db(config);
}

/* The commands that end. Each runs as the user of the role whose files it uses. */
static const struct once {
    const char *option;
    int (*run)(const struct config *config, const char *file, int fd);
    enum role as;
    int has_argument;
} onces[] = {
    { "init", init, ROLE_FRONT, no_argument },
    { "check-data", check_data, ROLE_PUBLISH, no_argument },
    { "check-db", check_db, ROLE_FRONT, no_argument },
    { "restore", run_restore, ROLE_FRONT, required_argument },
};

static int (*const roles[ROLE_COUNT])(struct config *config) = {
    [ROLE_FRONT] = role_front, [ROLE_PUBLISH] = role_publish, [ROLE_ANSWER] = role_answer
};

enum {
    FIRST_ONCE = 256 /* for getopt_long(); above all letters */
};

struct arguments {
    const char *file, *role, *argument;
    const struct once *once;
    bool check, version, help;
};

static void take_option(int c, struct arguments *out)
{
    if (c == 'c')
        out->file = optarg;
    else if (c == 'r')
        out->role = optarg;
    else if (c == 'k')
        out->check = true;
    else if (c == 'V')
        out->version = true;
    else if (c == 'h')
        out->help = true;
    else if (c >= FIRST_ONCE) {
        out->once = &onces[c - FIRST_ONCE];
        out->argument = optarg;
    }
}

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option common[] = {
        { "config", required_argument, NULL, 'c' },
        { "role", required_argument, NULL, 'r' },
        { "check-config", no_argument, NULL, 'k' },
        { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },
    };
    struct option options[LENGTH_OF(common) + LENGTH_OF(onces) + 1] = { 0 };
    memcpy(options, common, sizeof(common));
    for (size_t i = 0; i < LENGTH_OF(onces); i++)
        options[LENGTH_OF(common) + i] =
            (struct option){ .name = onces[i].option,
                             .has_arg = onces[i].has_argument,
                             .val = FIRST_ONCE + (int)i };
    *out = (struct arguments){ .file = CONFIG_DEFAULT_PATH };
    for (int c = 0; (c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1;) {
        if (c == '?')
            return false;
        take_option(c, out);
    }
    return optind == argc && !out->role + !out->once + !out->check >= 2;
}

static int complain(const struct error *err)
{
    return program_complain("roved", err);
}

static bool take_role(const char *name, enum role *out)
{
    if (role_find(name, out))
        return true;
    const char *like = conf_suggest(str_from(name), role_names, ROLE_COUNT);
    (void)fprintf(stderr, "roved: no role '%s'%s%s%s\n", name,
                  like ? ", did you mean '" : "", like ? like : "", like ? "'?" : "");
    return false;
}

/* A new user first finds that key file and database are missing, so the message says what to do. */
static enum status expect_initialised(const struct config *config, struct error *err)
{
    if (replacement_was_cut(config->database, err))
        return ERR_NOT_FOUND;
    const char *missing = NULL;
    if (access(config->key_file, F_OK) != 0)
        missing = config->key_file;
    else if (!store_exists(config->database))
        missing = config->database;
    if (missing)
        return FAIL(err, ERR_NOT_FOUND, "%s is missing: run 'roved -c %s --init' once",
                    missing, config->file);
    /* If systemd started us before the folder was made, it is read-only until the next start. */
    struct statvfs about;
    if (statvfs(config->data, &about) == 0 && about.f_flag & ST_RDONLY)
        return FAIL(err, ERR_IO, "%s: may only be read here", config->data);
    return OK;
}

static int run_role(struct config *config, const char *name)
{
    enum role role = ROLE_FRONT;
    if (!take_role(name, &role))
        return EXIT_USAGE;
    program_log(config, role_names[role]);
    struct error err;
    enum status status =
        role_traits[role].needs_database ? expect_initialised(config, &err) : OK;
    if (!status)
        status = launch_role(config, role, launch_make_data, &err);
    if (!status && role_traits[role].needs_secrets)
        status = config_load_secrets(config, &err);
    if (!status)
        return roles[role](config);
    return program_refuse(err.text);
}

static int run_once(const struct config *config, const struct once *once,
                    const char *argument)
{
    struct error err;
    /* The caller may read the file, but the user that we become may not. */
    CLEANUP(file_closep)
    int fd = once->has_argument ? open(argument, O_RDONLY | O_CLOEXEC) : -1;
    if (once->has_argument && fd < 0) {
        (void)fprintf(stderr, "roved: %s: %s\n", argument, strerror(errno));
        return EXIT_TROUBLE;
    }
    if (launch_once(config, once->as, launch_make_data, &err))
        return complain(&err);
    return once->run(config, argument, fd);
}

/* Where this program stands. False: there is no /proc. */
static bool find_self(char out[CONFIG_PATH_SIZE])
{
    ssize_t n = readlink("/proc/self/exe", out, CONFIG_PATH_SIZE - 1);
    if (n > 0)
        out[n] = 0;
    else
        (void)fprintf(stderr, "roved: /proc is needed to start the roles\n");
    return n > 0;
}

/* The program `name` that stands beside this one. */
static bool find_beside(const char *name, char out[CONFIG_PATH_SIZE])
{
    if (!find_self(out))
        return false;
    struct buf path = buf_on(out, CONFIG_PATH_SIZE);
    path.n = (size_t)(file_name(out) - out);
    buf_put_text(&path, name);
    (void)buf_text(&path);
    return !path.full;
}

/* Becomes it, with all that was handed to us. */
static int become_program(const char *name, const char *file)
{
    char program[CONFIG_PATH_SIZE];
    if (!find_beside(name, program))
        return EXIT_TROUBLE;
    /* execv() takes char *const[] and changes nothing. */
    char *const args[] = { program, (char *)(uintptr_t) "-c", (char *)(uintptr_t)file,
                           NULL };
    (void)execv(program, args);
    (void)fprintf(stderr, "roved: %s: %s\n", program, strerror(errno));
    return EXIT_TROUBLE;
}

static int run_all(struct config *config)
{
    static char program[CONFIG_PATH_SIZE];
    if (!find_self(program))
        return EXIT_TROUBLE;
    struct error err;
    program_log(config, "parent");
    if (!expect_initialised(config, &err))
        return run_parent(config, program);
    return program_refuse(err.text);
}

/* Whether a service that has these sockets could start with this configuration. The parent runs
 * this before it replaces itself. Sockets that are bound here are closed when we end. */
static enum status check_start(const struct config *config,
                               const struct launch_users *users, struct error *err)
{
    enum status status =
        launch_make_folders(config, users, LAUNCH_ALL, launch_make_data, err);
    for (enum role role = 0; role < ROLE_COUNT && !status; role++) {
        struct launch_sockets sockets;
        status = launch_bind(config, role, &sockets, err);
    }
    return status;
}

/* By the program of the role, which becomes its user and reads what the role will read. */
static bool checks_well(const struct config *config, enum role role, const char *how)
{
    char program[CONFIG_PATH_SIZE];
    if (!role_is_enabled(config, role))
        return true;
    if (!find_beside(role_traits[role].program, program))
        return false;
    const char *const args[] = { program, "-c", config->file, how, NULL };
    struct error err;
    pid_t pid = 0;
    int wait_status = -1;
    if (process_start((char *const *)(uintptr_t)args, &pid, &err)) {
        (void)complain(&err);
        return false;
    }
    return waitpid(pid, &wait_status, 0) == pid && wait_status == 0;
}

/* What has expired is told, except when we are asked whether a service could start. */
static bool are_certificates_fine(const struct config *config)
{
    return checks_well(config, ROLE_TLS, inherit_count() ? "--check-start" : "--check");
}

static bool is_mail_fine(const struct config *config)
{
    return checks_well(config, ROLE_OUTBOUND, "--check");
}

static enum status check_refused(const struct config *config, struct error *err)
{
    CLEANUP(refused_freep) struct refused *refused = NULL;
    return config->web_refused_domains[0]
               ? refused_load(config->web_refused_domains, &refused, err)
               : OK;
}

static int check_config(struct config *config)
{
    struct launch_users users;
    struct error err;
    if (config_load_secrets(config, &err) || launch_find_users(config, &users, &err) ||
        check_refused(config, &err))
        return complain(&err);
    if (inherit_count() && check_start(config, &users, &err))
        return complain(&err);
    struct lists lists = { .words = NULL };
    enum status status = lists_load(config, &lists, &err);
    lists_done(&lists);
    if (status)
        return complain(&err);
    if (!are_certificates_fine(config) || !is_mail_fine(config))
        return EXIT_TROUBLE;
    (void)printf("%s: fine\n", config->file);
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    enum role role = ROLE_FRONT;
    if (!parse_arguments(argc, argv, &arguments)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (arguments.role && role_find(arguments.role, &role) && role_traits[role].program)
        return become_program(role_traits[role].program, arguments.file);
    inherit_init();
    if (arguments.version || arguments.help) {
        (void)fputs(arguments.help ? usage : "roved " ROVE_VERSION "\n", stdout);
        return EXIT_OK;
    }
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err;
    if (program_begin(arguments.file, !arguments.once && !arguments.check, &config, &err))
        return complain(&err);
    if (arguments.once)
        return run_once(config, arguments.once, arguments.argument);
    if (arguments.check)
        return check_config(config);
    return arguments.role ? run_role(config, arguments.role) : run_all(config);
}
