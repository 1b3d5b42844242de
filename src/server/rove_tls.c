// SPDX-License-Identifier: GPL-3.0-or-later
/* rove-tls - the role tls of roved, a program of its own so that no other process carries OpenSSL:
 * roved(8). roved starts it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/version.h"
#include "config/config.h"
#include "net/inherit.h"
#include "net/loop.h"
#include "net/privileges.h"
#include "server/launch.h"
#include "server/role.h"
#include "tls/session.h"

static const char usage[] =
    "usage: rove-tls [-c FILE]            run the role tls, as roved --role tls does\n"
    "       rove-tls [-c FILE] --check    check the certificates and their keys\n"
    "       rove-tls --version\n"
    "FILE is " CONFIG_DEFAULT_PATH " unless given.\n";

struct arguments {
    const char *file;
    bool check, check_start, version, help;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
        { "check-start", no_argument, NULL, 's' },  { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
    };
    *out = (struct arguments){ .file = CONFIG_DEFAULT_PATH };
    for (int c = 0; (c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1;) {
        if (c == 'c')
            out->file = optarg;
        out->check |= c == 'k' || c == 's';
        out->check_start |= c == 's';
        out->version |= c == 'V';
        out->help |= c == 'h';
        if (c == '?')
            return false;
    }
    return optind == argc;
}

static int complain(const struct error *err)
{
    (void)fprintf(stderr, "rove-tls: %s\n", err->text);
    return EXIT_TROUBLE;
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

static int run(struct config *config)
{
    struct error err;
    log_init("tls", config->log_level);
    log_never_wait();
    if (!role_is_enabled(config, ROLE_TLS)) {
        log_error("cannot-start", LOG_TEXT("why", "https.listen is empty"));
        return EXIT_TROUBLE;
    }
    if (!launch_role(config, ROLE_TLS, make_data, &err))
        return role_tls(config);
    log_error("cannot-start", LOG_TEXT("why", err.text));
    return EXIT_TROUBLE;
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
    if (!arguments.check)
        loop_hold_signals();
    struct error err;
    if (privileges_hide(&err))
        return complain(&err);
    random_init();
    session_library_init();
    CLEANUP(config_freep) struct config *config = NULL;
    if (config_load(arguments.file, &config, &err))
        return complain(&err);
    role_users_know(config);
    return arguments.check ? check(config, arguments.check_start) : run(config);
}
