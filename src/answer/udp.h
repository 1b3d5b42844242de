// SPDX-License-Identifier: GPL-3.0-or-later
/* udp.h - answers questions over one UDP socket. It receives and sends in batches, and each reply
 * comes from the address that was asked. For server.c. */
#pragma once

#include "answer/answer.h"
#include "answer/served_image.h"
#include "net/loop.h"

struct answer_udp;

/* Takes the descriptor, which is of socket_bind_udp(). */
struct answer_udp *answer_udp_new(struct loop *loop, int fd, struct answer *answer,
                                  struct served_image *served);
void answer_udp_free(struct answer_udp *udp);
CLEANER(answer_udp_free, struct answer_udp *)
