/* SPDX-License-Identifier: MIT */
/* expand: interfaces and host names, of a made-up machine and of the real one. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "config/machine.h"
#include "fake_system.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The addresses found, separated by blanks. */
static const char *found(const struct expand *x)
{
	static char text[1024];
	size_t n = 0;
	text[0] = 0;
	for (size_t i = 0; i < x->count; i++) {
		char one[ADDR_TEXT_MAX];
		addr_print_host(&x->found[i], one);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "", one);
		cr_assert_eq(x->found[i].port, 0);
	}
	return text;
}

static const struct {
	const char *name;
	int error;
	const char *found;
} interfaces[] = {
	{"lo", 0, "127.0.0.1 ::1"},
	{"eth0", 0, "192.0.2.10 192.0.2.11 2001:db8::10"}, /* a label is the same interface */
	{"eth1", 0, "10.0.0.1 fd00::1"},
	{"bare0", 0, ""},  /* there, without address */
	{"local0", 0, ""}, /* link-local ones only */
	{"eth", ENODEV, ""}, {"eth00", ENODEV, ""}, {"eth2", ENODEV, ""}, {"", ENODEV, ""},
	{"eth0:1", ENODEV, ""},
	{"a-name-much-longer-than-an-interface-may-have", ENODEV, ""},
};

static const struct {
	const char *name;
	int error;
	const char *found;
} hosts[] = {
	{"sip.example.com", 0, "192.0.2.20 2001:db8::20"}, /* once each */
	{"localhost", 0, "127.0.0.1 ::1"},
	{"nowhere.example.com", EAI_NONAME, ""},
	{"busy.example.com", EAI_AGAIN, ""},
};

Test(expand, interfaces, .init = fake_system)
{
	struct expand x;
	expand_start(&x);
	for (size_t i = 0; i < COUNT(interfaces); i++) {
		const char *name = interfaces[i].name;
		cr_assert_eq(expand_interface(&x, name, strlen(name)), interfaces[i].error, "%s", name);
		cr_assert_str_eq(found(&x), interfaces[i].found, "%s: %s", name, found(&x));
	}
	expand_end(&x);
}

Test(expand, hosts, .init = fake_system)
{
	char longest[2000];
	struct expand x;
	expand_start(&x);
	for (size_t i = 0; i < COUNT(hosts); i++) {
		const char *name = hosts[i].name;
		cr_assert_eq(expand_host(&x, name, strlen(name)), hosts[i].error, "%s", name);
		cr_assert_str_eq(found(&x), hosts[i].found, "%s: %s", name, found(&x));
	}
	memset(longest, 'a', sizeof(longest));
	cr_assert_eq(expand_host(&x, longest, sizeof(longest)), EAI_NONAME);
	expand_end(&x);
}

static const struct {
	const char *address;
	const char *interface; /* NULL = not here */
} present[] = {
	{"192.0.2.10", "eth0"}, {"192.0.2.11", "eth0:1"}, {"192.0.2.12", NULL},
	{"10.0.0.1", "eth1"}, {"127.0.0.1", "lo"}, {"127.7.7.7", "lo"}, {"::1", "lo"},
	{"2001:db8::10", "eth0"}, {"2001:db8::11", NULL}, {"fe80::10%2", "eth0"},
	{"fe80::10%3", NULL}, {"fe80::11%3", "eth1"}, {"::ffff:10.0.0.1", "eth1"},
};

Test(expand, present, .init = fake_system)
{
	struct expand x;
	expand_start(&x);
	for (size_t i = 0; i < COUNT(present); i++) {
		struct addr a;
		cr_assert_eq(addr_parse(&a, present[i].address, strlen(present[i].address)), 0);
		const char *interface = expand_interface_of(&x, &a);
		cr_assert_eq(expand_present(&x, &a), present[i].interface != NULL, "%s",
			present[i].address);
		cr_assert(interface == present[i].interface ||
			strcmp(interface, present[i].interface) == 0, "%s", present[i].address);
	}
	expand_end(&x);
}

Test(expand, scope_names, .init = fake_system)
{
	static const struct {
		const char *text, *printed;
	} cases[] = {
		{"[fe80::1%2]:5060", "[fe80::1%eth0]:5060"}, {"fe80::1%3", "[fe80::1%eth1]"},
		{"fe80::1%99", "[fe80::1%99]"}, {"fe80::1", "[fe80::1]"},
		{"[2001:db8::1]:5061", "[2001:db8::1]:5061"}, {"1.2.3.4:5060", "1.2.3.4:5060"},
	};
	struct expand x;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[ADDR_TEXT_MAX];
		struct addr a;
		cr_assert_eq(addr_parse(&a, cases[i].text, strlen(cases[i].text)), 0);
		cr_assert_eq(expand_print(&a, text), strlen(cases[i].printed));
		cr_assert_str_eq(text, cases[i].printed);
	}
	expand_start(&x);
	cr_assert_eq(expand_index(&x, "eth1", 4), 3);
	cr_assert_eq(expand_index(&x, "eth9", 4), 0);
	cr_assert_eq(expand_index(&x, "", 0), 0);
	expand_end(&x);
}

