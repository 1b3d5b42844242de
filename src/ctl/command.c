// SPDX-License-Identifier: GPL-3.0-or-later
/* The tables of rovectl: options and columns first, then the commands that use them. A new command
 * is one row here. */
#include "ctl/command.h"

#include <string.h>

#include "base/attr.h"
#include "ctl/backup.h"
#include "ctl/perform.h"

static const struct command_option account_options[] = {
    { "role", "role", OPTION_TEXT, "ROLE", "user, zone-owner or operator" },
    { "state", "state", OPTION_TEXT, "STATE", "active or blocked" },
    { "max-hosts", "hosts_max", OPTION_NUMBER, "N", "quota; 0: none of its own" },
    { "language", "language", OPTION_TEXT, "TAG", "such as en or de" },
    { .name = NULL },
};
static const struct command_option zone_options[] = {
    { "owner", "owner", OPTION_TEXT, "EMAIL", "account that owns the zone" },
    { "ns", "name_servers", OPTION_LIST, "NAME[=ADDRESS...]",
      "name server, with its addresses if it lies in the zone; repeat" },
    { "state", "state", OPTION_TEXT, "STATE", "active or disabled" },
    { "policy", "policy", OPTION_TEXT, "WHO",
      "who may create hosts: nobody, invited or everybody" },
    { "mname", "mname", OPTION_TEXT, "NAME", "primary in the SOA; the first --ns" },
    { "rname", "rname", OPTION_TEXT, "NAME", "mailbox in the SOA; the owner's" },
    { "refresh", "refresh", OPTION_NUMBER, "SECONDS", "SOA refresh; 3600" },
    { "retry", "retry", OPTION_NUMBER, "SECONDS", "SOA retry; 600" },
    { "expire", "expire", OPTION_NUMBER, "SECONDS", "SOA expire; 604800" },
    { "minimum", "minimum", OPTION_NUMBER, "SECONDS", "SOA minimum; 60" },
    { "soa-ttl", "soa_ttl", OPTION_NUMBER, "SECONDS", "TTL of the SOA; 60" },
    { "ns-ttl", "ns_ttl", OPTION_NUMBER, "SECONDS", "TTL of the NS records; 3600" },
    { "ttl", "default_ttl", OPTION_NUMBER, "SECONDS", "TTL of new hosts; 60" },
    { "labels", "labels_max", OPTION_NUMBER, "N", "labels of a host below the zone; 1" },
    { .name = NULL },
};
static const struct command_option check_options[] = {
    { "offline", "offline", OPTION_FLAG, "", "only print what the parent has to hold" },
    { "resolver", "resolver", OPTION_TEXT, "ADDRESS:PORT",
      "whom to ask for names; those of /etc/resolv.conf" },
    { "port", "port", OPTION_NUMBER, "PORT", "port of the name servers; 53" },
    { .name = NULL },
};
static const struct command_option host_options[] = {
    { "owner", "owner", OPTION_TEXT, "EMAIL", "account that owns it; the zone's owner" },
    { "address", "addresses", OPTION_LIST, "ADDRESS", "IPv4 or IPv6; repeat" },
    { "ttl", "ttl", OPTION_NUMBER, "SECONDS", "TTL of its addresses; the zone's" },
    { "wildcard", "wildcard", OPTION_SWITCH, "on|off", "*.NAME answers the same" },
    { "mode", "mode", OPTION_TEXT, "MODE",
      "dual: a family that an update does not name stays; follow: it goes" },
    { "state", "state", OPTION_TEXT, "STATE", "active, offline, disabled or abuse" },
    { "round-robin", "round_robin", OPTION_SWITCH, "on|off",
      "keep several addresses of a family" },
    { "private-addresses", "private_addresses", OPTION_SWITCH, "on|off",
      "take private and documentation addresses" },
    { "plain-http", "plain_http", OPTION_SWITCH, "on|off", "take updates without TLS" },
    { "follows", "follows", OPTION_NAME_OR_NONE, "NAME|none",
      "router host whose IPv6 prefix it takes" },
    { "interface-id", "interface_id", OPTION_TEXT, "ID", "such as ::211:22ff:fe33:4455" },
    { "subnet", "subnet", OPTION_NUMBER, "N", "number of its subnet within the prefix" },
    { "liveness", "liveness", OPTION_NUMBER, "SECONDS", "how often it should be heard" },
    { .name = NULL },
};
static const struct command_option token_options[] = {
    { "label", "label", OPTION_TEXT, "TEXT", "for you to remember it by" },
    { "right", "rights", OPTION_LIST, "RIGHT", "address, txt or prefix; repeat" },
    { "network", "networks", OPTION_LIST, "PREFIX", "accepted only from there; repeat" },
    { "expires", "expires", OPTION_NUMBER, "TIME", "seconds since 1970; 0: never" },
    { "short", "short", OPTION_SWITCH, "on|off", "16 characters, for routers that cut" },
    { .name = NULL },
};
static const struct command_option api_token_options[] = {
    { "label", "label", OPTION_TEXT, "TEXT", "for you to remember it by" },
    { "right", "rights", OPTION_LIST, "RIGHT", "read, write or operate; repeat" },
    { "network", "networks", OPTION_LIST, "PREFIX", "accepted only from there; repeat" },
    { "expires", "expires", OPTION_NUMBER, "TIME", "seconds since 1970; 0: never" },
    { .name = NULL },
};
static const struct command_option token_set_options[] = {
    { "label", "label", OPTION_TEXT, "TEXT", "for you to remember it by" },
    { "host", "hosts", OPTION_LIST, "NAME", "hosts it may update; repeat" },
    { "right", "rights", OPTION_LIST, "RIGHT", "address, txt or prefix; repeat" },
    { "network", "networks", OPTION_LIST, "PREFIX", "accepted only from there; repeat" },
    { "expires", "expires", OPTION_NUMBER, "TIME", "seconds since 1970; 0: never" },
    { .name = NULL },
};

