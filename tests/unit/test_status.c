/* SPDX-License-Identifier: MIT */
/* bondctl status: what is read of a host's image, counts, sockets and states, and how it is printed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/columns.h"
#include "ctl/hosts.h"
#include "ctl/screen.h"
#include "ctl/status_memory.h"
#include "ctl/status_print.h"
#include "ctl/status_rules.h"
#include "ctl/status_sockets.h"
#include "ctl/status_store.h"
#include "segment/adopted.h"

#include "image.h"
#include "ctl/running_ini.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

TestSuite(status, .init = fake_system);

static const char text[] = "[bond:ext]\nmember = udp:192.0.2.10\nmember = tcp:192.0.2.10 as sip.example.com:5071\n"
	"member = udp:192.0.2.11\n[bond:int]\nmember = udp:10.0.0.1:5070 as in.example.com\n"
	"[route:out]\nto = 203.0.113.0/24\nbond = ext\n[route:in]\nto = 10.0.0.0/8\nbond = int\n"
	"[route:quiet]\nto = 198.51.100.0/24\nbond = none\n[host]\nsecret = 0123456789abcdef\n";

static uint32_t slot_of(const struct image *i, int member)
{
	return ((const struct image_member *)image_part(i, IMAGE_MEMBERS))[member].slot;
}

static uint32_t route_slot(const struct image *i, int route)
{
	return ((const struct image_route *)image_part(i, IMAGE_ROUTES))[route].slot;
}

/* A table with these counts: of route and member, of a bond without a member, of none of them. */
static void *make_tallies(const struct image *i, size_t *size)
{
	*size = tallies_size(64);
	struct tallies *t = aligned_alloc(64, *size);
	uint32_t bond = ((const struct image_bond *)image_part(i, IMAGE_BONDS))[0].slot;
	bool full;

	memset(t, 0, *size);
	tallies_format(t, 64);
	for (unsigned processor = 0; processor < 4; processor++) {
		struct tally_pair *p = tallies_pair(t,
			tallies_cell(t, tally_key(route_slot(i, 0), TALLY_OF_MEMBER, slot_of(i, 0)), &full), processor);
		p->requests += 10;
		p->bytes += 5000;
	}
	tallies_add(t, tallies_cell(t, tally_key(route_slot(i, 0), TALLY_OF_MEMBER, slot_of(i, 1)), &full),
		TALLY_CONNECTIONS, 3);
	tallies_add(t, tallies_cell(t, tally_key(route_slot(i, 1), TALLY_OF_MEMBER, slot_of(i, 0)), &full),
		TALLY_REQUESTS, 2);
	tallies_add(t, tallies_cell(t, tally_key(route_slot(i, 0), TALLY_OF_BOND, bond), &full), TALLY_NO_MEMBER, 7);
	tallies_add(t, tallies_cell(t, tally_key(TALLY_NO_SLOT, TALLY_OF_LISTENER, TALLY_NO_SLOT), &full),
		TALLY_FORGED, 5);
	tallies_add(t, tallies_cell(t, tally_key(TALLY_NO_SLOT, TALLY_OF_MEMBER, 4000), &full), TALLY_REQUESTS, 9);
	return t;
}

static void keep(struct adopted_table *t, int n, const char *address, uint16_t port, uint8_t transport,
	enum adopted_kind kind, uint8_t flags)
{
	struct adopted a = {.inode = 1000 + (uint64_t)n, .pid = 77, .fd = n, .transport = transport, .kind = (uint8_t)kind,
		.flags = flags};

	cr_assert_eq(addr_parse(&a.addr, address, strlen(address)), 0);
	a.addr.port = port;
	adopted_keep(t, 500 + (uint64_t)n, &a);
}

