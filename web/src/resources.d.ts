// SPDX-License-Identifier: GPL-3.0-or-later
// Made by web/types.mjs from /api/v1/openapi.json.

export interface SignUp {
    /** the address that the account is to have */
    email: string;
    /** of the account; a tag such as en or de */
    language?: string;
}

export interface Reset {
    /** address of the account */
    email: string;
}

export interface Login {
    /** address of the account */
    email: string;
    /** its password */
    password: string;
    /** of the second factor, or a recovery code */
    code?: string;
    /** in the place of a code: an AuthenticationResponseJSON */
    passkey?: { [name: string]: unknown };
    /** the session is to outlive the browser */
    keep?: boolean;
}

export interface Confirm {
    /** the password of the account */
    password?: string;
    /** in the place of the password: an AuthenticationResponseJSON */
    passkey?: { [name: string]: unknown };
}

export interface PasskeyLogin {
    /** what the browser gave: an AuthenticationResponseJSON */
    passkey: { [name: string]: unknown };
    /** the session is to outlive the browser */
    keep?: boolean;
}

export interface Redemption {
    /** what stands behind the '#' of the link */
    link: string;
    /** the password that the account is to have */
    password: string;
    /** address of the account of the first operator */
    email?: string;
    /** the session is to outlive the browser */
    keep?: boolean;
}

export interface MoveAnswer {
    /** what stands behind the '#' of the link */
    link: string;
    /** the account is to keep the address that it has */
    refuse?: boolean;
}

export interface Password {
    /** the password that it has */
    old: string;
    /** the one that it is to have */
    password: string;
}

export interface MoveAsk {
    /** the address that the account is to have */
    email: string;
}

export interface Code {
    /** of the app that has the seed */
    code: string;
}

export interface PasskeyRegistration {
    /** for its owner to know it by */
    name: string;
    /** what the browser gave: a RegistrationResponseJSON */
    passkey: { [name: string]: unknown };
}

export interface Purge {
    /** address of the account; only operators set it */
    account: string;
    /** the same once more; only operators set it */
    confirm: string;
}

export interface Undo {
    /** number of the change, in the host's log; the newest one of its addresses */
    seq?: number;
}

export interface Service {
    /** what it is called */
    name: string;
    /** who may come: open and approval need mail, too */
    sign_up: "invited" | "open" | "approval" | "closed";
    /** it sends mails */
    mail: boolean;
    /** characters that a password has at least */
    password_min: number;
    /** whom to ask for an account; empty: not told */
    contact: string;
    /** its name that has IPv4 addresses alone; empty: none */
    origin_4: string;
    /** its name that has IPv6 addresses alone; empty: none */
    origin_6: string;
    /** of its mails */
    languages: string[];
}

export interface ServiceMade {
    /** what it is called */
    name: string;
    /** who may come: open and approval need mail, too */
    sign_up: "invited" | "open" | "approval" | "closed";
    /** it sends mails */
    mail: boolean;
    /** characters that a password has at least */
    password_min: number;
    /** whom to ask for an account; empty: not told */
    contact: string;
    /** its name that has IPv4 addresses alone; empty: none */
    origin_4: string;
    /** its name that has IPv6 addresses alone; empty: none */
    origin_6: string;
    /** of its mails */
    languages: string[];
}

export interface Session {
    /** its number */
    id: number;
    /** seconds since 1970 */
    created: number;
    /** seconds since 1970 */
    last_used: number;
    /** until when what is dangerous does not need the password again */
    fresh_until: number;
    /** when it ends at the latest, in seconds since 1970 */
    expires: number;
    /** it outlives the browser */
    keep: boolean;
    /** what the browser said it was */
    agent: string;
    /** from where it was begun */
    source: string;
    /** it is the one that asks */
    own: boolean;
}

export interface SessionMade {
    /** its number */
    id: number;
    /** seconds since 1970 */
    created: number;
    /** seconds since 1970 */
    last_used: number;
    /** until when what is dangerous does not need the password again */
    fresh_until: number;
    /** when it ends at the latest, in seconds since 1970 */
    expires: number;
    /** it outlives the browser */
    keep: boolean;
    /** what the browser said it was */
    agent: string;
    /** from where it was begun */
    source: string;
    /** it is the one that asks */
    own: boolean;
}

export interface Link {
    /** address of the account; only operators set it */
    account: string;
    /** invite: for the first password; reset: for another one; only operators set it */
    kind: "invite" | "reset";
    /** where it leads; shown this once */
    url: string;
    /** when it ends, in seconds since 1970 */
    expires: number;
    /** it was sent to the account by mail */
    mailed: boolean;
}

export interface LinkMade {
    /** address of the account; only operators set it */
    account: string;
    /** invite: for the first password; reset: for another one; only operators set it */
    kind: "invite" | "reset";
    /** where it leads; shown this once */
    url: string;
    /** when it ends, in seconds since 1970 */
    expires: number;
    /** it was sent to the account by mail */
    mailed: boolean;
}

export interface LinkNew {
    /** address of the account; only operators set it */
    account: string;
    /** invite: for the first password; reset: for another one; only operators set it */
    kind?: "invite" | "reset";
    /** of an account that an invitation makes; only operators set it */
    role?: "user" | "zone-owner" | "operator";
    /** of an account that an invitation makes; only operators set it */
    language?: string;
}

export interface LinkChange {
    /** address of the account; only operators set it */
    account?: string;
    /** invite: for the first password; reset: for another one; only operators set it */
    kind?: "invite" | "reset";
    /** of an account that an invitation makes; only operators set it */
    role?: "user" | "zone-owner" | "operator";
    /** of an account that an invitation makes; only operators set it */
    language?: string;
}

