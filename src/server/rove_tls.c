// SPDX-License-Identifier: GPL-3.0-or-later
/* rove-tls - the role tls of roved, a program of its own so that no process with the database
 * carries OpenSSL, and none but this the keys: roved(8). roved starts it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/version.h"
#include "config/config.h"
#include "net/inherit.h"
#include "server/program.h"
#include "server/role.h"
#include "tls/session.h"

static const char usage[] =
    "usage: rove-tls [-c FILE]               run the role tls, as roved --role tls does\n"
    "       rove-tls [-c FILE] --check       check the certificates and their keys\n"
    "       rove-tls --check-pair CHAIN KEY  check two files\n"
    "       rove-tls --version\n"
    "FILE is " CONFIG_DEFAULT_PATH " unless given.\n";

struct arguments {
    const char *file;
    const char *chain, *key; /* of check_pair */
    bool check, check_start, check_pair, version, help;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "check", no_argument, NULL, 'k' },
        { "check-start", no_argument, NULL, 's' },
        { "check-pair", no_argument, NULL, 'p' },
        { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *out = (struct arguments){ .file = CONFIG_DEFAULT_PATH };
    for (int c = 0; (c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1;) {
        if (c == 'c')
            out->file = optarg;
        out->check |= c == 'k' || c == 's';
        out->check_start |= c == 's';
        out->check_pair |= c == 'p';
        out->version |= c == 'V';
        out->help |= c == 'h';
        if (c == '?')
            return false;
    }
    if (out->check_pair && argc - optind == 2) {
        out->chain = argv[optind++];
        out->key = argv[optind++];
    }
    return optind == argc && (!out->check_pair || out->chain);
}

static int complain(const struct error *err)
{
    return program_complain("rove-tls", err);
}

/* ----- --check ----- */

static void print_certificate(const char *title, const struct certificate *certificate,
                              int64_t days)
{
    (void)printf("certificate %s: %s, %lld days left, for", title,
                 certificate_kind(certificate), (long long)days);
    for (size_t i = 0; i < certificate_name_count(certificate); i++)
        (void)printf(" " STR_FMT, STR_ARG(certificate_name(certificate, i)));
    (void)printf("\n");
}

/* What has expired is served all the same: it is no reason not to start. */
static enum status check_certificate(const struct config_certificate *files,
                                     bool may_be_old, struct certificate **out,
                                     struct error *err)
{
    enum status status = certificate_load(files->chain, files->key, out, err);
    if (status) {
        error_prefix(err, "certificate %s", files->title);
        return status;
    }
    int64_t now_s = clock_wall_s(clock_system());
    int64_t days = certificate_days_left(*out, now_s);
    if (!may_be_old)
        print_certificate(files->title, *out, days);
    if (!may_be_old && days < 0)
        return FAIL(err, ERR_CONFLICT, "certificate %s: %s: has expired", files->title,
                    files->chain);
    if (!may_be_old && certificate_begins_s(*out) > now_s)
        return FAIL(err, ERR_CONFLICT, "certificate %s: %s: is not valid yet",
                    files->title, files->chain);
    return OK;
}

/* As the user who reads them later. */
static int check(const struct config *config, bool may_be_old)
{
    struct certificate *all[CONFIG_CERTIFICATES_MAX] = { NULL };
    CLEANUP(site_freep) struct site *site = NULL;
    struct error err = { "" };
    size_t count = config->certificate_count;
    int code = EXIT_OK;
    if (launch_become(config, ROLE_TLS, &err))
        return complain(&err);
    for (size_t i = 0; i < count; i++)
        if (check_certificate(&config->certificates[i], may_be_old, &all[i], &err))
            code = complain(&err);
    if (code == EXIT_OK && count > 0 &&
        site_new(all, count, config->https_ciphers, session_prepare, &site, &err))
        code = complain(&err);
    for (size_t i = 0; i < count; i++)
        certificate_free(all[i]);
    return code;
}

/* As whoever asks, and of what no configuration needs to know yet. */
static int check_pair(const struct arguments *arguments)
{
    CLEANUP(certificate_freep) struct certificate *certificate = NULL;
    struct error err = { "" };
    return certificate_load(arguments->chain, arguments->key, &certificate, &err)
               ? complain(&err)
               : EXIT_OK;
}

/* ----- the role ----- */

/* The data folder is others' to make. Without our own in it keys of tickets live as long as we
 * do. */
static enum status make_data(const struct config *config,
                             const struct launch_users *users, enum launch_part part,
                             struct error *err)
{
    (void)part;
    enum status status = launch_make_tls_folder(config, users, err);
    return users->apart ? status : OK;
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
        (void)fputs(arguments.help ? usage : "rove-tls " ROVE_VERSION "\n", stdout);
        return EXIT_OK;
    }
    if (arguments.check_pair) {
        session_library_init();
        return check_pair(&arguments);
    }
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err;
    if (program_begin(arguments.file, !arguments.check, &config, &err))
        return complain(&err);
    session_library_init();
    if (arguments.check)
        return check(config, arguments.check_start);
    return program_run_role(config, ROLE_TLS, "https.listen", make_data, role_tls);
}
