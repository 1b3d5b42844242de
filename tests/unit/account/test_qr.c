// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/qr.h"

#include <string.h>

#include "test.h"

TEST(the_corner_of_a_code_is_a_line_of_seven_behind_the_margin)
{
    static char storage[QR_PATH_SIZE];
    struct buf path = BUF_ON(storage);
    CHECK_INT(qr_put_path(STR("A"), &path), 21 + 2 * QR_MARGIN);
    CHECK(strncmp(buf_text(&path), "M4 4h7v1h-7z", 12) == 0);
}

TEST(a_text_that_finds_no_room_has_no_code)
{
    static char storage[QR_PATH_SIZE], text[QR_TEXT_MAX + 1];
    struct buf path = BUF_ON(storage), small = buf_on(storage, 20);
    memset(text, 'x', sizeof(text));
    CHECK_INT(qr_put_path(str_bytes(text, sizeof(text)), &path), 0);
    CHECK_INT(qr_put_path(STR(""), &path), 0);
    CHECK_INT(qr_put_path(STR("A"), &small), 0);
    CHECK(qr_put_path(str_bytes(text, QR_TEXT_MAX), &path) > 0);
}