export interface MoveState {
    /** waiting: for the answer of the other address */
    state: "waiting" | "changed" | "refused";
}

export interface MoveStateMade {
    /** waiting: for the answer of the other address */
    state: "waiting" | "changed" | "refused";
}

export interface Account {
    /** the address, which is the account's name; only operators set it */
    email: string;
    /** what the account may do besides looking after its own; only operators set it */
    role: "user" | "zone-owner" | "operator";
    /** a blocked account and its tokens do nothing; one that waits for an operator can only look after itself; one that is ending goes by itself; only operators set it */
    state: "active" | "blocked" | "waiting" | "ending";
    /** how many hosts it may have; 0: no quota of its own; only operators set it */
    hosts_max: number;
    /** a tag such as en or de */
    language: string;
    /** seconds since 1970 */
    created: number;
    /** number of its newest change */
    last_change: number;
    /** how many passkeys it has */
    passkeys: number;
    /** it has recovery codes left */
    recovery: boolean;
    /** kinds of mails that it does not want */
    mail_off: ("new-login" | "new-token" | "exposed-token" | "host-silent" | "host-failing" | "certificate" | "name-unused" | "account-waiting" | "join-asked" | "zone-invited" | "host-offered" | "request-accepted" | "request-declined")[];
}

export interface AccountMade {
    /** the address, which is the account's name; only operators set it */
    email: string;
    /** what the account may do besides looking after its own; only operators set it */
    role: "user" | "zone-owner" | "operator";
    /** a blocked account and its tokens do nothing; one that waits for an operator can only look after itself; one that is ending goes by itself; only operators set it */
    state: "active" | "blocked" | "waiting" | "ending";
    /** how many hosts it may have; 0: no quota of its own; only operators set it */
    hosts_max: number;
    /** a tag such as en or de */
    language: string;
    /** seconds since 1970 */
    created: number;
    /** number of its newest change */
    last_change: number;
    /** how many passkeys it has */
    passkeys: number;
    /** it has recovery codes left */
    recovery: boolean;
    /** kinds of mails that it does not want */
    mail_off: ("new-login" | "new-token" | "exposed-token" | "host-silent" | "host-failing" | "certificate" | "name-unused" | "account-waiting" | "join-asked" | "zone-invited" | "host-offered" | "request-accepted" | "request-declined")[];
}

export interface AccountNew {
    /** the address, which is the account's name; only operators set it */
    email: string;
    /** what the account may do besides looking after its own; only operators set it */
    role?: "user" | "zone-owner" | "operator";
    /** a blocked account and its tokens do nothing; one that waits for an operator can only look after itself; one that is ending goes by itself; only operators set it */
    state?: "active" | "blocked" | "waiting" | "ending";
    /** how many hosts it may have; 0: no quota of its own; only operators set it */
    hosts_max?: number;
    /** a tag such as en or de */
    language?: string;
    /** kinds of mails that it does not want */
    mail_off?: ("new-login" | "new-token" | "exposed-token" | "host-silent" | "host-failing" | "certificate" | "name-unused" | "account-waiting" | "join-asked" | "zone-invited" | "host-offered" | "request-accepted" | "request-declined")[];
}

export interface AccountChange {
    /** the address, which is the account's name; only operators set it */
    email?: string;
    /** what the account may do besides looking after its own; only operators set it */
    role?: "user" | "zone-owner" | "operator";
    /** a blocked account and its tokens do nothing; one that waits for an operator can only look after itself; one that is ending goes by itself; only operators set it */
    state?: "active" | "blocked" | "waiting" | "ending";
    /** how many hosts it may have; 0: no quota of its own; only operators set it */
    hosts_max?: number;
    /** a tag such as en or de */
    language?: string;
    /** kinds of mails that it does not want */
    mail_off?: ("new-login" | "new-token" | "exposed-token" | "host-silent" | "host-failing" | "certificate" | "name-unused" | "account-waiting" | "join-asked" | "zone-invited" | "host-offered" | "request-accepted" | "request-declined")[];
}

export interface Address {
    /** the address that it is to have; null: it keeps the one that it has */
    email: string | null;
    /** the address that it has agrees */
    old_confirmed: boolean;
    /** the other one agrees */
    new_confirmed: boolean;
    /** until when both have to agree, in seconds since 1970 */
    expires: number;
}

export interface AddressMade {
    /** the address that it is to have; null: it keeps the one that it has */
    email: string | null;
    /** the address that it has agrees */
    old_confirmed: boolean;
    /** the other one agrees */
    new_confirmed: boolean;
    /** until when both have to agree, in seconds since 1970 */
    expires: number;
}

export interface Passkey {
    /** its number */
    id: number;
    /** for its owner to know it by */
    name: string;
    /** seconds since 1970 */
    created: number;
    /** seconds since 1970; 0: never */
    last_used: number;
    /** it may be on several devices of its owner */
    backup_eligible: boolean;
    /** it is kept elsewhere, too */
    backed_up: boolean;
    /** ES256, EdDSA or RS256 */
    algorithm: string;
    /** the authenticator's model; zeros: it did not tell */
    aaguid: string;
    /** how a browser reaches it */
    transports: ("usb" | "nfc" | "ble" | "smart-card" | "hybrid" | "internal")[];
    /** the authenticator's name for it, in base64url */
    credential: string;
}

