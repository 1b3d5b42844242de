// SPDX-License-Identifier: GPL-3.0-or-later
/* Only in builds for tests: acts that an attacker would try after taking over a role. Each is a
 * small function. A table at the end names them, and says for which roles they are forbidden. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "server/sandbox.h"

enum {
    PAGE = 4096,
    PATH_ROOM = 64
};

/* Returns what a system call has returned; below 0 is an error. */
typedef long (*act_fn)(const struct config *config);

/* ----- programs and processes ----- */

static long run_program(const struct config *config)
{
    (void)config;
    char *const argv[] = { (char *)(uintptr_t) "/bin/true", NULL };
    return execve(argv[0], argv, argv + 1);
}

static long run_memory(const struct config *config)
{
    (void)config;
    char *const argv[] = { (char *)(uintptr_t) "true", NULL };
    return syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, argv + 1, 0);
}

static long end_child(long pid)
{
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        (void)waitpid((pid_t)pid, NULL, 0);
    return pid;
}

static long make_process(const struct config *config)
{
    (void)config;
    return end_child(fork());
}

static long make_process_with_space(const struct config *config)
{
    (void)config;
    return end_child(syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0));
}

static long trace_parent(const struct config *config)
{
    (void)config;
    return ptrace(PTRACE_SEIZE, getppid(), 0, 0);
}

static long read_parents_memory(const struct config *config)
{
    char here[8];
    struct iovec to = { here, sizeof(here) },
                 from = { (void *)(uintptr_t)config, sizeof(here) };
    return process_vm_readv(getppid(), &to, 1, &from, 1, 0);
}

static long open_file(const char *path, int flags)
{
    return open(path, flags | O_CLOEXEC, 0600);
}

static long read_parents_environment(const struct config *config)
{
    (void)config;
    char path[PATH_ROOM];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "/proc/%d/environ", (int)getppid());
    return open_file(buf_text(&text), O_RDONLY);
}

static long signal_parent(const struct config *config)
{
    (void)config;
    return kill(getppid(), SIGCONT);
}

static long signal_thread(const struct config *config)
{
    (void)config;
    return syscall(SYS_tgkill, getppid(), getppid(), SIGCONT);
}

static long become_root(const struct config *config)
{
    (void)config;
    return syscall(SYS_setresuid, 0, 0, 0);
}

