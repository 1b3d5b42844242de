// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/sanitizer.h"

enum {
    ROW_SIZE = 4096 /* for the texts in a user's entry */
};

enum status identity_find(const char *user, struct identity *out, struct error *err)
{
    char texts[ROW_SIZE];
    struct passwd row;
    struct passwd *got = NULL;
    int code = getpwnam_r(user, &row, texts, sizeof(texts), &got);
    if (!got)
        return FAIL(err, ERR_NOT_FOUND, "user '%s': %s", user,
                    code ? strerror(code) : "there is none");
    struct identity found = { .uid = row.pw_uid, .gid = row.pw_gid };
    int count = IDENTITY_GROUPS;
    if (getgrouplist(user, found.gid, found.groups, &count) < 0)
        return FAIL(err, ERR_LIMIT, "user '%s': in more than %d groups", user,
                    IDENTITY_GROUPS);
    found.group_count = (size_t)count;
    *out = found;
    return OK;
}

enum status identity_join(struct identity *identity, gid_t group, struct error *err)
{
    for (size_t i = 0; i < identity->group_count; i++)
        if (identity->groups[i] == group)
            return OK;
    if (identity->group_count == IDENTITY_GROUPS)
        return FAIL(err, ERR_LIMIT, "more than %d groups", IDENTITY_GROUPS);
    identity->groups[identity->group_count++] = group;
    return OK;
}

/* ----- capabilities ----- */

struct capabilities {
    uint64_t effective, permitted, inheritable;
};

/* The C library has no wrappers for these two. */
static bool get_capabilities(struct capabilities *out)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
    if (syscall(SYS_capget, &head, data))
        return false;
    out->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    out->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    out->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return true;
}

static bool set_capabilities(uint64_t permitted)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
        { .effective = (uint32_t)permitted, .permitted = (uint32_t)permitted },
        { .effective = (uint32_t)(permitted >> 32),
          .permitted = (uint32_t)(permitted >> 32) },
    };
    return syscall(SYS_capset, &head, data) == 0;
}

static bool no_new_privileges(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

enum status privileges_limit(struct error *err)
{
    static const uint64_t wanted = UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID |
                                   UINT64_C(1) << CAP_NET_BIND_SERVICE;
    /* The bounding set has what children could get. Without the right to shrink it we keep the one
     * that we were started with. The kernel has fewer than 64 capabilities. */
    for (unsigned long i = 0; i < 64; i++)
        if (!(wanted >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) && errno == EPERM)
            break;
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct capabilities now;
    if (!get_capabilities(&now) || !set_capabilities(now.permitted & wanted) ||
        !no_new_privileges())
        return FAIL(err, ERR_IO, "capabilities: %s", strerror(errno));
    return OK;
}

enum status privileges_drop(struct error *err)
{
    if (set_capabilities(0) && no_new_privileges()) /* ambient ones go, too */
        return OK;
    return FAIL(err, ERR_IO, "capabilities: %s", strerror(errno));
}

enum status privileges_hide(struct error *err)
{
    static const struct rlimit none = { 0, 0 };
    if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0))
        return FAIL(err, ERR_IO, "core files: %s", strerror(errno));
    sanitizer_prepare();
    return OK;
}

/* ----- identities ----- */

/* Whether the process cannot become root again: it has no id of root, and no capability. */
static bool is_out_of_reach(const struct identity *identity)
{
    uid_t uids[3] = { 0 };
    gid_t gids[3] = { 0 };
    struct capabilities now;
    if (getresuid(&uids[0], &uids[1], &uids[2]) ||
        getresgid(&gids[0], &gids[1], &gids[2]) || !get_capabilities(&now))
        return false;
    for (size_t i = 0; i < LENGTH_OF(uids); i++)
        if (uids[i] != identity->uid || gids[i] != identity->gid)
            return false;
    return identity->uid == 0 || (now.effective | now.permitted | now.inheritable) == 0;
}

bool identity_become(const struct identity *identity)
{
    if (setgroups(identity->group_count, identity->groups) ||
        setresgid(identity->gid, identity->gid, identity->gid) ||
        setresuid(identity->uid, identity->uid, identity->uid))
        return false;
    if (identity->uid != 0 && !set_capabilities(0))
        return false;
    if (!no_new_privileges())
        return false;
    errno = EPERM;
    return is_out_of_reach(identity);
}

bool identity_kill(const struct identity *identity, pid_t pid, int signal_number)
{
    if (!identity || identity->uid == geteuid())
        return kill(pid, signal_number) == 0;
    uid_t own = geteuid();
    if (seteuid(identity->uid))
        return false;
    bool sent = kill(pid, signal_number) == 0;
    int code = errno;
    bool back = seteuid(own) == 0;
    errno = code;
    return sent && back;
}
