// SPDX-License-Identifier: GPL-3.0-or-later
/* Builds the filter with libseccomp. Since Linux 5.11 a call that is allowed whatever its arguments
 * are costs one look at a bitmap. For the other calls, and on older kernels, the filter is a binary
 * tree. */
#include "net/syscalls.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>

enum {
    OPTIMIZE_TREE = 2
};

/* Rules look at arguments of clone() and mmap(), whose order differs on other processors. */
static bool is_known_processor(void)
{
    uint32_t native = seccomp_arch_native();
    return native == SCMP_ARCH_X86_64 || native == SCMP_ARCH_AARCH64;
}

/* A negative number is a call that this processor does not have. libseccomp ignores its rules. */
static enum status find_number(const char *name, int *out, struct error *err)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return FAIL(err, ERR_IO, "libseccomp knows no system call '%s'", name);
    *out = number;
    return OK;
}

static enum status add(scmp_filter_ctx filter, uint32_t action,
                       const struct syscall_rule *rule, struct error *err)
{
    int number = 0;
    enum status status = find_number(rule->name, &number, err);
    if (status)
        return status;
    struct scmp_arg_cmp conditions[SYSCALL_CONDITIONS];
    unsigned count = 0;
    for (size_t i = 0; i < SYSCALL_CONDITIONS && rule->only[i].mask; i++)
        conditions[count++] = (struct scmp_arg_cmp){ .arg = rule->only[i].arg,
                                                     .op = SCMP_CMP_MASKED_EQ,
                                                     .datum_a = rule->only[i].mask,
                                                     .datum_b = rule->only[i].value };
    int code = seccomp_rule_add_array(filter, action, number, count, conditions);
    return code ? FAIL(err, ERR_IO, "filter for '%s': %s", rule->name, strerror(-code))
                : OK;
}

static enum status add_rules(scmp_filter_ctx filter, const struct syscall_policy *policy,
                             struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; policy->allowed && policy->allowed[i]; i++)
        for (const struct syscall_rule *at = policy->allowed[i]; at->name && !status;
             at++)
            status = add(filter, SCMP_ACT_ALLOW, at, err);
    for (const struct syscall_refusal *at = policy->refused; at && at->name && !status;
         at++)
        status = add(filter, SCMP_ACT_ERRNO((uint16_t)at->code),
                     &(struct syscall_rule){ .name = at->name }, err);
    for (const char *const *at = policy->fatal; at && *at && !status; at++)
        status = add(filter, SCMP_ACT_KILL_PROCESS, &(struct syscall_rule){ .name = *at },
                     err);
    return status;
}

static enum status fail(int code, struct error *err)
{
    bool missing = code == -EINVAL || code == -ENOSYS || code == -EOPNOTSUPP;
    return FAIL(err, missing ? ERR_NOT_FOUND : ERR_IO,
                "the kernel takes no filter of system calls: %s", strerror(-code));
}

/* Calls in another mode of the processor (32 bits) end the process. */
static enum status set_up(scmp_filter_ctx filter, struct error *err)
{
    static const struct {
        enum scmp_filter_attr attribute;
        uint32_t value;
    } wanted[] = { { SCMP_FLTATR_CTL_NNP, 1 },
                   { SCMP_FLTATR_CTL_TSYNC, 1 },
                   { SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS },
                   { SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_TREE } };
    for (size_t i = 0; i < LENGTH_OF(wanted); i++) {
        int code = seccomp_attr_set(filter, wanted[i].attribute, wanted[i].value);
        if (code)
            return fail(code, err);
    }
    return OK;
}

enum status syscalls_limit(const struct syscall_policy *policy, struct error *err)
{
    if (!is_known_processor())
        return FAIL(err, ERR_NOT_FOUND, "no filter of system calls for this processor");
    scmp_filter_ctx filter =
        seccomp_init(policy->others_pass ? SCMP_ACT_ALLOW : SCMP_ACT_TRAP);
    if (!filter)
        return FAIL(err, ERR_NOT_FOUND, "the kernel takes no filter of system calls");
    enum status status = set_up(filter, err);
    if (!status)
        status = add_rules(filter, policy, err);
    int code = status ? 0 : seccomp_load(filter);
    if (code)
        status = fail(code, err);
    seccomp_release(filter);
    return status;
}