export interface PasskeyMade {
    /** its number */
    id: number;
    /** for its owner to know it by */
    name: string;
    /** seconds since 1970 */
    created: number;
    /** seconds since 1970; 0: never */
    last_used: number;
    /** it may be on several devices of its owner */
    backup_eligible: boolean;
    /** it is kept elsewhere, too */
    backed_up: boolean;
    /** ES256, EdDSA or RS256 */
    algorithm: string;
    /** the authenticator's model; zeros: it did not tell */
    aaguid: string;
    /** how a browser reaches it */
    transports: ("usb" | "nfc" | "ble" | "smart-card" | "hybrid" | "internal")[];
    /** the authenticator's name for it, in base64url */
    credential: string;
}

export interface PasskeyNew {
    /** for its owner to know it by */
    name?: string;
}

export interface PasskeyChange {
    /** for its owner to know it by */
    name?: string;
}

export interface Action {
    /** its number */
    seq: number;
    /** seconds since 1970 */
    time: number;
    /** the whole in words */
    text: string;
    /** of the thing: host, records, zone, token, account, reserved word, blocked network or quarantine of name */
    kind: string;
    /** the thing: its name, address or number */
    what: string;
    /** what was done: add, set, login and others */
    word: string;
    /** what was set, of an account */
    detail: string;
    /** addresses of a host before it */
    before: string[];
    /** and after it */
    after: string[];
    /** number of the change that it takes back; 0: none */
    undoes: number;
    /** account of the thing, or the member; null: not noted, or gone */
    owner: string | null;
    /** account of who did it; null: none, or not for the one who asks */
    who: string | null;
    /** how it was done */
    by: "update" | "machine" | "session" | "token" | "link" | "service";
    /** of an update */
    dialect: string | null;
    /** number of the token that was used; 0: none */
    token: number;
    /** from where; of people, only its network after 30 days; null, too, where another person acted */
    source: string | null;
    /** what the program said it was */
    agent: string;
}

export interface ActionMade {
    /** its number */
    seq: number;
    /** seconds since 1970 */
    time: number;
    /** the whole in words */
    text: string;
    /** of the thing: host, records, zone, token, account, reserved word, blocked network or quarantine of name */
    kind: string;
    /** the thing: its name, address or number */
    what: string;
    /** what was done: add, set, login and others */
    word: string;
    /** what was set, of an account */
    detail: string;
    /** addresses of a host before it */
    before: string[];
    /** and after it */
    after: string[];
    /** number of the change that it takes back; 0: none */
    undoes: number;
    /** account of the thing, or the member; null: not noted, or gone */
    owner: string | null;
    /** account of who did it; null: none, or not for the one who asks */
    who: string | null;
    /** how it was done */
    by: "update" | "machine" | "session" | "token" | "link" | "service";
    /** of an update */
    dialect: string | null;
    /** number of the token that was used; 0: none */
    token: number;
    /** from where; of people, only its network after 30 days; null, too, where another person acted */
    source: string | null;
    /** what the program said it was */
    agent: string;
}

export interface Zone {
    /** its name; only operators set it */
    name: string;
    /** a disabled zone is not published; only operators set it */
    state: "active" | "disabled";
    /** who may make hosts besides its owner */
    policy: "nobody" | "invited" | "everybody" | "approval";
    /** the primary name server in the SOA */
    mname: string;
    /** the mailbox in the SOA, as a name */
    rname: string;
    /** of the SOA, in seconds */
    refresh: number;
    /** of the SOA, in seconds */
    retry: number;
    /** of the SOA, in seconds */
    expire: number;
    /** of the SOA, in seconds: how long others remember that a name is missing */
    minimum: number;
    /** TTL of the SOA in seconds */
    soa_ttl: number;
    /** TTL of the NS records in seconds */
    ns_ttl: number;
    /** TTL of new hosts in seconds */
    default_ttl: number;
    /** how many labels a host may have below the zone */
    labels_max: number;
    /** whether a host may look like another owner's; usual: by the policy */
    look_alikes: "usual" | "refused" | "allowed";
    /** how many hosts it may have; 0: the usual quota; only operators set it */
    hosts_max: number;
    /** how many of them an account may have besides its owner; 0: the usual quota */
    account_hosts_max: number;
    /** where strangers report abuse by mail; empty: where the service says */
    abuse: string;
    /** what its serials begin at; only operators set it */
    serial_base: number;
    /** seconds since 1970 */
    created: number;
    /** number of its newest change */
    last_change: number;
    /** address of the account that owns it */
    owner: string;
    /** what the one that asks is there: operator, owner, manager or creator */
    role: string;
    /** addresses of the accounts that look after it as its owner does; creators do not see them */
    managers?: string[];
    /** their names; one that lies in the zone is given as NAME=ADDRESS */
    name_servers: string[];
}

export interface ZoneMade {
    /** its name; only operators set it */
    name: string;
    /** a disabled zone is not published; only operators set it */
    state: "active" | "disabled";
    /** who may make hosts besides its owner */
    policy: "nobody" | "invited" | "everybody" | "approval";
    /** the primary name server in the SOA */
    mname: string;
    /** the mailbox in the SOA, as a name */
    rname: string;
    /** of the SOA, in seconds */
    refresh: number;
    /** of the SOA, in seconds */
    retry: number;
    /** of the SOA, in seconds */
    expire: number;
    /** of the SOA, in seconds: how long others remember that a name is missing */
    minimum: number;
    /** TTL of the SOA in seconds */
    soa_ttl: number;
    /** TTL of the NS records in seconds */
    ns_ttl: number;
    /** TTL of new hosts in seconds */
    default_ttl: number;
    /** how many labels a host may have below the zone */
    labels_max: number;
    /** whether a host may look like another owner's; usual: by the policy */
    look_alikes: "usual" | "refused" | "allowed";
    /** how many hosts it may have; 0: the usual quota; only operators set it */
    hosts_max: number;
    /** how many of them an account may have besides its owner; 0: the usual quota */
    account_hosts_max: number;
    /** where strangers report abuse by mail; empty: where the service says */
    abuse: string;
    /** what its serials begin at; only operators set it */
    serial_base: number;
    /** seconds since 1970 */
    created: number;
    /** number of its newest change */
    last_change: number;
    /** address of the account that owns it */
    owner: string;
    /** what the one that asks is there: operator, owner, manager or creator */
    role: string;
    /** addresses of the accounts that look after it as its owner does; creators do not see them */
    managers?: string[];
    /** their names; one that lies in the zone is given as NAME=ADDRESS */
    name_servers: string[];
}

