// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/in_clear.h"

int64_t in_clear_after(int64_t day_s, int64_t now_s, bool encrypted)
{
    int64_t today_s = now_s - now_s % IN_CLEAR_DAY_S;
    if (encrypted)
        return today_s - day_s > IN_CLEAR_KEPT_S ? 0 : day_s;
    return today_s > day_s ? today_s : day_s;
}
