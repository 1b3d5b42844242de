// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/sealed.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

/* A machine may demand that nothing in such memory can be executed, which kernels before 6.3 do
 * not know. */
static int create(void)
{
    int fd =
        memfd_create("rove-image", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("rove-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

enum status sealed_make(size_t n, struct sealed *out, struct error *err)
{
    CLEANUP(file_closep)
    int fd = create();
    if (fd < 0 || ftruncate(fd, (off_t)n))
        return FAIL(err, ERR_IO, "shared memory: %s", strerror(errno));
    void *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return FAIL(err, ERR_IO, "shared memory: %s", strerror(errno));
    *out = (struct sealed){ .at = (uint8_t *)at, .n = n, .fd = fd };
    fd = -1;
    return OK;
}

void sealed_close(struct sealed *sealed)
{
    static const int seals =
        F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    sealed->holds = fcntl(sealed->fd, F_ADD_SEALS, seals) == 0;
}

void sealed_done(struct sealed *sealed)
{
    if (sealed->at)
        (void)munmap(sealed->at, sealed->n);
    file_close(sealed->fd);
    *sealed = SEALED_NONE;
}

bool sealed_is_firm(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK);
}
