/* SPDX-License-Identifier: MIT */
/* renew: a process that takes other rules between two calls is as one that was started with them; threads,
 * forked children and a child of vfork() go by whole rules, whoever takes them. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/renew.c"

#include "core/decide.h"
#include "dns.h"
#include "dns/table_memory.h"
#include "image.h"
#include "preload/datagram/keep.h"
#include "preload/datagram/leave.h"
#include "preload/datagram/sendto.h"
#include "preload/real/real.h"
#include "preload/sockets/ask.h"

#define MEMBER(n) "member = udp:127.0.0." #n ":5060\n"
#define ROUTE(name, to, bond) "[route:" name "]\nto = " to "\nbond = " bond "\n"

static const char one[] = "[bond:a]\n" MEMBER(2) "[bond:b]\n" MEMBER(3) ROUTE("r", "127.0.0.100", "a");
static const char two[] = "[bond:b]\nmember = udp:127.0.0.3:5060 as b.example.com\nmember = udp:127.0.0.4:5070\n"
	"[bond:c]\n" MEMBER(5) ROUTE("s", "127.0.0.100", "b") ROUTE("t", "127.0.0.101, carrier.example.com", "c")
	"[host]\nalias = pbx.example.com\n";
static const char three[] = "[bond:a]\n" MEMBER(2) ROUTE("r", "127.0.0.100", "a")
	"[host]\nunknown = 403\nno-route = fail\nheaders = keep\n";

static char ini[] = "/tmp/test_renew.ini.XXXXXX";
static struct image *last; /* that was published */
static struct rules texts[2000];
static unsigned text_count;

static struct image *image_of(const char *text)
{
	struct rules *r = &texts[text_count++ % 2000];
	struct image *i;

	if (r->match)
		unload(r);
	load(r, text, strlen(text));
	cr_assert_eq(image_write(&i, &r->config, r->match, last, 1), 0);
	return i;
}

/* In a test itself, not in what it forks. */
static void need_loopback(void)
{
	if (!loopback_works())
		cr_skip_test("the loopback interface is down");
}

/* As the constructor, without sockets. */
static void start(const char *text)
{
	int fd = mkstemp(ini);

	cr_assert_geq(fd, 0);
	close(fd);
	fake_system();
	real_init();
	last = image_of(text);
	uint32_t domains, addresses;
	targets_host_room(&texts[0].config, &domains, &addresses);
	size_t size = table_size(domains, addresses);
	atomic_store(&page.p.generation, GENERATION_FIRST);
	hot.address_span = (UINT64_C(1) << 47) - HOT_ADDRESS_LOW;
	segment_init(&this_host.segment, &(struct segment_wants){.ini = ini, .dns_size = (size + 4095) / 4096 * 4096,
		.image = last, .image_size = last->size, .page = &page});
	cr_assert_str_neq(this_host.segment.path, "", "%s", this_host.segment.trouble);
	cr_assert_eq(table_format(this_host.segment.dns, size, domains, addresses), 0);
	cr_assert_eq(table_attach(&this_host.dns, this_host.segment.dns, size), 0);
	this_host.dns.generation = this_host.segment.generation;
	owner_init();
	ask_init();
	note_init();
	fast_init();
	this_host.names.shown = this_host.segment.shown;
	cr_assert(renew_first(segment_at(&this_host.segment, segment_current_offset(segment_current(&page.p)))));
	page.p.mode = HOT_ACTIVE;
}

static void finish(void)
{
	unlink(this_host.segment.path);
	unlink(ini);
}

TestSuite(renew, .fini = finish);

/* As bondctl does it: behind the last image, by a descriptor. */
static void publish(struct image *i)
{
	uint64_t at = (atomic_load(&page.p.allocated) + SEGMENT_IMAGE_STEP - 1) / SEGMENT_IMAGE_STEP * SEGMENT_IMAGE_STEP;
	int fd = open(this_host.segment.path, O_RDWR | O_CLOEXEC);

	cr_assert_eq(pwrite(fd, i, i->size, (off_t)at), (ssize_t)i->size);
	close(fd);
	atomic_store(&page.p.allocated, at + i->size);
	segment_publish(&page.p, (uint64_t)i->generation << 32 | at / SEGMENT_IMAGE_STEP);
	free(last);
	last = i;
}

static void reload(const char *text)
{
	publish(image_of(text));
}

static int bound(const char *address, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one_more = 1;

	cr_assert_eq(inet_pton(AF_INET, address, &a.sin_addr), 1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one_more, sizeof(one_more));
	note_socket(fd, AF_INET, SOCK_DGRAM, 0);
	note_bind(fd, &a, sizeof(a));
	return fd;
}

