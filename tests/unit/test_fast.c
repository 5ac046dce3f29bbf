/* SPDX-License-Identifier: MIT */
/* fast: what is found was kept for that socket and that list, whatever else shares its place; nothing is
 * found once something changed. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/ini.h"
#include "preload/sockets/note.h"
#include "core/listeners.h"
#include "core/standing.h"
#include "preload/real/real.h"
#include "core/image.h"
#include "preload/datagram/fast.h"
#include "preload/datagram/sources.h"
#include "fake_system.h"

#define ROUTES 100
#define FDS 40

static struct rules rules;
static struct tally_pair pair;

static struct sockaddr_in address(unsigned route)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons(5060),
		.sin_addr.s_addr = htonl(0xc6336400 | route)}; /* 198.51.100.0 */
}

static void start(void)
{
	atomic_store(&page.p.generation, GENERATION_FIRST);
	static char text[ROUTES * 60 + 100] = "[bond:b]\nmember = udp:eth1\n";
	struct findings f;
	size_t n = strlen(text);

	fake_system();
	for (unsigned i = 0; i < ROUTES; i++)
		n += (size_t)sprintf(text + n, "[route:r%u]\nto = 198.51.100.%u\nbond = b\n", i, i);
	cr_assert_eq(config_load_text(&rules.config, "test.ini", text, n, &f), 0);
	findings_free(&f);
	cr_assert_eq(rules_make(&rules), 0);
	this_host.rules = &rules;
	rules_stand(&rules, calloc(1, rules_room(&rules)));
	hot.octets = rules.match->octets;
	fast_init();
}

TestSuite(fast, .init = start);

#define OUTDATES(...)                                                                              \
	do {                                                                                       \
		uint32_t then = fast_now();                                                        \
		__VA_ARGS__;                                                                       \
		cr_assert_neq(fast_now(), then, #__VA_ARGS__);                                     \
	} while (0)

static bool find(int fd, unsigned route, uint32_t *out)
{
	struct sockaddr_in to = address(route);
	struct tally_pair *ignored;
	return fast_find(fd, fast_any_list(&to), out, &ignored);
}

static void keep_by(int fd, const struct sockaddr_in *to, const struct rules *r, const struct fast_kept *k)
{
	struct addr a;

	cr_assert_eq(addr_from_sockaddr(&a, to, sizeof(*to)), 0);
	fast_keep(fd, &a, r, k);
}

static void keep(int fd, const struct sockaddr_in *to, uint32_t generation, uint32_t way)
{
	keep_by(fd, to, &rules, &(struct fast_kept){generation, way, &pair});
}

Test(fast, each_finds_its_own)
{
	unsigned found = 0;
	for (int fd = 0; fd < FDS * 8; fd += 8)
		for (unsigned route = 0; route < ROUTES; route++) {
			struct sockaddr_in to = address(route);
			uint32_t out;
			keep(fd, &to, fast_now(), (unsigned)fd * 1000 + route);
			cr_assert(find(fd, route, &out));
			cr_assert_eq(out, (unsigned)fd * 1000 + route);
		}
	for (int fd = 0; fd < FDS * 8; fd++)
		for (unsigned route = 0; route <= ROUTES; route++) {
			uint32_t out;
			if (!find(fd, route, &out))
				continue;
			found++;
			cr_assert_eq(out, (unsigned)fd * 1000 + route, "%d %u", fd, route);
		}
	cr_assert_gt(found, 20);
	cr_assert_leq(found, FAST_MAX);
}

/* Few sockets and routes do not take each other's places. */
Test(fast, a_usual_host_has_room_for_all)
{
	for (int fd = 5; fd < 13; fd++)
		for (unsigned route = 0; route < 10; route++) {
			struct sockaddr_in to = address(route);
			keep(fd, &to, fast_now(), (unsigned)fd * 1000 + route);
		}
	for (int fd = 5; fd < 13; fd++)
		for (unsigned route = 0; route < 10; route++) {
			uint32_t out;
			cr_assert(find(fd, route, &out), "%d %u", fd, route);
		}
}

Test(fast, void_once_outdated)
{
	struct sockaddr_in to = address(1), none = address(200);
	uint32_t before = fast_now();
	uint32_t out;
	keep(4, &to, before, 7);
	keep(4, &none, before, fast_way(FAST_OWN, 0));
	cr_assert(find(4, 1, &out));
	cr_assert(find(4, 200, &out));
	cr_assert_eq(out, fast_way(FAST_OWN, 0));
	fast_outdate();
	cr_assert_not(find(4, 1, &out));
	cr_assert_not(find(4, 200, &out));
	keep(4, &to, before, 7); /* decided before that */
	cr_assert_not(find(4, 1, &out));
	keep(4, &to, fast_now(), 7);
	cr_assert(find(4, 1, &out));
	fast_clear();
	cr_assert_not(find(4, 1, &out));
}

static int noted(int type, const char *address, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type, 0);
	cr_assert_geq(fd, 0);
	note_socket(fd, AF_INET, type, 0);
	if (address) {
		cr_assert_eq(inet_pton(AF_INET, address, &a.sin_addr), 1);
		note_bind(fd, &a, sizeof(a));
	}
	return fd;
}

