// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/qr.h"

#include <qrencode.h>

static bool is_dark(const QRcode *code, int x, int y)
{
    return x < code->width && (code->data[y * code->width + x] & 1U);
}

/* Each run of a line is one rectangle. */
static void put_line(const QRcode *code, int y, struct buf *path)
{
    for (int x = 0; x < code->width; x++) {
        int begin = x;
        while (is_dark(code, x, y))
            x++;
        if (x > begin)
            buf_printf(path, "M%d %dh%dv1h-%dz", begin + QR_MARGIN, y + QR_MARGIN,
                       x - begin, x - begin);
    }
}

int qr_put_path(struct str text, struct buf *path)
{
    if (text.n == 0 || text.n > QR_TEXT_MAX)
        return 0;
    QRcode *code =
        QRcode_encodeData((int)text.n, (const unsigned char *)text.at, 0, QR_ECLEVEL_M);
    if (!code)
        return 0;
    int side = code->width + 2 * QR_MARGIN;
    for (int y = 0; y < code->width; y++)
        put_line(code, y, path);
    QRcode_free(code);
    return path->full ? 0 : side;
}