/* A host of which everything is known. */
static void make_status(struct status *s, struct pair *p)
{
	static struct status_process processes[3];
	static struct states states;
	static struct adopted_table adopted;
	const uint64_t inodes[] = {1001, 1002, 1003};
	size_t size;

	make(p, text, sizeof(text) - 1, NULL, 0);
	*s = (struct status){.pid = 1234, .name = "kamailio", .version = "0.1.0", .file = "/etc/bond.ini",
		.started = 1000, .now = 13500, .wall = UINT64_C(177640000000), .generation = 1,
		.ini = RUNNING_INI_CHANGED, .processes = processes, .process_count = 3, .process_current = 2};
	s->host.fd = s->host.root = s->host.ini_fd = -1;
	for (int i = 0; i < 3; i++)
		processes[i] = (struct status_process){.pid = 1234 + i, .own = 77 + i, .generation = i < 2, .memory = 1000};
	cr_assert(status_take_image(s, p->image));
	void *tallies = make_tallies(p->image, &size);
	cr_assert(status_take_tallies(s, p->image, tallies, size));
	free(tallies);
	states = (struct states){.watched = 1};
	states_set(&states, slot_of(p->image, 0), STATE_UP, "eth0", 2000);
	states_set(&states, slot_of(p->image, 2), STATE_LINK_DOWN, "eth1", 13000);
	status_take_states(s, p->image, &states);
	adopted = (struct adopted_table){0};
	keep(&adopted, 1, "192.0.2.10", 5060, TRANSPORT_UDP, ADOPTED_LISTENER, 0);
	keep(&adopted, 2, "10.0.0.1", 5070, TRANSPORT_UDP, ADOPTED_OPENED, 0);
	keep(&adopted, 3, "192.0.2.10", 5060, TRANSPORT_UDP, ADOPTED_LISTENER, ADOPTED_CLOSED);
	keep(&adopted, 4, "192.0.2.11", 5060, TRANSPORT_UDP, ADOPTED_LISTENER, 0); /* gone */
	cr_assert(status_take_sockets(s, &adopted, sizeof(adopted), inodes, COUNT(inodes)));
}

static void end_status(struct status *s, struct pair *p)
{
	status_drop(s);
	end(p);
}

Test(status, counts_go_where_they_belong)
{
	struct status s;
	struct pair p;

	make_status(&s, &p);
	cr_assert_eq(s.bond_count, 2);
	cr_expect_str_eq(s.bonds[0].members[0].name, "udp:192.0.2.10:5060");
	cr_expect_str_eq(s.bonds[1].members[0].name, "udp:10.0.0.1:5070");
	cr_expect_eq(s.members[0].counts[TALLY_REQUESTS], 42);
	cr_expect_eq(s.members[0].counts[TALLY_BYTES], 20000);
	cr_expect_eq(s.members[1].counts[TALLY_CONNECTIONS], 3);
	cr_expect_eq(s.members[2].counts[TALLY_REQUESTS], 0);
	cr_expect_eq(s.bonds[0].counts[TALLY_REQUESTS], 42);
	cr_expect_eq(s.bonds[0].counts[TALLY_NO_MEMBER], 7);
	cr_expect_eq(s.bonds[0].without[TALLY_NO_MEMBER], 7);
	cr_expect_eq(s.bonds[0].without[TALLY_REQUESTS], 0);
	cr_expect_eq(s.routes[0].counts[TALLY_REQUESTS], 40);
	cr_expect_eq(s.routes[0].counts[TALLY_NO_MEMBER], 7);
	cr_expect_eq(s.routes[1].counts[TALLY_REQUESTS], 2);
	cr_expect_eq(s.elsewise[TALLY_FORGED], 5);
	cr_expect_eq(s.elsewise[TALLY_REQUESTS], 9, "of a member that is there no more");
	cr_expect_eq(s.counts[TALLY_REQUESTS], 51);
	end_status(&s, &p);
}