static void start_sockets(void)
{
	real_init();
	owner_init();
	note_init();
}

/* A host opens sockets for media, asks the kernel for its address and makes connections all the time. */
Test(fast, media_and_probes_outdate_nothing)
{
	struct addr peer = {.family = AF_INET, .port = 5060};
	start_sockets();
	int listener = noted(SOCK_DGRAM, "10.0.0.1", 5060);
	int probe = noted(SOCK_DGRAM, NULL, 0), media = noted(SOCK_DGRAM, "10.0.0.1", 20000);
	note_sip(listener);
	uint32_t before = fast_now(), value = 0xb8;
	for (int i = 0; i < 3; i++) {
		note_connect(probe, &peer);
		note_disconnect(probe);
	}
	note_option(media, IPPROTO_IP, IP_TOS, &value, sizeof(value));
	note_forget(media);
	note_forget(probe);
	close(media);
	media = noted(SOCK_DGRAM, "10.0.0.1", 20002);
	int stream = noted(SOCK_STREAM, "10.0.0.1", 0);
	note_connect(stream, &peer);
	note_disconnect(stream);
	note_forget(stream);
	cr_assert_eq(fast_now(), before);
}

Test(fast, whatever_counts_outdates_them)
{
	uint32_t value = 0xb8, before;
	start_sockets();
	int h = noted(SOCK_DGRAM, "10.0.0.2", 5070), m, media;
	note_sip(h);
	OUTDATES(m = noted(SOCK_DGRAM, "10.0.0.1", 5060));
	OUTDATES(note_option(m, IPPROTO_IP, IP_TOS, &value, sizeof(value)));
	OUTDATES(note_option(h, SOL_SOCKET, SO_MARK, &value, sizeof(value)));
	OUTDATES(note_connect(h, &(struct addr){.family = AF_INET, .port = 5060}));
	OUTDATES(note_disconnect(h));
	OUTDATES(note_copy(h, 100));
	OUTDATES(note_forget(h));
	OUTDATES(note_forget(m));
	/* the first at that address where a route leads to, and the first at all of them */
	OUTDATES(media = noted(SOCK_DGRAM, "198.51.100.1", 20000));
	OUTDATES(media = noted(SOCK_DGRAM, "0.0.0.0", 20002));
	before = fast_now();
	media = noted(SOCK_DGRAM, "198.51.100.1", 20004);
	cr_assert_eq(fast_now(), before);
	note_sip(media);
	OUTDATES(note_forget(media));
}

/* Among the addresses of a list there may be one where the host hears itself: what is kept for the others
 * has a place of its own, beside the word to look. */
Test(fast, a_list_with_an_own_address_is_looked_at_closer)
{
	struct sockaddr_in to = address(1);
	uint32_t way;
	start_sockets();
	noted(SOCK_DGRAM, "198.51.100.1", 20000);
	keep(4, &to, fast_now(), fast_way(FAST_SOURCE, 3));
	cr_assert(find(4, 1, &way));
	cr_assert_eq(fast_kind(way), FAST_LOOK);
	struct tally_pair *found;
	cr_assert(fast_find(4, fast_close(fast_any_list(&to)), &way, &found));
	cr_assert(fast_kind(way) == FAST_SOURCE && fast_value(way) == 3);
	cr_assert(found == &pair && fast_pair_of(way, 4) == &pair && !fast_pair_of(way, 5));
	keep(4, &to, fast_now(), fast_way(FAST_OWN, 0));
	cr_assert(find(4, 1, &way));
	cr_assert_eq(way, fast_way(FAST_OWN, 0), "right for its own addresses, too");
}

