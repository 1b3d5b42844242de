// SPDX-License-Identifier: GPL-3.0-or-later
/* name_verdict.h - whether an account may make a host of a name, and if not, why. */
#pragma once

enum name_verdict {
    NAME_FREE,
    NAME_NO_ZONE,     /* it lies in no zone of ours */
    NAME_DENIED,      /* the zone takes no hosts of the account */
    NAME_FORM,        /* its labels are not allowed */
    NAME_DEPTH,       /* it has too many labels */
    NAME_RESERVED,    /* a reserved word, or what looks like one */
    NAME_TAKEN,       /* by a host, or by a record of the zone */
    NAME_QUARANTINED, /* it was another account's until lately */
    NAME_OCCUPIED, /* a host of another account, or another server's, is above or below it */
    NAME_ALIKE,    /* it looks like the host of another account */
    NAME_QUOTA,    /* the account or the zone has all the hosts that it may have */
};
enum {
    NAME_VERDICTS = NAME_QUOTA + 1
};

/* "free", "look-alike": for programs; by verdict, ends with NULL. */
extern const char *const name_verdict_words[];
