// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/record_type.h"

#include "base/attr.h"
#include "dns/record.h"

/* Types whose data is checked when it is read. SOA and what a server makes by itself are not
 * for anybody to give, and DNSSEC is not signed here. */
static const uint16_t types[] = {
    RR_A,   RR_NS,    RR_CNAME, RR_PTR,  RR_MX,    RR_TXT,  RR_AAAA,
    RR_SRV, RR_NAPTR, RR_SSHFP, RR_TLSA, RR_HTTPS, RR_SVCB, RR_CAA,
};

bool record_type_is_allowed(uint16_t type)
{
    for (size_t i = 0; i < LENGTH_OF(types); i++)
        if (types[i] == type)
            return true;
    return false;
}
