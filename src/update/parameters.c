// SPDX-License-Identifier: GPL-3.0-or-later
/* Every parameter gets a slot with its meaning. Then hosts, addresses, credentials and flags are
 * each picked out of the slots. */
#include "update/parameters.h"

#include "account/token.h"
#include "dns/name.h"
#include "update/credentials.h"
#include "update/parameter.h"

/* A parameter, what its name says, and whether its value could be meant. */
struct slot {
    const struct http_param *param;
    struct parameter_name name;
    bool clean;
    uint8_t families; /* families_of() the value, once it was asked for */
};

/* What is being put together. */
struct reading {
    struct slot *slots; /* one for each parameter */
    size_t count;
    struct arena *arena;
    struct update *update;
    bool leaves_v4, leaves_v6; /* a word said so */
};

/* ----- values that could be meant ----- */

static bool is_made_of(struct str text, struct str others)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        if (!char_is_alpha(c) && !char_is_digit(c) && str_find(others, c) == others.n)
            return false;
    }
    return true;
}

static bool is_hex_made(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = char_lower(text.at[i]);
        if (char_is_alpha(c) && c > 'f')
            return false;
    }
    return is_made_of(text, STR(".:/[]"));
}

/* An empty value never is: the one that says something counts. */
static bool is_clean(enum parameter_meaning meaning, struct str value)
{
    if (value.n == 0)
        return false;
    if (meaning >= MEANS_HOSTNAME && meaning <= MEANS_ZONE)
        return is_made_of(value, STR(".-_*, "));
    return meaning != MEANS_SECRET || token_is_formed(credentials_trim(value));
}

enum {
    FAMILIES_V4 = 1,
    FAMILIES_V6 = 2,
    FAMILIES_READ = 4
};

/* The families that the value has addresses of; none when one piece is neither an address nor
 * a word. */
static unsigned families_of(struct slot *slot)
{
    if (slot->families & FAMILIES_READ)
        return slot->families;
    slot->families = FAMILIES_READ;
    unsigned families = FAMILIES_READ;
    for (struct str left = slot->param->value, piece; str_next(&left, ',', &piece);) {
        piece = str_trim(piece);
        if (!is_hex_made(piece) && parameter_word_of(piece) == WORD_NONE)
            return slot->families;
        families |= str_find(piece, ':') < piece.n ? FAMILIES_V6 : FAMILIES_V4;
    }
    slot->families = (uint8_t)families;
    return families;
}

/* Whether `other`, of the same name, counts instead of `slot`. Of addresses each family has
 * its own: one name may bring both. */
static bool supersedes(struct slot *other, struct slot *slot)
{
    bool is_later = other->param > slot->param;
    enum parameter_meaning meaning = slot->name.meaning;
    if (meaning == MEANS_ADDRESS || meaning == MEANS_PREFIX) {
        unsigned ours = families_of(slot), others = families_of(other);
        return ours == FAMILIES_READ ? is_later || others != FAMILIES_READ
                                     : is_later && (ours & ~others) == 0;
    }
    return other->clean == slot->clean ? is_later : other->clean;
}

/* What nobody knows or needs is not glued together by anybody; of values that are one of many
 * each counts. */
static bool is_single(enum parameter_meaning meaning)
{
    return meaning != MEANS_UNKNOWN && meaning != MEANS_OTHER && meaning != MEANS_TXT &&
           meaning != MEANS_TXT_REMOVE;
}

static bool is_superseded(const struct reading *reading, size_t at)
{
    struct slot *slot = &reading->slots[at];
    if (!is_single(slot->name.meaning))
        return false;
    for (size_t i = 0; i < reading->count; i++) {
        struct slot *other = &reading->slots[i];
        if (i != at && str_equal_any_case(other->param->name, slot->param->name) &&
            supersedes(other, slot))
            return true;
    }
    return false;
}

/* ----- hosts ----- */

bool parameters_is_full_name(struct str text)
{
    struct name name;
    struct ip ip;
    return is_made_of(text, STR(".-_*")) && !name_parse(text, &name, NULL) &&
           name_labels(&name) >= 2 && ip_parse(text, &ip);
}

/* The last clean value of the rank, or its last one; "YES" is a flag of dyndns1, where
 * another parameter has the name. */
static struct str find_hosts(const struct reading *reading, enum parameter_meaning rank)
{
    const struct slot *found = NULL;
    for (size_t i = 0; i < reading->count; i++) {
        const struct slot *slot = &reading->slots[i];
        struct str value = slot->param->value;
        if (slot->name.meaning != rank || value.n == 0 ||
            str_equal_any_case(value, STR("YES")))
            continue;
        if (!found || slot->clean || !found->clean)
            found = slot;
    }
    return found ? found->param->value : STR("");
}

