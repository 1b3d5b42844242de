// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/status.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/role.h"

enum {
    STATUS_MAX = 65536
};

static char *path_of(const struct config *config, const char *role, struct buf *path)
{
    buf_printf(path, "%s/%s/status", config->run, role);
    return buf_text(path);
}

struct json *status_new(const char *role, const char *state)
{
    struct json *status = json_new_object();
    json_put_text(status, "role", str_from(role));
    json_put_number(status, "pid", getpid());
    json_put_text(status, "state", str_from(state));
    json_put_number(status, "since", clock_wall_s(clock_system()));
    json_put_number(status, "lines_lost", (int64_t)log_lost());
    return status;
}

static bool is_alive(const struct json *object)
{
    int64_t pid = 0;
    return json_as_number(json_get(object, "pid"), &pid) && pid > 0 && pid <= INT32_MAX &&
           (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

/* Whether the role may have written it. As for a peer on a socket, that is the role's user, root,
 * or our own user. */
static bool is_of_role(const struct config *config, const char *role, uid_t owner)
{
    enum role number;
    uid_t uid = 0;
    if (role_find(role, &number) && role_find_uid(config, number, &uid) && owner == uid)
        return true;
    return owner == 0 || owner == geteuid();
}

enum status status_read(const struct config *config, const char *role, struct json **out,
                        bool *alive, struct error *err)
{
    char storage[CONFIG_PATH_SIZE + 32];
    struct buf path = BUF_ON(storage);
    CLEANUP(mem_freep) char *text = NULL;
    const char *file = path_of(config, role, &path);
    size_t n = 0;
    uid_t owner = 0;
    enum status status = file_read_plain(file, STATUS_MAX, &text, &n, &owner, err);
    if (status)
        return status;
    if (!is_of_role(config, role, owner))
        return FAIL(err, ERR_DENIED, "%s: belongs to user %lu, who is not that of %s",
                    file, (unsigned long)owner, role);
    struct json *object = NULL;
    status = json_parse(str_bytes(text, n), &object, err);
    if (status)
        return status;
    if (!json_is_object(object)) {
        json_free(object);
        return FAIL(err, ERR_SYNTAX, "%s: no status", file);
    }
    *alive = is_alive(object);
    *out = object;
    return OK;
}

/* Whether `status` is that of an end, while a successor that runs has written the file. */
static bool is_outdated(const struct config *config, const char *role,
                        const struct json *status)
{
    struct str state = json_get_text(status, "state");
    if (!str_equal(state, STR("stopping")) && !str_equal(state, STR("stopped")))
        return false;
    CLEANUP(json_freep) struct json *there = NULL;
    bool alive = false;
    int64_t pid = 0;
    return !status_read(config, role, &there, &alive, NULL) && alive &&
           json_as_number(json_get(there, "pid"), &pid) && pid != getpid();
}

void status_save(const struct config *config, const char *role, struct json *status)
{
    if (is_outdated(config, role, status)) {
        json_free(status);
        return;
    }
    char storage[CONFIG_PATH_SIZE + 32];
    struct buf path = BUF_ON(storage);
    CLEANUP(mem_freep) char *text = json_text(status);
    json_free(status);
    struct error err;
    if (file_replace_unsynced(path_of(config, role, &path), str_from(text), 0644, &err))
        log_warning("status-not-written", LOG_TEXT("why", err.text));
}

struct json *status_endpoint(struct ip ip, uint16_t port)
{
    char storage[IP_TEXT_SIZE + 16];
    struct buf text = BUF_ON(storage);
    buf_printf(&text, ip.family == IP_V6 ? "[%s]:%u" : "%s:%u", ip_text(ip), port);
    return json_new_string(buf_str(&text));
}
