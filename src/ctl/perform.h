// SPDX-License-Identifier: GPL-3.0-or-later
/* perform.h - runs the commands that are more than one call of front. Each function returns the
 * exit code. */
#pragma once

#include "ctl/request.h"

struct config;

int perform_import(const struct config *config, const struct request *request);
int perform_export(const struct config *config, const struct request *request);
int perform_zone_check(const struct config *config, const struct request *request);
int perform_mail_preview(const struct config *config, const struct request *request,
                         const struct json *reply);
int perform_truth(const struct config *config, const struct request *request,
                  const struct json *reply);
int perform_account_export(const struct config *config, const struct request *request);
int perform_account_purge(const struct config *config, const struct request *request);
int perform_status(const struct config *config, const struct request *request);