/* later: one whose port is of SIP by some rules, and stays a listener then: dialogs may know it. */
static void sockets(bool later)
{
	bound("127.0.0.1", 5060);
	bound("127.0.0.2", 5060);
	bound("127.0.0.3", 5060);
	bound("0.0.0.0", 5060);
	if (later)
		bound("127.0.0.4", 5070);
	bound("127.0.0.100", 20000);
}

static void print_names(struct text *t, const struct names *n)
{
	for (size_t i = 0; i < n->own_count; i++) {
		char host[NAMES_HOST_MAX];
		size_t length = names_host(&n->own[i], n->own[i].given.n ? FORM_GIVEN : FORM_PLAIN, host);
		text_print(t, "own %u %.*s:%u\n", n->own[i].owner, (int)length, host, n->own[i].port);
	}
	for (size_t i = 0; i < n->member_count; i++)
		text_print(t, "member %.*s:%u\n", (int)n->members[i].given.n, n->members[i].given.p, n->members[i].port);
}

/* All that a process derives of its rules, but for what is to be remembered of earlier ones. */
static void describe(struct text *t)
{
	const struct rules *r = rules_now();

	t->n = 0;
	for (uint32_t m = 0; m < r->config.member_count; m++) {
		const struct listener *l = listeners_of_member(&this_host.listeners, r, m);
		text_print(t, "carrier %u %d\n", m, l ? (int)listeners_number(&this_host.listeners, l) : -1);
	}
	for (uint32_t list = 0; list < r->match->lists_end; list += LIST_STEP)
		text_print(t, "%d", hears_in_list(r, list));
	text_print(t, "\nflags %d %d %d %d, looked at %d %d, domains %d\n", r->edits, r->marks, r->marks_all,
		r->connections_from, arrive_all, sendto_most.bytes[0] != 0, hot.domains);
	text_print(t, "homes %d %d\n", r->names->marks_home[0], r->names->marks_home[1]);
	/* not by number: threads of the process open some for a moment */
	for (unsigned n = 0; n < listeners_count(&this_host.listeners); n++)
		text_print(t, "%u: %x\n", n, bits_of(this_host.listeners.slots[n].fd) &
				(FD_LISTENER | FD_ARRIVALS | FD_UDP));
	print_names(t, names_now(r));
}

/* As a host that is started with that INI has it. */
static void describe_fresh(const char *text, bool later, struct text *t)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		/* numbers of descriptors as in the parent */
		dup2(ends[1], 900);
		close(ends[0]);
		close(ends[1]);
		start(text);
		sockets(later);
		describe(t);
		finish();
		_exit(write(900, t->p, t->n) != (ssize_t)t->n);
	}
	close(ends[1]);
	t->n = 0;
	for (ssize_t n; (n = read(ends[0], t->p + t->n, sizeof(t->p) - t->n)) > 0;)
		t->n += (size_t)n;
	int status;
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	close(ends[0]);
}

static void is_as_fresh(const char *const *way, size_t count, bool later)
{
	static struct text fresh, renewed;

	describe_fresh(way[count - 1], later, &fresh);
	start(way[0]);
	sockets(later);
	for (size_t i = 1; i < count; i++) {
		reload(way[i]);
		renew_rules();
		cr_assert_eq(rules_now()->generation, i + 1);
		cr_assert_eq(hot.generation, i + 1);
	}
	describe(&renewed);
	fresh.p[fresh.n] = renewed.p[renewed.n] = 0;
	cr_expect_str_eq(renewed.p, fresh.p, "%s\n----\n%s", renewed.p, fresh.p);
	cr_expect_eq(this_host.segment.head->generations[segment_place(getpid()) % SEGMENT_PROCESSES], count);
}

Test(renew, as_started_with_them)
{
	is_as_fresh((const char *[]){one, two}, 2, true);
}

Test(renew, and_back)
{
	is_as_fresh((const char *[]){one, two, one}, 3, false);
}

Test(renew, other_settings)
{
	is_as_fresh((const char *[]){two, three}, 2, false);
}

Test(renew, several_at_once)
{
	is_as_fresh((const char *[]){three, one, two, three, two}, 5, true);
}

