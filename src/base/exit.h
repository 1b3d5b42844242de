// SPDX-License-Identifier: GPL-3.0-or-later
/* exit.h - the exit codes of our programs. */
#pragma once

enum {
    EXIT_OK = 0,
    EXIT_TROUBLE = 1, /* the program did not do its work; a line of its log tells why */
    EXIT_USAGE = 2    /* the command line or the configuration is wrong */
};