struct turn {
	pthread_barrier_t kept, end;
	_Atomic unsigned found, foreign;
	unsigned count;
};

static void *keep_and_find(void *arg)
{
	struct turn *t = arg;
	uint32_t out, mine = (uint32_t)(uintptr_t)&out & 0xffff;
	struct sockaddr_in to = address(7);
	t->foreign += find(7, 7, &out);
	keep(7, &to, fast_now(), mine);
	pthread_barrier_wait(&t->kept);
	bool here = find(7, 7, &out);
	t->found += here;
	t->foreign += here && out != mine;
	pthread_barrier_wait(&t->end);
	return NULL;
}

/* So many threads at the same time; how many of them found what they had kept. */
static unsigned run_threads(unsigned count)
{
	static pthread_t threads[FAST_THREADS * 2];
	struct turn t = {.count = count};
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 * 1024);
	pthread_barrier_init(&t.kept, NULL, count);
	pthread_barrier_init(&t.end, NULL, count);
	for (unsigned i = 0; i < count; i++)
		cr_assert_eq(pthread_create(&threads[i], &small, keep_and_find, &t), 0);
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(t.foreign, 0);
	return t.found;
}

/* A thread beyond those decides anew each time; one that ends makes room for the next. */
Test(fast, each_thread_has_its_own_while_there_are_some)
{
	cr_assert_eq(run_threads(8), 8);
	cr_assert_eq(run_threads(FAST_THREADS + 20), FAST_THREADS);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(run_threads(FAST_THREADS), FAST_THREADS);
	struct sockaddr_in to = address(7);
	uint32_t out;
	keep(7, &to, fast_now(), 5);
	cr_assert(find(7, 7, &out) && out == 5);
}

static void *fork_and_run(void *arg)
{
	struct turn *t = arg;
	struct sockaddr_in to = address(7);
	keep(7, &to, fast_now(), 5);
	pthread_barrier_wait(&t->kept);
	pthread_barrier_wait(&t->end);
	return NULL;
}

Test(fast, threads_that_are_not_in_a_forked_child_leave_their_room)
{
	pthread_t threads[100];
	struct turn t;
	pthread_barrier_init(&t.kept, NULL, 101);
	pthread_barrier_init(&t.end, NULL, 101);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, fork_and_run, &t), 0);
	pthread_barrier_wait(&t.kept);
	pid_t child = fork();
	if (child == 0)
		_exit(run_threads(FAST_THREADS) == FAST_THREADS ? 0 : 1);
	int status;
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	pthread_barrier_wait(&t.end);
	for (int i = 0; i < 100; i++)
		pthread_join(threads[i], NULL);
}

/* What is kept of a way comes out of it, up to the largest value. */
Test(fast, a_way_is_a_kind_and_a_value)
{
	const uint32_t values[] = {0, 1, 12345, FD_MAX - 1};
	_Static_assert(FD_MAX == 1 << FAST_VALUE_BITS, "the largest value");
	const enum fast_kind kinds[] = {FAST_DESCRIPTOR, FAST_CAREFUL_DESCRIPTOR, FAST_CAREFUL_SOURCE,
		FAST_OWN, FAST_UNMARKED, FAST_LOOK, FAST_SOURCE};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		for (size_t j = 0; j < sizeof(values) / sizeof(*values); j++) {
			uint32_t way = fast_way(kinds[i], values[j]);
			cr_expect_eq(fast_kind(way), kinds[i]);
			cr_expect_eq(fast_value(way), values[j]);
			cr_expect_eq(fast_is_descriptor(way), kinds[i] == FAST_DESCRIPTOR);
			cr_expect_eq(fast_is_source(way), kinds[i] == FAST_SOURCE);
		}
}

/* What was decided by other rules is not found by these, whose list of the address has the same number: images
 * have tags. Nor is it kept while a process changes rules. */