export interface ZoneNew {
    /** its name; only operators set it */
    name: string;
    /** a disabled zone is not published; only operators set it */
    state?: "active" | "disabled";
    /** who may make hosts besides its owner */
    policy?: "nobody" | "invited" | "everybody" | "approval";
    /** the primary name server in the SOA */
    mname?: string;
    /** the mailbox in the SOA, as a name */
    rname?: string;
    /** of the SOA, in seconds */
    refresh?: number;
    /** of the SOA, in seconds */
    retry?: number;
    /** of the SOA, in seconds */
    expire?: number;
    /** of the SOA, in seconds: how long others remember that a name is missing */
    minimum?: number;
    /** TTL of the SOA in seconds */
    soa_ttl?: number;
    /** TTL of the NS records in seconds */
    ns_ttl?: number;
    /** TTL of new hosts in seconds */
    default_ttl?: number;
    /** how many labels a host may have below the zone */
    labels_max?: number;
    /** whether a host may look like another owner's; usual: by the policy */
    look_alikes?: "usual" | "refused" | "allowed";
    /** how many hosts it may have; 0: the usual quota; only operators set it */
    hosts_max?: number;
    /** how many of them an account may have besides its owner; 0: the usual quota */
    account_hosts_max?: number;
    /** where strangers report abuse by mail; empty: where the service says */
    abuse?: string;
    /** what its serials begin at; only operators set it */
    serial_base?: number;
    /** address of the account that owns it */
    owner?: string;
    /** a missing owner is made, too */
    make_owner?: boolean;
    /** their names; one that lies in the zone is given as NAME=ADDRESS */
    name_servers?: string[];
}

export interface ZoneChange {
    /** a disabled zone is not published; only operators set it */
    state?: "active" | "disabled";
    /** who may make hosts besides its owner */
    policy?: "nobody" | "invited" | "everybody" | "approval";
    /** the primary name server in the SOA */
    mname?: string;
    /** the mailbox in the SOA, as a name */
    rname?: string;
    /** of the SOA, in seconds */
    refresh?: number;
    /** of the SOA, in seconds */
    retry?: number;
    /** of the SOA, in seconds */
    expire?: number;
    /** of the SOA, in seconds: how long others remember that a name is missing */
    minimum?: number;
    /** TTL of the SOA in seconds */
    soa_ttl?: number;
    /** TTL of the NS records in seconds */
    ns_ttl?: number;
    /** TTL of new hosts in seconds */
    default_ttl?: number;
    /** how many labels a host may have below the zone */
    labels_max?: number;
    /** whether a host may look like another owner's; usual: by the policy */
    look_alikes?: "usual" | "refused" | "allowed";
    /** how many hosts it may have; 0: the usual quota; only operators set it */
    hosts_max?: number;
    /** how many of them an account may have besides its owner; 0: the usual quota */
    account_hosts_max?: number;
    /** where strangers report abuse by mail; empty: where the service says */
    abuse?: string;
    /** address of the account that owns it */
    owner?: string;
    /** a missing owner is made, too */
    make_owner?: boolean;
    /** their names; one that lies in the zone is given as NAME=ADDRESS */
    name_servers?: string[];
}

export interface ZoneChoice {
    /** its whole name */
    name: string;
    /** how many labels a host may have below it */
    labels_max: number;
}

export interface ZoneChoiceMade {
    /** its whole name */
    name: string;
    /** how many labels a host may have below it */
    labels_max: number;
}

export interface Host {
    /** its whole name */
    name: string;
    /** only of an active host the addresses are in DNS; fallback and withdrawn, which nobody sets, last until its next call; only operators and who looks after the zone set it */
    state: "active" | "offline" | "disabled" | "abuse" | "fallback" | "withdrawn";
    /** TTL of its addresses in seconds */
    ttl: number;
    /** names below it have the same addresses */
    wildcard: boolean;
    /** it keeps several addresses of a family */
    round_robin: boolean;
    /** seconds since 1970 */
    created: number;
    /** number of its newest change */
    last_change: number;
    /** dual: a family that an update does not name stays; follow: it goes */
    mode?: "dual" | "follow";
    /** private and documentation addresses are taken; only operators set it */
    private_addresses?: boolean;
    /** updates without TLS are taken; only operators set it */
    plain_http?: boolean;
    /** number of its subnet within the prefix of the host that it follows */
    subnet?: number;
    /** how often it should call, in seconds, up to 21 days; 0: that is learned */
    liveness?: number;
    /** what becomes of its name when it is silent, until it calls again */
    when_silent?: "keep" | "fallback" | "withdraw";
    /** it need not call: it is never silent, and never too old */
    permanent?: boolean;
    /** when it was last heard, in seconds since 1970; 0: never */
    last_seen?: number;
    /** the day on which it last called without TLS; 0: never */
    in_clear?: number;
    /** address of the account that owns it */
    owner: string;
    /** the zone that it lies in */
    zone: string;
    /** IPv4 and IPv6 addresses; given, they replace all that it has */
    addresses: string[];
    /** why it is not in DNS, whatever its state: its account is blocked, or it points to a blocked network */
    withheld: ("account" | "network")[];
    /** one address of each family that its name gets when it is silent */
    fallback?: string[];
    /** its owner gets mails about it when it is silent, or is refused */
    notify?: boolean;
    /** what its calls tell of it */
    heartbeat?: {
        /** how often it should call, in seconds; 0: nothing is expected */
        expected_s: number;
        /** the service has learned that from its calls */
        learned: boolean;
        /** late: it has missed a call; silent: it has missed several */
        state: "unknown" | "fresh" | "late" | "silent";
        /** of the state, in seconds since 1970; of a fresh one its last call */
        since: number;
    };
    /** the last 64 bits of its IPv6 address, such as ::211:22ff:fe33:4455 */
    interface_id?: string;
    /** the host whose IPv6 prefix it takes */
    follows?: string | null;
}

