/* SPDX-License-Identifier: MIT */
/* config_load_again: the same text, on a machine that has changed. */
#include <criterion/criterion.h>

#include "config/ini.h"
#include "fake_system.h"

static const char text[] =
	"[bond:a]\nmember = udp:eth0:5060\nmember = tcp:sip.example.com:5070\nmember = udp:eth1 device eth1\n"
	"[route:r]\nto = 198.51.100.0/24\nbond = a\nsocket = udp:here.example.com:5080, udp:eth1:5080\n"
	"[host]\nalias = x.example tcp:here.example.com:5070\nsecret = 0123456789abcdef\n";

static int gone; /* which interface is not there, or has no address: 2 = eth0, 3 = eth1 */
static bool bare;

static int get_changed(struct ifaddrs **list)
{
	fake_getifaddrs(list);
	for (struct ifaddrs *i = *list; i; i = i->ifa_next) {
		bool its = strncmp(i->ifa_name, gone == 2 ? "eth0" : "eth1", 4) == 0;
		if (its && i->ifa_addr) {
			free(i->ifa_addr);
			i->ifa_addr = NULL;
		}
		if (its && !bare)
			i->ifa_name = (char *)"other0";
	}
	return 0;
}

static unsigned changed_index(const char *name)
{
	return !bare && strcmp(name, gone == 2 ? "eth0" : "eth1") == 0 ? 0 : fake_nametoindex(name);
}

static int nobody_is_asked(const char *name, const char *service, const struct addrinfo *hints,
	struct addrinfo **list)
{
	(void)name, (void)service, (void)hints, (void)list;
	cr_assert_fail("DNS was asked");
	return EAI_FAIL;
}

static void load(struct config *c, const struct config *former)
{
	struct findings f;
	int error = former ? config_load_again(c, text, strlen(text), former, &f)
			   : config_load_text(c, "a.ini", text, strlen(text), &f);

	if (error)
		findings_print(&f, "a.ini", stderr, false);
	cr_assert_eq(error, 0);
	findings_free(&f);
}

static size_t with_address(const struct config *c, const char *address)
{
	struct addr a;
	size_t found = 0;

	cr_assert_eq(addr_parse(&a, address, strlen(address)), 0);
	for (size_t i = 0; i < c->member_count; i++)
		found += addr_same_host(&c->members[i].addr, &a);
	return found;
}

Test(again, interfaces_change_and_names_do_not, .init = fake_system)
{
	struct config first, again;
	struct expand_system changed = *expand_system;

	load(&first, NULL);
	cr_assert(first.interfaces);
	cr_assert_eq(with_address(&first, "192.0.2.10"), 1);
	cr_assert_eq(with_address(&first, "10.0.0.1"), 1);
	changed.getifaddrs = get_changed;
	changed.if_nametoindex = changed_index;
	changed.getaddrinfo = nobody_is_asked;
	expand_system = &changed;
	for (int i = 0; i < 4; i++) {
		gone = 2 + i % 2;
		bare = i / 2;
		load(&again, &first);
		cr_expect(again.interfaces, "it may come back");
		cr_expect_eq(with_address(&again, "192.0.2.10"), gone == 3);
		cr_expect_eq(with_address(&again, "10.0.0.1"), gone == 2);
		cr_expect_eq(with_address(&again, "192.0.2.20"), 1);
		cr_expect_eq(with_address(&again, "2001:db8::20"), 1);
		cr_expect_eq(again.routes[0].sockets[0].addr.port, 5080);
		cr_expect_eq(again.alias_count, first.alias_count);
		cr_expect(addr_equal(&again.aliases[0].listener.addr, &first.aliases[0].listener.addr));
		/* and from that one all is as it was */
		struct config back;
		expand_system = &(struct expand_system){fake_getifaddrs, fake_freeifaddrs, fake_nametoindex,
			fake_indextoname, nobody_is_asked, changed.freeaddrinfo, NULL, NULL};
		load(&back, &again);
		cr_expect_eq(back.member_count, first.member_count);
		for (size_t k = 0; k < back.member_count; k++)
			cr_expect(addr_equal(&back.members[k].addr, &first.members[k].addr));
		expand_system = &changed;
		config_free(&back);
		config_free(&again);
	}
	config_free(&first);
}

Test(again, none_is_named, .init = fake_system)
{
	static const char other[] = "[bond:a]\nmember = udp:192.0.2.10\nmember = udp:sip.example.com\n";
	struct config c;
	struct findings f;

	cr_assert_eq(config_load_text(&c, "a.ini", other, strlen(other), &f), 0);
	cr_expect_not(c.interfaces);
	findings_free(&f);
	config_free(&c);
}
