// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/pages.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

enum {
    MANIFEST_MAX = 256 << 10,
    NAME_MAX_N = 128,
    TYPE_MAX = 64,
    FOLDER_MAX = 4096,
    VERSION = 1
};

#define MANIFEST "manifest.json"
#define INDEX "/index.html"

struct pages {
    struct page *files;
    size_t file_count, coding_count, bytes;
    struct json *manifest; /* of which `paths` is a part */
    const struct json *paths;
    const struct page *index;
};

static const struct {
    const char *member, *ending;
} codings[PAGE_CODINGS] = { [PAGE_PLAIN] = { "plain", "" },
                            [PAGE_GZIP] = { "gzip", ".gz" },
                            [PAGE_BROTLI] = { "br", ".br" } };

/* ----- the manifest ----- */

static bool is_piece(struct str piece)
{
    for (size_t i = 0; i < piece.n; i++)
        if (!char_is_alpha(piece.at[i]) && !char_is_digit(piece.at[i]) &&
            !memchr("-_.", piece.at[i], 3))
            return false;
    return piece.n > 0 && piece.at[0] != '.';
}

/* "index.html", "assets/app-ABCD.js": nothing that leads out of the folder. */
static bool is_name(struct str name)
{
    struct str rest = name, piece;
    if (name.n == 0 || name.n > NAME_MAX_N)
        return false;
    while (rest.at && str_next_field(&rest, '/', &piece))
        if (!is_piece(piece))
            return false;
    return true;
}

/* It becomes a field of replies. */
static bool is_type(struct str type)
{
    for (size_t i = 0; i < type.n; i++)
        if (type.at[i] < ' ' || type.at[i] > '~')
            return false;
    return type.n > 0 && type.n <= TYPE_MAX;
}

static enum status check_paths(const struct json *paths, struct error *err)
{
    if (!json_is_array(paths) || json_count(paths) > PAGES_PATHS_MAX)
        return FAIL(err, ERR_SYNTAX, "%s: pages: must be a list of at most %d paths",
                    MANIFEST, PAGES_PATHS_MAX);
    for (size_t i = 0; i < json_count(paths); i++) {
        struct str path = { 0 };
        if (!json_as_text(json_item(paths, i), &path) || !str_starts(path, STR("/")))
            return FAIL(err, ERR_SYNTAX, "%s: pages: \"" STR_FMT "\" is no path",
                        MANIFEST, STR_ARG(path));
    }
    return OK;
}

/* ----- files ----- */

static char *copy(struct str text, const char *before)
{
    size_t size = strlen(before) + text.n + 1;
    char *bytes = mem_new(size);
    struct buf out = buf_on(bytes, size);
    buf_put_text(&out, before);
    buf_put(&out, text);
    (void)buf_text(&out);
    return bytes;
}

static bool has_hash(struct str bytes, struct str text)
{
    uint8_t wanted[DIGEST_SHA256_SIZE], found[DIGEST_SHA256_SIZE];
    if (text.n != 2 * sizeof(wanted) || str_from_hex(text, wanted, sizeof(wanted)))
        return false;
    digest_sha256(bytes, found);
    return memcmp(wanted, found, sizeof(found)) == 0;
}

static enum status read_coding(struct pages *pages, const char *path,
                               const struct json *about, struct page_bytes *out,
                               struct error *err)
{
    size_t room = PAGES_BYTES_MAX - pages->bytes;
    struct str hash = json_get_text(about, "sha256");
    if (pages->coding_count == PAGES_FILES_MAX)
        return FAIL(err, ERR_LIMIT, "more than %d files", PAGES_FILES_MAX);
    enum status status = file_read(path, room, &out->at, &out->n, err);
    if (status == ERR_LIMIT)
        return FAIL(err, ERR_LIMIT, "more than %d bytes in all", PAGES_BYTES_MAX);
    if (status)
        return status;
    pages->coding_count++;
    pages->bytes += out->n;
    if (!has_hash((struct str){ out->at, out->n }, hash))
        return FAIL(err, ERR_SYNTAX, "%s: is not as %s says", path, MANIFEST);
    struct buf tag = BUF_ON(out->tag);
    buf_put(&tag, str_first(hash, sizeof(out->tag) - 1));
    (void)buf_text(&tag);
    return OK;
}

static enum status read_codings(struct pages *pages, const char *folder,
                                const struct json *about, struct page *out,
                                struct error *err)
{
    for (size_t i = 0; i < PAGE_CODINGS; i++) {
        char storage[FOLDER_MAX + NAME_MAX_N + 8];
        struct buf path = BUF_ON(storage);
        const struct json *coding = json_get(about, codings[i].member);
        if (!coding && i != PAGE_PLAIN)
            continue;
        buf_printf(&path, "%s%s%s", folder, out->path, codings[i].ending);
        enum status status =
            read_coding(pages, buf_text(&path), coding, &out->codings[i], err);
        if (status)
            return status;
    }
    return OK;
}