export interface HostMade {
    /** its whole name */
    name: string;
    /** only of an active host the addresses are in DNS; fallback and withdrawn, which nobody sets, last until its next call; only operators and who looks after the zone set it */
    state: "active" | "offline" | "disabled" | "abuse" | "fallback" | "withdrawn";
    /** TTL of its addresses in seconds */
    ttl: number;
    /** names below it have the same addresses */
    wildcard: boolean;
    /** it keeps several addresses of a family */
    round_robin: boolean;
    /** seconds since 1970 */
    created: number;
    /** number of its newest change */
    last_change: number;
    /** dual: a family that an update does not name stays; follow: it goes */
    mode?: "dual" | "follow";
    /** private and documentation addresses are taken; only operators set it */
    private_addresses?: boolean;
    /** updates without TLS are taken; only operators set it */
    plain_http?: boolean;
    /** number of its subnet within the prefix of the host that it follows */
    subnet?: number;
    /** how often it should call, in seconds, up to 21 days; 0: that is learned */
    liveness?: number;
    /** what becomes of its name when it is silent, until it calls again */
    when_silent?: "keep" | "fallback" | "withdraw";
    /** it need not call: it is never silent, and never too old */
    permanent?: boolean;
    /** when it was last heard, in seconds since 1970; 0: never */
    last_seen?: number;
    /** the day on which it last called without TLS; 0: never */
    in_clear?: number;
    /** address of the account that owns it */
    owner: string;
    /** the zone that it lies in */
    zone: string;
    /** IPv4 and IPv6 addresses; given, they replace all that it has */
    addresses: string[];
    /** why it is not in DNS, whatever its state: its account is blocked, or it points to a blocked network */
    withheld: ("account" | "network")[];
    /** one address of each family that its name gets when it is silent */
    fallback?: string[];
    /** its owner gets mails about it when it is silent, or is refused */
    notify?: boolean;
    /** what its calls tell of it */
    heartbeat?: {
        /** how often it should call, in seconds; 0: nothing is expected */
        expected_s: number;
        /** the service has learned that from its calls */
        learned: boolean;
        /** late: it has missed a call; silent: it has missed several */
        state: "unknown" | "fresh" | "late" | "silent";
        /** of the state, in seconds since 1970; of a fresh one its last call */
        since: number;
    };
    /** the last 64 bits of its IPv6 address, such as ::211:22ff:fe33:4455 */
    interface_id?: string;
    /** the host whose IPv6 prefix it takes */
    follows?: string | null;
}

export interface HostNew {
    /** its whole name */
    name: string;
    /** only of an active host the addresses are in DNS; fallback and withdrawn, which nobody sets, last until its next call; only operators and who looks after the zone set it */
    state?: "active" | "offline" | "disabled" | "abuse" | "fallback" | "withdrawn";
    /** TTL of its addresses in seconds */
    ttl?: number;
    /** names below it have the same addresses */
    wildcard?: boolean;
    /** it keeps several addresses of a family */
    round_robin?: boolean;
    /** dual: a family that an update does not name stays; follow: it goes */
    mode?: "dual" | "follow";
    /** private and documentation addresses are taken; only operators set it */
    private_addresses?: boolean;
    /** updates without TLS are taken; only operators set it */
    plain_http?: boolean;
    /** number of its subnet within the prefix of the host that it follows */
    subnet?: number;
    /** how often it should call, in seconds, up to 21 days; 0: that is learned */
    liveness?: number;
    /** what becomes of its name when it is silent, until it calls again */
    when_silent?: "keep" | "fallback" | "withdraw";
    /** it need not call: it is never silent, and never too old */
    permanent?: boolean;
    /** address of the account that owns it */
    owner?: string;
    /** a missing owner is made, too */
    make_owner?: boolean;
    /** the zone that it lies in */
    zone?: string;
    /** IPv4 and IPv6 addresses; given, they replace all that it has */
    addresses?: string[];
    /** one address of each family that its name gets when it is silent */
    fallback?: string[];
    /** its owner gets mails about it when it is silent, or is refused */
    notify?: boolean;
    /** true: it is still needed, although it does not call */
    keep?: boolean;
    /** the last 64 bits of its IPv6 address, such as ::211:22ff:fe33:4455 */
    interface_id?: string;
    /** the host whose IPv6 prefix it takes */
    follows?: string | null;
}

