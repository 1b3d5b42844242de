// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/certificates.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

enum {
    LOOK_EVERY_MS = 1000,
    SETTLE_MS = 50, /* chain and key change one after the other */
};

struct entry {
    char *title, *chain, *key;
    struct certificate *certificate;
    struct file_sight chain_seen, key_seen;
    bool seen;
    char trouble[ERROR_TEXT_SIZE];
};

struct certificates {
    struct loop *loop;
    const struct certificates_events *events;
    void *ctx;
    struct entry *entries;
    size_t count;
    int inotify; /* -1: none could be had */
    struct watch watch;
    struct timer timer, settling;
};

static void entries_free(struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mem_free(entries[i].title);
        mem_free(entries[i].chain);
        mem_free(entries[i].key);
        certificate_free(entries[i].certificate);
    }
    mem_free(entries);
}

/* ----- reading ----- */

/* True: it is another one. What is refused for the same reason twice is told once. */
static bool read_again(const struct certificates *certificates, struct entry *entry,
                       bool is_fresh)
{
    struct certificate *made = NULL;
    struct error err = { "" };
    if (!certificate_load(entry->chain, entry->key, &made, &err)) {
        certificate_free(entry->certificate);
        entry->certificate = made;
        entry->trouble[0] = 0;
        return true;
    }
    bool is_told = !is_fresh && strcmp(entry->trouble, err.text) == 0;
    memcpy(entry->trouble, err.text, sizeof(entry->trouble));
    if (!is_told)
        certificates->events->refused(certificates->ctx, entry->title, err.text,
                                      entry->certificate != NULL);
    return false;
}

/* Of one in trouble more than the contents may have mattered. */
static bool look_at(const struct certificates *certificates, struct entry *entry)
{
    const struct file_sight chain = file_look_at(entry->chain),
                            key = file_look_at(entry->key);
    bool is_fresh = !entry->seen || !file_sight_equal(&chain, &entry->chain_seen) ||
                    !file_sight_equal(&key, &entry->key_seen);
    if (!is_fresh && !entry->trouble[0])
        return false;
    entry->chain_seen = chain;
    entry->key_seen = key;
    entry->seen = true;
    return read_again(certificates, entry, is_fresh);
}

static void look(struct certificates *certificates)
{
    bool changed = false;
    for (size_t i = 0; i < certificates->count; i++)
        changed |= look_at(certificates, &certificates->entries[i]);
    if (changed)
        certificates->events->changed(certificates->ctx);
}

/* ----- watching ----- */

/* Doing it again for a folder that is watched already changes nothing. */
static void watch_folder_of(const struct certificates *certificates, const char *path)
{
    CLEANUP(mem_freep) char *copy = mem_copy_text(path);
    (void)inotify_add_watch(certificates->inotify, dirname(copy),
                            IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_ATTRIB |
                                IN_ONLYDIR);
}

static void watch_file(const struct certificates *certificates, const char *path)
{
    char real[PATH_MAX];
    watch_folder_of(certificates, path);
    if (realpath(path, real))
        watch_folder_of(certificates, real);
}

static void watch_all(const struct certificates *certificates)
{
    for (size_t i = 0; i < certificates->count && certificates->inotify >= 0; i++) {
        watch_file(certificates, certificates->entries[i].chain);
        watch_file(certificates, certificates->entries[i].key);
    }
}

static void on_settled(void *ctx)
{
    struct certificates *certificates = (struct certificates *)ctx;
    watch_all(certificates);
    look(certificates);
}

static void on_event(void *ctx, uint32_t events)
{
    struct certificates *certificates = (struct certificates *)ctx;
    (void)events;
    char bytes[4096]; /* what they say does not matter */
    ssize_t n = 0;
    do
        n = read(certificates->inotify, bytes, sizeof(bytes));
    while (n > 0);
    if (!certificates->settling.loop)
        timer_set(&certificates->settling, certificates->loop,
                  loop_now_ms(certificates->loop) + SETTLE_MS, on_settled, certificates);
}

static void on_timer(void *ctx)
{
    struct certificates *certificates = (struct certificates *)ctx;
    timer_set(&certificates->timer, certificates->loop,
              loop_now_ms(certificates->loop) + LOOK_EVERY_MS, on_timer, certificates);
    on_settled(certificates);
}

struct certificates *certificates_new(struct loop *loop,
                                      const struct certificates_events *events, void *ctx)
{
    struct certificates *certificates = NEW(struct certificates);
    certificates->loop = loop;
    certificates->events = events;
    certificates->ctx = ctx;
    certificates->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (certificates->inotify >= 0)
        watch_start(&certificates->watch, loop, certificates->inotify, EPOLLIN, on_event,
                    certificates);
    timer_set(&certificates->timer, loop, loop_now_ms(loop) + LOOK_EVERY_MS, on_timer,
              certificates);
    return certificates;
}

void certificates_free(struct certificates *certificates)
{
    if (!certificates)
        return;
    timer_stop(&certificates->timer);
    timer_stop(&certificates->settling);
    watch_stop(&certificates->watch);
    file_close(certificates->inotify);
    entries_free(certificates->entries, certificates->count);
    mem_free(certificates);
}

/* The certificate that is in use under the title, for a new entry of that title. */
static struct certificate *take_former(const struct certificates *certificates,
                                       const char *title)
{
    for (size_t i = 0; i < certificates->count; i++)
        if (strcmp(certificates->entries[i].title, title) == 0)
            return TAKE(certificates->entries[i].certificate);
    return NULL;
}

void certificates_follow(struct certificates *certificates,
                         const struct certificate_files *list, size_t count)
{
    struct entry *entries = mem_new_array(count ? count : 1, sizeof(*entries));
    for (size_t i = 0; i < count; i++)
        entries[i] =
            (struct entry){ .title = mem_copy_text(list[i].title),
                            .chain = mem_copy_text(list[i].chain),
                            .key = mem_copy_text(list[i].key),
                            .certificate = take_former(certificates, list[i].title) };
    entries_free(certificates->entries, certificates->count);
    certificates->entries = entries;
    certificates->count = count;
    watch_all(certificates); /* first, so that nothing is missed in between */
    for (size_t i = 0; i < count; i++)
        (void)look_at(certificates, &entries[i]);
    certificates->events->changed(certificates->ctx);
}

size_t certificates_count(const struct certificates *certificates)
{
    return certificates->count;
}

const char *certificates_title(const struct certificates *certificates, size_t index)
{
    return certificates->entries[index].title;
}

struct certificate *certificates_get(const struct certificates *certificates,
                                     size_t index)
{
    return certificates->entries[index].certificate;
}

const char *certificates_trouble(const struct certificates *certificates, size_t index)
{
    return certificates->entries[index].trouble;
}