/* What is published between two looks is taken at once, the last of it; what is no image is not. */
Test(renew, what_cannot_be_believed)
{
	start(one);
	const struct rules *first = rules_now();
	struct image *i = image_of(two);
	i->parts[IMAGE_MEMBERS].count += 1000000;
	publish(i);
	cr_expect_eq(renew_rules(), first);
	cr_expect(renew_is_due());
	last->parts[IMAGE_MEMBERS].count -= 1000000;
	atomic_store(&retry_at, 0);
	/* beyond what is allocated */
	uint64_t end = atomic_load(&page.p.allocated);
	segment_publish(&page.p, UINT64_C(3) << 32 | (end / SEGMENT_IMAGE_STEP + 100));
	cr_expect_eq(renew_rules(), first);
	atomic_store(&retry_at, 0);
	reload(three);
	cr_expect_eq(renew_rules()->generation, 3);
	cr_expect(rules_now()->config.unknown == UNKNOWN_403);
}

/* One is at it, the others go on; one that does not come back is followed by another. */
Test(renew, one_at_a_time)
{
	start(one);
	const struct rules *first = rules_now();
	reload(two);
	atomic_store(&taking, now_ms());
	cr_expect_eq(renew_rules(), first);
	atomic_store(&taking, now_ms() - TAKE_OVER_MS - 1);
	cr_expect_eq(renew_rules()->generation, 2);
	/* it died of a fork, in the middle of what follows the rules */
	reload(three);
	hot.generation = 2;
	atomic_store(&taking, now_ms());
	pid_t child = fork();
	if (child == 0) {
		renew_forked();
		_exit(renew_rules()->generation == 3 && hot.generation == 3 && !hot.changing ? 0 : 1);
	}
	int status;
	waitpid(child, &status, 0);
	cr_expect_eq(status, 0);
	cr_expect_eq(rules_now()->generation, 2, "the parent's is the parent's");
}

/* Without rules that are there, it is waited for, and not for ever. */
Test(renew, rules_that_are_gone)
{
	start(one);
	reload(two);
	atomic_store(&page.p.oldest, 2);
	cr_expect(!renew_held(rules_now()));
	atomic_store(&taking, now_ms());
	cr_expect_eq(renew_rules()->generation, 2);
	cr_expect(renew_held(rules_now()));
}

static struct verdict decide(const char *text, int fd, const char *dst, struct leaving *l)
{
	static _Thread_local struct sockaddr_in to;
	static _Thread_local struct iovec iov;
	static _Thread_local struct msghdr msg;
	static _Thread_local struct outgoing o;
	struct verdict v = VERDICT_EMPTY;

	to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(5060)};
	inet_pton(AF_INET, dst, &to.sin_addr);
	iov = (struct iovec){(void *)(uintptr_t)text, strlen(text)};
	msg = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1};
	o = (struct outgoing){.call = SEND_SENDMSG, .fd = fd, .msg = &msg};
	leave_decide(l, &o, &v);
	return v;
}

static const char invite[] = "INVITE sip:x@127.0.0.100 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKone\r\n"
	"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";

/* In a child of vfork() the memory is its parent's: it goes by what is there, and by nothing that is gone. */
Test(renew, child_of_vfork)
{
	if (getenv("BOND_TEST_SLOW"))
		cr_skip_test("valgrind makes a fork of it");
	static volatile int seen, refused;
	struct leaving l;

	start(one);
	int fd = bound("127.0.0.1", 5060);
	bound("127.0.0.2", 5060);
	reload(two);
	pid_t child = vfork();
	if (child == 0) {
		struct verdict v = decide(invite, fd, "127.0.0.100", &l);
		seen = v.rules->generation == 1 && v.why == WHY_STEERED;
		atomic_store(&page.p.oldest, 2);
		v = decide(invite, fd, "127.0.0.100", &l);
		refused = v.why == WHY_RULES_GONE && v.action == ACTION_FAIL;
		_exit(0);
	}
	waitpid(child, NULL, 0);
	cr_expect(seen);
	cr_expect(refused);
	struct verdict v = decide(invite, fd, "127.0.0.100", &l);
	cr_expect_eq(v.rules->generation, 2);
}

static const char *line(char *room, const char *method, const char *branch, const char *to)
{
	sprintf(room, "%s sip:x@127.0.0.100 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%s\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>%s\r\nCall-ID: 1\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
		method, branch, to, method);
	return room;
}

/* "a 127.0.0.2": whose member it leaves by, and which that is. */
static const char *leaves_by(const struct verdict *v)
{
	static char text[100];
	const struct config *c = &v->rules->config;

	if (v->how.member == SELECT_NONE)
		return "host";
	const struct member *m = &c->members[v->how.member];
	snprintf(text, sizeof(text), "%s 127.0.0.%u", v->how.member < c->member_count ? c->bonds[m->bond].name : "past",
		m->addr.ip[15]);
	return text;
}

