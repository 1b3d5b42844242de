// SPDX-License-Identifier: GPL-3.0-or-later
/* The system calls that each role may make, as tables that are read like a contract. A call that no
 * table names ends the process by SIGSYS, and the log has its number (event forbidden-call). */
#include <assert.h>
#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "net/sanitizer.h"
#include "server/sandbox_part.h"

#define ALL UINT64_C(0xffffffff) /* of an int */
#define CALL(name_) \
    { \
        .name = (name_) \
    }
#define CALL_IF(name_, ...) \
    { \
        .name = (name_), .only = { __VA_ARGS__ } \
    }
#define END_OF_LIST CALL(NULL)

enum {
    MAP_KIND = 0x0f,        /* shared or private; a number, not bits */
    MAP_DROPPABLE_KIND = 8, /* since Linux 6.11; older headers lack it */
    SOCKET_KIND = 0x0f,     /* the other bits are flags */
    INTERNAL_SIGNAL = 33,   /* the C library's, to change the user of all threads */
};

/* ----- all roles ----- */

/* No code is loaded any more: the program and its libraries are there. */
static const struct syscall_rule memory[] = {
    CALL("brk"),
    CALL("munmap"),
    CALL("mremap"),
    CALL("madvise"),
    CALL_IF("mprotect", { 2, PROT_EXEC, 0 }),
    END_OF_LIST,
};

/* New threads, but no new processes; kill() with 0, which shows whether a process is alive. */
static const struct syscall_rule process[] = {
    CALL("futex"),
    CALL("clock_gettime"),
    CALL("clock_getres"),
    CALL("gettimeofday"),
    CALL("time"),
    CALL("clock_nanosleep"),
    CALL("nanosleep"),
    CALL("restart_syscall"),
    CALL("getrandom"),
    CALL_IF("clone", { 0, CLONE_THREAD | CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET,
                       CLONE_THREAD }),
    CALL("set_robust_list"),
    CALL("rseq"),
    CALL("sched_yield"),
    CALL("sched_getaffinity"),
    CALL("exit"),
    CALL("exit_group"),
    CALL("getpid"),
    CALL("gettid"),
    CALL("getppid"),
    CALL("getuid"),
    CALL("geteuid"),
    CALL("getgid"),
    CALL("getegid"),
    CALL_IF("kill", { 1, ALL, 0 }),
    CALL("pidfd_open"), /* to watch for the parent's end */
    CALL("rt_sigprocmask"),
    CALL("rt_sigreturn"),
    CALL_IF("rt_sigaction", { 0, ALL, SIGPIPE }),
    CALL_IF("rt_sigaction", { 0, ALL, SIGABRT }),
    CALL_IF("rt_sigaction", { 0, ALL, SIGALRM }), /* ends a hung process */
    CALL("setitimer"),
    CALL_IF("rt_sigaction", { 0, ALL, INTERNAL_SIGNAL }),
    CALL("signalfd4"),
    CALL_IF("prctl", { 0, ALL, PR_GET_PDEATHSIG }),
    CALL_IF("prctl", { 0, ALL, PR_SET_NAME }),
    CALL_IF("prlimit64", { 0, ALL, 0 }, { 2, ~UINT64_C(0), 0 }), /* getrlimit() */
    CALL_IF("prlimit64", { 0, ALL, 0 }, { 1, ALL, RLIMIT_NOFILE }),
    CALL("sysinfo"), /* qsort() */
    END_OF_LIST,
};

static const struct syscall_rule loop[] = {
    CALL("epoll_wait"), CALL("epoll_pwait"), CALL("epoll_ctl"), CALL("epoll_create1"),
    CALL("eventfd2"),   CALL("poll"),        CALL("ppoll"),     CALL("read"),
    CALL("readv"),      CALL("write"),       CALL("writev"),    CALL("close"),
    CALL("fcntl"),      END_OF_LIST,
};

/* sandbox_files.c says which files. */
static const struct syscall_rule files[] = {
    CALL("open"),      CALL("openat"),     CALL("fstat"),     CALL("newfstatat"),
    CALL("stat"),      CALL("lstat"),      CALL("statx"),     CALL("access"),
    CALL("faccessat"), CALL("faccessat2"), CALL("readlink"),  CALL("readlinkat"),
    CALL("getcwd"),    CALL("lseek"),      CALL("pread64"),   CALL("unlink"),
    CALL("unlinkat"),  CALL("rename"),     CALL("renameat"),  CALL("renameat2"),
    CALL("fchmod"),    CALL("fsync"),      CALL("fdatasync"), END_OF_LIST,
};

