// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/rovectl_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/role.h"

static enum status put_in_place(const char *made, const char *target, struct error *err)
{
    char storage[CONFIG_PATH_SIZE];
    struct buf fresh = BUF_ON(storage);
    buf_printf(&fresh, "%s.new", target);
    const char *fresh_path = buf_text(&fresh);
    if (fresh.full)
        return FAIL(err, ERR_LIMIT, "%s: path too long", target);
    CLEANUP(file_closep) int fd = open(made, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return FAIL(err, ERR_IO, "%s: %s", made, strerror(errno));
    enum status status = file_copy(fd, made, fresh_path, S_IRUSR | S_IWUSR, err);
    if (status)
        return status;
    if (rename(fresh_path, target)) {
        status = FAIL(err, ERR_IO, "%s: %s", target, strerror(errno));
        (void)unlink(fresh_path);
        return status;
    }
    return file_sync_directory(target, err);
}

static void tell(const char *target, const struct json *reply)
{
    int64_t seq = 0;
    bool keys = false;
    (void)json_as_number(json_get(reply, "seq"), &seq);
    (void)json_as_bool(json_get(reply, "keys"), &keys);
    (void)printf("%s: everything up to change %lld%s\n", target, (long long)seq,
                 keys ? ", with the key file: keep it as secret as that" : "");
    if (!keys)
        (void)fprintf(stderr, "rovectl: WITHOUT the key file: restored without that very "
                              "file, no token works any more\n");
}

int backup_take(const struct request *request, const struct json *reply)
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
        status = put_in_place(made_path, target_path, &err);
        (void)unlink(made_path);
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
