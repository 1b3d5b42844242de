// SPDX-License-Identifier: GPL-3.0-or-later
/* own.h - questions that are about ourselves or about who asks; no image is needed for them.
 *
 * - A name of policy->whoami: the address of who asks as A or AAAA, whichever he has, and as
 *   TXT. It is a zone of its own; nothing of it may be remembered.
 * - id.server and hostname.bind of the class CHAOS: policy->nsid as TXT (RFC 4892). */
#pragma once

#include <stdbool.h>

#include "answer/policy.h"
#include "dns/message.h"

bool own_is_asked(const struct answer_policy *policy,
                  const struct dns_question *question);
/* Puts what there is to say into the reply, which was started: NOERROR, with authority. */
void own_answer(const struct answer_policy *policy, const struct dns_question *question,
                const struct ip *client, struct message *message);
