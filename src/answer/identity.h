// SPDX-License-Identifier: GPL-3.0-or-later
/* identity.h - answers questions about this server or about the client, which need no image.
 *
 * - A name of policy->whoami: the client's address as A or AAAA, whichever it is, and as TXT. The
 *   name is a zone of its own, and answers may not be cached.
 * - id.server and hostname.bind of the class CHAOS: policy->nsid as TXT (RFC 4892). */
#pragma once

#include <stdbool.h>

#include "answer/policy.h"
#include "dns/message.h"

/* Whether the question is one of these. */
bool identity_is_asked(const struct answer_policy *policy,
                       const struct dns_question *question);
/* Puts the answer into the reply, which has been started. It is NOERROR and authoritative. */
void identity_answer(const struct answer_policy *policy,
                     const struct dns_question *question, const struct ip *client,
                     struct message *message);
