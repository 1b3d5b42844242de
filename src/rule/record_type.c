// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/record_type.h"

#include "base/attr.h"
#include "dns/record.h"

/* Types whose data are checked when they are read. Nobody may add an SOA or a record that servers
 * make themselves, nor records of DNSSEC, as zones are not signed here. */
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