static const struct command_option backup_options[] = {
    { "keys", "keys", OPTION_SWITCH, "on|off", "with the key file; on" },
    { .name = NULL },
};

static const struct command_option record_options[] = {
    { "type", "type", OPTION_TEXT, "TYPE", "such as MX, TXT, CNAME, SRV, CAA, NS" },
    { "data", "data", OPTION_TEXT, "DATA", "as in a zone file: '10 mail.example.org'" },
    { "ttl", "ttl", OPTION_NUMBER, "SECONDS", "TTL; the zone's" },
    { "expires", "expires", OPTION_NUMBER, "TIME", "seconds since 1970; 0: never" },
    { .name = NULL },
};
static const struct command_option export_options[] = {
    { "format", "format", OPTION_TEXT, "FORMAT", "zone or tinydns; zone" },
    { .name = NULL },
};
static const struct command_option import_options[] = {
    { "zone", "zone", OPTION_TEXT, "ZONE", "only this zone" },
    { "owner", "owner", OPTION_TEXT, "EMAIL",
      "account for zones of which the file names no owner" },
    { "ns", "name_servers", OPTION_LIST, "NAME[=ADDRESS...]",
      "name servers for zones of which the file names none, and the addresses of those"
      " that it names; repeat" },
    { "static", "static", OPTION_FLAG, "", "make no hosts: addresses become records" },
    { "tokens", "tokens", OPTION_FLAG, "",
      "make a token for each new host and print it, this once" },
    { "dry-run", "dry_run", OPTION_FLAG, "", "write nothing; the report is the same" },
    { .name = NULL },
};

static const struct column account_columns[] = {
    { "EMAIL", "email" }, { "ROLE", "role" }, { "STATE", "state" }, { .title = NULL }
};
static const struct column zone_columns[] = { { "ZONE", "name" },
                                              { "OWNER", "owner" },
                                              { "STATE", "state" },
                                              { "NAME SERVERS", "name_servers" },
                                              { .title = NULL } };
