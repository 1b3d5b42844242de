// SPDX-License-Identifier: GPL-3.0-or-later
/* rove-outbound - the role outbound of roved, a program of its own so that no other process carries
 * libcurl and what comes with it: roved(8). roved starts it. */
#include <getopt.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/version.h"
#include "config/config.h"
#include "net/inherit.h"
#include "server/program.h"
#include "server/role.h"

static const char usage[] =
    "usage: rove-outbound [-c FILE]            run the role outbound, as roved --role outbound"
    " does\n"
    "       rove-outbound [-c FILE] --check    check that the password can be read\n"
    "       rove-outbound --version\n"
    "FILE is " CONFIG_DEFAULT_PATH " unless given.\n";

struct arguments {
    const char *file;
    bool check, version, help;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "check", no_argument, NULL, 'k' },
        { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *out = (struct arguments){ .file = CONFIG_DEFAULT_PATH };
    for (int c = 0; (c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1;) {
        if (c == 'c')
            out->file = optarg;
        out->check |= c == 'k';
        out->version |= c == 'V';
        out->help |= c == 'h';
        if (c == '?')
            return false;
    }
    return optind == argc;
}

static int complain(const struct error *err)
{
    return program_complain("rove-outbound", err);
}

/* As the user who reads it later. */
static int check(const struct config *config)
{
    char password[CONFIG_PASSWORD_SIZE];
    struct error err = { "" };
    if (launch_become(config, ROLE_OUTBOUND, &err))
        return complain(&err);
    enum status status = config_load_mail_password(config, password, &err);
    mem_wipe(password, sizeof(password));
    return status ? complain(&err) : EXIT_OK;
}

/* It has no data. */
static enum status make_data(const struct config *config,
                             const struct launch_users *users, enum launch_part part,
                             struct error *err)
{
    (void)config;
    (void)users;
    (void)part;
    (void)err;
    return OK;
}

int main(int argc, char **argv)
{
    inherit_init();
    struct arguments arguments;
    if (!parse_arguments(argc, argv, &arguments)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (arguments.version || arguments.help) {
        (void)fputs(arguments.help ? usage : "rove-outbound " ROVE_VERSION "\n", stdout);
        return EXIT_OK;
    }
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err;
    if (program_begin(arguments.file, !arguments.check, &config, &err))
        return complain(&err);
    if (arguments.check)
        return check(config);
    return program_run_role(config, ROLE_OUTBOUND, "mail.server", make_data,
                            role_outbound);
}
