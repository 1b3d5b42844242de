// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/notice.h"

#include "base/file.h"
#include "base/mem.h"

#include <libgen.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not IN_MODIFY: a file counts when its writer is done. */
static const uint32_t event_mask =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB;

static void drain(void *ctx, uint32_t events)
{
    (void)events;
    struct notice *notice = ctx;
    char space[sizeof(struct inotify_event) + NAME_MAX + 1];
    while (read(notice->fd, space, sizeof(space)) > 0) {
    }
    notice->fn(notice->ctx);
}

static void watch_folder_of(const struct notice *notice, const char *path)
{
    struct stat about;
    CLEANUP(mem_freep) char *copy = mem_copy_text(path);
    const char *folder =
        stat(path, &about) == 0 && S_ISDIR(about.st_mode) ? path : dirname(copy);
    (void)inotify_add_watch(notice->fd, folder, event_mask); /* else the timer finds it */
}

void notice_start(struct notice *notice, struct loop *loop,
                  const struct static_paths *paths, timer_fn fn, void *ctx)
{
    *notice = (struct notice){ .fd = -1, .fn = fn, .ctx = ctx };
    if (paths->count > 0)
        notice->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (notice->fd < 0)
        return;
    for (size_t i = 0; i < paths->count; i++)
        watch_folder_of(notice, paths->at[i]);
    watch_start(&notice->watch, loop, notice->fd, EPOLLIN, drain, notice);
}

void notice_stop(struct notice *notice)
{
    watch_stop(&notice->watch);
    file_close(notice->fd);
    notice->fd = -1;
}
