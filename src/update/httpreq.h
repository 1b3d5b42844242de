// SPDX-License-Identifier: GPL-3.0-or-later
/* httpreq.h - the protocol by which lego (its provider httpreq) and programs that embed it have TXT
 * values set and removed over HTTP; acme.sh (dns_acmeproxy) speaks it too. Their endpoint is
 * /httpreq here.
 *
 *     POST /httpreq/present  {"fqdn": "_acme-challenge.HOST.", "value": VALUE}
 *     POST /httpreq/cleanup  the same
 *     either in the mode RAW {"domain": HOST, "token": TEXT, "keyAuth": KEY AUTHORIZATION}
 *
 * The password of the Basic credentials is the host's token, which needs the right `txt`. The user
 * does not count. The reply waits as with `wait=1` of dyndns2, because the client lets the
 * authority look as soon as it has the reply. It is {"value": VALUE}, for which acme.sh looks, or
 * {"error": WORD} with a word of dyndns2 and a status of 400 or above, for which lego looks. */
#pragma once

#include "update/dialect.h"

extern const struct dialect httpreq;
