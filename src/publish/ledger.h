// SPDX-License-Identifier: GPL-3.0-or-later
/* ledger.h - remembers in DIRECTORY/serials which serial each zone was published with, even when
 * the image is lost. The file is synced before an image with these serials is in place.
 *
 * It is written with whole images, not with each change. A change in place raises a zone's own
 * serial, which the database keeps, at least as much as the published one. So no serial published
 * since is newer than the own serial of now plus the lead that the published one had then
 * (serials_recall()).
 *
 *     rove-serials 1 BOOT
 *     ZONE OWN PUBLISHED FINGERPRINT
 *     end
 *
 * BOOT names the run of the kernel in which the image is changed in place. In another run, some
 * pages of the image may be older than others. "synced" stands there when all of the image is on
 * the disk. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

struct serials;
struct ledger;

/* Reads the file. Never fails: a file that cannot be read is logged and counts as empty. */
struct ledger *ledger_open(const char *directory);
void ledger_free(struct ledger *ledger);
CLEANER(ledger_free, struct ledger *)

/* What it remembers, lent until ledger_keep(). NULL: nothing. */
const struct serials *ledger_serials(const struct ledger *ledger);
/* Whether the image beside it has everything that was written to it, provided that it is whole and
 * of this ledger. */
bool ledger_trusts_image(const struct ledger *ledger);

/* An image with these serials is about to come into place. Zones that are no longer in it are
 * remembered too. ERR_IO: the image must not come into place. */
MUST_CHECK enum status ledger_keep(struct ledger *ledger, const struct serials *serials,
                                   struct error *err);
/* The image was synced and will not be changed any more. */
void ledger_seal(struct ledger *ledger);