Test(status, sockets_and_states)
{
	struct status s;
	struct pair p;

	make_status(&s, &p);
	const struct status_member *m = s.members;
	cr_expect_eq(m[0].use, USE_ADOPTED);
	cr_assert_eq(m[0].socket_count, 2);
	for (int i = 0; i < 2; i++) /* the binder as it is seen here; of what it closed nobody */
		cr_expect(m[0].sockets[i].pid == (m[0].sockets[i].fd == 1 ? 1234 : 0), "%d", i);
	cr_expect_eq(m[1].use, USE_CONNECTIONS);
	cr_expect_eq(m[2].use, USE_CLOSED, "its inode is not there any more");
	cr_expect_eq(m[3].use, USE_OPENED);
	cr_expect_eq(m[0].state, STATE_UP);
	cr_expect_eq(m[0].since, 2000);
	cr_expect_eq(m[1].state, STATE_UNKNOWN);
	cr_expect_eq(m[2].state, STATE_LINK_DOWN);
	cr_expect_str_eq(m[2].why, "interface eth1 is down");
	end_status(&s, &p);
}

/* A member that is to be opened by a filter waits while the host has a listener of its port and family at another
 * address; one that is led does not, and has what it is led to. */
Test(status, at_restart)
{
	static const char ini[] = "[bond:b]\nmember = udp:192.0.2.10 open\nmember = tcp:192.0.2.10 open\n"
		"member = udp:192.0.2.11\nmember = udp:[2001:db8::1] open\n[route:r]\nbond = b\n";
	static const struct {
		const char *address;
		uint16_t port;
		uint8_t transport;
		uint8_t flags;
		enum opening opening; /* of the first two */
		uint32_t detail;
		enum status_use use[4];
		size_t sockets; /* of the first two together */
	} cases[] = {
		{"192.0.2.99", 5060, TRANSPORT_UDP, 0, 0, 0, {USE_AT_RESTART, USE_CONNECTIONS, USE_NEVER, USE_NEVER}, 0},
		{"192.0.2.99", 5060, TRANSPORT_TCP, 0, 0, 0, {USE_NEVER, USE_AT_RESTART, USE_NEVER, USE_NEVER}, 0},
		{"192.0.2.99", 5061, TRANSPORT_UDP, 0, 0, 0, {USE_NEVER, USE_CONNECTIONS, USE_NEVER, USE_NEVER}, 0},
		{"192.0.2.10", 5060, TRANSPORT_UDP, 0, 0, 0, {USE_ADOPTED, USE_CONNECTIONS, USE_NEVER, USE_NEVER}, 1},
		{"0.0.0.0", 5060, TRANSPORT_UDP, 0, 0, 0, {USE_ADOPTED, USE_CONNECTIONS, USE_ADOPTED, USE_NEVER}, 1},
		{"2001:db8::9", 5060, TRANSPORT_UDP, 0, 0, 0, {USE_NEVER, USE_CONNECTIONS, USE_NEVER, USE_AT_RESTART}, 0},
		{"192.0.2.99", 5060, TRANSPORT_UDP, 0, OPENING_IN_USE, 9, {USE_AT_RESTART, USE_CONNECTIONS, USE_NEVER, USE_NEVER},
			0},
		{"192.0.2.99", 5060, TRANSPORT_UDP, 0, OPENING_TAKEN, 9, {USE_NEVER, USE_CONNECTIONS, USE_NEVER, USE_NEVER}, 0},
		{"192.0.2.99", 5060, TRANSPORT_UDP, ADOPTED_UNSEEN, OPENING_INHERITED, 0,
			{USE_NEVER, USE_CONNECTIONS, USE_NEVER, USE_NEVER}, 0},
		{"192.0.2.99", 5060, TRANSPORT_UDP, ADOPTED_OPENS, OPENING_FILTER, 0,
			{USE_OPENED, USE_CONNECTIONS, USE_NEVER, USE_NEVER}, 1},
		{"192.0.2.99", 5060, TRANSPORT_UDP, ADOPTED_OPENS | ADOPTED_LEADS, OPENING_LOOKUP, 5060,
			{USE_OPENED, USE_CONNECTIONS, USE_NEVER, USE_NEVER}, 1},
		{"192.0.2.99", 5060, TRANSPORT_UDP, 0, OPENING_LOOKUP, 5060, {USE_NEVER, USE_CONNECTIONS, USE_NEVER, USE_NEVER},
			0},
		{"192.0.2.99", 5070, TRANSPORT_TCP, ADOPTED_OPENS | ADOPTED_LEADS, OPENING_LOOKUP, 5070,
			{USE_NEVER, USE_OPENED, USE_NEVER, USE_NEVER}, 1}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct adopted_table *adopted = calloc(1, sizeof(*adopted));
		struct states *states = calloc(1, sizeof(*states));
		struct status s = {.generation = 2};
		struct pair p;
		const uint64_t inode = 1009;
		s.host.fd = -1;
		make(&p, ini, sizeof(ini) - 1, NULL, 0);
		cr_assert(status_take_image(&s, p.image));
		for (int m = 0; m < 2; m++)
			states_set_opening(states, &p.read.config.members[m], cases[i].opening, cases[i].detail);
		status_take_states(&s, p.image, states);
		keep(adopted, 9, cases[i].address, cases[i].port, cases[i].transport, ADOPTED_LISTENER, cases[i].flags);
		cr_assert(status_take_sockets(&s, adopted, sizeof(*adopted), &inode, 1));
		for (int m = 0; m < 4; m++)
			cr_expect_eq(s.members[m].use, cases[i].use[m], "%zu: member %d is %s", i, m,
				status_use_name(s.members[m].use));
		cr_expect_eq(s.members[0].socket_count + s.members[1].socket_count, cases[i].sockets, "%zu", i);
		free(adopted);
		free(states);
		end_status(&s, &p);
	}
}

