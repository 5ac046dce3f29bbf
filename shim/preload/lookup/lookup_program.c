/* SPDX-License-Identifier: MIT */
/* Written down by hand, so that no compiler is needed where libbond runs. Registers over calls: r6 the
 * context, r7 the first socket's number, r8 which of them is tried. On the stack: the key, and the number of
 * a socket below it. */
#include "lookup_program.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define KEY (-(int)sizeof(struct lookup_key))
#define NUMBER (KEY - 8)
#define AT(field) ((int16_t)offsetof(struct bpf_sk_lookup, field))
/* ingress_ifindex, which the headers of Linux 5.10 do not name */
#define INGRESS ((int16_t)(AT(local_port) + 4))
#define IN_KEY(field) ((int16_t)(KEY + (int)offsetof(struct lookup_key, field)))

struct writer {
	struct bpf_insn *out;
	size_t n;
};

static size_t put(struct writer *w, int code, int dst, int src, int off, int imm)
{
	w->out[w->n] = (struct bpf_insn){.code = (uint8_t)code,
		.dst_reg = (uint8_t)(dst & 15),
		.src_reg = (uint8_t)(src & 15),
		.off = (int16_t)off,
		.imm = imm};
	return w->n++;
}

static void load(struct writer *w, int dst, int src, int off)
{
	put(w, BPF_LDX | BPF_MEM | BPF_W, dst, src, off, 0);
}

static void store(struct writer *w, int off, int src)
{
	put(w, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, src, off, 0);
}

static void store_number(struct writer *w, int off, int number)
{
	put(w, BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, off, number);
}

static void set(struct writer *w, int dst, int number)
{
	put(w, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, number);
}

static void copy(struct writer *w, int dst, int src)
{
	put(w, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static size_t jump(struct writer *w, int condition, int dst, int number)
{
	return put(w, BPF_JMP | condition | BPF_K, dst, 0, 0, number);
}

/* The jump at `at` goes to what is written next. */
static void land(struct writer *w, size_t at)
{
	w->out[at].off = (int16_t)(w->n - at - 1);
}

/* r0 = what the map has for what lies at that place of the stack, or 0. */
static void look_up(struct writer *w, int map, int off)
{
	put(w, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	put(w, 0, 0, 0, 0, 0);
	copy(w, BPF_REG_2, BPF_REG_10);
	put(w, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, off);
	put(w, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
}

/* Of an IPv6 address whose first word is in r2: fe80::/10 is another one on each interface. */
static void put_scope(struct writer *w)
{
	put(w, BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, (int)htonl(0xffc00000));
	put(w, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_2, 0, 2, (int)htonl(0xfe800000));
	load(w, BPF_REG_2, BPF_REG_6, INGRESS);
	store(w, IN_KEY(scope), BPF_REG_2);
}

/* The key, from the context. Returns the jump of what is no IP. */
static size_t put_key(struct writer *w, bool scopes)
{
	load(w, BPF_REG_3, BPF_REG_6, AT(local_port));
	load(w, BPF_REG_4, BPF_REG_6, AT(protocol));
	put(w, BPF_STX | BPF_MEM | BPF_H, BPF_REG_10, BPF_REG_3, IN_KEY(port), 0);
	put(w, BPF_STX | BPF_MEM | BPF_H, BPF_REG_10, BPF_REG_4, IN_KEY(protocol), 0);
	store_number(w, IN_KEY(scope), 0);

	load(w, BPF_REG_2, BPF_REG_6, AT(family));
	size_t four = jump(w, BPF_JEQ, BPF_REG_2, AF_INET);
	size_t neither = jump(w, BPF_JNE, BPF_REG_2, AF_INET6);
	for (int i = 3; i >= 0; i--) {
		load(w, BPF_REG_2, BPF_REG_6, AT(local_ip6) + 4 * i);
		store(w, IN_KEY(ip) + 4 * i, BPF_REG_2);
	}
	if (scopes)
		put_scope(w);
	size_t six = jump(w, BPF_JA, 0, 0);

	land(w, four);
	store_number(w, IN_KEY(ip), 0);
	store_number(w, IN_KEY(ip) + 4, 0);
	store_number(w, IN_KEY(ip) + 8, (int)htonl(0xffff));
	load(w, BPF_REG_2, BPF_REG_6, AT(local_ip4));
	store(w, IN_KEY(ip) + 12, BPF_REG_2);
	land(w, six);
	return neither;
}

struct lookup_key lookup_key(const struct addr *member, uint16_t protocol)
{
	struct lookup_key key = {
		.port = member->port, .protocol = protocol, .scope = member->scope};

	memcpy(key.ip, member->ip, sizeof(key.ip));
	return key;
}

size_t lookup_program(struct bpf_insn *out, int members, int sockets, bool scopes)
{
	struct writer w = {out, 0};

	copy(&w, BPF_REG_6, BPF_REG_1);
	size_t neither = put_key(&w, scopes);
	look_up(&w, members, KEY);
	size_t no_member = jump(&w, BPF_JEQ, BPF_REG_0, 0);
	load(&w, BPF_REG_7, BPF_REG_0, 0);

	/* The first socket that is there: the kernel takes out those that were closed. */
	set(&w, BPF_REG_8, 0);
	size_t again = w.n;
	copy(&w, BPF_REG_2, BPF_REG_7);
	put(&w, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_2, BPF_REG_8, 0, 0);
	store(&w, NUMBER, BPF_REG_2);
	look_up(&w, sockets, NUMBER);
	size_t found = jump(&w, BPF_JNE, BPF_REG_0, 0);
	put(&w, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_8, 0, 0, 1);
	size_t back = jump(&w, BPF_JLT, BPF_REG_8, LOOKUP_SOCKETS);
	w.out[back].off = (int16_t)((int)again - (int)back - 1);
	size_t no_socket = jump(&w, BPF_JA, 0, 0);

	/* One that another program has found stays. */
	land(&w, found);
	copy(&w, BPF_REG_7, BPF_REG_0);
	copy(&w, BPF_REG_1, BPF_REG_6);
	copy(&w, BPF_REG_2, BPF_REG_7);
	set(&w, BPF_REG_3, 0);
	put(&w, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_sk_assign);
	copy(&w, BPF_REG_1, BPF_REG_7);
	put(&w, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_sk_release);

	land(&w, neither);
	land(&w, no_member);
	land(&w, no_socket);
	set(&w, BPF_REG_0, SK_PASS);
	put(&w, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return w.n;
}
