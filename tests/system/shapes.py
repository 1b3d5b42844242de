# SPDX-License-Identifier: GPL-3.0-or-later
"""Record data of many types: as they should be, cut, with a byte too many, and nonsense."""
import collections

import dns.rdata
import dns.rdatatype

# Type: data that servers take. What dnspython cannot write stands as hexadecimal digits.
GOOD = {
    "A": ["192.0.2.1"],
    "HINFO": ['"cpu" "os"', '"" ""'],
    "TXT": ['"text"', '"one" ""', '"' + "y" * 255 + '" "z"'],
    "RP": ["admin.example.org. ."],
    "AFSDB": ["1 afs.example.org."],
    "X25": ['"311061700956"'],
    "ISDN": ['"150862028003217"', '"150862028003217" "004"'],
    "RT": ["10 relay.example.org."],
    "NSAP": ["0x47000580005a0000000001e133ffffff00016100"],
    "PX": ["10 a.example.org. b.example.org."],
    "GPOS": ["-32.6882 116.8652 10.0"],
    "AAAA": ["2001:db8::1"],
    "LOC": ["52 22 23 N 4 53 32 E -2 0 10000 10", "90 0 0 S 180 0 0 W 0"],
    "SRV": ["1 2 5060 home.example.org.", "0 0 0 ."],
    "NAPTR": ['10 100 "u" "E2U+sip" "!^.*$!sip:a@example.org!" .',
              '1 1 "u" "x" "!^\\\\+44(1|[2-9]{3,})x?$!\\\\1b!i" .',
              '10 100 "S" "SIP+D2U" "" _sip._udp.example.org.',
              '1 1 "" "" "/([[:digit:]a-f]+)/\\\\1/" .'],
    "KX": ["10 kx.example.org."],
    "CERT": ["PGP 0 0 AQIDBA=="],
    "A6": ["\\# 17 0020010db8000000000000000000000001", "\\# 12 400000000000000001 016100"],
    "DNAME": ["other.example.net."],
    "APL": ["1:192.0.2.0/24 !1:192.0.2.64/28 2:2001:db8::/32", "\\# 0"],
    "DS": ["12345 13 2 " + "ef" * 32, "1 8 1 " + "ab" * 20, "1 8 4 " + "ab" * 48, "1 8 9 ab"],
    "SSHFP": ["4 2 " + "cd" * 32, "1 1 " + "cd" * 20, "1 9 cd"],
    "IPSECKEY": ["10 0 2 . AQIDBA==", "10 1 2 192.0.2.38 AQIDBA==", "10 2 2 2001:db8::1 AQID",
                 "10 3 2 gw.example.org. AQIDBA=="],
    "RRSIG": ["A 13 3 60 20300101000000 20200101000000 1 example.org. " + "AQIDBA==" * 8],
    "NSEC": ["b.example.org. A AAAA RRSIG NSEC"],
    "DNSKEY": ["257 3 13 " + "AQIDBAUG" * 8],
    "DHCID": ["AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="],
    "NSEC3": ["1 0 0 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr A", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr"],
    "NSEC3PARAM": ["1 0 0 aabb", "1 0 0 -"],
    "TLSA": ["3 1 1 " + "ab" * 32],
    "SMIMEA": ["3 1 1 " + "ab" * 32],
    "HIP": ["2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI rvs.example.org.",
            "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI"],
    "NINFO": ['"text"'],
    "CDS": ["12345 13 2 " + "ef" * 32, "0 0 0 00"],
    "CDNSKEY": ["257 3 13 " + "AQIDBAUG" * 8, "0 3 0 AA=="],
    "OPENPGPKEY": ["AQIDBA=="],
    "CSYNC": ["66 3 A NS AAAA", "1 0"],
    "ZONEMD": ["7 1 1 " + "ab" * 48, "7 1 2 " + "ab" * 64, "7 1 240 " + "ab" * 12],
    "SVCB": ["1 . alpn=h2,h3 port=443 ipv4hint=192.0.2.1", "0 svc.example.org.",
             "1 svc.example.org. mandatory=alpn,port alpn=h2 no-default-alpn port=8443"],
    "HTTPS": ["1 . alpn=h2 ipv6hint=2001:db8::1 ech=AQIDBA==", "16 . key667=hello",
              "\\# 3 000000"],
    "SPF": ['"v=spf1 -all"'],
    "NID": ["10 0014:4fff:ff20:ee64"],
    "L32": ["10 192.0.2.1"],
    "L64": ["10 2001:0db8:1140:1000"],
    "LP": ["10 l64.example.org."],
    "EUI48": ["00-00-5e-00-53-2a"],
    "EUI64": ["00-00-5e-ef-10-00-00-2a"],
    "URI": ['10 1 "https://www.example.org/"'],
    "CAA": ['0 issue "ca.example.net"', '128 iodef ""'],
    "AVC": ['"app-name:WOLFGANG"'],
    "AMTRELAY": ["10 0 0 .", "10 1 1 192.0.2.1", "10 0 2 2001:db8::1", "10 1 3 amt.example.org."],
    "TYPE65280": ["\\# 3 000102", "\\# 0"],
    # Old ones, and those that dnspython has no class for.
    "MB": ["\\# 3 016100"], "MG": ["\\# 3 016100"], "MR": ["\\# 3 016100"],
    "MINFO": ["\\# 6 016100016200"],
    "NULL": ["\\# 4 00010203"],
    "WKS": ["\\# 6 c00002010680", "\\# 5 c000020106"],
    "SIG": ["\\# 24 0001050200000e102000000010000000 0001 016100 010203"],
    "KEY": ["\\# 8 0100030501020304", "\\# 4 c0000305"],
    "NXT": ["\\# 7 016100 40000001"],
    "EID": ["\\# 2 0102"], "NIMLOC": ["\\# 2 0102"],
    "ATMA": ["\\# 4 00390102"],
    "SINK": ["\\# 4 00010203"],
    "NSAP-PTR": ["\\# 3 016100"],
    "RKEY": ["\\# 6 000001080102"],
    "TALINK": ["\\# 6 016100016200"],
    "DLV": ["\\# 5 3039 0d 09 ab"],
    "TA": ["\\# 5 3039 0d 09 ab"],
    "DOA": ["\\# 16 00000001 00000002 01 0474657874 0102"],
    "RESINFO": ['\\# 5 0474657874'],
}
NUMBERS = {"A": 1, "MB": 7, "MG": 8, "MR": 9, "NULL": 10, "WKS": 11, "MINFO": 14, "SIG": 24,
           "KEY": 25, "NXT": 30, "EID": 31, "NIMLOC": 32, "ATMA": 34, "A6": 38, "SINK": 40,
           "NSAP-PTR": 23, "RKEY": 57, "TALINK": 58, "DLV": 32769, "TA": 32768, "DOA": 259,
           "RESINFO": 261}


def good_of(rdtype):
    """The type's number, and its data that are as they should be."""
    number, found = NUMBERS.get(rdtype), []
    for text in GOOD[rdtype]:
        if text.startswith("\\# "):
            length, digits = int(text.split()[1]), "".join(text.split()[2:])
            found.append(bytes.fromhex(digits))
            assert len(found[-1]) == length, (rdtype, text)
            number = number or int(dns.rdatatype.from_text(rdtype))
        else:
            rdata = dns.rdata.from_text("IN", rdtype, text)
            number = int(rdata.rdtype)
            found.append(rdata.to_wire())
    return number, found


# A record; `is_good`: it is as it should be.
Shape = collections.namedtuple("Shape", "rdtype number data is_good")


def shapes(rng):
    """Good data of all types, and for each type the same empty, cut, too long, and nonsense."""
    found = []
    for rdtype in GOOD:
        number, good = good_of(rdtype)
        first = good[0]
        bad = [b"", first[:1], first[:len(first) // 2], first[:-1], first + b"\0", first + b"a",
               rng.randbytes(rng.randrange(1, 40)), b"\xff" * 9]
        found += [Shape(rdtype, number, data, True) for data in good]
        found += [Shape(rdtype, number, data, False) for data in bad if data not in good]
    return found
