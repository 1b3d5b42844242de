// SPDX-License-Identifier: GPL-3.0-or-later
/* A kind is a parser, a check that calls it where the value stands in the file, and a function that
 * writes the parsed value to the places of the option. Texts are checked and copied. */
#include "config/kind.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/origin.h"

const struct config_kind kind_section = { .type = CONF_SECTION };

/* ----- texts ----- */

enum status config_take_text(const struct config_option *option, const struct conf *conf,
                             void *base, struct error *err)
{
    size_t size = option->places[0].size;
    struct buf text = buf_on(config_place(option, base, 0), size);
    buf_put_text(&text, conf_text(conf, config_key(option)));
    (void)buf_text(&text);
    if (text.full)
        return FAIL(err, ERR_LIMIT, "%s: more than %zu bytes", config_key(option),
                    size - 1);
    return OK;
}

enum status config_check_path(struct str value, struct error *err)
{
    if (!str_starts(value, STR("/")))
        return FAIL(err, ERR_SYNTAX, "must be an absolute path");
    return OK;
}

const struct config_kind kind_path = { .type = CONF_TEXT,
                                       .check = config_check_path,
                                       .take = config_take_text };

static enum status check_path_or_none(struct str value, struct error *err)
{
    return value.n ? config_check_path(value, err) : OK;
}

const struct config_kind kind_pages = { .type = CONF_TEXT,
                                        .check = check_path_or_none,
                                        .take = config_take_text };

static enum status check_user(struct str value, struct error *err)
{
    if (value.n == 0 || value.n >= CONFIG_USER_SIZE)
        return FAIL(err, ERR_SYNTAX, "must be the name of a user, at most %d letters",
                    CONFIG_USER_SIZE - 1);
    return OK;
}

const struct config_kind kind_user = { .type = CONF_TEXT,
                                       .check = check_user,
                                       .take = config_take_text };

static enum status check_origin(struct str value, struct error *err)
{
    struct origin origin;
    return value.n ? origin_parse(value, &origin, err) : OK;
}

const struct config_kind kind_origin = { .type = CONF_TEXT,
                                         .check = check_origin,
                                         .take = config_take_text };

static enum status check_contact(struct str value, struct error *err)
{
    if (value.n >= CONFIG_CONTACT_SIZE)
        return FAIL(err, ERR_LIMIT, "more than %d bytes", CONFIG_CONTACT_SIZE - 1);
    for (struct str rest = value; rest.n;) {
        size_t n = str_utf8_first(rest);
        if (n == 0 || (unsigned char)rest.at[0] < ' ' || rest.at[0] == 0x7f)
            return FAIL(err, ERR_SYNTAX, "must be one line of UTF-8");
        rest = str_from_at(rest, n);
    }
    return OK;
}

const struct config_kind kind_contact = { .type = CONF_TEXT,
                                          .check = check_contact,
                                          .take = config_take_text };

static enum status check_nsid(struct str value, struct error *err)
{
    if (value.n >= CONFIG_NSID_SIZE)
        return FAIL(err, ERR_LIMIT, "more than %d letters", CONFIG_NSID_SIZE - 1);
    return OK;
}

static enum status check_ciphers(struct str value, struct error *err)
{
    if (value.n >= CONFIG_CIPHERS_SIZE)
        return FAIL(err, ERR_LIMIT, "more than %d letters", CONFIG_CIPHERS_SIZE - 1);
    return OK;
}

const struct config_kind kind_ciphers = { .type = CONF_TEXT,
                                          .check = check_ciphers,
                                          .take = config_take_text };
const struct config_kind kind_nsid = { .type = CONF_TEXT,
                                       .check = check_nsid,
                                       .take = config_take_text };

/* ----- numbers, truths and words ----- */

static enum status take_number(const struct config_option *option,
                               const struct conf *conf, void *base, struct error *err)
{
    (void)err; /* the bounds were checked */
    int64_t number = conf_number(conf, config_key(option));
    void *out = config_place(option, base, 0);
    if (option->places[0].size == sizeof(uint32_t))
        *(uint32_t *)out = (uint32_t)number;
    else
        *(size_t *)out = (size_t)number;
    return OK;
}

const struct config_kind kind_number = { .type = CONF_NUMBER, .take = take_number };

static enum status take_bool(const struct config_option *option, const struct conf *conf,
                             void *base, struct error *err)
{
    (void)err;
    *(bool *)config_place(option, base, 0) = conf_bool(conf, config_key(option));
    return OK;
}

const struct config_kind kind_bool = { .type = CONF_BOOL, .take = take_bool };

static enum status parse_level(struct str value, enum log_level *out, struct error *err)
{
    if (!log_level_parse(value, out))
        return FAIL(err, ERR_SYNTAX, "must be debug, info, warning or error");
    return OK;
}

static enum status check_level(struct str value, struct error *err)
{
    enum log_level level;
    return parse_level(value, &level, err);
}

static enum status take_level(const struct config_option *option, const struct conf *conf,
                              void *base, struct error *err)
{
    return parse_level(str_from(conf_text(conf, config_key(option))),
                       (enum log_level *)config_place(option, base, 0), err);
}

