// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/challenge.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "rule/challenge.h"

enum {
    PATH_SIZE = 4096 + CHALLENGE_TOKEN_MAX
};

/* A named pipe must not hold us up, nor a link lead elsewhere. -1: it cannot be opened. */
static int open_file(const char *folder, struct str token)
{
    char storage[PATH_SIZE];
    struct buf path = BUF_ON(storage);
    buf_printf(&path, "%s/" STR_FMT, folder, STR_ARG(token));
    return open(buf_text(&path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* False: there is nothing to show. */
static bool read_file(const char *folder, struct str token, char *bytes, size_t *n)
{
    struct stat about;
    CLEANUP(file_closep) int fd = open_file(folder, token);
    if (fd < 0 || fstat(fd, &about) || !S_ISREG(about.st_mode) ||
        about.st_size > CHALLENGE_FILE_MAX)
        return false;
    ssize_t count = read(fd, bytes, CHALLENGE_FILE_MAX);
    *n = count > 0 ? (size_t)count : 0;
    return count >= 0;
}

void challenge_page(const char *folder, struct str token, struct http_exchange *exchange)
{
    char bytes[CHALLENGE_FILE_MAX];
    size_t n = 0;
    bool found =
        folder[0] && challenge_is_token(token) && read_file(folder, token, bytes, &n);
    const struct http_response response = {
        .status = found ? 200 : 404,
        .type = found ? "application/octet-stream" : NULL,
        .body = found ? str_bytes(bytes, n) : STR("not found\n"),
    };
    http_reply(exchange, &response);
}
