// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/store.h"

enum {
    FILE_MAX = 4096,
    PATH_SIZE = 4096,
    FINGERPRINT_SIZE = 64,
    KEYS = 3,
    FIRST_VERSION = 1,
};

/* The names of the keys in the file. The settings name their fingerprints after them. */
static const char *const key_names[KEYS] = { "pepper", "master", "seal" };
static const char *const setting_names[KEYS] = { "key_pepper", "key_master", "key_seal" };

/* Where a key and its version are in `struct keys`. */
struct slot {
    uint8_t *key, *version;
};

static struct slot slot_of(struct keys *keys, size_t i)
{
    const struct slot slots[KEYS] = {
        { keys->pepper, &keys->pepper_version },
        { keys->master, &keys->master_version },
        { keys->seal, &keys->seal_version },
    };
    return slots[i];
}

static void format_keys(struct keys *keys, struct buf *out)
{
    buf_put_text(out,
                 "# The keys of this service. Whoever has them and the database can\n"
                 "# forge secrets; without them no token works. Keep a copy.\n");
    for (size_t i = 0; i < KEYS; i++) {
        struct slot slot = slot_of(keys, i);
        buf_printf(out, "%s %u ", key_names[i], (unsigned)*slot.version);
        buf_put_hex(out, str_bytes(slot.key, DIGEST_KEY_SIZE));
        buf_put_text(out, "\n");
    }
}

/* Writes the whole file under another name and then links it, which never replaces a file. So there
 * is never half a key file, and of two attempts at once only one succeeds. */
static enum status put_in_place(const char *path, struct str text, struct error *err)
{
    char storage[PATH_SIZE];
    struct buf fresh = BUF_ON(storage);
    buf_printf(&fresh, "%s.new%ld", path, (long)getpid());
    const char *fresh_path = buf_text(&fresh);
    if (fresh.full)
        return FAIL(err, ERR_LIMIT, "%s: path too long", path);

    enum status status = file_replace(fresh_path, text, S_IRUSR | S_IWUSR, err);
    if (status)
        return status;
    if (link(fresh_path, path)) {
        status = errno == EEXIST
                     ? FAIL(err, ERR_EXISTS, "%s: exists and is never replaced", path)
                     : FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
        (void)unlink(fresh_path);
        return status;
    }
    (void)unlink(fresh_path);
    return file_sync_directory(path, err);
}

enum status keys_create(const char *path, struct error *err)
{
    struct keys keys;
    for (size_t i = 0; i < KEYS; i++) {
        struct slot slot = slot_of(&keys, i);
        random_fill(slot.key, DIGEST_KEY_SIZE);
        *slot.version = FIRST_VERSION;
    }
    char storage[FILE_MAX];
    struct buf text = BUF_ON(storage);
    format_keys(&keys, &text);
    enum status status = put_in_place(path, buf_str(&text), err);
    mem_wipe(storage, sizeof(storage));
    keys_done(&keys);
    return status;
}

static size_t find_name(struct str name)
{
    size_t i = 0;
    while (i < KEYS && !str_equal(name, str_from(key_names[i])))
        i++;
    return i;
}

static enum status parse_line(struct str line, struct keys *keys, struct error *err)
{
    struct str rest = line, name = { NULL, 0 }, version = { NULL, 0 };
    bool whole = str_next(&rest, ' ', &name) && str_next(&rest, ' ', &version);
    size_t i = whole ? find_name(name) : KEYS;
    if (i == KEYS)
        return FAIL(err, ERR_SYNTAX,
                    "must be 'pepper', 'master' or 'seal', a version "
                    "and a key");
    struct slot slot = slot_of(keys, i);
    uint64_t number = 0;
    if (*slot.version)
        return FAIL(err, ERR_SYNTAX, "%s stands there twice", key_names[i]);
    if (str_to_u64(version, UINT8_MAX, &number) || number == 0)
        return FAIL(err, ERR_SYNTAX, "%s: the version must be 1 to %d", key_names[i],
                    UINT8_MAX);
    if (str_from_hex(rest, slot.key, DIGEST_KEY_SIZE))
        return FAIL(err, ERR_SYNTAX, "%s: the key must be %d hexadecimal digits",
                    key_names[i], 2 * DIGEST_KEY_SIZE);
    *slot.version = (uint8_t)number;
    return OK;
}