/* A host name all by itself, as routers append it to a URL without placeholders. */
static struct str find_bare_host(const struct http_param *params, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!params[i].has_value && parameters_is_full_name(params[i].name))
            return params[i].name;
    return STR("");
}

static void read_hosts(const struct reading *reading, const struct http_param *params,
                       size_t count)
{
    struct str *hosts = &reading->update->hosts;
    for (enum parameter_meaning rank = MEANS_HOSTNAME;
         rank <= MEANS_ZONE && hosts->n == 0; rank++)
        *hosts = find_hosts(reading, rank);
    if (hosts->n == 0)
        *hosts = find_bare_host(params, count);
}

/* ----- addresses ----- */

static void pass_over(const struct reading *reading, struct str name, struct str value,
                      const char *why)
{
    struct update *update = reading->update;
    if (!update->passed)
        update->passed = (struct update_passed *)arena_take_array(
            reading->arena, UPDATE_PASSED_MAX, sizeof(*update->passed));
    if (update->passed_count < UPDATE_PASSED_MAX)
        update->passed[update->passed_count++] =
            (struct update_passed){ .name = name, .value = value, .why = why };
}

static void add_value(const struct reading *reading, enum rule_role role, struct str name,
                      struct str text)
{
    struct update *update = reading->update;
    if (update->value_count == UPDATE_VALUES_MAX) {
        pass_over(reading, name, text, "too many");
        return;
    }
    update->names[update->value_count] = name;
    update->values[update->value_count++] =
        (struct rule_value){ .role = role, .text = text };
}

static bool means_family(struct parameter_name name, uint8_t family)
{
    return name.family == IP_NONE || name.family == family;
}

/* What the rules for addresses (rule/address.h) get of one piece. */
static struct str translate(struct reading *reading, struct parameter_name name,
                            struct str piece)
{
    struct ip source = reading->update->origin.source;
    switch (parameter_word_of(piece)) {
    case WORD_NONE:
        return piece;
    case WORD_SOURCE:
        if (!means_family(name, source.family))
            break;
        return arena_copy(reading->arena, str_from(ip_text(source)));
    case WORD_LEAVE:
        break;
    }
    reading->leaves_v4 |= means_family(name, IP_V4);
    reading->leaves_v6 |= means_family(name, IP_V6);
    return STR("");
}

static bool has_word(struct str value)
{
    for (struct str piece; str_next(&value, ',', &piece);)
        if (parameter_word_of(str_trim(piece)) != WORD_NONE)
            return true;
    return false;
}

/* Without words the list goes on as it came. */
static void read_address(struct reading *reading, const struct slot *slot)
{
    struct str value = slot->param->value, name = slot->param->name;
    if (!has_word(value)) {
        add_value(reading, RULE_ADDRESS, name, value);
        return;
    }
    for (struct str piece; str_next(&value, ',', &piece);)
        add_value(reading, RULE_ADDRESS, name,
                  translate(reading, slot->name, str_trim(piece)));
}

/* A parameter that nobody knows; a name all by itself may be the address. A client that
 * said to leave a family alone meant this one, too. */
static void read_strange(struct reading *reading, const struct slot *slot)
{
    struct str name = slot->param->has_value ? slot->param->name : STR("");
    struct str value = slot->param->has_value ? slot->param->value : slot->param->name;
    if (!parameter_is_addressed(value))
        return;
    if (!reading->leaves_v4 && !reading->leaves_v6) {
        add_value(reading, RULE_STRANGE, name, value);
        return;
    }
    for (struct str piece; str_next(&value, ',', &piece);) {
        bool is_v6 = str_find(piece, ':') < piece.n;
        if (is_v6 ? reading->leaves_v6 : reading->leaves_v4)
            pass_over(reading, name, piece, "its family is left alone");
        else
            add_value(reading, RULE_STRANGE, name, piece);
    }
}

static bool names_no_address(const struct update *update)
{
    for (size_t i = 0; i < update->value_count; i++)
        for (struct str left = update->values[i].text, piece;
             str_next(&left, ',', &piece);)
            if (!rule_is_absent(piece))
                return false;
    return true;
}

/* When all that was said is to leave the source's own family alone, the source must not
 * come in: an unusable value keeps it out. */
static void keep_source_out(const struct reading *reading)
{
    struct update *update = reading->update;
    uint8_t family = update->origin.source.family;
    if (!((family == IP_V4 && reading->leaves_v4) ||
          (family == IP_V6 && reading->leaves_v6)) ||
        !names_no_address(update))
        return;
    /* None of those that are there is more than nothing. */
    if (update->value_count == UPDATE_VALUES_MAX)
        update->value_count--;
    add_value(reading, RULE_ADDRESS, STR(""), STR("preserve"));
}