/* Sockets in the run folder. Each role has got its other sockets before. */
static const struct syscall_rule sockets[] = {
    CALL("sendto"),      CALL("sendmsg"),    CALL("recvfrom"),
    CALL("recvmsg"),     CALL("accept"),     CALL("accept4"),
    CALL("getsockopt"),  CALL("setsockopt"), CALL("getsockname"),
    CALL("getpeername"), CALL("connect"),    CALL_IF("socket", { 0, ALL, AF_UNIX }),
    END_OF_LIST,
};

/* ----- single roles ----- */

const struct syscall_rule sandbox_calls_front[] = {
    CALL("pwrite64"),
    CALL("ftruncate"),
    CALL("fallocate"),
    CALL("flock"),
    CALL("getdents64"),
    CALL("chmod"),
    CALL("fchmodat"),
    CALL("fchown"), /* for root: gives new files to the database's owner */
    CALL("bind"),
    CALL("listen"),
    CALL("shutdown"),
    CALL_IF("mmap", { 2, PROT_EXEC, 0 }),
    END_OF_LIST,
};

const struct syscall_rule sandbox_calls_publish[] = {
    CALL("pwrite64"),
    CALL("ftruncate"),
    CALL("fallocate"),
    CALL("copy_file_range"),
    CALL("sendfile"),
    CALL("mkdir"),
    CALL("mkdirat"),
    CALL("getdents64"),
    CALL("chmod"),
    CALL("fchmodat"),
    CALL("chown"),
    CALL("fchownat"),
    CALL("fchown"), /* as in front */
    CALL("utimensat"),
    CALL("memfd_create"),
    CALL_IF("rt_sigaction", { 0, ALL, SIGIO }), /* leases */
    CALL("msync"),
    CALL("inotify_init1"),
    CALL("inotify_add_watch"),
    CALL("inotify_rm_watch"),
    CALL("wait4"), /* for the child that runs the hook */
    CALL("bind"),
    CALL("listen"),
    CALL_IF("socket", { 0, ALL, AF_INET }, { 1, SOCKET_KIND, SOCK_DGRAM }),
    CALL_IF("socket", { 0, ALL, AF_INET6 }, { 1, SOCKET_KIND, SOCK_DGRAM }),
    CALL_IF("mmap", { 2, PROT_EXEC, 0 }),
    END_OF_LIST,
};

/* The memory that publish lends is only read. So answer may not write at an offset of a file, nor
 * map shared memory for writing. */
const struct syscall_rule sandbox_calls_answer[] = {
    CALL("recvmmsg"),
    CALL("sendmmsg"),
    CALL("socketpair"),
    CALL("pipe2"),
    CALL("inotify_init1"),
    CALL("inotify_add_watch"),
    CALL("inotify_rm_watch"),
    CALL_IF("mmap", { 2, PROT_EXEC | PROT_WRITE, 0 }),
    CALL_IF("mmap", { 2, PROT_EXEC, 0 }, { 3, MAP_KIND, MAP_PRIVATE }),
    /* Anonymous memory of the C library, for getrandom(). */
    CALL_IF("mmap", { 2, PROT_EXEC, 0 }, { 3, MAP_KIND, MAP_DROPPABLE_KIND }),
    END_OF_LIST,
};

/* TCP sockets are from before; what is handed to front is made here. */
const struct syscall_rule sandbox_calls_tls[] = {
    CALL_IF("socketpair", { 0, ALL, AF_UNIX }),
    CALL("shutdown"),
    CALL("inotify_init1"),
    CALL("inotify_add_watch"),
    CALL("inotify_rm_watch"),
    CALL_IF("mmap", { 2, PROT_EXEC, 0 }, { 3, MAP_KIND, MAP_PRIVATE }),
    CALL_IF("mmap", { 2, PROT_EXEC, 0 }, { 3, MAP_KIND, MAP_DROPPABLE_KIND }),
    END_OF_LIST,
};