export interface HostChange {
    /** only of an active host the addresses are in DNS; fallback and withdrawn, which nobody sets, last until its next call; only operators and who looks after the zone set it */
    state?: "active" | "offline" | "disabled" | "abuse" | "fallback" | "withdrawn";
    /** TTL of its addresses in seconds */
    ttl?: number;
    /** names below it have the same addresses */
    wildcard?: boolean;
    /** it keeps several addresses of a family */
    round_robin?: boolean;
    /** dual: a family that an update does not name stays; follow: it goes */
    mode?: "dual" | "follow";
    /** private and documentation addresses are taken; only operators set it */
    private_addresses?: boolean;
    /** updates without TLS are taken; only operators set it */
    plain_http?: boolean;
    /** number of its subnet within the prefix of the host that it follows */
    subnet?: number;
    /** how often it should call, in seconds, up to 21 days; 0: that is learned */
    liveness?: number;
    /** what becomes of its name when it is silent, until it calls again */
    when_silent?: "keep" | "fallback" | "withdraw";
    /** it need not call: it is never silent, and never too old */
    permanent?: boolean;
    /** address of the account that owns it */
    owner?: string;
    /** a missing owner is made, too */
    make_owner?: boolean;
    /** IPv4 and IPv6 addresses; given, they replace all that it has */
    addresses?: string[];
    /** one address of each family that its name gets when it is silent */
    fallback?: string[];
    /** its owner gets mails about it when it is silent, or is refused */
    notify?: boolean;
    /** true: it is still needed, although it does not call */
    keep?: boolean;
    /** the last 64 bits of its IPv6 address, such as ::211:22ff:fe33:4455 */
    interface_id?: string;
    /** the host whose IPv6 prefix it takes */
    follows?: string | null;
}

export interface Secondary {
    /** the title of its section in the configuration */
    name: string;
    /** whether it answers questions; unknown: it was not asked yet */
    state: "unknown" | "answers" | "silent";
    /** zones of which it does not serve the newest serial */
    zones_behind: number;
    /** seconds since the oldest change that it does not serve; 0: it serves all */
    lag: number;
    /** when it was asked last, in seconds since 1970; 0: never */
    asked: number;
    /** when it answered last, in seconds since 1970; 0: never */
    heard: number;
    /** what became of the last notification */
    notify: "nothing" | "acknowledged" | "refused" | "unanswered";
    /** when it acknowledged a notification last, in seconds since 1970; 0: never */
    acknowledged: number;
    /** notifications that it refused or that were given up */
    notify_failures: number;
    /** notifications that are not acknowledged yet */
    notify_waiting: number;
    /** where it is asked */
    addresses: string[];
}

export interface SecondaryMade {
    /** the title of its section in the configuration */
    name: string;
    /** whether it answers questions; unknown: it was not asked yet */
    state: "unknown" | "answers" | "silent";
    /** zones of which it does not serve the newest serial */
    zones_behind: number;
    /** seconds since the oldest change that it does not serve; 0: it serves all */
    lag: number;
    /** when it was asked last, in seconds since 1970; 0: never */
    asked: number;
    /** when it answered last, in seconds since 1970; 0: never */
    heard: number;
    /** what became of the last notification */
    notify: "nothing" | "acknowledged" | "refused" | "unanswered";
    /** when it acknowledged a notification last, in seconds since 1970; 0: never */
    acknowledged: number;
    /** notifications that it refused or that were given up */
    notify_failures: number;
    /** notifications that are not acknowledged yet */
    notify_waiting: number;
    /** where it is asked */
    addresses: string[];
}

export interface NameCheck {
    /** its whole name */
    name: string;
    /** free: the account may make a host of the name; else why not */
    verdict: "free" | "no-zone" | "denied" | "form" | "depth" | "reserved" | "taken" | "quarantined" | "occupied" | "look-alike" | "quota";
    /** the same in words */
    reason: string | null;
}

export interface NameCheckMade {
    /** its whole name */
    name: string;
    /** free: the account may make a host of the name; else why not */
    verdict: "free" | "no-zone" | "denied" | "form" | "depth" | "reserved" | "taken" | "quarantined" | "occupied" | "look-alike" | "quota";
    /** the same in words */
    reason: string | null;
}

export interface Contact {
    /** the name that was asked for */
    name: string;
    /** the zone that it lies in */
    zone: string;
    /** where to report abuse by mail; null: nobody has said */
    abuse: string | null;
}

export interface ContactMade {
    /** the name that was asked for */
    name: string;
    /** the zone that it lies in */
    zone: string;
    /** where to report abuse by mail; null: nobody has said */
    abuse: string | null;
}

export interface ReservedName {
    /** its number */
    id: number;
    /** a label; a star before or behind it stands for anything */
    word: string;
    /** seconds since 1970 */
    created: number;
    /** the zone next to which no host may have it; null: any */
    zone: string | null;
}

export interface ReservedNameMade {
    /** its number */
    id: number;
    /** a label; a star before or behind it stands for anything */
    word: string;
    /** seconds since 1970 */
    created: number;
    /** the zone next to which no host may have it; null: any */
    zone: string | null;
}

export interface ReservedNameNew {
    /** a label; a star before or behind it stands for anything */
    word: string;
    /** the zone next to which no host may have it; null: any */
    zone?: string | null;
}

export interface QuarantinedName {
    /** its number */
    id: number;
    /** its whole name */
    name: string;
    /** when anybody may have it, in seconds since 1970 */
    until: number;
    /** the zone that it lies in; null: that is gone */
    zone: string | null;
}

export interface QuarantinedNameMade {
    /** its number */
    id: number;
    /** its whole name */
    name: string;
    /** when anybody may have it, in seconds since 1970 */
    until: number;
    /** the zone that it lies in; null: that is gone */
    zone: string | null;
}

export interface BlockedNetwork {
    /** its number */
    id: number;
    /** why, for operators; only operators set it */
    reason: string;
    /** since when, in seconds since 1970 */
    created: number;
    /** when it goes by itself, in seconds since 1970; 0: never; only operators set it */
    expires: number;
    /** such as 192.0.2.0/24; only operators set it */
    network: string;
}