/* RFC 3261 9.1, 17.1.1.3: a CANCEL and the ACK to a failure go where the INVITE went, whatever the rules are
 * by then; what begins after a reload goes by it, and so do its CANCELs. */
Test(renew, requests_that_are_pending)
{
	char text[1000];
	struct leaving l;
	struct verdict v;

	start(one);
	int fd = bound("127.0.0.1", 5060);
	bound("127.0.0.2", 5060);
	bound("127.0.0.3", 5060);
	v = decide(line(text, "INVITE", "one", ""), fd, "127.0.0.100", &l);
	cr_expect_str_eq(leaves_by(&v), "a 127.0.0.2");
	reload(two);
	v = decide(line(text, "CANCEL", "one", ""), fd, "127.0.0.100", &l);
	cr_expect_str_eq(leaves_by(&v), "past 127.0.0.2");
	cr_expect_eq(v.why, WHY_KEPT);
	cr_expect_eq(v.action, ACTION_PKTINFO);
	v = decide(line(text, "ACK", "one", ";tag=2"), fd, "127.0.0.100", &l);
	cr_expect_str_eq(leaves_by(&v), "past 127.0.0.2");
	/* of a destination that no route led to */
	v = decide(line(text, "CANCEL", "two", ""), fd, "127.0.0.101", &l);
	cr_expect_str_eq(leaves_by(&v), "host");
	cr_expect_eq(v.why, WHY_KEPT);
	/* what begins now */
	v = decide(line(text, "INVITE", "three", ""), fd, "127.0.0.100", &l);
	cr_expect_str_eq(leaves_by(&v), "b 127.0.0.3");
	keep_choice(&l, &v, false);
	v = decide(line(text, "CANCEL", "three", ""), fd, "127.0.0.100", &l);
	cr_expect_str_eq(leaves_by(&v), "b 127.0.0.3");
	v = decide(line(text, "INVITE", "four", ""), fd, "127.0.0.77", &l);
	cr_expect_str_eq(leaves_by(&v), "host");
	keep_choice(&l, &v, false);
	/* and after one more reload: each as it began, also by its name */
	reload(one);
	v = decide(line(text, "CANCEL", "one", ""), fd, "127.0.0.100", &l);
	cr_expect_str_eq(leaves_by(&v), "a 127.0.0.2");
	v = decide(line(text, "CANCEL", "three", ""), fd, "127.0.0.100", &l);
	cr_expect_str_eq(leaves_by(&v), "past 127.0.0.3");
	cr_assert_str_eq(v.rules->config.members[v.how.member].as_host, "b.example.com");
	v = decide(line(text, "CANCEL", "four", ""), fd, "127.0.0.77", &l);
	cr_expect_str_eq(leaves_by(&v), "host");
	/* once the routes from before are gone, by those that there are */
	v = decide(line(text, "CANCEL", "six", ""), fd, "127.0.0.100", &l);
	cr_expect_eq(v.why, WHY_KEPT);
	atomic_store(&page.p.oldest, 2);
	v = decide(line(text, "CANCEL", "six", ""), fd, "127.0.0.100", &l);
	cr_expect_eq(v.why, WHY_STEERED);
	v = decide(line(text, "BYE", "five", ";tag=2"), fd, "127.0.0.100", &l);
	cr_expect_str_eq(leaves_by(&v), "a 127.0.0.2");
}

/* Who the host sends to, and what it last got. */
static struct {
	int fd;
	char text[2000], source[INET_ADDRSTRLEN];
} peer[2];

/* Another test, which runs beside this one, may have the port until it ends. */
static void bind_once_free(int fd, const struct sockaddr_in *a)
{
	int tries = 0;

	while (bind(fd, (const struct sockaddr *)a, sizeof(*a)) != 0) {
		cr_assert(errno == EADDRINUSE && tries++ < 10000, "%s", strerror(errno));
		usleep(10000);
	}
}

static void peers(void)
{
	for (unsigned i = 0; i < 2; i++) {
		struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(5060)};
		a.sin_addr.s_addr = htonl(0x7f000064 + i);
		peer[i].fd = socket(AF_INET, SOCK_DGRAM, 0);
		bind_once_free(peer[i].fd, &a);
	}
}

