// SPDX-License-Identifier: GPL-3.0-or-later
/* mail.h - the section mail of rove.conf: how the service writes to people. */
#pragma once

#include "config/option.h"

/* "smtp://host:port" or "smtps://host:port". */
extern const struct config_kind kind_mail_server;
/* "address" or "Name <address>". */
extern const struct config_kind kind_mail_from;
/* "address". */
extern const struct config_kind kind_mail_address;
/* A text without control characters. */
extern const struct config_kind kind_mail_user;
/* A bool: whether mails go in clear. */
extern const struct config_kind kind_mail_tls;
/* A host. */
extern const struct config_kind kind_mail_hello;

/* What the options of the section mail need of each other, and of web.origin. ERR_SYNTAX: `err`
 * names the file and the option. */
MUST_CHECK enum status config_check_mail(const struct config *config, struct error *err);
