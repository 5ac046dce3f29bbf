/* SPDX-License-Identifier: MIT */
/* The live trace in the host: whom a line is for, that it says what the log says, and how it ends. */
#include <netinet/in.h>
#include <sys/mman.h>
#include <time.h>

#include "ctl/trace_lines.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "preload/trace/live.h"
#include "segment/ring_read.h"
#include "trace_log.h"

static struct bond bonds[] = {{.name = "external"}, {.name = "internal"}};
static struct member members[] = {
	{.bond = 0, .transport = TRANSPORT_UDP}, {.bond = 1, .transport = TRANSPORT_UDP}};
static struct route routes[] = {{.name = "carriers", .bond = 0}, {.name = "inside", .bond = 1}};
static struct config config = {.file = "bond.ini", .bonds = bonds, .bond_count = COUNT(bonds),
	.members = members, .member_count = COUNT(members), .routes = routes, .route_count = COUNT(routes)};
static struct fd_record records[16];
static struct live *live;
static struct ring_reader *reader;
static int fd;

static uint32_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)t.tv_sec;
}

static void make(void)
{
	make_folder();
	fd = memfd_create("live", MFD_CLOEXEC);
	cr_assert(ftruncate(fd, sizeof(*live)) == 0 && ring_make(fd, offsetof(struct live, ring)) == 0);
	live = mmap(NULL, sizeof(*live), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cr_assert_neq(live, MAP_FAILED);
	reader = ring_open(fd, offsetof(struct live, ring));
	cr_assert(reader);
	this_host.segment.live = live;
	this_host.sockets.records = records;
	this_host.sockets.max = COUNT(records);
	this_host.sockets.bits[9] = FD_UDP;
	page.p.mode = HOT_ACTIVE;
	hot.address_span = page.p.active_span = (UINT64_C(1) << 47) - HOT_ADDRESS_LOW;
	setenv("TZ", "UTC", 1);
}

static void end(void)
{
	this_host.segment.live = NULL;
	ring_close(reader);
	remove_folder();
}

TestSuite(live, .init = make, .fini = end);

/* As bondctl does. */
static void sit(unsigned seat, uint32_t wants, const char *filter)
{
	char error[FILTER_ERROR_SIZE];

	cr_assert(filter_parse(&live->seats[seat].filter, filter, &config, error) == 0, "%s", error);
	live->seats[seat].wants = wants;
	atomic_store(&live->seats[seat].until, now() + LIVE_LEASE);
	atomic_store(&page.p.trace_until, now() + LIVE_LEASE);
	page.p.mode |= HOT_TRACE_LIVE;
	page.p.active_span = 7;
}

static void send_to(const char *address, const char *call_id, const struct verdict *v)
{
	char text[256];
	struct trace_mark m;
	struct sockaddr_storage to;
	struct addr a;

	cr_assert(addr_parse(&a, address, strlen(address)) == 0);
	socklen_t n = addr_to_sockaddr(&a, a.family, &to);
	snprintf(text, sizeof(text), "OPTIONS sip:x SIP/2.0\r\nCall-ID:  %s \r\nCSeq: 1 OPTIONS\r\n\r\n", call_id);
	trace_begin(&m);
	trace_send(&m, "sendto", 9, text, strlen(text), 0, &to, n, (long)strlen(text), v);
}

static int lines_in_log(void)
{
	int n = 0;

	for (const char *p = read_whole(log_file); (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

static const char *next_line(uint16_t *readers)
{
	static char text[2000];
	struct ring_record r;

	memset(text, 0, sizeof(text));
	if (ring_next(reader, 1, &r) != RING_RECORD)
		return NULL;
	FILE *f = fmemopen(text, sizeof(text), "w");
	trace_lines_print(f, &r, false);
	fclose(f);
	*readers = r.readers;
	return text;
}

/* The next line ends in that, for those readers. */
static void expect_line(uint16_t for_whom, const char *text)
{
	uint16_t readers = 0;
	const char *line = next_line(&readers);

	cr_assert(line, "no line: %s", text);
	size_t n = strlen(line), size = strlen(text);
	cr_expect(n > size && strncmp(line + n - 1 - size, text, size) == 0, "%s, not %s", line, text);
	cr_expect_eq(readers, for_whom, "%s", line);
}

static void expect_none(void)
{
	uint16_t readers;
	const char *line = next_line(&readers);

	cr_expect(!line, "%s", line);
}

#define TO_CARRIERS {.why = WHY_STEERED, .action = ACTION_OTHER_FD, .how.fd = 9}
#define TO_INSIDE {.why = WHY_STEERED, .action = ACTION_OTHER_FD, .how = {.fd = 9, .member = 1}, .route.number = 1}

Test(live, whom_a_line_is_for)
{
	static const struct verdict carriers = TO_CARRIERS, inside = TO_INSIDE;
	static const char *const filters[LIVE_SEATS] = {"all", "bond=internal", "peer=198.51.100.0/24,peer=192.0.2.1",
		"call-id=a@b,call-id=c", "!route=carriers", "fail", "peer=192.0.2.1:5061", "!call-id=c,!bond=INTERNAL"};

	start_trace("fail", &config);
	page.p.mode = HOT_ACTIVE;
	send_to("192.0.2.1:5060", "a@b", &carriers);
	expect_none();
	for (unsigned i = 0; i < LIVE_SEATS; i++)
		sit(i, LIVE_LINES, filters[i]);
	send_to("192.0.2.1:5060", "a@b", &carriers);
	expect_line(0x8d, "route carriers, Call-ID \"a@b\"");
	send_to("192.0.2.1:5061", "c", &inside);
	expect_line(0x5f, "route inside, Call-ID \"c\"");
	send_to("198.51.100.7:5060", "d", NULL);
	expect_line(0x95, ">, Call-ID \"d\"");
	/* nobody sits there any more, or wants no lines */
	for (unsigned i = 0; i < LIVE_SEATS; i++)
		live->seats[i].wants = LIVE_PACKETS;
	send_to("192.0.2.1:5060", "a@b", &carriers);
	for (unsigned i = 0; i < LIVE_SEATS; i++)
		atomic_store(&live->seats[i].until, i % 2 ? 0 : now());
	send_to("192.0.2.1:5060", "a@b", &carriers);
	expect_none();
	cr_expect(page.p.mode & HOT_TRACE_LIVE, "others may come yet");
}

/* What the log says the ring says, whatever head each has; each has its own filter. */
Test(live, as_the_log)
{
	static const struct verdict carriers = TO_CARRIERS;
	uint16_t readers;

	start_trace("all,date", &config);
	sit(2, LIVE_LINES, "all");
	send_to("192.0.2.1:5060", "a@b", &carriers);
	trace_numbers(&(struct trace_mark){.fd = -1}, "close", 3, NULL, 0, 0);
	char *log = strdup(read_whole(log_file));
	for (int i = 0; i < 2; i++) {
		const char *line = next_line(&readers), *logged = i ? strchr(log, '\n') + 1 : log;
		cr_assert(line);
		const char *call = strstr(line, i ? "close" : "sendto"), *same = strstr(logged, i ? "close" : "sendto");
		cr_assert(call && same);
		cr_expect_eq(strncmp(line, "[pid ", 5), 0);
		cr_expect_eq(strncmp(strstr(logged, "T") + 1, strstr(line, "] ") + 2, 15), 0, "the time: %s%s", logged, line);
		const char *result = strstr(call, "= "), *logged_result = strstr(same, "= ");
		cr_expect_eq(strncmp(result, logged_result, strcspn(logged_result, "\n")), 0, "%s%s", line, logged);
		if (i)
			cr_expect_eq(result - line, 40, "%s", line);
	}
	start_trace("fail", &config);
	send_to("192.0.2.1:5060", "x", &carriers);
	expect_line(4, "Call-ID \"x\"");
	cr_expect_eq(lines_in_log(), 2);
	trace_say("a sentence");
	expect_line(4, "]: a sentence");
	free(log);
}

Test(live, ends_with_its_lease)
{
	static const struct verdict carriers = TO_CARRIERS;

	trace_init(&config);
	sit(0, LIVE_LINES, "all");
	atomic_store(&page.p.trace_until, now() - 1);
	send_to("192.0.2.1:5060", "a@b", &carriers);
	expect_none();
	cr_expect_eq(page.p.mode, HOT_ACTIVE);
	cr_expect_eq(page.p.active_span, hot.address_span);
	/* a time that no bondctl writes is none */
	sit(0, LIVE_LINES, "all");
	atomic_store(&page.p.trace_until, now() + 1000);
	send_to("192.0.2.1:5060", "a@b", &carriers);
	expect_none();
	cr_expect_eq(page.p.mode, HOT_ACTIVE);
}

/* The short way of sendto() is opened again by nothing but the end of the trace that closed it. */
Test(live, who_comes_late_opens_nothing)
{
	sit(0, LIVE_LINES, "all");
	hot_has_clients();
	hot_reopen();
	cr_expect_eq(page.p.active_span, 0);
	sit(0, LIVE_LINES, "all"); /* which did not see that it was closed for good */
	page.p.mode &= ~HOT_LIVE;
	hot_reopen();
	cr_expect_eq(page.p.active_span, 7, "there are clients");
	page.p.mode = HOT_ACTIVE | HOT_TRACE_FILE;
	hot_reopen();
	cr_expect_eq(page.p.active_span, 7, "there is a log");
	page.p.mode = HOT_ACTIVE | HOT_PACKETS;
	hot_reopen();
	cr_expect_eq(page.p.active_span, 7, "somebody reads along");
	page.p.mode = HOT_ACTIVE;
	hot_reopen();
	cr_expect_eq(page.p.active_span, hot.address_span);
}

/* Whatever bondctl, or another in its place, has put into a seat. */
Test(live, nonsense_in_a_seat)
{
	static const struct verdict carriers = TO_CARRIERS;
	unsigned seed = 5;

	trace_init(&config);
	for (int i = 0; i < 300; i++) {
		sit(0, LIVE_LINES, "call-id=a@b,bond=external,route=carriers,peer=192.0.2.1");
		for (size_t k = 0; k < sizeof(struct filter); k++)
			if (rand_r(&seed) % 8 == 0)
				((char *)&live->seats[0].filter)[k] = (char)rand_r(&seed);
		send_to("192.0.2.1:5060", "a@b", &carriers);
		uint16_t readers;
		next_line(&readers);
	}
	live->ring.magic = 0;
	sit(1, LIVE_LINES, "all");
	send_to("192.0.2.1:5060", "a@b", &carriers);
}
