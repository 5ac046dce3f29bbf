/* SPDX-License-Identifier: MIT */
/* lookup_program: what each instruction does, by a machine that knows no more than these; what the kernel makes of
 * them is tests/unit/test_lookup.c. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>

#include "preload/lookup/lookup_program.h"

#define MEMBERS 41 /* descriptors, as the program has them */
#define SOCKETS 42
#define STEPS_MAX 400

struct machine {
	struct bpf_insn program[LOOKUP_PROGRAM_MAX];
	struct lookup_key key; /* the one member there is */
	uint32_t first;        /* and its first socket */
	uint32_t there;        /* a bit for each of its sockets that is there */
	int lookups;           /* of sockets */
	int assigned;          /* which was taken, -1 = none */
	int held;              /* references to sockets */
};

/* Headers of Linux 5.10 do not name ingress_ifindex, the last word. */
struct context {
	struct bpf_sk_lookup of;
	uint32_t room;
};

static uint64_t look_up(struct machine *m, uint64_t map, const void *key)
{
	uint32_t number;

	if (map == MEMBERS)
		return memcmp(key, &m->key, sizeof(m->key)) == 0 ? (uintptr_t)&m->first : 0;
	cr_assert(map == SOCKETS);
	memcpy(&number, key, sizeof(number));
	cr_assert(number >= m->first && number < m->first + LOOKUP_SOCKETS, "no socket of this listener's: %u", number);
	m->lookups++;
	if (!(m->there >> (number - m->first) & 1))
		return 0;
	m->held++;
	return 1000 + number;
}

static void call(struct machine *m, uint64_t *r, int function, const void *context)
{
	switch (function) {
	case BPF_FUNC_map_lookup_elem:
		r[0] = look_up(m, r[1], (const void *)(uintptr_t)r[2]);
		break;
	case BPF_FUNC_sk_assign:
		cr_assert(r[1] == (uintptr_t)context && r[3] == 0);
		m->assigned = (int)r[2] - 1000;
		r[0] = 0;
		break;
	case BPF_FUNC_sk_release:
		cr_assert((int)r[1] - 1000 == m->assigned);
		m->held--;
		r[0] = 0;
		break;
	default:
		cr_assert_fail("function %d", function);
	}
	for (int i = 1; i <= 5; i++)
		r[i] = UINT64_C(0xdeadbeefdeadbeef); /* as the kernel may leave them */
}

static bool jumps(int op, uint64_t a, uint64_t b)
{
	return op == BPF_JA || (op == BPF_JEQ && a == b) || (op == BPF_JNE && a != b) || (op == BPF_JLT && a < b);
}

/* One instruction at i; returns the next one's place. */
static size_t step(struct machine *m, uint64_t *r, size_t i, const void *context)
{
	const struct bpf_insn *p = &m->program[i];
	uint64_t k = (uint64_t)(int64_t)p->imm, *d = &r[p->dst_reg], s = r[p->src_reg];
	char *to = (char *)(uintptr_t)(*d + (uint64_t)p->off);
	const char *from = (const char *)(uintptr_t)(s + (uint64_t)p->off);
	uint32_t word;

	switch (p->code) {
	case BPF_ALU64 | BPF_MOV | BPF_K: *d = k; break;
	case BPF_ALU64 | BPF_MOV | BPF_X: *d = s; break;
	case BPF_ALU64 | BPF_ADD | BPF_K: *d += k; break;
	case BPF_ALU64 | BPF_ADD | BPF_X: *d += s; break;
	case BPF_ALU | BPF_AND | BPF_K: *d = (uint32_t)*d & (uint32_t)k; break;
	case BPF_LD | BPF_IMM | BPF_DW:
		cr_assert(p->src_reg == BPF_PSEUDO_MAP_FD && p[1].code == 0);
		*d = (uint32_t)p->imm;
		return i + 2;
	case BPF_LDX | BPF_MEM | BPF_W: memcpy(&word, from, 4); *d = word; break;
	case BPF_STX | BPF_MEM | BPF_W: word = (uint32_t)s; memcpy(to, &word, 4); break;
	case BPF_STX | BPF_MEM | BPF_H: word = (uint32_t)s; memcpy(to, &word, 2); break;
	case BPF_ST | BPF_MEM | BPF_W: word = (uint32_t)k; memcpy(to, &word, 4); break;
	case BPF_JMP | BPF_CALL: call(m, r, p->imm, context); break;
	case BPF_JMP32 | BPF_JNE | BPF_K:
		return i + 1 + (uint32_t)((uint32_t)*d != (uint32_t)k ? p->off : 0);
	default:
		cr_assert((p->code & 0x0f) == BPF_JMP, "instruction %zu: code %#x", i, p->code);
		return i + 1 + (size_t)(ssize_t)(jumps(p->code & 0xf0, *d, k) ? p->off : 0);
	}
	return i + 1;
}

/* Runs it; false: it does not let pass what it found nothing for. */
static bool run(struct machine *m, const struct context *context, bool scopes)
{
	char stack[512];
	uint64_t r[11] = {[1] = (uintptr_t)context, [10] = (uintptr_t)(stack + sizeof(stack))};
	size_t n = lookup_program(m->program, MEMBERS, SOCKETS, scopes), i = 0;

	memset(stack, 0xa5, sizeof(stack));
	cr_assert(n <= LOOKUP_PROGRAM_MAX);
	m->assigned = -1;
	m->held = m->lookups = 0;
	for (int steps = 0; m->program[i].code != (BPF_JMP | BPF_EXIT); steps++) {
		cr_assert(steps < STEPS_MAX && i < n);
		i = step(m, r, i, context);
	}
	cr_assert(m->held == 0, "a socket is never given back");
	return r[0] == SK_PASS;
}