/* Pieces of what is printed, in this order. */
static void expect_pieces(const char *printed, const char *const *pieces)
{
	const char *at = printed;

	for (; *pieces; pieces++) {
		const char *found = strstr(at, *pieces);
		cr_expect(found, "no \"%s\" behind\n%s\nin\n%s", *pieces, at, printed);
		at = found ? found + strlen(*pieces) : at;
	}
}

Test(status, text_for_people)
{
	static const char *const pieces[] = {"kamailio, process 1234, libbond 0.1.0, since ", "(2 min 5 s)\n",
		"file /etc/bond.ini, which has changed on the disk since; generation 1\n",
		"3 processes, 2 with generation 1; 1 at their next call: 1236\n", "\nbond ext\n  member ",
		"requests  bytes  connections\n", "  udp:192.0.2.10:5060  up since ", "adopted: ", "fd 1 of 1234", "42  20000",
		"tcp:192.0.2.10:5060  - ", "connections only", "  3\n", "  udp:192.0.2.11:5060  down since ",
		" because interface eth1 is down  closed", "  without a member: no member 7\n", "\nbond int\n",
		"up", NULL};
	static const char *const rest[] = {"opened: fd 2 of 1234", "\nroutes\n", "out ", "ext ", "40  20000", "quiet", "none",
		"\ncounted\n", "           9  requests, of no bond or route that is there now\n",
		"\nTLS and WebSocket\n  7 connections of TLS, what 5 carried was seen\n", "\ntables\n",
		"  counts: 6 of 1024\n", "  adopted sockets: 4 of 1024\n", NULL};
	struct status s;
	struct pair p;
	char *out;
	size_t size;

	make_status(&s, &p);
	s.members[3].state = STATE_UP;
	FILE *f = open_memstream(&out, &size);
	s.counters.counts[COUNTER_TLS_BEGUN] = 7;
	s.counters.counts[COUNTER_TLS_SEEN] = 5;
	status_print_text(&s, NULL, f);
	fclose(f);
	expect_pieces(out, pieces);
	expect_pieces(out, rest);
	free(out);
	end_status(&s, &p);
}

