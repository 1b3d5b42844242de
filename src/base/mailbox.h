// SPDX-License-Identifier: GPL-3.0-or-later
/* mailbox.h - addresses of e-mail: which of them mail can be sent to. Pure. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

enum {
    MAILBOX_LOCAL_MAX = 64, /* RFC 5321, 4.5.3.1 */
    MAILBOX_MAX = 254
};

/* Whether it is a plain address, "name@domain" in ASCII: dots and the other characters of an atom
 * (RFC 5322, 3.2.3) before the '@', letters, digits, hyphens and dots behind it. So it has no byte
 * that could end a line, a header or a command of SMTP. Quoted names and addresses beyond ASCII are
 * legal, and not for us. */
bool mailbox_is_plain(struct str address);
/* What is behind the '@'; empty if there is none. */
struct str mailbox_domain(struct str address);
/* Takes "address" or "Name <address>" apart; both are lent, and the name may be empty. ERR_SYNTAX:
 * no plain address, or a name with control characters. */
MUST_CHECK enum status mailbox_parse(struct str text, struct str *name,
                                     struct str *address, struct error *err);