const struct config_kind kind_level = { .type = CONF_TEXT,
                                        .check = check_level,
                                        .take = take_level };

/* Which of the words it is; they end with NULL. */
static bool find_word(struct str value, const char *const *words, size_t *out)
{
    for (size_t i = 0; words[i]; i++)
        if (str_equal(value, str_from(words[i]))) {
            *out = i;
            return true;
        }
    return false;
}

static enum status parse_sandbox(struct str value, enum sandbox_mode *out,
                                 struct error *err)
{
    static const char *const words[] = {
        [SANDBOX_ON] = "on", [SANDBOX_OFF] = "off", [SANDBOX_REQUIRED] = "required", NULL
    };
    size_t found = 0;
    if (!find_word(value, words, &found))
        return FAIL(err, ERR_SYNTAX, "must be on, off or required");
    *out = (enum sandbox_mode)found;
    return OK;
}

static enum status check_sandbox(struct str value, struct error *err)
{
    enum sandbox_mode mode;
    return parse_sandbox(value, &mode, err);
}

static enum status take_sandbox(const struct config_option *option,
                                const struct conf *conf, void *base, struct error *err)
{
    return parse_sandbox(str_from(conf_text(conf, config_key(option))),
                         (enum sandbox_mode *)config_place(option, base, 0), err);
}

const struct config_kind kind_sandbox = { .type = CONF_TEXT,
                                          .check = check_sandbox,
                                          .take = take_sandbox };

static enum status parse_sign_up(struct str value, enum config_sign_up *out,
                                 struct error *err)
{
    static const char *const words[] = { [CONFIG_SIGN_UP_INVITED] = "invited",
                                         [CONFIG_SIGN_UP_OPEN] = "open",
                                         [CONFIG_SIGN_UP_APPROVAL] = "approval",
                                         [CONFIG_SIGN_UP_CLOSED] = "closed",
                                         NULL };
    size_t found = 0;
    if (!find_word(value, words, &found))
        return FAIL(err, ERR_SYNTAX, "must be open, approval, invited or closed");
    *out = (enum config_sign_up)found;
    return OK;
}

static enum status check_sign_up(struct str value, struct error *err)
{
    enum config_sign_up sign_up;
    return parse_sign_up(value, &sign_up, err);
}

static enum status take_sign_up(const struct config_option *option,
                                const struct conf *conf, void *base, struct error *err)
{
    return parse_sign_up(str_from(conf_text(conf, config_key(option))),
                         (enum config_sign_up *)config_place(option, base, 0), err);
}

const struct config_kind kind_sign_up = { .type = CONF_TEXT,
                                          .check = check_sign_up,
                                          .take = take_sign_up };

/* ----- lists ----- */

struct item {
    size_t size;
    /* Writes one to its place in the array. */
    enum status (*parse)(struct str value, void *out, struct error *err);
    /* How many at the end of the array stay empty. */
    size_t unused;
};

static enum status take_list(const struct config_option *option, const struct conf *conf,
                             void *base, const struct item *item, struct error *err)
{
    const char *key = config_key(option);
    char *out = (char *)config_place(option, base, 0);
    size_t max = option->places[0].size / item->size - item->unused;
    size_t n = conf_list_count(conf, key);
    if (n > max)
        return FAIL(err, ERR_LIMIT, "%s: more than %zu", key, max);
    enum status status = OK;
    for (size_t i = 0; i < n && !status; i++)
        status = item->parse(str_from(conf_list_item(conf, key, i)), out + i * item->size,
                             err);
    *(size_t *)config_place(option, base, 1) = n;
    return status;
}

static enum status parse_endpoint(struct str value, void *out, struct error *err)
{
    struct endpoint *endpoint = (struct endpoint *)out;
    if (ip_parse_endpoint(value, &endpoint->ip, &endpoint->port))
        return FAIL(err, ERR_SYNTAX,
                    "must be an address and a port, such as "
                    "\"192.0.2.1:53\" or \"[2001:db8::1]:53\"");
    return OK;
}

static enum status check_endpoint(struct str value, struct error *err)
{
    struct endpoint endpoint;
    return parse_endpoint(value, &endpoint, err);
}

static enum status take_endpoints(const struct config_option *option,
                                  const struct conf *conf, void *base, struct error *err)
{
    static const struct item item = { sizeof(struct endpoint), parse_endpoint, 0 };
    return take_list(option, conf, base, &item, err);
}

const struct config_kind kind_endpoints = { .type = CONF_LIST,
                                            .check = check_endpoint,
                                            .take = take_endpoints };

static enum status parse_prefix(struct str value, void *out, struct error *err)
{
    if (prefix_parse(value, (struct prefix *)out))
        return FAIL(err, ERR_SYNTAX,
                    "must be an address or a network, such as \"192.0.2.0/24\"");
    return OK;
}

static enum status check_prefix(struct str value, struct error *err)
{
    struct prefix prefix;
    return parse_prefix(value, &prefix, err);
}

static enum status take_prefixes(const struct config_option *option,
                                 const struct conf *conf, void *base, struct error *err)
{
    static const struct item item = { sizeof(struct prefix), parse_prefix, 0 };
    return take_list(option, conf, base, &item, err);
}