export interface BlockedNetworkMade {
    /** its number */
    id: number;
    /** why, for operators; only operators set it */
    reason: string;
    /** since when, in seconds since 1970 */
    created: number;
    /** when it goes by itself, in seconds since 1970; 0: never; only operators set it */
    expires: number;
    /** such as 192.0.2.0/24; only operators set it */
    network: string;
}

export interface BlockedNetworkNew {
    /** why, for operators; only operators set it */
    reason?: string;
    /** when it goes by itself, in seconds since 1970; 0: never; only operators set it */
    expires?: number;
    /** such as 192.0.2.0/24; only operators set it */
    network: string;
}

export interface Record {
    /** its number */
    id: number;
    /** seconds */
    ttl: number;
    /** when it goes by itself, in seconds since 1970; 0: never */
    expires: number;
    /** its whole name, which may begin with '*.' */
    name: string;
    /** such as MX, TXT or CNAME */
    type: string;
    /** as zone files have it */
    data: string;
}

export interface RecordMade {
    /** its number */
    id: number;
    /** seconds */
    ttl: number;
    /** when it goes by itself, in seconds since 1970; 0: never */
    expires: number;
    /** its whole name, which may begin with '*.' */
    name: string;
    /** such as MX, TXT or CNAME */
    type: string;
    /** as zone files have it */
    data: string;
}

export interface RecordNew {
    /** seconds */
    ttl?: number;
    /** when it goes by itself, in seconds since 1970; 0: never */
    expires?: number;
    /** its whole name, which may begin with '*.' */
    name: string;
    /** such as MX, TXT or CNAME */
    type: string;
    /** as zone files have it */
    data: string;
    /** the zone that it has to lie in */
    zone?: string;
}

export interface RecordChange {
    /** seconds */
    ttl?: number;
    /** when it goes by itself, in seconds since 1970; 0: never */
    expires?: number;
    /** its whole name, which may begin with '*.' */
    name?: string;
    /** such as MX, TXT or CNAME */
    type?: string;
    /** as zone files have it */
    data?: string;
}

export interface Member {
    /** its number */
    id: number;
    /** creator: makes hosts of its own there; manager: looks after the zone as its owner does */
    role: "creator" | "manager";
    /** since when, in seconds since 1970 */
    created: number;
    /** the zone; only operators set it */
    zone: string;
    /** address of the account; only operators set it */
    account: string;
    /** address of the account that let it in; null: an operator, or one that is gone */
    added_by: string | null;
}

export interface MemberMade {
    /** its number */
    id: number;
    /** creator: makes hosts of its own there; manager: looks after the zone as its owner does */
    role: "creator" | "manager";
    /** since when, in seconds since 1970 */
    created: number;
    /** the zone; only operators set it */
    zone: string;
    /** address of the account; only operators set it */
    account: string;
    /** address of the account that let it in; null: an operator, or one that is gone */
    added_by: string | null;
}

export interface MemberNew {
    /** creator: makes hosts of its own there; manager: looks after the zone as its owner does */
    role?: "creator" | "manager";
    /** the zone; only operators set it */
    zone: string;
    /** address of the account; only operators set it */
    account: string;
}

export interface MemberChange {
    /** creator: makes hosts of its own there; manager: looks after the zone as its owner does */
    role?: "creator" | "manager";
}

export interface Request {
    /** its number */
    id: number;
    /** join: to be let into a zone; invite: somebody, to a zone; transfer: a host, to another account */
    kind: "join" | "invite" | "transfer";
    /** that an invitation leads to */
    role: "creator" | "manager";
    /** address that is invited, or that the host is offered to; empty: whoever looks after the zone decides */
    email: string;
    /** a line for who is asked */
    message: string;
    /** seconds since 1970 */
    created: number;
    /** when it ends by itself, in seconds since 1970 */
    expires: number;
    /** the zone */
    zone: string;
    /** the host that is offered */
    host: string | null;
    /** address of the account that asks */
    from: string;
    /** made: by the one that looks; asked: it decides; other: neither */
    side: string;
}

export interface RequestMade {
    /** its number */
    id: number;
    /** join: to be let into a zone; invite: somebody, to a zone; transfer: a host, to another account */
    kind: "join" | "invite" | "transfer";
    /** that an invitation leads to */
    role: "creator" | "manager";
    /** address that is invited, or that the host is offered to; empty: whoever looks after the zone decides */
    email: string;
    /** a line for who is asked */
    message: string;
    /** seconds since 1970 */
    created: number;
    /** when it ends by itself, in seconds since 1970 */
    expires: number;
    /** the zone */
    zone: string;
    /** the host that is offered */
    host: string | null;
    /** address of the account that asks */
    from: string;
    /** made: by the one that looks; asked: it decides; other: neither */
    side: string;
}

export interface RequestNew {
    /** join: to be let into a zone; invite: somebody, to a zone; transfer: a host, to another account */
    kind: "join" | "invite" | "transfer";
    /** that an invitation leads to */
    role?: "creator" | "manager";
    /** address that is invited, or that the host is offered to; empty: whoever looks after the zone decides */
    email?: string;
    /** a line for who is asked */
    message?: string;
    /** the zone */
    zone?: string;
    /** the host that is offered */
    host?: string | null;
}

