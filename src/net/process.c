// SPDX-License-Identifier: GPL-3.0-or-later
/* Starts a program with the descriptors, the environment and the user that it needs: as a child, or
 * in place of this process. process_group.c keeps children running. */
#include "net/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/inherit.h"
#include "net/privileges.h"

enum {
    EXIT_NOT_STARTED = 127, /* the code that shells use */
    PID_DIGITS = 10,
    VARIABLES = 3 /* of sockets */
};

/* The environment of a child. It is made before fork(), since the child may not allocate. */
struct environment {
    char **list;
    struct buf text;  /* the variables that we add */
    char *pid_digits; /* where the child writes its pid; NULL: nowhere */
};

static void environment_done(struct environment *environment)
{
    mem_free(environment->list);
    mem_free(environment->text.at);
}

/* Adds a variable to the text and returns its first byte. */
static char *put_variable(struct environment *to, const char *name, struct str value)
{
    char *at = (char *)to->text.at + to->text.n;
    buf_put_text(&to->text, name);
    buf_put(&to->text, value);
    buf_put_u8(&to->text, 0);
    return at;
}

static size_t text_size(const struct process_options *options)
{
    size_t n = 128; /* names of variables, digits */
    for (size_t i = 0; i < options->socket_count; i++)
        n += strlen(options->sockets[i].name) + 1;
    return n;
}

/* Adds LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES at `list`; returns how many there are. */
static size_t put_sockets(struct environment *to, const struct process_options *options,
                          char **list)
{
    static const char pid[] = "LISTEN_PID=";
    if (options->socket_count == 0)
        return 0;
    list[0] = put_variable(to, pid, STR("0000000000"));
    to->pid_digits = list[0] + sizeof(pid) - 1;
    char storage[PID_DIGITS];
    struct buf count = BUF_ON(storage);
    buf_put_decimal(&count, options->socket_count);
    list[1] = put_variable(to, "LISTEN_FDS=", buf_str(&count));
    list[2] = (char *)to->text.at + to->text.n;
    buf_put_text(&to->text, "LISTEN_FDNAMES=");
    for (size_t i = 0; i < options->socket_count; i++) {
        buf_put_text(&to->text, i ? ":" : "");
        buf_put_text(&to->text, options->sockets[i].name);
    }
    buf_put_u8(&to->text, 0);
    return VARIABLES;
}

