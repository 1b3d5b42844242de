// SPDX-License-Identifier: GPL-3.0-or-later
/* Secrets that stand in files of their own: of keys, of cookies and of the mail server. */
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/guard.h"

enum {
    SECRET_FILE_MAX = 4096
};

/* Takes the contents of a file. Errors are about the contents alone. */
typedef enum status (*take_fn)(struct str text, void *out, struct error *err);

static enum status read_secret(const char *path, take_fn take, void *out,
                               struct error *err)
{
    char *text = NULL;
    size_t n = 0;
    enum status status = guard_secret_file(path, err);
    if (!status)
        status = file_read(path, SECRET_FILE_MAX, &text, &n, err);
    if (status)
        return status;
    status = take(str_bytes(text, n), out, err);
    if (status)
        error_prefix(err, "%s", path);
    mem_wipe(text, n);
    mem_free(text);
    return status;
}

static enum status take_cookie_secrets(struct str text, void *out, struct error *err)
{
    struct config *config = (struct config *)out;
    size_t count = 0;
    for (struct str line; str_next(&text, '\n', &line);) {
        line = str_trim(line);
        if (line.n == 0)
            continue;
        if (count == CONFIG_COOKIE_SECRETS)
            return FAIL(err, ERR_LIMIT, "more than %d secrets", CONFIG_COOKIE_SECRETS);
        if (line.n != sizeof(config->dns_cookie_secrets[0]) * 2 ||
            str_from_hex(line, config->dns_cookie_secrets[count], line.n / 2))
            return FAIL(err, ERR_SYNTAX, "a secret has 32 hexadecimal digits");
        count++;
    }
    if (count == 0)
        return FAIL(err, ERR_SYNTAX, "there is no secret");
    config->dns_cookie_secret_count = count;
    return OK;
}

/* The key has its name and algorithm already. */
static enum status take_key_secret(struct str text, void *out, struct error *err)
{
    static const char *const algorithms[] = { [TSIG_HMAC_SHA256] = "hmac-sha256",
                                              [TSIG_HMAC_SHA384] = "hmac-sha384",
                                              [TSIG_HMAC_SHA512] = "hmac-sha512" };
    struct tsig_key *key = (struct tsig_key *)out;
    struct tsig_key whole;
    enum status status =
        tsig_key_parse(str_from(name_text(&key->name)),
                       str_from(algorithms[key->algorithm]), text, &whole, err);
    if (!status)
        *key = whole;
    mem_wipe(&whole, sizeof(whole));
    return status;
}

static enum status take_password(struct str text, void *out, struct error *err)
{
    struct buf password = buf_on(out, CONFIG_PASSWORD_SIZE);
    struct str line = str_trim(str_first(text, str_find(text, '\n')));
    if (line.n == 0 || str_find(line, 0) < line.n)
        return FAIL(err, ERR_SYNTAX, "there is no password in the first line");
    buf_put(&password, line);
    (void)buf_text(&password);
    return password.full ? FAIL(err, ERR_LIMIT, "the password is too long") : OK;
}

enum status config_load_mail_password(const struct config *config,
                                      char out[CONFIG_PASSWORD_SIZE], struct error *err)
{
    out[0] = 0;
    if (!config->mail_password_file[0])
        return OK;
    return read_secret(config->mail_password_file, take_password, out, err);
}

enum status config_load_secrets(struct config *config, struct error *err)
{
    enum status status = OK;
    if (config->dns_cookie_file[0])
        status = read_secret(config->dns_cookie_file, take_cookie_secrets, config, err);
    for (size_t i = 0; i < config->key_count && !status; i++)
        if (config->key_secret_files[i])
            status = read_secret(config->key_secret_files[i], take_key_secret,
                                 &config->keys[i], err);
    return status;
}