export interface Token {
    /** its number */
    id: number;
    /** update: for hosts; api: for programs that use this interface */
    kind: "update" | "tsig" | "signed" | "api";
    /** the first characters of its secret */
    hint: string;
    /** for people to remember it by */
    label: string;
    /** it is of the short form */
    weak: boolean;
    /** when it ends, in seconds since 1970; 0: never */
    expires: number;
    /** seconds since 1970; 0: never */
    last_used: number;
    /** seconds since 1970 */
    created: number;
    /** number of its newest change */
    last_change: number;
    /** when it first came in clear where it may not, in seconds since 1970; 0: never */
    exposed: number;
    /** whole names of the hosts that it is for */
    hosts: string[];
    /** what it may do */
    rights: ("address" | "txt" | "prefix" | "read" | "write" | "operate")[];
    /** addresses and networks from which it is accepted; none: all */
    networks: string[];
}

export interface TokenMade {
    /** its number */
    id: number;
    /** update: for hosts; api: for programs that use this interface */
    kind: "update" | "tsig" | "signed" | "api";
    /** the first characters of its secret */
    hint: string;
    /** for people to remember it by */
    label: string;
    /** it is of the short form */
    weak: boolean;
    /** when it ends, in seconds since 1970; 0: never */
    expires: number;
    /** seconds since 1970; 0: never */
    last_used: number;
    /** seconds since 1970 */
    created: number;
    /** number of its newest change */
    last_change: number;
    /** when it first came in clear where it may not, in seconds since 1970; 0: never */
    exposed: number;
    /** whole names of the hosts that it is for */
    hosts: string[];
    /** what it may do */
    rights: ("address" | "txt" | "prefix" | "read" | "write" | "operate")[];
    /** addresses and networks from which it is accepted; none: all */
    networks: string[];
    /** what the device or program sends */
    secret: string;
    /** for pages: the secret as a QR code, an SVG path and the side of its square */
    qr?: { [name: string]: unknown };
}

export interface TokenNew {
    /** update: for hosts; api: for programs that use this interface */
    kind?: "update" | "tsig" | "signed" | "api";
    /** for people to remember it by */
    label?: string;
    /** when it ends, in seconds since 1970; 0: never */
    expires?: number;
    /** address of the account that it acts for */
    account?: string;
    /** whole names of the hosts that it is for */
    hosts?: string[];
    /** what it may do */
    rights?: ("address" | "txt" | "prefix" | "read" | "write" | "operate")[];
    /** addresses and networks from which it is accepted; none: all */
    networks?: string[];
    /** the short form, for devices that cut */
    short?: boolean;
}

export interface TokenChange {
    /** for people to remember it by */
    label?: string;
    /** when it ends, in seconds since 1970; 0: never */
    expires?: number;
    /** whole names of the hosts that it is for */
    hosts?: string[];
    /** what it may do */
    rights?: ("address" | "txt" | "prefix" | "read" | "write" | "operate")[];
    /** addresses and networks from which it is accepted; none: all */
    networks?: string[];
}

export interface Mail {
    /** its number */
    id: number;
    /** what it is about */
    kind: "confirm" | "reset" | "new-login" | "new-token" | "exposed-token" | "host-silent" | "host-failing" | "certificate" | "name-unused" | "test" | "account-exists" | "account-waiting" | "account-approved" | "invitation" | "address-new" | "address-old" | "address-changed" | "new-password" | "factor-on" | "factor-off" | "recovery-code" | "join-asked" | "zone-invited" | "zone-invitation" | "host-offered" | "host-taken" | "request-accepted" | "request-declined" | "passkey-added" | "passkey-removed" | "passkey-copied" | "account-ended" | "account-unused";
    /** the address that gets it; only operators set it */
    to: string;
    /** whether it waits, was sent, or was given up */
    state: "waiting" | "sent" | "dead";
    /** how often its delivery was tried */
    tries: number;
    /** when it is tried next, in seconds since 1970 */
    due: number;
    /** why it was not sent, in the words of the server */
    last_error: string;
    /** seconds since 1970 */
    created: number;
    /** since when it does not wait any more, in seconds since 1970; 0: it waits */
    ended: number;
    /** en or de; only operators set it */
    language: string;
    /** of what nobody is told twice */
    about: string;
    /** its Message-ID, without brackets */
    message_id: string;
}

export interface MailMade {
    /** its number */
    id: number;
    /** what it is about */
    kind: "confirm" | "reset" | "new-login" | "new-token" | "exposed-token" | "host-silent" | "host-failing" | "certificate" | "name-unused" | "test" | "account-exists" | "account-waiting" | "account-approved" | "invitation" | "address-new" | "address-old" | "address-changed" | "new-password" | "factor-on" | "factor-off" | "recovery-code" | "join-asked" | "zone-invited" | "zone-invitation" | "host-offered" | "host-taken" | "request-accepted" | "request-declined" | "passkey-added" | "passkey-removed" | "passkey-copied" | "account-ended" | "account-unused";
    /** the address that gets it; only operators set it */
    to: string;
    /** whether it waits, was sent, or was given up */
    state: "waiting" | "sent" | "dead";
    /** how often its delivery was tried */
    tries: number;
    /** when it is tried next, in seconds since 1970 */
    due: number;
    /** why it was not sent, in the words of the server */
    last_error: string;
    /** seconds since 1970 */
    created: number;
    /** since when it does not wait any more, in seconds since 1970; 0: it waits */
    ended: number;
    /** en or de; only operators set it */
    language: string;
    /** of what nobody is told twice */
    about: string;
    /** its Message-ID, without brackets */
    message_id: string;
}

export interface MailNew {
    /** the address that gets it; only operators set it */
    to: string;
    /** en or de; only operators set it */
    language?: string;
}

export interface Problem {
    type?: string;
    title?: string;
    detail?: string;
    status?: number;
    code?: string;
    errors?: ({
        field?: string;
        code?: "form" | "range" | "missing" | "taken" | "denied" | "conflict";
        message?: string;
    })[];
}
