// SPDX-License-Identifier: GPL-3.0-or-later
/* print.h - replies as people read them. */
#pragma once

#include "ctl/command.h"

struct json;

/* A table with a title line; the columns are as wide as they need to be. */
void print_table(const struct column *columns, const struct json *items);
/* "member: value" lines; lists are joined by blanks. */
void print_object(const struct json *object);
void print_json(const struct json *json);
/* The lines for the registrar. */
void print_delegation(const struct json *delegation);
