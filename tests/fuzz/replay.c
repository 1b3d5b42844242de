// SPDX-License-Identifier: GPL-3.0-or-later
/* Runs a fuzz target once for every file of the folders that are named. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    INPUT_MAX = 1 << 20,
    PATH_SIZE = 4096
};

static void run_file(const char *path)
{
    CLEANUP(mem_freep) char *bytes = NULL;
    size_t n = 0;
    struct error err;
    if (file_read(path, INPUT_MAX, &bytes, &n, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    /* A copy of the exact size, so that a sanitizer sees a read past its end. */
    CLEANUP(mem_freep) uint8_t *exact = (uint8_t *)mem_new(n);
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput(exact, n);
}

static size_t run_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        (void)fprintf(stderr, "%s: cannot be opened\n", folder);
        exit(1);
    }
    size_t count = 0;
    for (const struct dirent *entry = NULL; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        char path[PATH_SIZE];
        struct buf text = BUF_ON(path);
        buf_put_text(&text, folder);
        buf_put_text(&text, "/");
        buf_put_text(&text, entry->d_name);
        run_file(buf_text(&text));
        count++;
    }
    (void)closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    random_init();
    size_t count = 0;
    for (int i = 1; i < argc; i++)
        count += run_folder(argv[i]);
    printf("%zu inputs\n", count);
    return count ? 0 : 1; /* an empty corpus tests nothing */
}