Test(fast, rules_do_not_meet)
{
	struct sockaddr_in to = address(1);
	static struct image *image[2];
	static struct rules r[2];
	struct tally_pair *found;
	uint32_t out;

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(image_write(&image[i], &rules.config, rules.match, i ? image[0] : NULL, 1), 0);
		cr_assert(image_check(image[i], image[i]->size));
		image_attach(&r[i], image[i], calloc(1, image_room(image[i])));
		rules_stand(&r[i], calloc(1, rules_room(&r[i])));
	}
	cr_assert_eq(r[0].match->octets[0] / LIST_STEP, r[1].match->octets[0] / LIST_STEP);
	keep_by(4, &to, &r[0], &(struct fast_kept){fast_now(), 7, &pair});
	hot.octets = r[0].match->octets;
	cr_assert(fast_find(4, fast_list(&to), &out, &found));
	hot.octets = r[1].match->octets;
	cr_assert_not(fast_find(4, fast_list(&to), &out, &found));
	keep_by(4, &to, &r[1], &(struct fast_kept){fast_now(), 8, &pair});
	cr_assert(fast_find(4, fast_list(&to), &out, &found) && out == 8);
	fast_clear();
	hot.changing = true;
	keep_by(4, &to, &r[1], &(struct fast_kept){fast_now(), 8, &pair});
	cr_assert_not(fast_find(4, fast_list(&to), &out, &found));
}

/* The number of a source is one of its address and device, and stays. */
Test(fast, sources)
{
	struct member a = {.addr = {.family = AF_INET, .ip = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}}};
	struct member b = a, c = a;

	b.addr.ip[15] = 2;
	c.device_index = 3;
	uint32_t n = sources_number(&a), m = sources_number(&b), o = sources_number(&c);
	cr_assert(n != m && n != o && m != o);
	a.addr.port = 5070;
	cr_assert_eq(sources_number(&a), n, "whatever the port");
	cr_assert(memcmp(&(uint32_t){sources_ip(sources[n])}, a.addr.ip + 12, 4) == 0 && !sources_device(sources[n]));
	cr_assert(sources_device(sources[o]) == 3 && sources_ip(sources[o]) == sources_ip(sources[n]));
	/* the table is finite, and says so */
	unsigned full = 0;
	for (uint32_t i = 1; i <= (1u << SOURCES_BITS) + 1000; i++) {
		b.device_index = i;
		uint32_t number = sources_number(&b);
		full += number == SOURCES_NONE;
		cr_assert(number == SOURCES_NONE || sources_device(sources[number]) == i);
	}
	cr_assert_gt(full, 0);
	cr_assert_eq(sources_number(&a), n);
}

Test(fast, none_at_first)
{
	uint32_t out;
	for (int fd = 0; fd < 1000; fd++)
		cr_assert_not(find(fd, 200, &out), "%d", fd);
}

/* Remembers a message as one that is noted. */
static void remember(const char *p)
{
	const char *branch = strstr(p, "branch=") + 7;
	size_t n = strcspn(branch, ";\r");

	fast_note(p, strlen(p), (size_t)(branch + n - p), n);
}

/* What stands for a message is that message, with any byte of its first line and its branch. */
Test(fast, a_message_that_is_noted)
{
	static const char text[] = "INVITE sip:somebody@198.51.100.1:5060 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-0123456789abcdef-0123456789abcdef;rport\r\nl: 0\r\n\r\n";
	char other[sizeof(text)], far[400];
	const char *branch = strstr(text, "z9hG"), *end = strchr(branch, ';');

#ifndef __SSE2__
	cr_skip_test("of the quick looks this machine has none");
#endif
	cr_expect(!fast_is_noted(text, strlen(text)), "none at first");
	remember(text);
	strcpy(other, text);
	cr_expect(fast_is_noted(other, strlen(other)), "wherever it stands");
	cr_expect(!fast_is_noted(other, strlen(other) - 1));
	for (const char *p = text; p < end; p++) {
		if (p >= text + FAST_HEAD && p < branch)
			continue;
		other[p - text] ^= 1;
		cr_expect(!fast_is_noted(other, strlen(other)), "byte %d", (int)(p - text));
		other[p - text] ^= 1;
	}
	/* what cannot be told by so much is not remembered, and forgets nothing */
	snprintf(far, sizeof(far), "INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%049d\r\n\r\n", 0);
	remember(far);
	cr_expect(!fast_is_noted(far, strlen(far)), "a long branch");
	snprintf(far, sizeof(far), "INVITE sip:%060d SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n", 0);
	remember(far);
	cr_expect(!fast_is_noted(far, strlen(far)), "an unusual line");
	cr_expect(fast_is_noted(text, strlen(text)));
	fast_clear();
	cr_expect(!fast_is_noted(text, strlen(text)));
}