/* What the host sends to 127.0.0.100 + to, by sendto(): where it comes from. */
static const char *sent(int fd, const char *text, unsigned to)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(5060)}, from;
	socklen_t size = sizeof(from);
	char copy[1000];

	a.sin_addr.s_addr = htonl(0x7f000064 + to);
	snprintf(copy, sizeof(copy), "%s", text); /* not by where it stands */
	ssize_t n = sendto_request(fd, copy, strlen(copy), 0, &a, sizeof(a));
	cr_assert_eq(n, (ssize_t)strlen(text), "%s: %s", strerror(errno), text);
	n = recvfrom(peer[to].fd, peer[to].text, sizeof(peer[to].text) - 1, 0, (struct sockaddr *)&from, &size);
	cr_assert_gt(n, 0);
	peer[to].text[n] = 0;
	inet_ntop(AF_INET, &from.sin_addr, peer[to].source, sizeof(peer[to].source));
	return peer[to].source;
}

/* So, once more, and as it was, to the byte. */
static void sent_again(int fd, const char *text, unsigned to, const char *source, const char *before)
{
	cr_expect_str_eq(sent(fd, text, to), source, "%s", text);
	cr_expect_str_eq(peer[to].text, before);
}

static void hosts(int fds[3])
{
	need_loopback();
	for (unsigned i = 0; i < 3; i++) {
		char address[20];
		snprintf(address, sizeof(address), "127.0.0.%u", i + 1);
		fds[i] = bound(address, 5060);
	}
	peers();
}

/* RFC 3261 17.1.1.2: what is sent again after a reload is what was sent, by whoever sends it, however often the
 * rules were others meanwhile; the same of what follows it. What begins goes by the rules of the day. */
Test(renew, requests_that_are_sent_again)
{
	char first[1000], second[1000], passed[1000], text[1000], wire[3][2000], fresh[20];
	int fds[3], status;

	start(one);
	hosts(fds);
	cr_expect_str_eq(sent(fds[0], line(first, "INVITE", "first", ""), 0), "127.0.0.2");
	strcpy(wire[0], peer[0].text);
	/* by the way that is kept now */
	cr_expect_str_eq(sent(fds[0], line(text, "OPTIONS", "some", ""), 0), "127.0.0.2");
	cr_expect_str_eq(sent(fds[0], line(second, "INVITE", "second-of-this-host", ""), 0), "127.0.0.2");
	cr_expect_str_eq(sent(fds[0], second, 0), "127.0.0.2");
	strcpy(wire[1], peer[0].text);
	/* as the host sends it */
	cr_expect_str_eq(sent(fds[0], line(passed, "INVITE", "passed", ""), 1), "127.0.0.1");
	strcpy(wire[2], peer[1].text);
	for (int i = 0; i < 202; i++) {
		reload(i % 2 ? one : two);
		renew_rules();
		if (i > 1 && i < 200)
			continue;
		sent_again(fds[0], first, 0, "127.0.0.2", wire[0]);
		sent_again(fds[0], second, 0, "127.0.0.2", wire[1]);
		sent_again(fds[0], passed, 1, "127.0.0.1", wire[2]);
		cr_expect_str_eq(sent(fds[0], line(text, "CANCEL", "first", ""), 0), "127.0.0.2");
		cr_expect_str_eq(sent(fds[0], line(text, "ACK", "second-of-this-host", ";tag=2"), 0), "127.0.0.2");
		cr_expect_str_eq(sent(fds[0], line(text, "CANCEL", "passed", ""), 1), "127.0.0.1");
		sprintf(fresh, "fresh%d", i);
		cr_expect_str_eq(sent(fds[0], line(text, "INVITE", fresh, ""), 0), i % 2 ? "127.0.0.2" : "127.0.0.3");
	}
	/* another process of the host */
	pid_t child = fork();
	if (child == 0) {
		renew_forked();
		bool same = strcmp(sent(fds[0], first, 0), "127.0.0.2") == 0 && strcmp(peer[0].text, wire[0]) == 0 &&
			strcmp(sent(fds[0], second, 0), "127.0.0.2") == 0 && strcmp(peer[0].text, wire[1]) == 0;
		_exit(!same);
	}
	waitpid(child, &status, 0);
	cr_expect_eq(status, 0);
}

