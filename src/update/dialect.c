// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/dialect.h"

#include <assert.h>

#include "base/attr.h"
#include "update/acmedns.h"
#include "update/dyndns1.h"
#include "update/dyndns2.h"
#include "update/httpreq.h"

/* The journal keeps the numbers: never change one. */
static const struct dialect *const dialects[] = {
    [1] = &dyndns2,
    [2] = &dyndns1,
    [3] = &acmedns,
    [4] = &httpreq,
};
static_assert(LENGTH_OF(dialects) <= DIALECTS_MAX, "all dialects are counted");

const struct dialect *dialect_find(size_t number)
{
    return number < LENGTH_OF(dialects) ? dialects[number] : NULL;
}

uint8_t dialect_number(const struct dialect *dialect)
{
    uint8_t number = 1;
    while (number < LENGTH_OF(dialects) && dialects[number] != dialect)
        number++;
    assert(number < LENGTH_OF(dialects));
    return number;
}

const char *dialect_word(size_t number)
{
    const struct dialect *dialect = dialect_find(number);
    if (number == 0)
        return "none";
    return dialect ? dialect->word : "?";
}