/* TCP to the mail server, UDP to name servers; the C library sorts addresses by what netlink says,
 * and binds that socket. Nothing listens. */
const struct syscall_rule sandbox_calls_outbound[] = {
    CALL_IF("socket", { 0, ALL, AF_INET }, { 1, SOCKET_KIND, SOCK_STREAM }),
    CALL_IF("socket", { 0, ALL, AF_INET6 }, { 1, SOCKET_KIND, SOCK_STREAM }),
    CALL_IF("socket", { 0, ALL, AF_INET }, { 1, SOCKET_KIND, SOCK_DGRAM }),
    CALL_IF("socket", { 0, ALL, AF_INET6 }, { 1, SOCKET_KIND, SOCK_DGRAM }),
    CALL_IF("socket", { 0, ALL, AF_NETLINK }, { 2, ALL, NETLINK_ROUTE }),
    CALL("bind"),
    CALL("sendmmsg"),
    CALL("shutdown"),
    CALL_IF("socketpair", { 0, ALL, AF_UNIX }),
    CALL("uname"),
    CALL("getdents64"),
    CALL_IF("mmap", { 2, PROT_EXEC, 0 }, { 3, MAP_KIND, MAP_PRIVATE }),
    CALL_IF("mmap", { 2, PROT_EXEC, 0 }, { 3, MAP_KIND, MAP_DROPPABLE_KIND }),
    END_OF_LIST,
};

/* ----- forbidden calls ----- */

/* Libraries try these calls, and can do without them. */
static const struct syscall_refusal tried_by_libraries[] = {
    { "clone3", ENOSYS }, /* then they try clone(), whose arguments a filter can check */
    { "ioctl", ENOTTY },
    { NULL, 0 },
};

/* Calls that no program of ours needs. The parent and hooks get an error. A role ends at once,
 * without a handler, since no library makes them by chance. */
static const char *const dangerous[] = {
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_getfd",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "move_mount",
    "fsopen",
    "open_tree",
    "open_by_handle_at",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "syslog",
    "quotactl",
    "iopl",
    "ioperm",
    "modify_ldt",
    "vhangup",
};

/* More calls that end a role. The parent needs them: it starts programs and changes users. */
static const char *const not_for_roles[] = {
    "execve",      "execveat",
    "fork",        "vfork",
    "chroot",      "setuid",
    "setgid",      "setreuid",
    "setregid",    "setresuid",
    "setresgid",   "setgroups",
    "setfsuid",    "setfsgid",
    "capset",      "mknod",
    "mknodat",     "symlink",
    "symlinkat",   "pkey_mprotect",
    "personality", "pidfd_send_signal",
};

static_assert(LENGTH_OF(dangerous) + LENGTH_OF(not_for_roles) < SANDBOX_NAMES_MAX,
              "all of them and the end");

static size_t name_all(const char **out, size_t at, const char *const *names,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!sanitizer_makes(names[i]))
            out[at++] = names[i];
    return at;
}

void sandbox_calls_of_role(struct sandbox_calls *out, const struct syscall_rule *of_role,
                           pid_t own_pid)
{
    *out = (struct sandbox_calls){
        /* raise(), abort() */
        .self = { CALL_IF("tgkill", { 0, ALL, (uint64_t)own_pid }), END_OF_LIST },
        .lists = { sanitizer_calls, memory, process, loop, files, sockets, of_role },
    };
    size_t n = 0;
    while (out->lists[n])
        n++;
    out->lists[n] = out->self;
    n = name_all(out->fatal, 0, dangerous, LENGTH_OF(dangerous));
    (void)name_all(out->fatal, n, not_for_roles, LENGTH_OF(not_for_roles));
    out->policy = (struct syscall_policy){ .allowed = out->lists,
                                           .refused = tried_by_libraries,
                                           .fatal = out->fatal };
}

void sandbox_calls_of_parent(struct sandbox_calls *out)
{
    *out = (struct sandbox_calls){ .policy = { .others_pass = true,
                                               .refused = out->refused } };
    size_t n = name_all(out->fatal, 0, dangerous, LENGTH_OF(dangerous));
    for (size_t i = 0; i < n; i++)
        out->refused[i] = (struct syscall_refusal){ out->fatal[i], EPERM };
}
