// SPDX-License-Identifier: GPL-3.0-or-later
/* https.h - the sections of rove.conf about certificates.
 *
 * Errors have file, line and title of the section. */
#pragma once

#include "config/option.h"

/* The sections as a whole. HTTPS needs one, so its listeners are taken first. */
extern const struct config_kind kind_certificates;
/* A member that the section's reader takes. */
extern const struct config_kind kind_certificate_file;
