// SPDX-License-Identifier: GPL-3.0-or-later
/* exit.h - how our programs end. */
#pragma once

enum {
    EXIT_OK = 0,
    EXIT_TROUBLE =
        1,         /* it did not do what it was asked for; a line of its log says why */
    EXIT_USAGE = 2 /* the command line, or the configuration */
};