static struct addr at(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(&a, text, strlen(text)) == 0);
	return a;
}

static struct context to(const char *text, uint16_t protocol, uint32_t device)
{
	struct addr a = at(text);
	struct context c;

	memset(&c, 0x5a, sizeof(c)); /* what the family does not have is anything */
	c.of.family = a.family;
	c.of.protocol = protocol;
	c.of.local_port = a.port;
	memcpy((char *)&c + offsetof(struct bpf_sk_lookup, local_port) + 4, &device, sizeof(device));
	memcpy(&c.of.local_ip4, a.ip + 12, 4);
	if (a.family == AF_INET6)
		memcpy(c.of.local_ip6, a.ip, 16);
	return c;
}

static struct machine with(const char *member, uint16_t protocol)
{
	struct addr a = at(member);

	return (struct machine){.key = lookup_key(&a, protocol), .first = 32, .there = 1};
}

Test(lookup_program, members_and_all_else)
{
	static const struct {
		const char *member;
		uint16_t of;
		const char *to;
		uint16_t protocol;
		bool taken;
	} rows[] = {
		{"192.0.2.1:5060", IPPROTO_UDP, "192.0.2.1:5060", IPPROTO_UDP, true},
		{"192.0.2.1:5060", IPPROTO_TCP, "192.0.2.1:5060", IPPROTO_TCP, true},
		{"192.0.2.1:65535", IPPROTO_UDP, "192.0.2.1:65535", IPPROTO_UDP, true},
		{"192.0.2.1:5060", IPPROTO_UDP, "192.0.2.1:5060", IPPROTO_TCP, false},
		{"192.0.2.1:5060", IPPROTO_UDP, "192.0.2.1:5080", IPPROTO_UDP, false},
		{"192.0.2.1:5060", IPPROTO_UDP, "192.0.2.2:5060", IPPROTO_UDP, false},
		{"192.0.2.1:5060", IPPROTO_UDP, "[::192.0.2.1]:5060", IPPROTO_UDP, false},
		{"[2001:db8::1]:5060", IPPROTO_UDP, "[2001:db8::1]:5060", IPPROTO_UDP, true},
		{"[2001:db8::1]:5060", IPPROTO_TCP, "[2001:db8::1]:5060", IPPROTO_TCP, true},
		{"[2001:db8::1]:5060", IPPROTO_TCP, "[2001:db8::1]:5061", IPPROTO_TCP, false},
		{"[2001:db8::1]:5060", IPPROTO_UDP, "[2001:db8:0:1::1]:5060", IPPROTO_UDP, false},
		{"[2001:db8::1]:5060", IPPROTO_UDP, "[2001:db8::1:0:1]:5060", IPPROTO_UDP, false},
		{"[2001:db8::1]:5060", IPPROTO_UDP, "[2001:db9::1]:5060", IPPROTO_UDP, false},
		{"[2001:db8::1]:5060", IPPROTO_UDP, "0.0.0.1:5060", IPPROTO_UDP, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int scopes = 0; scopes < 2; scopes++) {
			struct machine m = with(rows[i].member, rows[i].of);
			struct context c = to(rows[i].to, rows[i].protocol, 7);
			cr_assert(run(&m, &c, scopes));
			cr_assert(m.assigned == (rows[i].taken ? 32 : -1), "%s for %s", rows[i].to, rows[i].member);
			cr_assert(rows[i].taken || m.lookups == 0, "%s costs more than one look", rows[i].to);
		}
	}
}

Test(lookup_program, link_local_is_one_for_each_interface)
{
	struct machine m = with("[fe80::1%3]:5060", IPPROTO_UDP);
	struct context here = to("[fe80::1]:5060", IPPROTO_UDP, 3), there = to("[fe80::1]:5060", IPPROTO_UDP, 4);
	struct context unlike = to("[fec0::1]:5060", IPPROTO_UDP, 3);

	cr_assert(run(&m, &here, true) && m.assigned == 32);
	cr_assert(run(&m, &there, true) && m.assigned == -1);
	cr_assert(run(&m, &here, false) && m.assigned == -1, "without its interface it is nobody's");
	m.key.ip[0] = 0xfe, m.key.ip[1] = 0xc0;
	cr_assert(run(&m, &unlike, true) && m.assigned == -1);
	m.key.scope = 0;
	cr_assert(run(&m, &unlike, true) && m.assigned == 32, "only fe80::/10 has an interface");
	m = with("[febf:ffff::1%3]:5060", IPPROTO_UDP);
	here = to("[febf:ffff::1]:5060", IPPROTO_UDP, 3);
	cr_assert(run(&m, &here, true) && m.assigned == 32);
}

Test(lookup_program, the_first_socket_that_is_there)
{
	struct machine m = with("192.0.2.1:5060", IPPROTO_UDP);
	struct context c = to("192.0.2.1:5060", IPPROTO_UDP, 7);

	for (int i = 0; i < LOOKUP_SOCKETS; i++) {
		m.there = 1u << i | 1u << (LOOKUP_SOCKETS - 1);
		cr_assert(run(&m, &c, true));
		cr_assert(m.assigned == 32 + i);
		cr_assert(m.lookups == i + 1);
	}
	m.there = 0;
	cr_assert(run(&m, &c, true) && m.assigned == -1, "closed, it passes");
}

Test(lookup_program, what_is_no_ip_passes)
{
	struct machine m = with("192.0.2.1:5060", IPPROTO_UDP);
	struct context c = to("192.0.2.1:5060", IPPROTO_UDP, 7);

	c.of.family = AF_UNIX;
	cr_assert(run(&m, &c, true) && m.assigned == -1);
}
