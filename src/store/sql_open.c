// SPDX-License-Identifier: GPL-3.0-or-later
/* The one place that knows which drivers there are. */
#include "store/sql_driver.h"

enum status sql_open(const char *path, enum sql_mode mode, struct sql **out,
                     struct error *err)
{
    return sqlite_open(path, mode, out, err);
}
