/* SPDX-License-Identifier: MIT */
/* bpf(2) by itself: there is no library where libbond runs. It refuses what is not zero behind the words of a
 * command, which an initializer of a union need not clear: gcc 15 does not. */
#include "lookup.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/raw.h"
#include "preload/sockets/ask.h"
#include "preload/sockets/own.h"

/* Places of sockets/own.h + 1; the namespace keeps the program as long as anybody has the link. */
static int members_place, sockets_place, link_place;

static long bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return raw_syscall(SYS_bpf, command, (long)attr, sizeof(*attr), 0);
}

struct lookup_maps lookup_maps(void)
{
	return (struct lookup_maps){own_at(members_place - 1), own_at(sockets_place - 1)};
}

bool lookup_is_open(void)
{
	return link_place != 0;
}

/* The place of a new descriptor + 1, or a negative errno. */
static int keep(long fd)
{
	int place = fd < 0 ? (int)fd : own_keep((int)fd);

	return place < 0 ? place : place + 1;
}

static int make_map(enum bpf_map_type type, uint32_t key, uint32_t value, uint32_t most, const char *name)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key;
	attr.value_size = value;
	attr.max_entries = most;
	strncpy(attr.map_name, name, sizeof(attr.map_name) - 1);
	return keep(bpf(BPF_MAP_CREATE, &attr));
}

static long load(bool scopes)
{
	struct bpf_insn program[LOOKUP_PROGRAM_MAX];
	struct lookup_maps maps = lookup_maps();
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SK_LOOKUP;
	attr.insn_cnt = (uint32_t)lookup_program(program, maps.members, maps.sockets, scopes);
	attr.insns = (uintptr_t)program;
	attr.license = (uintptr_t) "Dual MIT/GPL";
	attr.expected_attach_type = BPF_SK_LOOKUP;
	strncpy(attr.prog_name, "libbond", sizeof(attr.prog_name) - 1);
	return bpf(BPF_PROG_LOAD, &attr);
}

static int attach(void)
{
	int netns = raw_open("/proc/self/ns/net", O_RDONLY, 0);
	long program = netns < 0 ? netns : load(true);
	union bpf_attr attr;

	if (program == -EACCES || program == -EINVAL)
		program = load(false);
	memset(&attr, 0, sizeof(attr));
	attr.link_create.attach_type = BPF_SK_LOOKUP;
	attr.link_create.prog_fd = (uint32_t)program;
	attr.link_create.target_fd = (uint32_t)netns;
	int place = program < 0 ? (int)program : keep(bpf(BPF_LINK_CREATE, &attr));
	if (program >= 0)
		raw_close((int)program);
	if (netns >= 0)
		raw_close(netns);
	return place;
}

static void give_up(int *place)
{
	if (*place > 0)
		own_close(*place - 1);
	*place = 0;
}

int lookup_open(uint32_t members)
{
	int error;

	members_place = make_map(BPF_MAP_TYPE_HASH, sizeof(struct lookup_key), sizeof(uint32_t), members, "bond_members");
	sockets_place = members_place < 0 ? members_place
		: make_map(BPF_MAP_TYPE_SOCKMAP, sizeof(uint32_t), sizeof(uint64_t),
			  LOOKUP_LISTENERS * LOOKUP_SOCKETS, "bond_sockets");
	link_place = sockets_place < 0 ? sockets_place : attach();
	if (link_place > 0)
		return 0;
	error = -link_place;
	give_up(&members_place);
	give_up(&sockets_place);
	link_place = 0;
	return error;
}

static long element(enum bpf_cmd command, int map, const void *key, const void *value, uint64_t flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	attr.flags = flags;
	return map < 0 ? -EBADF : bpf(command, &attr);
}

int lookup_point(const struct lookup_maps *at, const struct addr *member, uint16_t protocol, uint32_t listener)
{
	struct lookup_key key = lookup_key(member, protocol);
	uint32_t first = listener * LOOKUP_SOCKETS;

	return (int)-element(BPF_MAP_UPDATE_ELEM, at->members, &key, &first, BPF_ANY);
}

void lookup_end(const struct lookup_maps *at, const struct addr *member, uint16_t protocol)
{
	struct lookup_key key = lookup_key(member, protocol);

	element(BPF_MAP_DELETE_ELEM, at->members, &key, NULL, 0);
}

bool lookup_points(const struct lookup_maps *at, const struct addr *member, uint16_t protocol, uint32_t *listener)
{
	struct lookup_key key = lookup_key(member, protocol);
	uint32_t first = 0;

	if (element(BPF_MAP_LOOKUP_ELEM, at->members, &key, &first, 0) != 0)
		return false;
	*listener = first / LOOKUP_SOCKETS;
	return true;
}

bool lookup_next(const struct lookup_maps *maps, struct lookup_key *at)
{
	struct lookup_key next = {0};

	/* behind a key that is not there, as none of protocol 0 is, comes the first */
	if (element(BPF_MAP_GET_NEXT_KEY, maps->members, at, &next, 0) != 0)
		return false;
	*at = next;
	return true;
}

void lookup_key_addr(const struct lookup_key *key, struct addr *member)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	memset(member, 0, sizeof(*member));
	memcpy(member->ip, key->ip, sizeof(member->ip));
	member->family = memcmp(key->ip, mapped, sizeof(mapped)) == 0 ? AF_INET : AF_INET6;
	member->port = key->port;
	member->scope = key->scope;
}

/* The number at which the listener has the socket of that cookie, or beyond the last; *gap: the first at which
 * it has none. */
static uint32_t find(int map, uint32_t first, uint64_t cookie, uint32_t *gap)
{
	uint32_t i;

	*gap = first + LOOKUP_SOCKETS;
	for (i = first; i < first + LOOKUP_SOCKETS; i++) {
		uint64_t there = 0;
		if (element(BPF_MAP_LOOKUP_ELEM, map, &i, &there, 0) != 0)
			*gap = *gap < i ? *gap : i;
		else if (there == cookie)
			break;
	}
	return i;
}

int lookup_put(const struct lookup_maps *at, uint32_t listener, int fd)
{
	uint32_t first = listener * LOOKUP_SOCKETS, end = first + LOOKUP_SOCKETS, gap;
	uint64_t cookie = ask_cookie(fd), value = (uint64_t)fd;
	long error = -E2BIG;

	if (!cookie)
		return EBADF;
	/* another process may fill the gap meanwhile */
	for (int tries = 0; tries < LOOKUP_SOCKETS; tries++) {
		if (find(at->sockets, first, cookie, &gap) < end)
			return 0;
		if (gap >= end)
			return E2BIG;
		error = element(BPF_MAP_UPDATE_ELEM, at->sockets, &gap, &value, BPF_NOEXIST);
		if (error != -EEXIST)
			break;
	}
	return (int)-error;
}

bool lookup_has(const struct lookup_maps *at, uint32_t listener)
{
	for (uint32_t i = listener * LOOKUP_SOCKETS; i < (listener + 1) * LOOKUP_SOCKETS; i++) {
		uint64_t there;
		if (element(BPF_MAP_LOOKUP_ELEM, at->sockets, &i, &there, 0) == 0)
			return true;
	}
	return false;
}
