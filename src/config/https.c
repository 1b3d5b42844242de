// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/https.h"

#include "base/mem.h"
#include "config/kind.h"

const struct config_kind kind_certificate_file = { .type = CONF_TEXT,
                                                   .check = config_check_path };

/* It names the certificate in logs and metrics. */
static bool is_title(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!char_is_alpha(text.at[i]) && !char_is_digit(text.at[i]) &&
            text.at[i] != '.' && text.at[i] != '-' && text.at[i] != '_')
            return false;
    return text.n > 0;
}

static enum status take_certificate(const struct conf *section, struct config *config,
                                    struct error *err)
{
    struct config_certificate *out = &config->certificates[config->certificate_count];
    const char *chain = conf_text(section, "chain"), *key = conf_text(section, "key");
    struct buf title = BUF_ON(out->title);
    buf_put_text(&title, conf_title(section));
    (void)buf_text(&title);
    if (!is_title(str_from(conf_title(section))) || title.full)
        return FAIL(err, ERR_SYNTAX,
                    "must have a title of at most %d letters, digits, dots and hyphens",
                    CONFIG_TITLE_SIZE - 1);
    if (!chain[0] || !key[0])
        return FAIL(err, ERR_SYNTAX, "needs chain and key");
    out->chain = mem_copy_text(chain);
    out->key = mem_copy_text(key);
    config->certificate_count++;
    return OK;
}

static enum status take_certificates(const struct config_option *option,
                                     const struct conf *conf, void *base,
                                     struct error *err)
{
    struct config *config = (struct config *)base;
    enum status status = config_take_sections(
        option, conf, config, CONFIG_CERTIFICATES_MAX, take_certificate, err);
    if (!status && config->https_count > 0 && config->certificate_count == 0)
        return FAIL(err, ERR_SYNTAX, "%s: https.listen: needs a section certificate",
                    config->file);
    return status;
}

static void release_certificates(const struct config_option *option, void *base)
{
    const struct config *config = (const struct config *)base;
    (void)option;
    for (size_t i = 0; i < config->certificate_count; i++) {
        mem_free(config->certificates[i].chain);
        mem_free(config->certificates[i].key);
    }
}

const struct config_kind kind_certificates = { .type = CONF_SECTION,
                                               .multiple = true,
                                               .take = take_certificates,
                                               .release = release_certificates };