/* Where the secret is another meanwhile. */
Test(renew, sent_again_with_its_token)
{
	char text[1000], wire[2000], ini_text[1000];
	int fds[3];

	sprintf(ini_text, "%s[host]\nsecret = the-former-one-of-two-secrets\n", one);
	start(ini_text);
	hosts(fds);
	cr_expect_str_eq(sent(fds[0], line(text, "INVITE", "first", ""), 0), "127.0.0.2");
	strcpy(wire, peer[0].text);
	cr_expect(strstr(wire, ";bond="), "%s", wire);
	sprintf(ini_text, "%s[host]\nsecret = the-latter-one-of-two-secrets\n", one);
	reload(ini_text);
	sent_again(fds[0], text, 0, "127.0.0.2", wire);
	cr_expect_str_eq(sent(fds[0], line(text, "CANCEL", "first", ""), 0), "127.0.0.2");
	char *token = strstr(wire, ";bond=");
	token[6 + TOKEN_LENGTH] = 0;
	cr_expect(strstr(peer[0].text, token), "%s: %s", token, peer[0].text);
	cr_expect_str_eq(sent(fds[0], line(text, "INVITE", "fresh", ""), 0), "127.0.0.2");
	cr_expect(!strstr(peer[0].text, token), "by the latter: %s", peer[0].text);
}

/* It began in one process and goes on in another, which slept over all that was between. */
Test(renew, sent_again_by_another_process)
{
	char text[1000], wire[2000];
	int fds[3], go[2], status;

	start(one);
	hosts(fds);
	cr_assert_eq(pipe(go), 0);
	pid_t child = fork();
	if (child == 0) {
		char byte;
		renew_forked();
		ssize_t n = read(go[0], &byte, 1);
		bool same = n == 1 && strcmp(sent(fds[0], line(text, "INVITE", "named", ""), 0), "127.0.0.3") == 0;
		same = same && strstr(peer[0].text, "Via: SIP/2.0/UDP b.example.com");
		same = same && strcmp(sent(fds[0], line(text, "CANCEL", "named", ""), 0), "127.0.0.3") == 0;
		same = same && strstr(peer[0].text, "Via: SIP/2.0/UDP b.example.com");
		_exit(!same);
	}
	reload(three);
	renew_rules();
	reload(two);
	cr_expect_str_eq(sent(fds[0], line(text, "INVITE", "named", ""), 0), "127.0.0.3");
	strcpy(wire, peer[0].text);
	cr_expect(strstr(wire, "Via: SIP/2.0/UDP b.example.com"), "%s", wire);
	reload(one);
	cr_assert_eq(write(go[1], "", 1), 1);
	waitpid(child, &status, 0);
	cr_expect_eq(status, 0);
}

/* A branch is no transaction's own with a host that has one for all. */
Test(renew, one_branch_for_all)
{
	char text[1000], other[1000];
	int fds[3];

	start(one);
	hosts(fds);
	cr_expect_str_eq(sent(fds[0], line(text, "INVITE", "cydzigwkX", ""), 0), "127.0.0.2");
	reload(two);
	strcpy(other, text);
	*strstr(other, "ID: 1") = 'i';
	memcpy(strstr(other, "iD: 1"), "ID: 2", 5);
	cr_expect_str_eq(sent(fds[0], other, 0), "127.0.0.3", "another Call-ID");
	line(other, "INVITE", "cydzigwkX", "");
	*strstr(other, "1 INVITE") = '2';
	cr_expect_str_eq(sent(fds[0], other, 0), "127.0.0.3", "another number");
	cr_expect_str_eq(sent(fds[0], text, 1), "127.0.0.1", "elsewhere, by the rules by which it began");
	cr_expect_str_eq(sent(fds[0], text, 0), "127.0.0.2", "the same");
}

/* A request of a peer comes in on fd, which is bound to at; then text has it as the host reads it. */
static void comes_in(int fd, const char *at, char *text, size_t room, const char *method, const char *branch,
	const char *call_id)
{
	struct addr from = {.family = 0}, to;

	snprintf(text, room, "%s sip:x@127.0.0.100 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.200;branch=z9hG4bK%s\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
		method, branch, call_id, method);
	cr_assert_eq(addr_parse(&to, at, strlen(at)), 0);
	to.port = 5060;
	struct iovec iov = {text, room};
	ssize_t n = arrive(fd, &iov, 1, strlen(text), &from, &to, NULL);
	cr_assert_gt(n, 0);
	text[n] = 0;
}

/* As a proxy forwards it: with a Via on top. */
static const char *forward(const char *text, const char *branch)
{
	static char out[2000];
	const char *rest = strstr(text, "\r\n") + 2;

	snprintf(out, sizeof(out), "%.*sVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%s\r\n%s", (int)(rest - text), text, branch,
		rest);
	return out;
}

static bool is_refused(int fd, const char *text)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(5060)};

	a.sin_addr.s_addr = htonl(0x7f000064);
	return sendto_request(fd, text, strlen(text), 0, &a, sizeof(a)) < 0 && errno == ENETUNREACH;
}

