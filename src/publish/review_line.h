// SPDX-License-Identifier: GPL-3.0-or-later
/* review_line.h - what of a single line is surely not meant. For review.c. */
#pragma once

#include "dns/name.h"
#include "dns/record.h"
#include "publish/findings.h"

/* Warns of what a record shows by itself. `line` is the text that it is the first record of; empty:
 * others came before it. */
void review_line(struct findings *findings, const struct finding_place *place,
                 struct str line, const struct record *record);

/* The name that the data of a record have at their end or, in an SOA, at their beginning; empty:
 * none. */
struct str review_target(const struct record *record);
/* Whether a name in wire form has a blank or '#' in it: a remark was written behind a field. */
bool review_holds_remark(struct str name);
/* The length of the first label. */
size_t review_label(struct str name);
/* As text, lent as by name_text(). */
const char *review_show(struct str wire);