static const struct column host_columns[] = {
    { "HOST", "name" }, { "ADDRESSES", "addresses" }, { "STATE", "state" },
    { "TTL", "ttl" },   { "OWNER", "owner" },         { .title = NULL }
};
static const struct column record_columns[] = {
    { "ID", "id" },     { "NAME", "name" },       { "TTL", "ttl" }, { "TYPE", "type" },
    { "DATA", "data" }, { "EXPIRES", "expires" }, { .title = NULL }
};
static const struct column token_columns[] = {
    { "ID", "id" },         { "BEGINS", "hint" }, { "LABEL", "label" },
    { "RIGHTS", "rights" }, { "HOSTS", "hosts" }, { "EXPOSED", "exposed" },
    { .title = NULL }
};
static const struct column log_columns[] = {
    { "TIME", "time" },     { "BEFORE", "before" },   { "AFTER", "after" },
    { "SOURCE", "source" }, { "DIALECT", "dialect" }, { "TOKEN", "token" },
    { "TLS", "encrypted" }, { "AGENT", "agent" },     { .title = NULL }
};
static const struct column request_columns[] = {
    { "TIME", "time" },       { "RESULT", "result" },   { "WHY", "why" },
    { "SOURCE", "source" },   { "DIALECT", "dialect" }, { "TLS", "encrypted" },
    { "DRY RUN", "dry_run" }, { "TAKEN", "taken" },     { "IGNORED", "ignored" },
    { "AGENT", "agent" },     { .title = NULL }
};

static const struct column in_clear_columns[] = { { "HOST", "name" },
                                                  { "IN CLEAR", "in_clear" },
                                                  { "LAST SEEN", "last_seen" },
                                                  { "OWNER", "owner" },
                                                  { .title = NULL } };

static const struct command_filter host_filters[] = {
    { "zone", "zone", "NAME", NULL },
    { "in-clear", "in_clear", NULL, in_clear_columns },
    { .name = NULL },
};
static const struct command_filter record_filters[] = {
    { "zone", "zone", "NAME", NULL },
    { .name = NULL },
};
static const struct command_filter token_filters[] = {
    { "host", "host", "NAME", NULL },
    { .name = NULL },
};

