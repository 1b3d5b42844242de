// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "server/role.h"
#include "server/sandbox_part.h"

struct sandbox {
    enum role role;
    int landlock; /* the version that limits files; 0: files are not limited */
    struct sandbox_files files;
};

/* Runs in the thread that has made the call, wherever that was. So it only formats the line on its
 * stack and writes it. Then it ends the process: the handler was for one signal. */
static void tell_forbidden(int number, siginfo_t *info, void *ctx)
{
    (void)number;
    (void)ctx;
    log_error("forbidden-call", LOG_NUMBER("syscall", info->si_syscall));
    (void)raise(SIGSYS);
}

static void catch_forbidden(void)
{
    struct sigaction action = { .sa_sigaction = tell_forbidden };
    action.sa_flags = SA_SIGINFO | (int)SA_RESETHAND | SA_NODEFER;
    (void)sigaction(SIGSYS, &action, NULL);
}

/* Decides whether to go on without a part. *lacks collects what the kernel lacks, for one line. */
static enum status weigh(const struct config *config, enum status status,
                         struct error *lacks, const struct error *why, struct error *err)
{
    if (!status)
        return OK;
    if (status != ERR_NOT_FOUND || config->sandbox == SANDBOX_REQUIRED) {
        if (err)
            *err = *why;
        error_prefix(err, "sandbox");
        return status;
    }
    char before[ERROR_TEXT_SIZE];
    memcpy(before, lacks->text, sizeof(before));
    error_set(lacks, "%s%s%s", before, before[0] ? "; " : "", why->text);
    return OK;
}

static enum status limit_files(struct sandbox *sandbox, const struct config *config,
                               struct error *lacks, struct error *err)
{
    struct error why;
    enum status status = landlock_limit(sandbox->files.list, sandbox->files.count,
                                        role_traits[sandbox->role].connects, &why);
    sandbox->landlock = status ? 0 : landlock_version();
    return weigh(config, status, lacks, &why, err);
}

static enum status limit_calls(enum role role, const struct config *config,
                               struct error *lacks, struct error *err)
{
    struct sandbox_calls calls;
    sandbox_calls_of_role(&calls, role_traits[role].calls, getpid());
    struct error why;
    catch_forbidden();
    return weigh(config, syscalls_limit(&calls.policy, &why), lacks, &why, err);
}

static void tell(const struct sandbox *sandbox, const struct error *lacks)
{
    if (lacks->text[0])
        log_warning("sandbox-incomplete", LOG_TEXT("why", lacks->text));
    else
        log_info("sandboxed", LOG_NUMBER("landlock", sandbox->landlock));
}

enum status sandbox_enter(const struct config *config, enum role role,
                          struct sandbox **out, struct error *err)
{
    CLEANUP(sandbox_freep) struct sandbox *sandbox = NEW(struct sandbox);
    sandbox->role = role;
    if (config->sandbox == SANDBOX_OFF) {
        log_warning("sandbox-off");
        *out = TAKE(sandbox);
        return OK;
    }
    struct error lacks = { "" };
    sandbox_files_init(&sandbox->files, config, role);
    enum status status = limit_files(sandbox, config, &lacks, err);
    if (!status)
        status = limit_calls(role, config, &lacks, err);
    if (status)
        return status;
    tell(sandbox, &lacks);
    *out = TAKE(sandbox);
    return OK;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (!sandbox)
        return;
    sandbox_files_done(&sandbox->files);
    mem_free(sandbox);
}

/* Whether the sandbox allows this access to the place. A place that does not exist counts as
 * covered. One that was made after the sandbox closed does not, even if it replaces another. */
static bool covers_place(const struct sandbox_files *have,
                         const struct sandbox_place *place, enum landlock_access access)
{
    if (place->number == 0)
        return true;
    for (size_t i = 0; i < have->count; i++)
        if (have->places[i].device == place->device &&
            have->places[i].number == place->number && have->list[i].access >= access)
            return true;
    return false;
}

bool sandbox_covers_folder(const struct sandbox *sandbox, const char *path)
{
    struct stat about;
    if (!sandbox->landlock || stat(path, &about))
        return true;
    /* A new folder may be covered by a folder above it. */
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        return true;
    const struct sandbox_place place = { about.st_dev, about.st_ino };
    return covers_place(&sandbox->files, &place, LANDLOCK_READ);
}

bool sandbox_covers(const struct sandbox *sandbox, const struct config *config)
{
    if (!sandbox->landlock)
        return true;
    struct sandbox_files want;
    sandbox_files_init(&want, config, sandbox->role);
    bool all = true;
    for (size_t i = 0; i < want.count && all; i++)
        all = covers_place(&sandbox->files, &want.places[i], want.list[i].access);
    sandbox_files_done(&want);
    return all;
}

/* Whether users and modes let us read the secrets. access() works within the sandbox, too. */
static bool may_read_secrets(const struct config *config)
{
    bool may = !config->dns_cookie_file[0] || access(config->dns_cookie_file, R_OK) == 0;
    for (size_t i = 0; i < config->key_count && may; i++)
        may = !config->key_secret_files[i] ||
              access(config->key_secret_files[i], R_OK) == 0;
    return may;
}

bool sandbox_covers_file(const struct sandbox *sandbox, const char *file)
{
    CLEANUP(config_freep) struct config *fresh = NULL;
    return config_load(file, &fresh, NULL) || !may_read_secrets(fresh) ||
           sandbox_covers(sandbox, fresh);
}

enum status sandbox_enter_parent(const struct config *config, struct error *err)
{
    if (config->sandbox == SANDBOX_OFF)
        return OK;
    struct sandbox_calls calls;
    sandbox_calls_of_parent(&calls);
    if (config->sandbox == SANDBOX_REQUIRED && landlock_version() == 0)
        return FAIL(err, ERR_NOT_FOUND, "sandbox: the kernel has no Landlock: %s",
                    strerror(errno));
    struct error why, lacks = { "" }; /* each role logs what the kernel lacks */
    return weigh(config, syscalls_limit(&calls.policy, &why), &lacks, &why, err);
}