static enum status read_file(struct pages *pages, const char *folder,
                             const struct json *about, struct error *err)
{
    struct str name = json_get_text(about, "path");
    struct str type = json_get_text(about, "type");
    if (!is_name(name))
        return FAIL(err, ERR_SYNTAX, "%s: \"" STR_FMT "\" is no name of a file", MANIFEST,
                    STR_ARG(name));
    if (!is_type(type))
        return FAIL(err, ERR_SYNTAX, "%s: " STR_FMT ": has no type", MANIFEST,
                    STR_ARG(name));
    struct page *page = &pages->files[pages->file_count++];
    *page = (struct page){ .path = copy(name, "/"), .type = copy(type, "") };
    return read_codings(pages, folder, about, page, err);
}

static const struct page *find_file(const struct pages *pages, struct str path)
{
    for (size_t i = 0; i < pages->file_count; i++)
        if (str_equal(path, str_from(pages->files[i].path)))
            return &pages->files[i];
    return NULL;
}

static enum status read_files(struct pages *pages, const char *folder, struct error *err)
{
    const struct json *files = json_get(pages->manifest, "files");
    size_t count = json_count(files);
    if (count > PAGES_FILES_MAX)
        return FAIL(err, ERR_LIMIT, "more than %d files", PAGES_FILES_MAX);
    pages->files = mem_new_array(count + 1, sizeof(*pages->files));
    for (size_t i = 0; i < count; i++) {
        enum status status = read_file(pages, folder, json_item(files, i), err);
        if (status)
            return status;
    }
    pages->index = find_file(pages, STR(INDEX));
    return pages->index ? OK : FAIL(err, ERR_SYNTAX, "%s: has no index.html", MANIFEST);
}

static enum status read_manifest(struct pages *pages, const char *folder,
                                 struct error *err)
{
    char storage[FOLDER_MAX + NAME_MAX_N];
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    struct buf path = BUF_ON(storage);
    buf_printf(&path, "%s/%s", folder, MANIFEST);
    enum status status = file_read(buf_text(&path), MANIFEST_MAX, &text, &n, err);
    if (!status) {
        status = json_parse((struct str){ text, n }, &pages->manifest, err);
        if (status)
            error_prefix(err, "%s", MANIFEST);
    }
    if (!status && json_get_number(pages->manifest, "version") != VERSION)
        status = FAIL(err, ERR_SYNTAX, "%s: its version must be %d", MANIFEST, VERSION);
    return status;
}

enum status pages_load(const char *folder, struct pages **out, struct error *err)
{
    CLEANUP(pages_freep) struct pages *pages = NEW(struct pages);
    enum status status = read_manifest(pages, folder, err);
    if (status)
        return status;
    pages->paths = json_get(pages->manifest, "pages");
    status = check_paths(pages->paths, err);
    if (!status)
        status = read_files(pages, folder, err);
    if (status)
        return status;
    *out = TAKE(pages);
    return OK;
}

void pages_free(struct pages *pages)
{
    if (!pages)
        return;
    for (size_t i = 0; i < pages->file_count; i++) {
        struct page *page = &pages->files[i];
        mem_free(page->path);
        mem_free(page->type);
        for (size_t k = 0; k < PAGE_CODINGS; k++)
            mem_free(page->codings[k].at);
    }
    mem_free(pages->files);
    json_free(pages->manifest);
    mem_free(pages);
}

/* ----- looking up ----- */

static bool stands_for(struct str pattern, struct str path)
{
    if (pattern.n < 2 || !str_ends(pattern, STR("/")))
        return str_equal(pattern, path);
    struct str rest = str_from_at(path, pattern.n);
    return str_starts(path, pattern) && rest.n > 0 && str_find(rest, '/') == rest.n;
}

const struct page *pages_find(const struct pages *pages, struct str path)
{
    for (size_t i = 0; i < json_count(pages->paths); i++) {
        struct str pattern = { 0 };
        if (json_as_text(json_item(pages->paths, i), &pattern) &&
            stands_for(pattern, path))
            return pages->index;
    }
    return find_file(pages, path);
}

const struct page *pages_index(const struct pages *pages)
{
    return pages->index;
}

size_t pages_count(const struct pages *pages)
{
    return pages->coding_count;
}

size_t pages_size(const struct pages *pages)
{
    return pages->bytes;
}