/* Variables of our own supervisor, to which a child must not report. */
static bool is_for_us(const char *text)
{
    static const char *const names[] = { "NOTIFY_SOCKET=", "WATCHDOG_USEC=",
                                         "WATCHDOG_PID=" };
    for (size_t i = 0; i < LENGTH_OF(names); i++)
        if (strncmp(text, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static size_t count_texts(const char *const *list)
{
    size_t n = 0;
    while (list[n])
        n++;
    return n;
}

static void environment_init(struct environment *out,
                             const struct process_options *options, bool replaces_us)
{
    size_t ours = count_texts((const char *const *)environ);
    static const char *const none[] = { NULL };
    const char *const *extra = options->environment ? options->environment : none;
    size_t more = count_texts(extra);
    size_t size = text_size(options);
    *out = (struct environment){ .list = mem_new_array(ours + more + VARIABLES + 1,
                                                       sizeof(*out->list)),
                                 .text = buf_on(mem_new(size), size) };
    size_t n = put_sockets(out, options, out->list);
    /* The first variable of a name counts. execve() takes char *const[] and changes nothing. */
    for (; *extra; extra++)
        out->list[n++] = (char *)(uintptr_t)*extra;
    for (size_t i = 0; i < ours; i++)
        if (replaces_us || !is_for_us(environ[i]))
            out->list[n++] = environ[i];
}

/* ----- in the child, between fork() and execve(): only async-signal-safe calls ----- */

static void write_pid(char *to)
{
    char digits[PID_DIGITS];
    size_t n = 0;
    for (pid_t pid = getpid(); pid > 0; pid /= 10)
        digits[n++] = (char)('0' + pid % 10);
    while (n > 0)
        *to++ = digits[--n];
    *to = 0;
}

/* Moves the descriptors to the numbers from 3 on. First they all move above these numbers, so that
 * none is overwritten before its turn, and so does *report_fd. */
static bool place_sockets(const struct process_options *options, int *report_fd)
{
    int moved[INHERIT_MAX];
    int end = INHERIT_FIRST + (int)options->socket_count;
    for (size_t i = 0; i < options->socket_count; i++) {
        moved[i] = fcntl(options->sockets[i].fd, F_DUPFD_CLOEXEC, end);
        if (moved[i] < 0)
            return false;
    }
    int report = fcntl(*report_fd, F_DUPFD_CLOEXEC, end);
    if (report < 0)
        return false;
    *report_fd = report;
    for (size_t i = 0; i < options->socket_count; i++)
        if (dup2(moved[i], INHERIT_FIRST + (int)i) < 0)
            return false;
    return close_range((unsigned)end, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static bool place_standard(const struct process_options *options)
{
    int null = open("/dev/null", O_RDONLY); /* may be 0; if not, close_range() marks it */
    return null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
           (options->error_fd == 0 || dup2(options->error_fd, STDERR_FILENO) >= 0);
}

static void run_program(const struct process_options *options,
                        const struct environment *environment, pid_t parent,
                        int report_fd)
{
    bool ready = place_standard(options) && place_sockets(options, &report_fd) &&
                 (!options->own_group || setpgid(0, 0) == 0) &&
                 (!options->as || identity_become(options->as));
    if (ready) {
        /* This comes after the change of user, which clears it. */
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(EXIT_NOT_STARTED); /* the parent ended before the line above */
        sigset_t none;
        (void)sigemptyset(&none);
        (void)signal(SIGPIPE, SIG_DFL);
        if (options->holds_signals)
            loop_hold_signals();
        else
            (void)sigprocmask(SIG_SETMASK, &none, NULL);
        if (environment->pid_digits)
            write_pid(environment->pid_digits);
        (void)execve(options->argv[0], options->argv, environment->list);
    }
    int code = errno;
    ssize_t written = write(report_fd, &code, sizeof(code));
    (void)written;
    _exit(EXIT_NOT_STARTED);
}

/* ----- in the parent ----- */

/* Reads the child's error. If execve() has succeeded, it has closed the child's end. */
static enum status read_report(int fd, pid_t pid, const char *program, struct error *err)
{
    int code = 0;
    ssize_t n = 0;
    do {
        n = read(fd, &code, sizeof(code));
    } while (n < 0 && errno == EINTR);
    if (n != sizeof(code))
        return OK;
    (void)waitpid(pid, NULL, 0);
    return FAIL(err, code == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", program,
                strerror(code));
}

enum status process_start_with(const struct process_options *options, pid_t *pid_out,
                               struct error *err)
{
    const char *program = options->argv[0];
    if (options->socket_count > INHERIT_MAX)
        return FAIL(err, ERR_IO, "%s: more than %d sockets", program, INHERIT_MAX);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return FAIL(err, ERR_IO, "%s: pipe: %s", program, strerror(errno));
    CLEANUP(file_closep) int in = ends[0];
    CLEANUP(file_closep) int out = ends[1];
    struct environment environment;
    environment_init(&environment, options, false);
    pid_t parent = getpid();
    pid_t pid = fork();
    int code = errno;
    if (pid == 0)
        run_program(options, &environment, parent, out);
    environment_done(&environment);
    if (pid < 0)
        return FAIL(err, ERR_IO, "%s: fork: %s", program, strerror(code));

    file_close(out);
    out = -1;
    enum status status = read_report(in, pid, program, err);
    if (!status)
        *pid_out = pid;
    return status;
}

enum status process_replace_self(const struct process_options *options, struct error *err)
{
    const char *program = options->argv[0];
    if (options->socket_count > INHERIT_MAX || access(program, X_OK))
        return FAIL(err, ERR_NOT_FOUND, "%s: %s", program, strerror(errno));
    struct environment environment;
    environment_init(&environment, options, true);
    int report = STDERR_FILENO; /* place_sockets() needs one; it is not read */
    if (place_sockets(options, &report)) {
        if (environment.pid_digits)
            write_pid(environment.pid_digits);
        /* The alarm of pulse.h would outlive execve(), but its handler would not. If execve()
         * fails, the next beat sets the alarm again. */
        const struct itimerval none = { .it_value = { .tv_sec = 0 } };
        (void)setitimer(ITIMER_REAL, &none, NULL);
        (void)execve(program, options->argv, environment.list);
    }
    int code = errno;
    environment_done(&environment);
    return FAIL(err, ERR_IO, "%s: %s", program, strerror(code));
}

enum status process_start(char *const argv[], pid_t *pid_out, struct error *err)
{
    const struct process_options options = { .argv = argv };
    return process_start_with(&options, pid_out, err);
}
