// SPDX-License-Identifier: GPL-3.0-or-later
/* qr.h - a text as a QR code (ISO/IEC 18004), drawn by a page: the door to libqrencode. Pure. */
#pragma once

#include "base/buf.h"

enum {
    QR_TEXT_MAX = 600, /* bytes */
    QR_PATH_SIZE = 64 * 1024,
    QR_MARGIN = 4 /* modules of light ground at each side */
};

/* Appends the dark modules as the path of an SVG, one unit for each. Gives the units of a side, with
 * the margin. 0: the text is too long, or the path does not fit. */
int qr_put_path(struct str text, struct buf *path);
