// SPDX-License-Identifier: GPL-3.0-or-later
/* connection.h - the inside of a `struct store`. For the files of this room only. */
#pragma once

#include "store/sql.h"
#include "store/store.h"

struct store {
    enum store_mode mode;
    int lock; /* descriptor of the writer's lock file, or -1 */
    struct sql *sql;
};
