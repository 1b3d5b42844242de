// SPDX-License-Identifier: GPL-3.0-or-later
/* sign_up.h - who may come without knowing an operator: web.sign_up. */
#pragma once

enum sign_up {
    SIGN_UP_INVITED = 0, /* whom somebody with an account invites */
    SIGN_UP_OPEN,        /* whoever can read the mails to an address */
    SIGN_UP_APPROVAL,    /* likewise, once an operator has let it in */
    SIGN_UP_CLOSED       /* whom an operator invites */
};
