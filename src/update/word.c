// SPDX-License-Identifier: GPL-3.0-or-later
/* The words of update.h's enumerations. */
#include "update/update.h"

const char *update_code_word(enum update_code code)
{
    static const char *const words[UPDATE_CODES] = {
        [UPDATE_GOOD] = "good",       [UPDATE_NOCHG] = "nochg",
        [UPDATE_NOTFQDN] = "notfqdn", [UPDATE_NOHOST] = "nohost",
        [UPDATE_BADIP] = "badip",     [UPDATE_ABUSE] = "abuse",
        [UPDATE_NUMHOST] = "numhost", [UPDATE_BADTXT] = "badtxt",
        [UPDATE_BADAUTH] = "badauth", [UPDATE_TROUBLE] = "911",
    };
    return (size_t)code < UPDATE_CODES ? words[code] : "?";
}

const char *update_why_word(enum update_why why)
{
    static const char *const words[UPDATE_WHYS] = {
        [WHY_NOTHING] = "-",
        [WHY_CHANGED] = "changed",
        [WHY_SAME] = "same",
        [WHY_NO_CREDENTIALS] = "no credentials",
        [WHY_UNKNOWN_TOKEN] = "unknown token",
        [WHY_EXPIRED] = "token expired",
        [WHY_WRONG_NETWORK] = "wrong network",
        [WHY_NO_RIGHT] = "no right",
        [WHY_ACCOUNT_BLOCKED] = "account blocked",
        [WHY_PLAIN_HTTP] = "plain http",
        [WHY_NOT_FQDN] = "not a full name",
        [WHY_NO_SUCH_HOST] = "no such host",
        [WHY_NOT_ON_TOKEN] = "not on token",
        [WHY_NOT_OWNER] = "of another owner",
        [WHY_NO_WILDCARD] = "no wildcard",
        [WHY_HOST_DISABLED] = "host disabled",
        [WHY_HOST_ABUSE] = "host blocked for abuse",
        [WHY_TOO_MANY] = "too many hosts",
        [WHY_BAD_ADDRESS] = "bad address",
        [WHY_BAD_TXT] = "bad txt value",
        [WHY_NO_PLACE] = "no place for txt",
        [WHY_THROTTLED] = "throttled",
        [WHY_NOT_READY] = "not ready",
        [WHY_TROUBLE] = "our trouble",
    };
    return (size_t)why < UPDATE_WHYS ? words[why] : "?";
}