const struct config_kind kind_prefixes = { .type = CONF_LIST,
                                           .check = check_prefix,
                                           .take = take_prefixes };

static enum status parse_name(struct str value, void *out, struct error *err)
{
    return name_parse(value, (struct name *)out, err);
}

enum status config_check_name(struct str value, struct error *err)
{
    struct name name;
    return name_parse(value, &name, err);
}

static enum status take_name(const struct config_option *option, const struct conf *conf,
                             void *base, struct error *err)
{
    struct name *out = (struct name *)config_place(option, base, 0);
    const char *text = conf_text(conf, config_key(option));
    out->n = 0;
    return text[0] ? name_parse(str_from(text), out, err) : OK;
}

const struct config_kind kind_name = { .type = CONF_TEXT,
                                       .check = config_check_name,
                                       .take = take_name };

static enum status take_names(const struct config_option *option, const struct conf *conf,
                              void *base, struct error *err)
{
    static const struct item item = { sizeof(struct name), parse_name, 0 };
    return take_list(option, conf, base, &item, err);
}

const struct config_kind kind_names = { .type = CONF_LIST,
                                        .check = config_check_name,
                                        .take = take_names };

/* ----- lists of texts ----- */

/* The value is an item of base/conf, which ends with a zero byte. */
static enum status copy_text(struct str value, void *out, struct error *err)
{
    (void)err;
    *(char **)out = mem_copy_text(value.at);
    return OK;
}

static enum status take_paths(const struct config_option *option, const struct conf *conf,
                              void *base, struct error *err)
{
    static const struct item item = { sizeof(char *), copy_text, 0 };
    return take_list(option, conf, base, &item, err);
}

static void release_texts(const struct config_option *option, void *base)
{
    char **texts = (char **)config_place(option, base, 0);
    size_t count = *(const size_t *)config_place(option, base, 1);
    for (size_t i = 0; i < count; i++)
        mem_free(texts[i]);
}

const struct config_kind kind_paths = { .type = CONF_LIST,
                                        .check = config_check_path,
                                        .take = take_paths,
                                        .release = release_texts };

static enum status take_command(const struct config_option *option,
                                const struct conf *conf, void *base, struct error *err)
{
    static const struct item item = { sizeof(char *), copy_text, 1 };
    enum status status = take_list(option, conf, base, &item, err);
    const char *program = *(char *const *)config_place(option, base, 0);
    if (!status && program && program[0] != '/')
        return FAIL(err, ERR_SYNTAX, "%s: the program must be an absolute path",
                    config_key(option));
    return status;
}

const struct config_kind kind_command = { .type = CONF_LIST,
                                          .take = take_command,
                                          .release = release_texts };

static enum status check_reserved(struct str value, struct error *err)
{
    enum {
        LABEL_MAX = 63
    };
    struct str word = value;
    if (str_ends(word, STR("*")))
        word.n--;
    if (word.n == 0 || word.n > LABEL_MAX)
        return FAIL(err, ERR_SYNTAX, "must be a label, or the begin of one and a star");
    for (size_t i = 0; i < word.n; i++)
        if (!(word.at[i] >= 'a' && word.at[i] <= 'z') && !char_is_digit(word.at[i]) &&
            word.at[i] != '-')
            return FAIL(err, ERR_SYNTAX,
                        "must be of small letters, digits and hyphens, as names have");
    return OK;
}

/* A list that stands in the file is the whole list, also an empty one. */
static enum status take_reserved(const struct config_option *option,
                                 const struct conf *conf, void *base, struct error *err)
{
    const char *key = config_key(option);
    size_t size = option->places[0].size;
    struct buf words = buf_on(config_place(option, base, 0), size);
    size_t count = conf_list_count(conf, key);
    *(bool *)config_place(option, base, 1) = count > 0 || conf_list_is_emptied(conf, key);
    for (size_t i = 0; i < count; i++)
        buf_printf(&words, "%s%s", i ? " " : "", conf_list_item(conf, key, i));
    (void)buf_text(&words);
    if (words.full)
        return FAIL(err, ERR_LIMIT, "%s: more than %zu bytes", key, size - 1);
    return OK;
}

const struct config_kind kind_reserved = { .type = CONF_LIST,
                                           .check = check_reserved,
                                           .take = take_reserved };

/* ----- sections that may occur many times ----- */

enum status config_take_sections(const struct config_option *option,
                                 const struct conf *conf, struct config *config,
                                 size_t max, config_section_fn take, struct error *err)
{
    size_t n = conf_section_count(conf, option->name);
    if (n > max)
        return FAIL(err, ERR_LIMIT, "%s: %s: more than %zu", config->file, option->name,
                    max);
    for (size_t i = 0; i < n; i++) {
        const struct conf *section = conf_section(conf, option->name, i);
        enum status status = take(section, config, err);
        if (status) {
            error_prefix(err, "%s:%d: %s \"%s\"", config->file, conf_line(section),
                         option->name, conf_title(section));
            return status;
        }
    }
    return OK;
}