const struct command commands[] = {
    { .noun = "account",
      .verb = "add",
      .method = "POST",
      .path = "/accounts",
      .argument = "EMAIL",
      .member = "email",
      .options = account_options,
      .help = "make an account" },
    { .noun = "account",
      .verb = "list",
      .method = "GET",
      .path = "/accounts",
      .columns = account_columns,
      .help = "list the accounts" },
    { .noun = "account",
      .verb = "show",
      .method = "GET",
      .path = "/accounts/",
      .argument = "EMAIL",
      .help = "show one account" },
    { .noun = "account",
      .verb = "set",
      .method = "PATCH",
      .path = "/accounts/",
      .argument = "EMAIL",
      .options = account_options,
      .help = "change an account" },
    { .noun = "account",
      .verb = "remove",
      .method = "DELETE",
      .path = "/accounts/",
      .argument = "EMAIL",
      .help = "remove an account that owns nothing" },
    { .noun = "account",
      .verb = "token",
      .method = "POST",
      .path = "/tokens",
      .argument = "EMAIL",
      .member = "account",
      .kind = "api",
      .options = api_token_options,
      .help = "make a token for programs; its secret is shown this once" },

    { .noun = "zone",
      .verb = "add",
      .method = "POST",
      .path = "/zones",
      .argument = "ZONE",
      .member = "name",
      .options = zone_options,
      .help = "make a dynamic zone" },
    { .noun = "zone",
      .verb = "list",
      .method = "GET",
      .path = "/zones",
      .columns = zone_columns,
      .help = "list the zones" },
    { .noun = "zone",
      .verb = "show",
      .method = "GET",
      .path = "/zones/",
      .argument = "ZONE",
      .help = "show one zone" },
    { .noun = "zone",
      .verb = "set",
      .method = "PATCH",
      .path = "/zones/",
      .argument = "ZONE",
      .options = zone_options,
      .help = "change a zone" },
    { .noun = "zone",
      .verb = "remove",
      .method = "DELETE",
      .path = "/zones/",
      .argument = "ZONE",
      .help = "remove a zone without hosts" },
    { .noun = "zone",
      .verb = "check",
      .run = perform_zone_check,
      .argument = "ZONE",
      .member = "zone",
      .options = check_options,
      .help = "ask the parent zone and the name servers, and say what is wrong" },

    { .noun = "host",
      .verb = "add",
      .method = "POST",
      .path = "/hosts",
      .argument = "NAME",
      .member = "name",
      .options = host_options,
      .help = "make a host" },
    { .noun = "host",
      .verb = "list",
      .method = "GET",
      .path = "/hosts",
      .filters = host_filters,
      .columns = host_columns,
      .help = "list the hosts, of one zone or all, or those that send in clear" },
    { .noun = "host",
      .verb = "show",
      .method = "GET",
      .path = "/hosts/",
      .argument = "NAME",
      .help = "show one host" },
    { .noun = "host",
      .verb = "set",
      .method = "PATCH",
      .path = "/hosts/",
      .argument = "NAME",
      .options = host_options,
      .help = "change a host" },
    { .noun = "host",
      .verb = "remove",
      .method = "DELETE",
      .path = "/hosts/",
      .argument = "NAME",
      .help = "remove a host" },
    { .noun = "host",
      .verb = "log",
      .method = "GET",
      .path = "/host-logs/",
      .argument = "NAME",
      .columns = log_columns,
      .help = "list a host's changes, newest first" },
    { .noun = "host",
      .verb = "requests",
      .method = "GET",
      .path = "/host-requests/",
      .argument = "NAME",
      .columns = request_columns,
      .help = "list the newest requests for a host, and why they failed" },

    { .noun = "record",
      .verb = "add",
      .method = "POST",
      .path = "/records",
      .argument = "NAME",
      .member = "name",
      .options = record_options,
      .help = "add a record to a zone or host; NAME may begin with '*.'" },
    { .noun = "record",
      .verb = "list",
      .method = "GET",
      .path = "/records",
      .filters = record_filters,
      .columns = record_columns,
      .help = "list the records, of one zone or all" },
    { .noun = "record",
      .verb = "remove",
      .method = "DELETE",
      .path = "/records/",
      .argument = "ID",
      .help = "remove a record" },

    { .noun = "token",
      .verb = "add",
      .method = "POST",
      .path = "/tokens",
      .argument = "HOST[,HOST...]",
      .member = "hosts",
      .member_is_list = true,
      .options = token_options,
      .help = "make a token; its secret is shown this once" },
    { .noun = "token",
      .verb = "list",
      .method = "GET",
      .path = "/tokens",
      .filters = token_filters,
      .columns = token_columns,
      .help = "list the tokens, of one host or all" },
    { .noun = "token",
      .verb = "show",
      .method = "GET",
      .path = "/tokens/",
      .argument = "ID",
      .help = "show one token" },
    { .noun = "token",
      .verb = "set",
      .method = "PATCH",
      .path = "/tokens/",
      .argument = "ID",
      .options = token_set_options,
      .help = "change a token" },
    { .noun = "token",
      .verb = "remove",
      .method = "DELETE",
      .path = "/tokens/",
      .argument = "ID",
      .help = "make a token invalid" },

    { .noun = "backup",
      .method = "POST",
      .path = "/backups",
      .take = backup_take,
      .argument = "FILE",
      .member = "to",
      .options = backup_options,
      .help = "copy database and key file into one file, while all goes on" },

    { .noun = "export",
      .run = perform_export,
      .argument = "ZONE",
      .member = "zone",
      .options = export_options,
      .help = "print a zone as a zone file or as tinydns data" },
    { .noun = "import",
      .verb = "tinydns",
      .run = perform_import,
      .argument = "FILE",
      .member = "file",
      .options = import_options,
      .help = "take zones out of a tinydns data file" },
    { .noun = "import",
      .verb = "zone",
      .run = perform_import,
      .argument = "FILE",
      .member = "file",
      .options = import_options,
      .help = "take a zone file (RFC 1035)" },
    { .noun = "import",
      .verb = "vegadns1",
      .run = perform_import,
      .argument = "FILE",
      .member = "file",
      .options = import_options,
      .help = "take a mysqldump of VegaDNS 0.9 to 1.x" },
    { .noun = "import",
      .verb = "vegadns2",
      .run = perform_import,
      .argument = "FILE",
      .member = "file",
      .options = import_options,
      .help = "take a mysqldump of VegaDNS 2" },
    { .noun = "import",
      .verb = "nsupdate",
      .run = perform_import,
      .argument = "FILE",
      .member = "file",
      .options = import_options,
      .help = "take nsupdate.info's manage.py dumpdata" },

    { .noun = "status", .run = perform_status, .help = "show how each role is" },
};
const size_t command_count = LENGTH_OF(commands);

const struct command *command_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].noun, noun) == 0 &&
            (!commands[i].verb || (verb && strcmp(commands[i].verb, verb) == 0)))
            return &commands[i];
    return NULL;
}