/* Rates are by name: the other INI has its members in another order. */
Test(status, rates_between_two)
{
	struct status s, before;
	struct pair p, q;
	char *out;
	size_t size;

	make_status(&before, &q);
	make_status(&s, &p);
	struct status_member swap = before.members[0];
	before.members[0] = before.members[2];
	before.members[2] = swap;
	before.members[2].counts[TALLY_REQUESTS] = 22;
	before.routes[0].name = "other";
	before.now = s.now - 1000;
	FILE *f = open_memstream(&out, &size);
	status_print_text(&s, &before, f);
	fclose(f);
	expect_pieces(out, (const char *const[]){"requests   /s  bytes   /s", "udp:192.0.2.10:5060", "42  2.0  20000  0.0",
		"routes", "out ", "40    -  20000    -", NULL});
	free(out);
	end_status(&s, &p);
	end_status(&before, &q);
}

Test(status, prometheus)
{
	static const char *const pieces[] = {"# HELP libbond_info ", "# TYPE libbond_info gauge\n",
		"libbond_info{version=\"0.1.0\",file=\"/etc/bond.ini\",program=\"kamailio\"} 1\n",
		"libbond_processes 3\n", "libbond_config_changed 1\n",
		"libbond_member_up{bond=\"ext\",member=\"udp:192.0.2.10:5060\"} 1\n",
		"libbond_member_up{bond=\"ext\",member=\"udp:192.0.2.11:5060\"} 0\n",
		"libbond_member_sockets{bond=\"int\",member=\"udp:10.0.0.1:5070\"} 1\n",
		"# TYPE libbond_member_requests_total counter\n"
		"libbond_member_requests_total{bond=\"ext\",member=\"udp:192.0.2.10:5060\"} 42\n",
		"libbond_bond_no_member_total{bond=\"ext\"} 7\n",
		"libbond_route_requests_total{route=\"out\",bond=\"ext\"} 40\n",
		"libbond_route_requests_total{route=\"quiet\",bond=\"\"} 0\n", "libbond_unassigned_requests_total 9\n",
		"libbond_table_entries{table=\"tallies\"} 6\n", NULL};
	struct status s;
	struct pair p;
	char *out;
	size_t size;

	make_status(&s, &p);
	const struct status *all[] = {&s};
	FILE *f = open_memstream(&out, &size);
	status_print_prometheus(all, 1, false, f);
	fclose(f);
	expect_pieces(out, pieces);
	cr_expect_null(strstr(out, "libbond_member_up{bond=\"int\""), "its state is not known");
	free(out);

	f = open_memstream(&out, &size);
	strcpy(s.name, "a\"\n\\\xff");
	status_print_prometheus(all, 1, true, f);
	fclose(f);
	expect_pieces(out, (const char *const[]){
		"libbond_member_requests_total{bond=\"ext\",member=\"udp:192.0.2.10:5060\",program=\"a\\\"\\\\x0a\\\\\\\\xff\",pid=\"1234\"} 42\n",
		NULL});
	free(out);
	end_status(&s, &p);
}

Test(status, json_is_whole)
{
	static const char *const pieces[] = {"{\"pid\":1234,\"program\":\"kamailio\",", "\"file_state\":\"changed\",\"generation\":1,",
		"\"name\":\"udp:192.0.2.10:5060\"", "\"socket\":\"adopted\"", "\"state\":\"up\",\"since\":1776399885",
		"\"counts\":{\"requests\":42,\"bytes\":20000,", "\"as\":\"sip.example.com\",\"as_port\":5071",
		"\"state\":\"down\"", "\"reason\":\"interface eth1 is down\"", "\"without_member\":{", "\"no_member\":7",
		"\"name\":\"quiet\",\"line\":13,\"bond\":null", "\"unassigned\":{\"requests\":9,", NULL};
	struct status s;
	struct pair p;
	struct json j;
	char *out;
	size_t size;

	make_status(&s, &p);
	FILE *f = open_memstream(&out, &size);
	json_start(&j, f);
	status_print_json(&s, &j);
	cr_expect(json_finish(&j));
	fclose(f);
	expect_pieces(out, pieces);
	free(out);
	end_status(&s, &p);
}

