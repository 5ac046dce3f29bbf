/* SPDX-License-Identifier: MIT */
#include "opening.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CAP_BPF
#define CAP_BPF 39
#endif

/* Root has them again after execve(2), another user those that are ambient. */
static bool will_have(int capability)
{
	return geteuid() == 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1;
}

int opening_lookup(void)
{
	struct bpf_insn pass[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = SK_PASS}, {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr)); /* all of it, as lookup.c does */
	attr.prog_type = BPF_PROG_TYPE_SK_LOOKUP;
	attr.insn_cnt = 2;
	attr.insns = (uintptr_t)pass;
	attr.license = (uintptr_t) "Dual MIT/GPL";
	attr.expected_attach_type = BPF_SK_LOOKUP;
	long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	int error = fd < 0 ? errno : 0;

	if (fd >= 0)
		close((int)fd);
	return !error && !(will_have(CAP_BPF) && will_have(CAP_NET_ADMIN)) ? EPERM : error;
}

static bool by_filter(const struct member *m, int lookup)
{
	return m->open == OPEN_FILTER || (m->open == OPEN_ANY && lookup != 0);
}

/* A member of another port than one before it: a host of one socket has one of both. */
static const struct member *other_port(const struct config *c, int lookup)
{
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		for (size_t k = 0; k < i && by_filter(m, lookup); k++) {
			const struct member *before = &c->members[k];
			if (by_filter(before, lookup) && before->transport == m->transport &&
				before->addr.family == m->addr.family && before->addr.port != m->addr.port)
				return m;
		}
	}
	return NULL;
}

static const char *missing(int lookup)
{
	return lookup == EPERM || lookup == EACCES ? "CAP_BPF and CAP_NET_ADMIN when the program starts, as root or by ambient capabilities "
				 "(not in a user namespace)"
			       : "Linux 5.9 or later with CONFIG_BPF_SYSCALL";
}

void opening_describe(const struct config *c, int lookup, bool all, char *text, size_t size)
{
	size_t filtered = 0, led = 0;
	const struct member *other = other_port(c, lookup);

	text[0] = '\0';
	for (size_t i = 0; i < c->member_count; i++) {
		filtered += by_filter(&c->members[i], lookup);
		led += c->members[i].open && !by_filter(&c->members[i], lookup);
	}
	if (led && lookup)
		snprintf(text, size, "members that are to be opened by sk_lookup cannot be: it needs %s", missing(lookup));
	else if (filtered && other && lookup)
		snprintf(text, size, "members are opened by a filter on the program's listeners, so %s is heard only if the "
				     "program listens on port %u%s; sk_lookup serves members of every port, and needs %s",
			other->written, other->addr.port,
			other->open == OPEN_ANY ? ", and keeps it from starting if it does not" : "", missing(lookup));
	else if (filtered && lookup && all)
		snprintf(text, size, "members are opened by a filter on the program's listeners of their port; sk_lookup serves "
				     "members of every port, and needs %s", missing(lookup));
	else if (filtered && all)
		snprintf(text, size, "members are opened by a filter on the program's listeners of their port, as the file says%s",
			led ? "; others by sk_lookup" : "");
	else if (led && all)
		snprintf(text, size, "members are opened by sk_lookup; a filter (open = filter) needs no capability, and serves "
				     "members of the ports that the program listens on");
}
