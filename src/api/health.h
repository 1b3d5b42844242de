// SPDX-License-Identifier: GPL-3.0-or-later
/* health.h - pages for whatever supervises the service. */
#pragma once

#include "http/server.h"
#include "update/updates.h"

/* The process is there and its loop turns. */
void health_page(const struct updates *updates, struct http_exchange *exchange);
/* Updates are taken; else 503. */
void health_ready_page(const struct updates *updates, struct http_exchange *exchange);