static enum status parse_lines(struct str text, struct keys *keys, struct error *err)
{
    size_t number = 0;
    for (struct str rest = text, line; str_next(&rest, '\n', &line);) {
        number++;
        line = str_trim(line);
        if (line.n == 0 || line.at[0] == '#')
            continue;
        enum status status = parse_line(line, keys, err);
        if (status) {
            error_prefix(err, "line %zu", number);
            return status;
        }
    }
    for (size_t i = 0; i < KEYS; i++)
        if (*slot_of(keys, i).version == 0)
            return FAIL(err, ERR_SYNTAX, "no line for %s", key_names[i]);
    return OK;
}

enum status keys_parse(struct str text, struct keys *out, struct error *err)
{
    struct keys keys = { .pepper_version = 0 };
    enum status status = parse_lines(text, &keys, err);
    if (!status)
        *out = keys;
    keys_done(&keys);
    return status;
}

static enum status check_mode(const char *path, struct error *err)
{
    struct stat info;
    if (stat(path, &info))
        return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                    strerror(errno));
    if (info.st_mode & (S_IRWXG | S_IRWXO))
        return FAIL(err, ERR_DENIED,
                    "%s: others than its owner may use it (mode %03o); chmod it to 600",
                    path, (unsigned)info.st_mode & 0777U);
    return OK;
}

enum status keys_load(const char *path, struct keys *out, struct error *err)
{
    enum status status = check_mode(path, err);
    if (status)
        return status;
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    status = file_read(path, FILE_MAX, &text, &n, err);
    if (status)
        return status;
    status = keys_parse(str_bytes(text, n), out, err);
    if (status)
        error_prefix(err, "%s", path);
    mem_wipe(text, n);
    return status;
}

/* Writes a key's fingerprint: its version, and a digest that only the key can make. */
static void format_fingerprint(const struct keys *keys, size_t i, struct buf *out)
{
    struct keys copy = *keys;
    struct slot slot = slot_of(&copy, i);
    struct digest digest = digest_keyed(slot.key, str_from(setting_names[i]));
    buf_printf(out, "%u ", (unsigned)*slot.version);
    buf_put_hex(out, digest_bytes(&digest));
    keys_done(&copy);
}

static enum status match_one(const struct keys *keys, size_t i, struct store *store,
                             struct error *err)
{
    char ours_storage[FINGERPRINT_SIZE], held_storage[FINGERPRINT_SIZE];
    struct buf ours = BUF_ON(ours_storage), held = BUF_ON(held_storage);
    format_fingerprint(keys, i, &ours);
    enum status status = store_setting_get(store, setting_names[i], &held, err);
    if (status == ERR_NOT_FOUND)
        return store_setting_put(store, setting_names[i], buf_str(&ours), err);
    if (status && status != ERR_LIMIT)
        return status;
    if (status || !str_equal(buf_str(&ours), buf_str(&held)))
        return FAIL(err, ERR_CONFLICT,
                    "the key '%s' is not the one that this database was used with: "
                    "put the right key file in place",
                    key_names[i]);
    return OK;
}

enum status keys_match(const struct keys *keys, struct store *store, struct error *err)
{
    for (size_t i = 0; i < KEYS; i++) {
        enum status status = match_one(keys, i, store, err);
        if (status)
            return status;
    }
    return OK;
}

void keys_done(struct keys *keys)
{
    mem_wipe(keys, sizeof(*keys));
}
