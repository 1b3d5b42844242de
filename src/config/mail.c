// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/mail.h"

#include "base/mailbox.h"
#include "config/kind.h"
#include "config/url.h"

static enum status check_server(struct str value, struct error *err)
{
    struct config_url url;
    enum status status = config_url_parse(value, &url, err);
    if (status)
        return status;
    if (!str_equal(url.scheme, STR("smtp")) && !str_equal(url.scheme, STR("smtps")))
        return FAIL(err, ERR_SYNTAX, "must begin with smtp:// or smtps://");
    if (url.port == 0)
        return FAIL(err, ERR_SYNTAX, "needs a port, as in smtp://mail.example.org:587");
    return OK;
}

const struct config_kind kind_mail_server = { .type = CONF_TEXT,
                                              .check = check_server,
                                              .take = config_take_text };

static enum status check_from(struct str value, struct error *err)
{
    struct str name, address;
    return mailbox_parse(value, &name, &address, err);
}

const struct config_kind kind_mail_from = { .type = CONF_TEXT,
                                            .check = check_from,
                                            .take = config_take_text };

static enum status check_address(struct str value, struct error *err)
{
    struct str name, address;
    enum status status = mailbox_parse(value, &name, &address, err);
    if (!status && name.n)
        return FAIL(err, ERR_SYNTAX, "must be an address alone");
    return status;
}

const struct config_kind kind_mail_address = { .type = CONF_TEXT,
                                               .check = check_address,
                                               .take = config_take_text };

static enum status check_user(struct str value, struct error *err)
{
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
            return FAIL(err, ERR_SYNTAX, "has control characters");
    return OK;
}

const struct config_kind kind_mail_user = { .type = CONF_TEXT,
                                            .check = check_user,
                                            .take = config_take_text };

static enum status check_tls(struct str value, struct error *err)
{
    if (!str_equal(value, STR("required")) && !str_equal(value, STR("off")))
        return FAIL(err, ERR_SYNTAX, "must be required or off");
    return OK;
}

static enum status take_tls(const struct config_option *option, const struct conf *conf,
                            void *base, struct error *err)
{
    (void)err;
    *(bool *)config_place(option, base, 0) =
        str_equal(str_from(conf_text(conf, config_key(option))), STR("off"));
    return OK;
}

const struct config_kind kind_mail_tls = { .type = CONF_TEXT,
                                           .check = check_tls,
                                           .take = take_tls };

static enum status check_hello(struct str value, struct error *err)
{
    if (!config_url_is_host(value))
        return FAIL(err, ERR_SYNTAX, "must be a host name in lower case, or [ADDRESS]");
    return OK;
}

const struct config_kind kind_mail_hello = { .type = CONF_TEXT,
                                             .check = check_hello,
                                             .take = config_take_text };

static enum status refuse(const struct config *config, const char *words,
                          struct error *err)
{
    return FAIL(err, ERR_SYNTAX, "%s: %s", config->file, words);
}

enum status config_check_mail(const struct config *config, struct error *err)
{
    struct config_url url;
    if (!config->mail_server[0])
        return OK;
    enum status status = config_url_parse(str_from(config->mail_server), &url, err);
    if (status)
        return status;
    if (!config->web_origin[0])
        return refuse(config, "mail.server: needs web.origin, to which mails lead", err);
    if (!config->mail_from[0])
        return refuse(config, "mail.server: needs mail.from", err);
    if (!config->mail_user[0] != !config->mail_password_file[0])
        return refuse(config, "mail.user and mail.password_file need each other", err);
    if (config->mail_in_clear && !config_url_is_local(&url))
        return refuse(config, "mail.tls: off is for a server on this machine alone", err);
    if (config->mail_in_clear && str_equal(url.scheme, STR("smtps")))
        return refuse(config, "mail.tls: off and smtps:// contradict each other", err);
    return OK;
}
