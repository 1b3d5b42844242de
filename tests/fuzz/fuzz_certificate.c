// SPDX-License-Identifier: GPL-3.0-or-later
/* A chain and a key, with a zero byte between them: they are refused with a reason, or make a
 * certificate that is for its own names and can be served, unless OpenSSL has something against
 * it. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls/certificate.h"
#include "tls/session.h"
#include "tls/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    PATH_SIZE = 64
};

/* A file in memory, for one test after the other. */
struct file {
    int fd;
    char path[PATH_SIZE];
};

static void open_file(struct file *file)
{
    file->fd = memfd_create("fuzz", MFD_CLOEXEC);
    int failed = fchmod(file->fd, 0600);
    assert(!failed);
    (void)snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
}

static void fill(const struct file *file, struct str bytes)
{
    int failed = ftruncate(file->fd, 0);
    assert(!failed);
    ssize_t n = pwrite(file->fd, bytes.at, bytes.n, 0);
    assert(n == (ssize_t)bytes.n);
}

static void check_names(const struct certificate *certificate)
{
    size_t count = certificate_name_count(certificate);
    assert(count <= CERTIFICATE_NAMES_MAX);
    for (size_t i = 0; i < count; i++) {
        enum certificate_match match =
            certificate_match(certificate, certificate_name(certificate, i));
        assert(match == CERTIFICATE_EXACT);
    }
    assert(certificate_covers(certificate, certificate) == (count > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct file chain = { .fd = -1 }, key = { .fd = -1 };
    if (chain.fd < 0) {
        session_library_init();
        open_file(&chain);
        open_file(&key);
    }
    struct str bytes = str_bytes(data, size);
    size_t end = str_find(bytes, 0);
    fill(&chain, str_first(bytes, end));
    fill(&key, str_from_at(bytes, end + 1));

    CLEANUP(certificate_freep) struct certificate *certificate = NULL;
    struct error err = { "" };
    if (certificate_load(chain.path, key.path, &certificate, &err)) {
        assert(!certificate && err.text[0]);
        return 0;
    }
    check_names(certificate);
    (void)certificate_kind(certificate);
    (void)certificate_days_left(certificate, 0);
    CLEANUP(site_freep) struct site *site = NULL;
    enum status status = site_new(&certificate, 1, "", session_prepare, &site, &err);
    assert(status == OK ? site != NULL : status == ERR_CONFLICT && err.text[0]);
    return 0;
}