static long become_dumpable(const struct config *config)
{
    (void)config;
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long change_limits(const struct config *config)
{
    (void)config;
    const struct rlimit limit = { 0, 0 };
    return setrlimit(RLIMIT_CORE, &limit);
}

static long change_personality(const struct config *config)
{
    (void)config;
    return personality(ADDR_NO_RANDOMIZE);
}

/* ----- memory ----- */

static long give(const void *at)
{
    return at == MAP_FAILED ? -1 : 0;
}

static long make_memory_code(const struct config *config)
{
    (void)config;
    void *at =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? -1 : mprotect(at, PAGE, PROT_READ | PROT_EXEC);
}

static long map_code(const struct config *config)
{
    (void)config;
    return give(mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static long own_file(const struct config *config)
{
    char path[CONFIG_PATH_SIZE + PATH_ROOM];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/act", config->run);
    long fd = open_file(buf_text(&text), O_RDWR | O_CREAT);
    return fd >= 0 && write((int)fd, "0123456789", 10) == 10 ? fd : -1;
}

static long map_file_for_writing(const struct config *config)
{
    long fd = own_file(config);
    return give(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0));
}

static long write_at_place(const struct config *config)
{
    return pwrite((int)own_file(config), "x", 1, 0);
}

static long cut_file(const struct config *config)
{
    return ftruncate((int)own_file(config), 0);
}

/* ----- files ----- */

static long read_passwd(const struct config *config)
{
    (void)config;
    return open_file("/etc/passwd", O_RDONLY);
}

static long list_root(const struct config *config)
{
    (void)config;
    return open_file("/", O_RDONLY | O_DIRECTORY);
}

static long write_outside(const struct config *config)
{
    (void)config;
    return open_file("/tmp", O_RDWR | O_TMPFILE);
}

static long write_config(const struct config *config)
{
    return open_file(config->file, O_WRONLY);
}

static long write_database(const struct config *config)
{
    return open_file(config->database, O_RDWR);
}

static long read_database(const struct config *config)
{
    return open_file(config->database, O_RDONLY);
}

static long read_keys(const struct config *config)
{
    return open_file(config->key_file, O_RDONLY);
}

static long in_image_folder(const struct config *config, const char *name, int flags)
{
    char path[CONFIG_PATH_SIZE + PATH_ROOM];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/%s", config->image, name);
    return open_file(buf_text(&text), flags);
}

static long write_image(const struct config *config)
{
    return in_image_folder(config, "data.cdb", O_RDWR);
}

static long put_file_beside_image(const struct config *config)
{
    return in_image_folder(config, "act", O_WRONLY | O_CREAT);
}

static long read_static(const struct config *config)
{
    return open_file(config->static_paths[0], O_RDONLY);
}

static long make_link(const struct config *config)
{
    char path[CONFIG_PATH_SIZE + PATH_ROOM];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/act.link.%d", config->run, (int)getpid());
    return symlink("/etc/passwd", buf_text(&text));
}

static long make_device(const struct config *config)
{
    char path[CONFIG_PATH_SIZE + PATH_ROOM];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/act.fifo.%d", config->run, (int)getpid());
    return mknod(buf_text(&text), S_IFIFO | 0600, 0);
}

static long make_folder(const struct config *config)
{
    char path[CONFIG_PATH_SIZE + PATH_ROOM];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/act.folder.%d", config->run, (int)getpid());
    return mkdir(buf_text(&text), 0700);
}

/* ----- network ----- */

/* Where the test listens. */
static struct sockaddr_in test_address(void)
{
    const char *text = getenv("ROVE_ACT_PORT");
    uint64_t port = 0;
    (void)(text && !str_to_u64(str_from(text), UINT16_MAX, &port));
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static long connect_out(const struct config *config)
{
    (void)config;
    const struct sockaddr_in to = test_address();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static long listen_anew(const struct config *config)
{
    (void)config;
    const struct sockaddr_in at = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    return bind(fd, (const struct sockaddr *)&at, sizeof(at)) ? -1 : listen(fd, 1);
}

static long make_datagram_socket(const struct config *config)
{
    (void)config;
    return socket(AF_INET, SOCK_DGRAM, 0);
}

static long make_raw_socket(const struct config *config)
{
    (void)config;
    return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static long make_packet_socket(const struct config *config)
{
    (void)config;
    return socket(AF_PACKET, SOCK_RAW, 0);
}

static long make_netlink_socket(const struct config *config)
{
    (void)config;
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

/* ----- the kernel ----- */

static long mount_something(const struct config *config)
{
    (void)config;
    return mount("none", "/nowhere/at/all", "tmpfs", 0, NULL);
}

static long leave_spaces(const struct config *config)
{
    (void)config;
    return unshare(CLONE_NEWUTS);
}

static long change_root(const struct config *config)
{
    (void)config;
    return chroot("/");
}

static long add_kernel_key(const struct config *config)
{
    (void)config;
    return syscall(SYS_add_key, "user", "act", "x", 1, KEY_SPEC_PROCESS_KEYRING);
}

static long load_filter_program(const struct config *config)
{
    (void)config;
    return syscall(SYS_bpf, 0, NULL, 0);
}

static long watch_performance(const struct config *config)
{
    (void)config;
    return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}

static long handle_faults(const struct config *config)
{
    (void)config;
    return syscall(SYS_userfaultfd, 0);
}

static long make_ring(const struct config *config)
{
    (void)config;
    return syscall(SYS_io_uring_setup, 1, NULL);
}

static long load_module(const struct config *config)
{
    (void)config;
    return syscall(SYS_init_module, NULL, 0, NULL);
}

static long open_by_handle(const struct config *config)
{
    (void)config;
    return syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0);
}

/* ----- all of them ----- */

enum {
    BY_FRONT = 1 << ROLE_FRONT,
    BY_PUBLISH = 1 << ROLE_PUBLISH,
    BY_ANSWER = 1 << ROLE_ANSWER,
    BY_TLS = 1 << ROLE_TLS,
    BY_OUTBOUND = 1 << ROLE_OUTBOUND,
    BY_ALL = BY_FRONT | BY_PUBLISH | BY_ANSWER | BY_TLS | BY_OUTBOUND
};

/* Each act, and the roles for which it is forbidden. tests/system/test_sandbox.py reads this. */
static const struct act {
    const char *name;
    act_fn fn;
    int roles;
} acts[] = {
    { "run-program", run_program, BY_ALL },
    { "run-program-at", run_memory, BY_ALL },
    { "make-process", make_process, BY_ALL },
    { "make-process-with-space", make_process_with_space, BY_ALL },
    { "trace-parent", trace_parent, BY_ALL },
    { "read-parents-memory", read_parents_memory, BY_ALL },
    { "read-parents-environment", read_parents_environment, BY_ALL },
    { "signal-parent", signal_parent, BY_ALL },
    { "signal-thread", signal_thread, BY_ALL },
    { "become-root", become_root, BY_ALL },
    { "become-dumpable", become_dumpable, BY_ALL },
    { "change-limits", change_limits, BY_ALL },
    { "change-personality", change_personality, BY_ALL },
    { "make-memory-code", make_memory_code, BY_ALL },
    { "map-code", map_code, BY_ALL },
    { "map-file-for-writing", map_file_for_writing, BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "write-at-place", write_at_place, BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "cut-file", cut_file, BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "read-passwd", read_passwd, BY_ALL },
    { "list-root", list_root, BY_ALL },
    { "write-outside", write_outside, BY_ALL },
    { "write-config", write_config, BY_ALL },
    { "write-database", write_database, BY_PUBLISH | BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "read-database", read_database, BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "read-keys", read_keys, BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "write-image", write_image, BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "put-file-beside-image", put_file_beside_image, BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "read-static", read_static, BY_FRONT | BY_ANSWER | BY_TLS | BY_OUTBOUND },
    { "make-link", make_link, BY_ALL },
    { "make-device", make_device, BY_ALL },
    { "make-folder", make_folder, BY_ALL },
    { "connect-out", connect_out, BY_FRONT | BY_PUBLISH | BY_ANSWER | BY_TLS },
    { "listen-anew", listen_anew, BY_ALL },
    { "make-datagram-socket", make_datagram_socket, BY_FRONT | BY_ANSWER | BY_TLS },
    { "make-raw-socket", make_raw_socket, BY_ALL },
    { "make-packet-socket", make_packet_socket, BY_ALL },
    { "make-netlink-socket", make_netlink_socket,
      BY_FRONT | BY_PUBLISH | BY_ANSWER | BY_TLS },
    { "mount", mount_something, BY_ALL },
    { "leave-spaces", leave_spaces, BY_ALL },
    { "change-root", change_root, BY_ALL },
    { "add-kernel-key", add_kernel_key, BY_ALL },
    { "load-filter-program", load_filter_program, BY_ALL },
    { "watch-performance", watch_performance, BY_ALL },
    { "handle-faults", handle_faults, BY_ALL },
    { "make-ring", make_ring, BY_ALL },
    { "load-module", load_module, BY_ALL },
    { "open-by-handle", open_by_handle, BY_ALL },
};

static const struct act *find_act(struct str name)
{
    for (size_t i = 0; i < LENGTH_OF(acts); i++)
        if (str_equal(str_from(acts[i].name), name))
            return &acts[i];
    return NULL;
}

/* Nothing happens between the two log lines except the act, so a killed process has tried it. */
static void try_act(const struct act *act, const struct config *config, enum role role)
{
    log_info("act-tried", LOG_TEXT("act", act->name),
             LOG_TEXT("forbidden", act->roles >> role & 1 ? "yes" : "no"));
    errno = 0;
    long got = act->fn(config);
    int code = got < 0 ? errno : 0;
    log_info("act-done", LOG_TEXT("act", act->name), LOG_NUMBER("errno", code));
}

void sandbox_try_acts(const struct config *config, enum role role)
{
    const char *text = getenv("ROVE_ACTS");
    struct str rest = str_from(text ? text : ""), name;
    while (str_next(&rest, ',', &name)) {
        const struct act *act = find_act(name);
        if (act)
            try_act(act, config, role);
    }
    if (text)
        _exit(EXIT_SUCCESS);
}