/* Any bytes where the counts and sockets lie: they mislead, and that is all. */
Test(status, hostile_sections)
{
	unsigned seed = 11;
	struct status s;
	struct pair p;

	for (int round = 0; round < 300; round++) {
		size_t size;
		struct adopted_table *adopted = calloc(1, sizeof(*adopted));
		const uint64_t inode = 7;
		make(&p, text, sizeof(text) - 1, NULL, 0);
		s = (struct status){.pid = 1, .name = "x", .version = "", .file = "", .now = 1};
		s.host.fd = -1;
		cr_assert(status_take_image(&s, p.image));
		char *tallies = make_tallies(p.image, &size);
		for (int i = rand_r(&seed) % 200; i >= 0; i--) {
			tallies[(size_t)rand_r(&seed) % (round % 2 ? 64 : size)] = (char)rand_r(&seed);
			((char *)adopted)[(size_t)rand_r(&seed) % sizeof(*adopted)] = (char)rand_r(&seed);
		}
		cr_assert(status_take_tallies(&s, p.image, tallies, (size_t)rand_r(&seed) % 4 ? size : (size_t)rand_r(&seed) % size));
		cr_assert(status_take_sockets(&s, adopted, sizeof(*adopted), &inode, 1));
		free(tallies);
		free(adopted);
		end_status(&s, &p);
	}
}

Test(status, mappings_of_hosts)
{
	static const struct {
		const char *line;
		enum hosts_map map;
	} lines[] = {
		{"7fbe9fa1e000-7fbe9faa6000 rw-s 00000000 fe:00 1074046                    /run/bond/4552\n", HOSTS_MAP_FILE},
		{"7fbe9fa1e000-7fbe9faa6000 rw-s 00000000 fe:00 1074046 /dev/shm/bond-1000/4552.3\n", HOSTS_MAP_FILE},
		{"7fbe9fa1e000-7fbe9faa6000 rw-s 00000000 fe:00 1074046 /run/user/7/bond/1 (deleted)\n", HOSTS_MAP_FILE},
		{"7fbe9fa1e000-7fbe9faa6000 r--s 00000000 fe:00 1074046 /run/bond/4552\n", HOSTS_MAP_OTHER},
		{"7fbe9fa1e000-7fbe9faa6000 rw-p 00000000 fe:00 1074046 /run/bond/4552\n", HOSTS_MAP_OTHER},
		{"7fbe9fa1e000-7fbe9faa6000 rw-s 00000000 fe:00 1074046 /run/bonds/4552\n", HOSTS_MAP_OTHER},
		{"7fbe9fa1e000-7fbe9faa6000 rw-s 00000000 fe:00 1074046 /run/bond-/4552\n", HOSTS_MAP_OTHER},
		{"7fbe9fa1e000-7fbe9faa6000 rw-s 00000000 fe:00 1074046 /run/bond/4552x\n", HOSTS_MAP_OTHER},
		{"7fbe9fa1e000-7fbe9faa6000 rw-s 00000000 fe:00 1074046 /run/bond/\n", HOSTS_MAP_OTHER},
		{"7fbe9fa1e000-7fbe9faa6000 rw-s 00000000 fe:00 1074046 /4552\n", HOSTS_MAP_OTHER},
		{"7fbee0208000-7fbee0268000 r-xp 00008000 fe:00 5654817 /usr/lib/libbond.so\n", HOSTS_MAP_LIBRARY},
		{"7fbee0208000-7fbee0268000 r-xp 00008000 fe:00 5654817 /usr/lib/libbond.so (deleted)\n", HOSTS_MAP_LIBRARY},
		{"7fbee0208000-7fbee0268000 r-xp 00008000 fe:00 5654817 /usr/lib/libbond.so.1\n", HOSTS_MAP_OTHER},
		{"7fbee0208000-7fbee0268000 rw-p 00000000 00:00 0 \n", HOSTS_MAP_OTHER},
		{"7fbee0208000-7fbee0268000 rw-p 00000000 00:00 0 [stack]\n", HOSTS_MAP_OTHER},
		{"", HOSTS_MAP_OTHER},
		{"x", HOSTS_MAP_OTHER},
	};
	uint64_t device, inode;

	for (size_t i = 0; i < COUNT(lines); i++) {
		inode = 0;
		cr_expect_eq(hosts_read_map(lines[i].line, &device, &inode), lines[i].map, "%s", lines[i].line);
		cr_expect_eq(inode, lines[i].map == HOSTS_MAP_FILE ? 1074046 : 0, "%s", lines[i].line);
	}
}