static const char *replaced(const char *text, const char *what, const char *by)
{
	static char out[2000];
	const char *at = strstr(text, what);

	cr_assert(at, "%s: %s", what, text);
	snprintf(out, sizeof(out), "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
	return out;
}

/* What came in before the first `from` counts goes by the rules of that time, with what follows it; a copy of its
 * mark, or of anything else of it, in what came later does not. */
static void came_before(const char *host)
{
	static const char from[] = "[bond:a]\n" MEMBER(2) "[bond:b]\n" MEMBER(3)
		"[route:f]\nto = 127.0.0.100\nfrom = a\nbond = b\n" ROUTE("s", "127.0.0.100", "b");
	char before[2000], after[2000], text[2000], first[2000], wire[2100], option[2000], answered[2000];
	int fds[3];

	need_loopback();
	sprintf(first, "%s%s", one, host);
	start(first);
	hosts(fds);
	comes_in(fds[1], "127.0.0.2", before, sizeof(before), "INVITE", "came-before", "1");
	comes_in(fds[0], "127.0.0.1", option, sizeof(option), "OPTIONS", "came-before", "2");
	/* one that has left already, so that its mark was seen */
	comes_in(fds[1], "127.0.0.2", text, sizeof(text), "INVITE", "seen", "3");
	cr_expect_str_eq(sent(fds[0], forward(text, "p-seen"), 0), "127.0.0.2");
	comes_in(fds[1], "127.0.0.2", answered, sizeof(answered), "INVITE", "answered", "6");
	sprintf(wire, "SIP/2.0 100 Trying%s", strstr(answered, "\r\n"));
	sent(fds[1], wire, 1);
	sprintf(wire, "SIP/2.0 486 Busy%s", strstr(answered, "\r\n"));
	sent(fds[1], wire, 1);
	sprintf(first, "%s%s", from, host);
	reload(first);
	cr_expect_str_eq(sent(fds[0], forward(before, "p-1.0"), 0), "127.0.0.2", "by the rules of the time");
	strcpy(wire, peer[0].text);
	cr_expect_str_eq(sent(fds[0], line(text, "CANCEL", "p-1.0", ""), 0), "127.0.0.2");
	cr_expect_str_eq(sent(fds[0], forward(before, "p-1.0"), 0), "127.0.0.2", "again");
	cr_expect_str_eq(peer[0].text, wire);
	cr_expect_str_eq(sent(fds[0], forward(before, "p-1.1"), 0), "127.0.0.2", "the next of a search");
	cr_expect_str_eq(sent(fds[0], forward(option, "p-2"), 0), "127.0.0.2");
	/* what comes in now is known */
	comes_in(fds[0], "127.0.0.1", after, sizeof(after), "INVITE", "came-after", "4");
	cr_expect_str_eq(sent(fds[0], forward(after, "p-3"), 0), "127.0.0.3");
	comes_in(fds[1], "127.0.0.2", after, sizeof(after), "INVITE", "came-after-2", "5");
	cr_expect_str_eq(sent(fds[0], forward(after, "p-4"), 0), "127.0.0.3");
	/* what was not seen to come in is not, whatever it copies */
	cr_expect(is_refused(fds[0], forward(replaced(before, "Call-ID: 1", "Call-ID: 9"), "p-5")), "another call");
	cr_expect(is_refused(fds[0], forward(replaced(before, "CSeq: 1", "CSeq: 2"), "p-6")), "another request");
	cr_expect(is_refused(fds[0], forward(replaced(before, "CSeq: 1 INVITE", "CSeq: 1 MESSAGE"), "p-7")), "another method");
	cr_expect(is_refused(fds[0], forward(replaced(before, "came-before", "never-came"), "p-8")), "another branch");
	cr_expect(is_refused(fds[0], forward(replaced(before, "Call-ID: 1", "Call-ID: 3"), "p-9")), "of two that came");
	/* nor what was answered, to whom it may have been shown */
	sprintf(wire, "SIP/2.0 200 OK%s", strstr(before, "\r\n"));
	sent(fds[1], wire, 1);
	cr_expect(is_refused(fds[0], forward(before, "p-12")), "answered after");
	cr_expect(is_refused(fds[0], forward(answered, "p-13")), "answered before");
	if (strstr(before, ";bond-in=")) {
		char mark[30];
		snprintf(mark, sizeof(mark), "%.*s", 9 + TOKEN_LENGTH, strstr(before, ";bond-in="));
		cr_expect(is_refused(fds[0], forward(replaced(before, mark, ""), "p-10")), "without its mark");
	}
}

Test(renew, what_came_before_the_first_from)
{
	came_before("");
}

static uint32_t random_below(unsigned *seed, uint32_t n)
{
	return (uint32_t)rand_r(seed) % n;
}

static _Atomic bool stop;
static _Atomic unsigned wrong, decided;
static int sender;

/* Whole decisions: the member is the one that the very rules name for that address. */
static void *decide_and_look(void *unused)
{
	struct leaving l;

	(void)unused;
	while (!stop) {
		struct verdict v = decide(invite, sender, "127.0.0.100", &l);
		const char *name = v.why == WHY_STEERED ? v.rules->config.bonds[v.rules->config.members[v.how.member].bond].name : "";
		bool odd = v.rules->generation % 2;
		wrong += strcmp(name, odd ? "a" : "b") != 0;
		wrong += v.rules->config.members[v.how.member].addr.ip[15] != (odd ? 2 : 3);
		decided++;
	}
	return NULL;
}

Test(renew, threads_meanwhile, .timeout = 120)
{
	enum { THREADS = 4 };
	pthread_t threads[THREADS];

	start(one);
	sender = bound("127.0.0.1", 5060);
	bound("127.0.0.2", 5060);
	bound("127.0.0.3", 5060);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, decide_and_look, NULL), 0);
	unsigned reloads = rounds(200) < 20 ? 20 : rounds(200);
	for (unsigned i = 0; i < reloads; i++) {
		unsigned before = decided;
		reload(i % 2 ? one : two);
		int fd = bound("127.0.0.9", 6000);
		note_sip(fd);
		while (decided < before + THREADS * 2)
			sched_yield();
		note_forget(fd);
		close(fd);
	}
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(wrong, 0, "%u of %u", wrong, decided);
	cr_expect_eq(renew_rules()->generation, reloads + 1);
	/* a few KiB a reload */
	cr_expect_lt(permanent_taken() / (reloads + 1), 8192, "%zu", permanent_taken() / (reloads + 1));
}

