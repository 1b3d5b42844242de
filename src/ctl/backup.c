// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/backup_name.h"
#include "base/exit.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/seal.h"
#include "run/ask.h"
#include "run/role.h"

/* Opens the file that front has made. We may be root, while front is not. So we open or remove what
 * it names only if that is a backup beside the database, and its own. */
static enum status open_made(const struct config *config, const char *path, int *out,
                             struct error *err)
{
    uid_t front = geteuid();
    struct stat info;
    if (!backup_name_is(str_from(path), str_from(config->database)))
        return FAIL(err, ERR_IO, "%s: not the name of a backup", path);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    (void)role_find_uid(config, ROLE_FRONT, &front);
    if (fstat(fd, &info) || !S_ISREG(info.st_mode) ||
        (info.st_uid != front && info.st_uid != geteuid() && info.st_uid != 0)) {
        file_close(fd);
        return FAIL(err, ERR_IO, "%s: not a plain file of front's", path);
    }
    *out = fd;
    return OK;
}

/* Checks that the copy has every byte that front has written. */
static enum status check_seal(const char *path, struct error *err)
{
    off_t size = 0;
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    return seal_check(fd, path, &size, err);
}

static enum status put_in_place(int made, const char *target, struct error *err)
{
    char storage[CONFIG_PATH_SIZE];
    struct buf fresh = BUF_ON(storage);
    buf_printf(&fresh, "%s.new", target);
    const char *fresh_path = buf_text(&fresh);
    if (fresh.full)
        return FAIL(err, ERR_LIMIT, "%s: path too long", target);
    enum status status =
        file_copy(made, "the backup", fresh_path, S_IRUSR | S_IWUSR, err);
    if (status)
        return status;
    status = check_seal(fresh_path, err);
    if (!status && rename(fresh_path, target))
        status = FAIL(err, ERR_IO, "%s: %s", target, strerror(errno));
    if (status) {
        (void)unlink(fresh_path);
        return status;
    }
    return file_sync_directory(target, err);
}

static enum status fetch(const struct config *config, const char *made,
                         const char *target, struct error *err)
{
    CLEANUP(file_closep) int fd = -1;
    enum status status = open_made(config, made, &fd, err);
    if (status)
        return status;
    status = put_in_place(fd, target, err);
    (void)unlink(made);
    return status;
}

static void tell(const char *target, const struct json *reply)
{
    int64_t seq = json_get_number(reply, "seq");
    bool keys = json_get_bool(reply, "keys");
    (void)printf("%s: everything up to change %lld%s\n", target, (long long)seq,
                 keys ? ", with the key file: keep it as secret as that" : "");
    if (!keys)
        (void)fprintf(stderr, "rovectl: WITHOUT the key file: restored without that very "
                              "file, no token works any more\n");
}

int backup_take(const struct config *config, const struct request *request,
                const struct json *reply)
{
    struct str made = { NULL, 0 }, target = { NULL, 0 };
    struct error err = { "no file in front's reply" };
    enum status status = ERR_IO;
    CLEANUP(mem_freep) char *made_path = NULL;
    CLEANUP(mem_freep) char *target_path = NULL;
    if (json_as_text(json_get(reply, "file"), &made) &&
        json_as_text(json_get(request->body, "to"), &target)) {
        made_path = mem_copy_text(made.at);
        target_path = mem_copy_text(target.at);
        status = fetch(config, made_path, target_path, &err);
    }
    if (status) {
        (void)fprintf(stderr, "rovectl: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    if (request->as_json) {
        CLEANUP(mem_freep) char *text = json_pretty(reply);
        (void)puts(text);
    } else {
        tell(target_path, reply);
    }
    return EXIT_OK;
}
