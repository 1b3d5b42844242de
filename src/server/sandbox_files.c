// SPDX-License-Identifier: GPL-3.0-or-later
/* The files that each role can reach. They are whole folders, since most files that a role reads or
 * writes are replaced by new files of the same name. Users and modes still apply within them. */
#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "net/sanitizer.h"
#include "server/role.h"
#include "server/sandbox_part.h"

static void add(struct sandbox_files *to, const char *path, enum landlock_access access)
{
    struct stat about;
    bool there = stat(path, &about) == 0;
    to->list = mem_resize(to->list, to->count + 1, sizeof(*to->list));
    to->places = mem_resize(to->places, to->count + 1, sizeof(*to->places));
    to->list[to->count] =
        (struct landlock_path){ .path = mem_copy_text(path), .access = access };
    to->places[to->count] = (struct sandbox_place){ .device = there ? about.st_dev : 0,
                                                    .number = there ? about.st_ino : 0 };
    to->count++;
}

/* Adds the folder of a file. Links are followed. */
static void add_folder_of(struct sandbox_files *to, const char *path,
                          enum landlock_access access)
{
    char real[PATH_MAX];
    CLEANUP(mem_freep) char *copy = mem_copy_text(realpath(path, real) ? real : path);
    add(to, dirname(copy), access);
}

static void add_links(struct sandbox_files *to, const char *folder)
{
    DIR *list = opendir(folder);
    if (!list)
        return;
    for (const struct dirent *entry; (entry = readdir(list));) {
        char storage[PATH_MAX];
        struct buf path = BUF_ON(storage);
        buf_printf(&path, "%s/%s", folder, entry->d_name);
        struct stat about;
        if (lstat(buf_text(&path), &about) == 0 && S_ISLNK(about.st_mode))
            add_folder_of(to, buf_text(&path), LANDLOCK_READ);
    }
    (void)closedir(list);
}

/* Adds the operator's data: a file, or a folder, in which there may be links. */
static void add_static(struct sandbox_files *to, const char *path)
{
    struct stat about;
    if (stat(path, &about) || !S_ISDIR(about.st_mode)) {
        add_folder_of(to, path, LANDLOCK_READ);
        return;
    }
    add(to, path, LANDLOCK_READ);
    add_links(to, path);
}

/* Adds what a reload reads. Only roles that speak DNS need the secrets. */
static void add_config(struct sandbox_files *to, const struct config *config,
                       bool with_secrets)
{
    add_folder_of(to, config->file, LANDLOCK_READ);
    if (with_secrets && config->dns_cookie_file[0])
        add_folder_of(to, config->dns_cookie_file, LANDLOCK_READ);
    for (size_t i = 0; with_secrets && i < config->key_count; i++)
        if (config->key_secret_files[i])
            add_folder_of(to, config->key_secret_files[i], LANDLOCK_READ);
}

void sandbox_add_front(struct sandbox_files *to, const struct config *config)
{
    add(to, config->data, LANDLOCK_WRITE);
    add(to, config->run, LANDLOCK_WRITE_SOCKETS);
    add(to, "/dev/urandom", LANDLOCK_READ); /* for the database */
    if (config->web_pages[0])
        add(to, config->web_pages, LANDLOCK_READ);
    if (config->challenges[0])
        add(to, config->challenges, LANDLOCK_READ);
    if (config->web_refused_domains[0])
        add_folder_of(to, config->web_refused_domains, LANDLOCK_READ);
    if (config->reserved_file[0])
        add_folder_of(to, config->reserved_file, LANDLOCK_READ);
    if (config->blocked_file[0])
        add_folder_of(to, config->blocked_file, LANDLOCK_READ);
    add_config(to, config, false);
}

void sandbox_add_publish(struct sandbox_files *to, const struct config *config)
{
    add(to, config->image, LANDLOCK_WRITE);
    add(to, config->data, LANDLOCK_READ); /* the folder of the database */
    add(to, config->run, LANDLOCK_WRITE_SOCKETS);
    add(to, "/dev/urandom", LANDLOCK_READ);
    add(to, "/proc/sys/kernel/random", LANDLOCK_READ); /* boot_id, for the serials */
    if (config->publish_text[0])
        add_folder_of(to, config->publish_text, LANDLOCK_WRITE);
    for (size_t i = 0; i < config->static_count; i++)
        add_static(to, config->static_paths[i]);
    add_config(to, config, true);
}

void sandbox_add_answer(struct sandbox_files *to, const struct config *config)
{
    add(to, config->image, LANDLOCK_READ);
    add(to, config->run, LANDLOCK_WRITE);
    if (config->dns_query_log[0])
        add_folder_of(to, config->dns_query_log, LANDLOCK_WRITE);
    add_config(to, config, true);
}

/* The folders in which the names stand, and those to which links lead. */
void sandbox_add_tls(struct sandbox_files *to, const struct config *config)
{
    add(to, config->tls_folder, LANDLOCK_WRITE);
    add(to, config->run, LANDLOCK_WRITE);
    for (size_t i = 0; i < config->certificate_count; i++) {
        const char *const paths[] = { config->certificates[i].chain,
                                      config->certificates[i].key };
        for (size_t k = 0; k < LENGTH_OF(paths); k++) {
            CLEANUP(mem_freep) char *copy = mem_copy_text(paths[k]);
            add(to, dirname(copy), LANDLOCK_READ);
            add_folder_of(to, paths[k], LANDLOCK_READ);
        }
    }
    add_config(to, config, false);
}

/* A file in /etc, and nothing beside it; or where it is a link, the folder in which others keep
 * it. */
static void add_system_file(struct sandbox_files *to, const char *path)
{
    struct stat about;
    if (lstat(path, &about) == 0 && S_ISLNK(about.st_mode))
        add_folder_of(to, path, LANDLOCK_READ);
    else
        add(to, path, LANDLOCK_READ);
}

/* What looking up a host and checking a certificate read. */
void sandbox_add_outbound(struct sandbox_files *to, const struct config *config)
{
    static const char *const files[] = { "/etc/resolv.conf", "/etc/hosts",
                                         "/etc/host.conf",   "/etc/nsswitch.conf",
                                         "/etc/gai.conf",    "/etc/services" };
    static const char *const folders[] = { "/etc/ssl/certs", "/usr/share/ca-certificates",
                                           "/usr/local/share/ca-certificates" };
    add(to, config->run, LANDLOCK_WRITE);
    for (size_t i = 0; i < LENGTH_OF(files); i++)
        add_system_file(to, files[i]);
    for (size_t i = 0; i < LENGTH_OF(folders) && !config->mail_ca_file[0]; i++)
        add(to, folders[i], LANDLOCK_READ);
    if (config->mail_ca_file[0])
        add_folder_of(to, config->mail_ca_file, LANDLOCK_READ);
    if (config->mail_password_file[0])
        add_folder_of(to, config->mail_password_file, LANDLOCK_READ);
    add_config(to, config, false);
}

void sandbox_files_init(struct sandbox_files *out, const struct config *config,
                        enum role role)
{
    *out = (struct sandbox_files){ .count = 0 };
    role_traits[role].add_files(out, config);
    if (sanitizer_folder)
        add(out, sanitizer_folder, LANDLOCK_READ);
}

void sandbox_files_done(struct sandbox_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        mem_free((void *)(uintptr_t)files->list[i].path);
    mem_free(files->list);
    mem_free(files->places);
}
