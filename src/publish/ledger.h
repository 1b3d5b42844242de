// SPDX-License-Identifier: GPL-3.0-or-later
/* ledger.h - remembers which serial each zone was published with, beside the image and also
 * when that is lost: DIRECTORY/serials, synced before an image with these serials is in place.
 *
 * It is written with whole images, not with each change: a change in place raises a zone's own
 * serial, which the database keeps, at least as much as the published one. So what was published
 * since is never newer than the own serial of now and as much more as the published one was
 * ahead of it then (serials_recall()).
 *
 *     rove-serials 1 BOOT
 *     ZONE OWN PUBLISHED FINGERPRINT
 *     end
 *
 * BOOT names the run of the kernel in which the image is changed in place: in another one, pages
 * of the image may be older than others. "synced" is none: all of it came to the disk. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

struct serials;
struct ledger;

/* Reads what is there. Never fails: what cannot be read is told to the log, and is as nothing. */
struct ledger *ledger_open(const char *directory);
void ledger_free(struct ledger *ledger);
CLEANER(ledger_free, struct ledger *)

/* What it remembers, lent until ledger_keep(). NULL: nothing. */
const struct serials *ledger_serials(const struct ledger *ledger);
/* Whether the image beside it has all that was written to it, if it is whole and its own. */
bool ledger_trusts_image(const struct ledger *ledger);

/* An image with these serials comes into place. Zones that are in it no more are remembered too.
 * ERR_IO: it must not. */
MUST_CHECK enum status ledger_keep(struct ledger *ledger, const struct serials *serials,
                                   struct error *err);
/* The image was synced and is changed no more. */
void ledger_seal(struct ledger *ledger);