/* An image of which pages become zero, one after the other and while it is looked into: each search ends, and
 * with a route that there is, or the one behind the last. */
Test(renew, pages_that_become_zero, .timeout = 120)
{
	static char text[200000];
	unsigned seed = 7;

	for (int run = 0; run < (int)rounds(40); run++) {
		size_t n = (size_t)sprintf(text, "[bond:a]\n" MEMBER(2) "[bond:b]\n" MEMBER(3));
		unsigned routes = run % 3 ? 400 : 1;
		for (unsigned i = 0; i < routes; i++)
			n += (size_t)sprintf(text + n, "[route:r%u]\nto = %u.%u.%u.0/%u, [2001:db8:%x::%x]/%u, d%u.example.com\nbond = %s\n",
				i, 1 + random_below(&seed, 200), random_below(&seed, 250), random_below(&seed, 250), 24,
				random_below(&seed, 65535), 0, 48, i, i % 2 ? "a" : "b");
		struct rules own;
		struct image *i;
		load(&own, text, n);
		cr_assert_eq(image_write(&i, &own.config, own.match, NULL, 1), 0);
		size_t size = (i->size + 4095) & ~(size_t)4095;
		char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memcpy(copy, i, i->size);
		struct rules r;
		void *room = calloc(1, image_room(i));
		image_attach(&r, (struct image *)copy, room);
		for (size_t pages = size / 4096, gone = 0; gone <= pages; gone += 1 + pages / 20) {
			for (int q = 0; q < 300; q++) {
				struct addr dst = {.family = q % 2 ? AF_INET : AF_INET6, .port = 5060};
				for (int k = 0; k < 16; k++)
					dst.ip[k] = (uint8_t)random_below(&seed, 256);
				if (q % 2)
					memcpy(dst.ip, (uint8_t[12]){[10] = 0xff, [11] = 0xff}, 12);
				else if (q % 4)
					memcpy(dst.ip, (uint8_t[4]){0x20, 1, 0x0d, 0xb8}, 4);
				struct question question = {.dst = &dst, .stream = q % 3 == 0};
				struct answer a = {0};
				enum match_result m = match_route(r.match, &question, &a);
				if (m == MATCH_ROUTE || m == MATCH_UNDECIDED)
					cr_assert_leq(a.route, routes);
				cr_assert(m != MATCH_ROUTE || r.config.routes[a.route].bond == ROUTE_BOND_NONE ||
					r.config.routes[a.route].bond < 2);
			}
			for (size_t k = 0; k < 1 + pages / 20; k++)
				memset(copy + 4096 * random_below(&seed, (uint32_t)pages), 0, 4096);
		}
		munmap(copy, size);
		free(room);
		free(i);
		unload(&own);
	}
}