/* Of a host whose first process ended another speaks; one that has none left needs nothing. */
Test(status, who_is_alive_of_a_host)
{
	struct hosts_process processes[3] = {{.pid = getpid(), .process = segment_process(getpid(), 1)},
		{.pid = getpid(), .process = segment_process(getpid(), segment_now())}};
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	processes[2] = (struct hosts_process){.pid = child, .process = segment_process(child, segment_now())};
	waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT);
	struct hosts h = {.processes = processes, .count = 3};
	cr_expect_eq(hosts_alive(&h, 0, 1), 0, "its number is of a later one");
	cr_expect_eq(hosts_alive(&h, 0, 3), getpid());
	cr_expect_eq(hosts_alive(&h, 2, 3), 0, "a zombie");
	waitpid(child, NULL, 0);
	cr_expect_eq(hosts_alive(&h, 2, 3), 0);
}

/* The library's memory ends where there is a gap; the table of descriptors is where the host says. */
Test(status, memory_of_a_process)
{
	static const char *const lines[] = {"10000-20000 rw-s 00000000 00:01 5 /dev/zero (deleted)\n", "Pss:   8 kB\n",
		"20000-30000 rw-s 00000000 fe:00 7 /run/bond/1\n", "Size:  4 kB\n", "Pss:   16 kB\n",
		"40000-50000 r-xp 00000000 fe:00 9 /usr/lib/libbond.so\n", "Pss:   1 kB\n",
		"50000-60000 rw-p 00000000 00:00 0 \n", "Pss:   2 kB\n",
		"60000-61000 rw-s 00000000 fe:00 7 /run/bond/1\n", "Pss:   32 kB\n",
		"61000-62000 rw-p 00000000 00:00 0 \n", "Pss:   4 kB\n",
		"63000-64000 rw-p 00000000 00:00 0 \n", "Pss:   1000 kB\n",
		"70000-90000 rw-p 00000000 00:00 0 \n", "Pss:   64 kB\n",
		"90000-91000 rw-p 00000000 00:00 0 [heap]\n", "Pss:   1000 kB\n"};
	struct smaps m = {.from = 0x70000, .to = 0x90000};

	for (size_t i = 0; i < COUNT(lines); i++)
		smaps_read_line(&m, lines[i]);
	cr_expect_eq(m.shared, (8 + 16 + 32) * 1024);
	cr_expect_eq(m.own, (1 + 2 + 4 + 64) * 1024);
}

Test(status, columns)
{
	struct columns c = {0};
	char *out;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	columns_title(&c, "name", false);
	columns_title(&c, "n", true);
	columns_title(&c, "last", false);
	columns_text(&c, "\xc3\xa4\xc3\xb6");
	columns_number(&c, 12345);
	columns_text(&c, "x\033y");
	columns_print(&c, "> ", f);
	fclose(f);
	cr_expect_str_eq(out, "> name      n  last\n> \xc3\xa4\xc3\xb6    12345  x\\x1by\n");
	free(out);
}

Test(status, screen)
{
	char *out;
	size_t size;
	static const char lines[] = "one\ntw\xc3\xb6" "345\nthree\nfour\n";
	FILE *f = open_memstream(&out, &size);

	screen_fit(lines, sizeof(lines) - 1, 4, 10, f);
	fclose(f);
	cr_expect_str_eq(out, "one\033[K\ntw\xc3\xb6" "3\033[K\nthre\033[K\nfour\033[K\n");
	free(out);
	f = open_memstream(&out, &size);
	screen_fit(lines, sizeof(lines) - 1, 80, 3, f);
	fclose(f);
	cr_expect_str_eq(out, "one\033[K\ntw\xc3\xb6" "345\033[K\n... 2 more lines\033[K\n");
	free(out);
}
