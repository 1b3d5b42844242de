// SPDX-License-Identifier: GPL-3.0-or-later
/* print.h - prints replies for people. */
#pragma once

#include "ctl/command.h"

struct json;

/* Prints a table with a line of titles. Each column is as wide as its cells need. */
void print_table(const struct column *columns, const struct json *items);
/* Prints lines of "member: value". Items of a list are separated by blanks. */
void print_object(const struct json *object);
/* The same, with blanks before each line. */
void print_indented(const struct json *object);
/* Prints indented JSON. */
void print_json(const struct json *json);
/* Prints the lines that the registrar needs. */
void print_delegation(const struct json *delegation);