Test(expand, suggest, .init = fake_system)
{
	struct expand x;
	struct suggest s;
	expand_start(&x);
	suggest_start(&s, "eht1", 4);
	expand_suggest(&x, &s);
	cr_assert_str_eq(s.best, "eth1");
	suggest_start(&s, "wlan0", 5);
	expand_suggest(&x, &s);
	cr_assert_null(s.best);
	expand_end(&x);
}

/* What is known of an entry of getifaddrs() without netlink, in one line. */
static int line_of(const struct ifaddrs *i, char *out, size_t size)
{
	struct addr a;
	char text[ADDR_TEXT_MAX] = "-";
	bool ip = i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6);
	if (ip && addr_from_sockaddr(&a, i->ifa_addr, i->ifa_addr->sa_family == AF_INET ?
			sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)) == 0)
		addr_print_host(&a, text);
	return snprintf(out, size, "%s %s", i->ifa_name, text);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

static size_t lines_of(const struct ifaddrs *list, char lines[][128], size_t room)
{
	size_t n = 0;
	for (; list && n < room; list = list->ifa_next)
		line_of(list, lines[n++], sizeof(lines[0]));
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	return n;
}

/* Here and for good: no netlink, as RestrictAddressFamilies= of systemd does it. */
static void close_netlink(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {COUNT(code), code};
	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

Test(expand, without_netlink)
{
	static char with[256][128], without[256][128];
	struct ifaddrs *list;
	cr_assert_eq(getifaddrs(&list), 0);
	size_t n = lines_of(list, with, COUNT(with));
	freeifaddrs(list);
	close_netlink();
	cr_assert_neq(getifaddrs(&list), 0);
	cr_assert_eq(machine_addresses(&list), 0);
	cr_assert_eq(lines_of(list, without, COUNT(without)), n);
	for (size_t i = 0; i < n; i++)
		cr_assert_str_eq(with[i], without[i]);
	machine_free(list);
}

Test(expand, this_machine)
{
	struct expand x;
	struct addr a;
	expand_start(&x);
	if (expand_interface(&x, "lo", 2) != 0 || x.count == 0 || strncmp(found(&x), "127.", 4) != 0)
		cr_skip_test("the loopback interface is down");
	cr_assert(x.count >= 1 && strncmp(found(&x), "127.0.0.1", 9) == 0, "%s", found(&x));
	cr_assert_eq(expand_interface(&x, "no-such-if", 10), ENODEV);
	cr_assert_eq(expand_host(&x, "localhost", 9), 0);
	cr_assert_geq(x.count, 1);
	addr_parse(&a, "127.0.0.1", 9);
	cr_assert(expand_present(&x, &a));
	cr_assert_neq(expand_index(&x, "lo", 2), 0);
	expand_end(&x);
}

Test(expand, distance)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
		{"", "", 0}, {"udp", "udp", 0}, {"udp", "UDP", 0}, {"upd", "udp", 1}, {"ud", "udp", 1},
		{"tsl", "tls", 1}, {"kitten", "sitting", 3}, {"extrenal", "external", 1},
		{"abc", "", 3}, {"ca", "abc", 3}, {"member", "membr", 1},
	};
	char longest[100];
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t a = strlen(cases[i].a), b = strlen(cases[i].b);
		cr_assert_eq(suggest_distance(cases[i].a, a, cases[i].b, b), cases[i].distance);
		cr_assert_eq(suggest_distance(cases[i].b, b, cases[i].a, a), cases[i].distance);
	}
	memset(longest, 'x', sizeof(longest));
	cr_assert_eq(suggest_distance(longest, 64, "x", 1), SIZE_MAX);
	cr_assert_eq(suggest_distance(longest, 63, longest, 63), 0);
}

Test(expand, suggestions)
{
	static const char *const offered[] = {"extern", "intern", "member", "no-member", "udp", "ws"};
	static const struct {
		const char *word, *best;
	} cases[] = {
		{"external", "extern"}, {"internal", "intern"}, {"ext", "extern"}, {"membre", "member"},
		{"no-membr", "no-member"}, {"upd", "udp"}, {"tcp", NULL}, {"x", NULL}, {"", NULL},
		{"w", NULL}, {"wss", "ws"}, {"database", NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct suggest s;
		suggest_start(&s, cases[i].word, strlen(cases[i].word));
		for (size_t k = 0; k < COUNT(offered); k++)
			suggest_offer(&s, offered[k]);
		cr_assert((!s.best && !cases[i].best) ||
			(s.best && cases[i].best && strcmp(s.best, cases[i].best) == 0),
			"\"%s\": %s", cases[i].word, s.best ? s.best : "nothing");
	}
}