/* ----- txt values ----- */

static struct update_txt *need_txt(const struct reading *reading)
{
    struct update *update = reading->update;
    if (!update->txt)
        update->txt = update_txt_new(reading->arena);
    return update->txt;
}

static void read_txt(const struct reading *reading, struct txt_list *list,
                     struct str value)
{
    for (struct str piece; str_next(&value, ',', &piece);)
        if (!txt_list_add(list, str_trim(piece)))
            reading->update->txt->is_bad = true;
}

static void read_lifetime(struct update_txt *txt, struct str value)
{
    uint64_t life_s = 0;
    if (str_to_u64(value, CHALLENGE_LIFE_MAX_S, &life_s) || life_s == 0)
        txt->is_bad = true;
    else
        txt->change.life_s = (int64_t)life_s;
}

static void finish_txt(const struct update *update)
{
    struct update_txt *txt = update->txt;
    if (txt->change.add.count + txt->change.remove.count == 0)
        txt->is_bad = true;
    txt->alone = !update->offline && names_no_address(update);
}

/* ----- all of it ----- */

static bool is_yes(const struct http_param *param)
{
    static const char *const no[] = { "0", "no", "false", "off" };
    for (size_t i = 0; i < LENGTH_OF(no); i++)
        if (str_equal_any_case(param->value, str_from(no[i])))
            return false;
    return true;
}

/* An address in a parameter that is for something else. */
static void note_other(const struct reading *reading, const struct slot *slot)
{
    const struct http_param *param = slot->param;
    struct update *update = reading->update;
    if (param->value.at != update->hosts.at && parameter_is_addressed(param->value))
        pass_over(reading, param->name, param->value, "the name is for something else");
}

static void read_slot(struct reading *reading, const struct slot *slot, struct str *user)
{
    struct update *update = reading->update;
    struct str value = credentials_trim(slot->param->value);
    switch (slot->name.meaning) {
    case MEANS_UNKNOWN: /* when all others are read */
        return;
    case MEANS_OTHER:
    case MEANS_HOSTNAME: /* read_hosts() */
    case MEANS_HOST:
    case MEANS_ZONE:
        note_other(reading, slot);
        return;
    case MEANS_ADDRESS:
        read_address(reading, slot);
        return;
    case MEANS_PREFIX:
        /* "prefix" alone is many things. */
        if (slot->name.family != IP_NONE || parameter_is_addressed(slot->param->value))
            add_value(reading, RULE_PREFIX, slot->param->name, slot->param->value);
        return;
    case MEANS_USER:
        note_other(reading, slot);
        if (user->n == 0)
            *user = value;
        return;
    case MEANS_SECRET:
        if (update->secret.n == 0 || (slot->clean && !token_is_formed(update->secret)))
            update->secret = value;
        return;
    case MEANS_OFFLINE:
        update->offline = str_equal_any_case(value, STR("yes"));
        return;
    case MEANS_DRY_RUN:
        update->dry_run |= is_yes(slot->param);
        return;
    case MEANS_WAIT:
        update->wait |= is_yes(slot->param);
        return;
    case MEANS_TXT:
        read_txt(reading, &need_txt(reading)->change.add, value);
        return;
    case MEANS_TXT_REMOVE:
        read_txt(reading, &need_txt(reading)->change.remove, value);
        return;
    case MEANS_TXT_LIFETIME:
        read_lifetime(need_txt(reading), value);
        return;
    }
}

void parameters_read(const struct http_param *params, size_t count, struct arena *arena,
                     struct update *update, struct str *user)
{
    struct slot slots[HTTP_PARAMS_MAX];
    struct reading reading = { .slots = slots, .arena = arena, .update = update };
    *user = STR("");
    for (size_t i = 0; i < count; i++) {
        struct parameter_name name = parameter_name_read(params[i].name);
        slots[reading.count++] =
            (struct slot){ .param = &params[i],
                           .name = name,
                           .clean = is_clean(name.meaning, params[i].value) };
    }
    read_hosts(&reading, params, count);
    for (size_t i = 0; i < reading.count; i++)
        if (!is_superseded(&reading, i))
            read_slot(&reading, &slots[i], user);
        else if (slots[i].name.meaning == MEANS_ADDRESS && params[i].value.n > 0)
            pass_over(&reading, params[i].name, params[i].value, "another one counts");
    for (size_t i = 0; i < reading.count; i++)
        if (slots[i].name.meaning == MEANS_UNKNOWN)
            read_strange(&reading, &slots[i]);
    if (update->txt)
        finish_txt(update);
    keep_source_out(&reading);
}
