/* SPDX-License-Identifier: MIT */
/* trace: verdicts, filters, the shape of a line, and the log's descriptor. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "dns/table.h"
#include "sip/edit.h"
#include "trace_log.h"

TestSuite(trace, .init = make_folder, .fini = remove_folder);

/* ---- verdicts ---- */

static struct bond bonds[] = {{.name = "external", .slot = 7}, {.name = "internal", .slot = 3}};
static struct member members[] = {
	{.bond = 0, .transport = TRANSPORT_UDP}, {.bond = 0, .transport = TRANSPORT_TLS},
	{.bond = 1, .transport = TRANSPORT_UDP}};
static struct route routes[] = {{.name = "carriers", .bond = 0}, {.name = "inside", .bond = 1},
	{.name = "database", .bond = ROUTE_BOND_NONE}, {.name = "partners", .bond = 0}};
static struct target targets[] = {{.kind = TARGET_PREFIX, .route = 1},
	{.kind = TARGET_DOMAIN, .route = 0, .domain = "carrier1.com"},
	{.kind = TARGET_DOMAIN, .route = 3, .domain = "a.example"},
	{.kind = TARGET_WILDCARD, .route = 3, .domain = "b.example"}};
static struct config config = {.file = "bond.ini", .bonds = bonds, .bond_count = COUNT(bonds),
	.members = members, .member_count = COUNT(members), .routes = routes,
	.route_count = COUNT(routes), .targets = targets, .target_count = COUNT(targets)};

static void address(struct addr *a, const char *text)
{
	cr_assert(addr_parse(a, text, strlen(text)) == 0);
}

static void fill_config(void)
{
	address(&members[0].addr, "1.2.3.4:5060");
	address(&members[1].addr, "[2001:db8::1]:5061");
	address(&members[2].addr, "10.0.0.1:5060");
}

static void traced_send(const struct verdict *v, int error)
{
	struct trace_mark m;

	trace_begin(&m);
	errno = error;
	trace_send(&m, "sendto", -1, "x", 1, 0, NULL, 0, error ? -1 : 1, v);
}

#define V4 {.family = AF_INET}
#define V6 {.family = AF_INET6}
#define NO_ROUTE .route.number = MODEL_NONE
#define NO_ONE .how.member = UINT32_MAX

static const struct {
	struct verdict v;
	const char *text;
} verdicts[] = {
	{{.why = WHY_STEERED, .action = ACTION_OTHER_FD, .how.fd = 9},
		"external udp:1.2.3.4:5060 fd 9, route carriers"},
	{{.why = WHY_STEERED, .action = ACTION_OTHER_FD, .how.fd = 9, .route.by_domain = true},
		"external udp:1.2.3.4:5060 fd 9, route carriers, via text"},
	{{.why = WHY_STEERED, .action = ACTION_PKTINFO, .how.member = 2, .route.number = 1},
		"internal udp:10.0.0.1:5060 pktinfo, route inside"},
	{{.why = WHY_STEERED, .action = ACTION_REBIND},
		"external udp:1.2.3.4:5060 rebound, route carriers"},
	{{.why = WHY_STEERED, .action = ACTION_BIND, .how.member = 1},
		"external tls:[2001:db8::1]:5061 bound before connect, route carriers"},
	{{.why = WHY_STEERED, .action = ACTION_REPLACE, .how.member = 1},
		"external tls:[2001:db8::1]:5061 fresh socket, route carriers"},
	{{.why = WHY_KEEPALIVE, .action = ACTION_PKTINFO},
		"external udp:1.2.3.4:5060 pktinfo, keep-alive, route carriers"},
	{{.why = WHY_PROBE}, "external udp:1.2.3.4:5060 answered, route carriers"},
	{{.why = WHY_ALREADY}, "already right: external udp:1.2.3.4:5060, route carriers"},
	{{.why = WHY_NO_MEMBER, .action = ACTION_FAIL, .how.transport = TRANSPORT_UDP, .dst = V6, NO_ONE},
		"no member of external for udp IPv6, route carriers, refused"},
	{{.why = WHY_NO_MEMBER, .how.transport = TRANSPORT_TCP, .dst = V4, NO_ONE},
		"no member of external for tcp IPv4, route carriers, left unchanged"},
	{{.why = WHY_MEMBER_NOT_BOUND, .action = ACTION_FAIL, .how.transport = TRANSPORT_UDP, .dst = V4,
		 NO_ONE},
		"no usable member of external for udp IPv4: the program listens on none of them, "
		"route carriers, refused"},
	{{.why = WHY_MEMBER_REFUSED, .action = ACTION_FAIL, .how.transport = TRANSPORT_UDP, NO_ONE},
		"the kernel refused every member of external for udp, route carriers, refused"},
	{{.why = WHY_CONNECTED_LISTENER, NO_ONE},
		"cannot be steered: the program connected this listener itself, route carriers, "
		"left unchanged"},
	{{.why = WHY_CANNOT_MOVE, .action = ACTION_FAIL, NO_ONE},
		"cannot be steered: the socket is shared or already bound for good, route carriers, "
		"refused"},
	{{.why = WHY_BOND_NONE, .route.number = 2, NO_ONE}, "route database: bond none"},
	{{.why = WHY_BOND_NONE, NO_ROUTE, NO_ONE}, "the script asks for no bond"},
	{{.why = WHY_STEERED, .action = ACTION_PKTINFO, .edited = EDIT_VIA | EDIT_RECORD_ROUTE},
		"external udp:1.2.3.4:5060 pktinfo, route carriers, edited via record-route"},
	{{.why = WHY_STEERED, .action = ACTION_PKTINFO, .edited = EDIT_VIA_FOREIGN},
		"external udp:1.2.3.4:5060 pktinfo, route carriers, its via is not this socket's"},
	{{.why = WHY_KEPT, .action = ACTION_OTHER_FD, .how.fd = 9, NO_ROUTE, .how.listener = -1},
		"as this transaction began: external udp:1.2.3.4:5060 fd 9"},
	{{.why = WHY_KEPT, NO_ROUTE, NO_ONE, .how.listener = 3},
		"as this transaction began: the host's own listener"},
	{{.why = WHY_RETURN_PATH, .action = ACTION_OTHER_FD, .how.fd = 5, NO_ROUTE, NO_ONE},
		"return path: as the name that the dialog has for the host fd 5"},
	{{.why = WHY_FLOW, .action = ACTION_PKTINFO, NO_ROUTE, .route.bond = 0},
		"that peer came in by it: external udp:1.2.3.4:5060 pktinfo"},
	{{.why = WHY_UNKNOWN_BOND, .action = ACTION_FAIL, NO_ROUTE, NO_ONE},
		"the script asks for a bond that does not exist, refused"},
	{{.why = WHY_ARRIVAL_UNKNOWN, .action = ACTION_FAIL, NO_ONE},
		"arrival unknown, route carriers, refused; `to` or `socket` decides without it"},
	{{.why = WHY_TOO_LARGE, .action = ACTION_FAIL, NO_ROUTE, NO_ONE},
		"too large once its names are edited, refused"},
	{{.why = WHY_RULES_GONE, .action = ACTION_FAIL, NO_ROUTE, NO_ONE},
		"the rules were replaced long ago, and no others could be had, refused"},
	{{.why = WHY_UNREADABLE, .action = ACTION_FAIL, NO_ROUTE, NO_ONE},
		"no SIP message, but the script's header is in it, refused"},
	{{.why = WHY_NO_ROUTE, NO_ROUTE, NO_ONE}, "no route"},
	{{.why = WHY_NO_ROUTE, .action = ACTION_FAIL, NO_ROUTE, NO_ONE}, "no route, refused"},
	{{.why = WHY_NO_ROUTE, NO_ROUTE, NO_ONE, .doubt.unanswered = true},
		"no route; no DNS answer for carrier1.com yet (route carriers)"},
	{{.why = WHY_NO_ROUTE, NO_ROUTE, NO_ONE, .doubt.unanswered = true, .doubt.route = 3},
		"no route; no DNS answer for a.example or its neighbours yet (route partners)"},
	{{.why = WHY_NO_ROUTE, NO_ROUTE, NO_ONE, .doubt.unanswered = true, .doubt.gone = TABLE_PARTIAL},
		"no route; not every DNS answer for carrier1.com yet (route carriers)"},
	{{.why = WHY_NO_ROUTE, NO_ROUTE, NO_ONE, .doubt.unanswered = true, .doubt.gone = TABLE_FULL},
		"no route; the table has no room for all of carrier1.com (route carriers)"},
	{{.why = WHY_UNKNOWN, .action = ACTION_ANSWER, NO_ROUTE, NO_ONE},
		"no bond has this listener, answered 403"},
	{{.why = WHY_UNKNOWN, .action = ACTION_DROP, NO_ROUTE, NO_ONE},
		"no bond has this listener, dropped"},
	{{.why = WHY_UNKNOWN, .action = ACTION_ANSWER_SHUT, NO_ROUTE, NO_ONE},
		"no bond has this listener, answered 403, connection shut"},
	{{.why = WHY_UNKNOWN, .action = ACTION_SHUT, NO_ROUTE, NO_ONE},
		"no bond has this listener, connection shut"},
	{{.why = WHY_UNEDITABLE, .action = ACTION_DROP, NO_ROUTE, NO_ONE},
		"cannot be edited in full, dropped"},
	{{.why = WHY_NO_FRAME, .action = ACTION_SHUT, NO_ROUTE, NO_ONE},
		"no SIP, or out of its framing, connection shut"},
	{{.why = WHY_RESTORED, NO_ROUTE, .edited = EDIT_URI | EDIT_ROUTE | EDIT_MARK | EDIT_TOLD},
		"arrived at external udp:1.2.3.4:5060, restored request-uri route"},
	{{.why = WHY_RESTORED, NO_ROUTE, .how.member = 2, .edited = EDIT_FORGED | EDIT_HEADER},
		"arrived at internal udp:10.0.0.1:5060, removed bond-in header"},
	{{.why = WHY_RESTORED, NO_ROUTE, NO_ONE, .edited = EDIT_VIA | EDIT_FORGED},
		"arrived, restored via, removed bond-in"},
	{{.why = WHY_OWN_ADDRESS, NO_ROUTE, NO_ONE}, "own address"},
	{{.why = WHY_RESPONSE, NO_ROUTE, NO_ONE}, "response"},
	{{.why = WHY_NOT_SIP, NO_ROUTE, NO_ONE}, "not SIP"},
	{{.why = WHY_NOTHING, NO_ROUTE, NO_ONE}, NULL},
};

Test(trace, verdicts)
{
	char seen[WHY_COUNT] = {0};

	fill_config();
	start_trace("all", &config);
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		traced_send(&verdicts[i].v, 0);
		seen[verdicts[i].v.why] = 1;
	}
	for (int why = 0; why < WHY_COUNT; why++)
		cr_expect(seen[why], "number %d of enum why (core/verdict.h) has no row in verdicts[] of %s", why, __FILE__);
	char *text = read_whole(log_file);
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		char *line = strsep(&text, "\n"), *got = strstr(line, " ! ");
		if (!verdicts[i].text)
			cr_expect(!got, "%s", line);
		else
			cr_expect(got && !strcmp(got + 3, verdicts[i].text), "%s", line);
	}
	cr_expect(text && !*text);
}

Test(trace, names_of_bonds_do_not_break_the_line)
{
	struct verdict v = {.why = WHY_STEERED, .action = ACTION_PKTINFO};
	char name[300];
	char *text;

	fill_config();
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	name[3] = '\n';
	bonds[0].name = name;
	start_trace("all", &config);
	traced_send(&v, 0);
	text = read_whole(log_file);
	cr_expect(strchr(text, '\n') == text + strlen(text) - 1);
	cr_expect(strstr(text, "! nnn?nn") && strstr(text, "n... udp:"));
}

Test(trace, a_line_is_whole_however_long_its_arguments)
{
	static char bytes[64];
	struct verdict v = {.why = WHY_NO_MEMBER, .action = ACTION_FAIL, .how.transport = TRANSPORT_UDP,
		.dst = V6, NO_ONE};
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = 5,
		.sin6_addr = {{{0x20, 1, 0xd, 0xb8, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}}};
	struct iovec iov[32];
	struct mmsghdr mm[32];
	struct trace_mark m;
	char *text;

	fill_config();
	memset(bytes, 0xff, sizeof(bytes));
	for (int i = 0; i < 32; i++) {
		iov[i] = (struct iovec){bytes, sizeof(bytes)};
		mm[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to, .msg_namelen = sizeof(to),
			.msg_iov = iov, .msg_iovlen = 32}};
	}
	start_trace("all", &config);
	trace_begin(&m);
	errno = ENETUNREACH;
	trace_sendmmsg(&m, 7, mm, 32, -1, -1, &v);
	text = read_whole(log_file);
	cr_expect(strlen(text) < 1200);
	cr_expect(strstr(text, "..."));
	cr_expect(strstr(text, ") = -1 ENETUNREACH (Network is unreachable) <"), "%s", text);
	cr_expect(strstr(text, "> ! no member of external for udp IPv6, route carriers, refused\n"));
}

Test(trace, says_thread_time_and_seconds)
{
	struct trace_mark m;
	struct timespec pause = {0, 2000000};
	unsigned pid, h, min, s, us, whole, part;
	time_t before = time(NULL);

	start_trace("all", NULL);
	trace_begin(&m);
	nanosleep(&pause, NULL);
	trace_write(&m, 5, "x", 1, 1, NULL);
	cr_assert(sscanf(read_whole(log_file),
			  "[pid %u] %2u:%2u:%2u.%6u write(5, \"x\", 1) = 1 <%u.%6u>\n", &pid, &h, &min,
			  &s, &us, &whole, &part) == 7);
	cr_expect(pid == (unsigned)gettid());
	cr_expect(part >= 2000 || whole > 0);
	/* When the call began, as UTC. */
	unsigned at = h * 3600 + min * 60 + s, now = (unsigned)(before % 86400);
	cr_expect((at + 86400 - now) % 86400 < 60);
}

Test(trace, local_time)
{
	unsigned h = 99, utc;
	time_t now = time(NULL);
	struct trace_mark m;

	start_trace("all", NULL);
	setenv("TZ", "XXX-5", 1); /* five hours east */
	tzset();
	trace_init(NULL);
	trace_begin(&m);
	trace_write(&m, 5, "x", 1, 1, NULL);
	cr_assert(sscanf(read_whole(log_file), "[pid %*u] %2u:", &h) == 1);
	utc = (unsigned)(now / 3600 % 24);
	cr_expect(h == (utc + 5) % 24 || h == (utc + 6) % 24);
}

/* The date that local_tm would give, for any time and zone. */
Test(trace, dates)
{
	static const struct {
		const char *zone, *shown;
	} zones[] = {{"UTC0", "+00:00"}, {"XXX-5", "+05:00"}, {"YYY3:30", "-03:30"},
		{"ZZZ-13:45", "+13:45"}, {"WWW12", "-12:00"}};

	for (size_t i = 0; i < COUNT(zones); i++) {
		struct trace_mark m;
		char before[40], after[40], zone[8], stamp[40];
		time_t now;
		start_trace("date", NULL);
		cr_assert(truncate(log_file, 0) == 0);
		setenv("TZ", zones[i].zone, 1);
		tzset();
		trace_init(NULL);
		trace_begin(&m);
		now = time(NULL);
		strftime(before, sizeof(before), "%Y-%m-%dT%H:%M:%S", localtime(&now));
		trace_write(&m, 5, "x", 1, 1, NULL);
		now = time(NULL);
		strftime(after, sizeof(after), "%Y-%m-%dT%H:%M:%S", localtime(&now));
		char *line = read_whole(log_file);
		cr_assert(sscanf(line, "[pid %*u] %19s.%*6[0-9]%7s write(5, \"x\", 1) = 1 <", stamp,
				  zone) == 2, "%s", line);
		cr_expect(strcmp(before, stamp) <= 0 && strcmp(stamp, after) <= 0, "%s not in %s, %s",
			stamp, before, after);
		cr_expect_str_eq(zone, zones[i].shown);
	}
}

/* Days that a slip in the calendar would show at, by a clock that stands there. */
Test(trace, calendar)
{
	static const time_t days[] = {0, 951782400 /* 2000-02-29 */, 951868800, 946684799, 1078012800,
		1709164800 /* 2024-02-29 */, 1735689599, 4107542399 /* 2100-02-28 */, 4107542400};

	start_trace("date", NULL);
	for (size_t i = 0; i < COUNT(days); i++) {
		struct timespec now;
		struct trace_mark m;
		struct tm tm;
		char want[40];
		/* a call that began so long ago */
		trace_begin(&m);
		clock_gettime(CLOCK_REALTIME, &now);
		m.start.tv_sec -= now.tv_sec - days[i];
		cr_assert(truncate(log_file, 0) == 0);
		trace_write(&m, 5, "x", 1, 1, NULL);
		gmtime_r(&days[i], &tm);
		strftime(want, sizeof(want), "] %Y-%m-%dT", &tm);
		char *line = read_whole(log_file);
		time_t again = days[i] + 1;
		gmtime_r(&again, &tm);
		if (!strstr(line, want))
			strftime(want, sizeof(want), "] %Y-%m-%dT", &tm);
		cr_expect(strstr(line, want), "%s: %s", want, line);
	}
}

/* ---- filters ---- */

static void arrived(const struct verdict *v)
{
	static const char message[] = "OPTIONS sip:a SIP/2.0\r\ni: 1\r\n\r\n";
	struct name name = {.transport = TRANSPORT_UDP};
	struct names names = {.members = &name, .member_count = 1};
	struct edit_side side = {.names = &names, .arrived = &name};
	struct trace_in room, *t = trace_in_begin(&room);

	if (v->why == WHY_UNKNOWN)
		trace_in_refused(t, v->why, v->action, message, strlen(message));
	else
		trace_in_restored(t, v->edited, &side, message, strlen(message));
	trace_in_bytes(t, "recvfrom", 5, message, strlen(message), 0, NULL, NULL, 0,
		(long)strlen(message));
}

/* What a filter lets through, a letter each. */
static const char *let_through(const char *filter)
{
	static char letters[32];
	const struct verdict steered = {.why = WHY_STEERED, .action = ACTION_PKTINFO, .how.member = 2,
		.route.number = 1};
	const struct verdict none = {.why = WHY_NO_ROUTE, NO_ROUTE, NO_ONE};
	const struct verdict missed = {.why = WHY_NO_MEMBER, .route.number = 0, NO_ONE};
	const struct verdict unknown = {.why = WHY_UNKNOWN, .action = ACTION_DROP, NO_ROUTE, NO_ONE};
	const struct verdict restored = {.why = WHY_RESTORED, .edited = EDIT_VIA, NO_ROUTE};
	struct trace_mark m;
	size_t n = 0, before = 0;

	start_trace(filter, &config);
	cr_assert(truncate(log_file, 0) == 0);
#define STEP(letter, error, call) \
	do { \
		trace_begin(&m); \
		errno = error; \
		call; \
		cr_assert(errno == error); \
		size_t now = strlen(read_whole(log_file)); \
		if (now > before) \
			letters[n++] = letter; \
		before = now; \
	} while (0)
	STEP('s', 0, trace_send(&m, "sendto", 5, "x", 1, 0, NULL, 0, 1, &steered));
	STEP('n', 0, trace_send(&m, "send", 5, "x", 1, 0, NULL, 0, 1, &none));
	STEP('m', 0, trace_write(&m, 5, "x", 1, 1, &missed));
	STEP('e', ECONNREFUSED, trace_address(&m, "connect", 5, NULL, 0, -1, &none));
	STEP('p', EINPROGRESS, trace_address(&m, "connect", 5, NULL, 0, -1, &steered));
	STEP('a', EAGAIN, trace_answer(&m, "accept", 5, NULL, NULL, -1, -1, NULL));
	STEP('u', 0, arrived(&unknown));
	STEP('r', 0, arrived(&restored));
	STEP('c', 0, trace_numbers(&m, "close", 5, NULL, 0, 0));
	STEP('x', 0, trace_numbers(&m, "shutdown", 5, NULL, 0, 0));
#undef STEP
	letters[n] = '\0';
	return letters;
}

Test(trace, filters)
{
	static const char *const table[][2] = {{"all", "snmepaurcx"}, {" all , ", "snmepaurcx"},
		{"sendto", "sn"}, {"send", "sn"}, {"sendto,connect", "snep"}, {"close", "c"},
		{"select", "smpur"}, {"fail", "meu"}, {"select,fail", "smepur"}, {"connect,select", "p"},
		{"!close", "snmepaurx"}, {"all,!sendto, !connect", "maurcx"}, {"!select", "neacx"},
		{"!fail", "snparcx"}, {"select,!fail", "spr"}, {"bond=internal", "sp"},
		{"bond=EXTERNAL", "mr"}, {"bond=internal,bond=external", "smpr"},
		{"!bond=internal", "nmeaurcx"}, {"write,bond=internal", ""},
		{"bond=internal,sendto", "s"}, {"sendmsg,sendmmsg,writev", ""},
		{"unknown", "u"}, {"restore", "r"}, {"unknown,restore", "ur"}, {"recv", "ur"},
		{"recvfrom,!unknown", "r"}, {"select,!restore", "smpu"}, {"read,readv,recvmsg", ""},
		{"recvmmsg", ""}, {"restore,bond=internal", ""}, {"date", "snmepaurcx"},
		{"date,fail", "meu"}, {"close,!date", "c"}};

	fill_config();
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *got = let_through(table[i][0]);
		cr_expect(!strcmp(got, table[i][1]), "%s: %s, not %s", table[i][0], got, table[i][1]);
	}
}

/* What trace_init() says on stderr, with tracing off. */
static char *complaint(const char *filter, const char *file, const struct config *c)
{
	int saved = dup(2), fd = open(path_of("stderr"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	dup2(fd, 2);
	setenv("BOND_TRACE", filter, 1);
	setenv("BOND_TRACE_FILE", file, 1);
	trace_init(c);
	cr_expect(!trace_on && tracefile_descriptor() < 0);
	dup2(saved, 2);
	close(fd);
	close(saved);
	return read_whole(path_of("stderr"));
}

Test(trace, complains_of_its_variables)
{
	static const char *const table[][2] = {{"sentdo", "did you mean \"sendto\"?"},
		{"all,selct", "did you mean \"select\"?"}, {"!conect", "did you mean \"connect\"?"},
		{"hippopotamus", "known are all, select"}, {"dat", "did you mean \"date\"?"},
		{"restored", "did you mean \"restore\"?"}, {"!all", "unknown word \"all\""},
		{"bond=extern", "unknown bond \"extern\", did you mean \"external\"?"},
		{"bond=zzz", "unknown bond \"zzz\"; bond.ini has no [bond:zzz]"},
		{"!", "unknown word \"\""}, {",", "no word stands in it"}, {" , ,", "no word stands in it"},
		{"bond=", "bond= names none"}, {"all,route=", "route= names none"}};
	char longer[100];

	for (size_t i = 0; i < COUNT(table); i++) {
		char *text = complaint(table[i][0], log_file, &config);
		cr_expect(strstr(text, table[i][1]), "%s: %s", table[i][0], text);
		cr_expect(!strncmp(text, "libbond[", 8) && strstr(text, "]: BOND_TRACE="));
		cr_expect(strstr(text, "Tracing is off.\n"));
		cr_expect(strchr(text, '\n') == text + strlen(text) - 1, "one line");
	}
	cr_expect(access(log_file, F_OK) != 0, "a bad filter opens no log");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	cr_expect(strstr(complaint(longer, log_file, &config), "a word of 99 letters"));
	cr_expect(strstr(complaint("bond=external", log_file, NULL), "no configuration is loaded"));
	char *text = complaint("all", "/nowhere/at/all", NULL);
	cr_expect(strstr(text, "BOND_TRACE_FILE=/nowhere/at/all: No such file or directory. Tracing"));
	cr_expect(!*complaint("", log_file, NULL), "an empty variable is none");
}

/* ---- the log's descriptor ---- */

static void one_line(void)
{
	struct trace_mark m;

	trace_begin(&m);
	trace_write(&m, 5, "x", 1, 1, NULL);
}

static int lines_in(const char *path)
{
	int n = 0;

	for (const char *p = read_whole(path); p && *p; p++)
		n += *p == '\n';
	return n;
}

Test(trace, the_log_is_high_private_and_closed_by_exec)
{
	struct stat st;
	struct rlimit limit;
	int lowest = dup(0);

	close(lowest);
	start_trace("all", NULL);
	int fd = tracefile_descriptor();
	getrlimit(RLIMIT_NOFILE, &limit);
	cr_expect(fd >= (int)(limit.rlim_cur < 1024 ? limit.rlim_cur : 1024) - 64);
	cr_expect(tracefile_owns(fd) && !tracefile_owns(fd + 1) && !tracefile_owns(-1));
	cr_expect(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	cr_expect(fcntl(fd, F_GETFL) & O_APPEND);
	cr_expect(stat(log_file, &st) == 0 && (st.st_mode & 0777) == 0600);
	int next = dup(0);
	cr_expect(next == lowest, "the host's numbers stay the same");
	limit.rlim_cur = 40;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	trace_init(NULL);
	cr_expect(trace_on && tracefile_descriptor() < 40);
	one_line();
	cr_expect(lines_in(log_file) == 1);
}

Test(trace, moves_out_of_the_hosts_way)
{
	start_trace("all", NULL);
	int fd = tracefile_descriptor();
	tracefile_move_away(fd + 5);
	cr_expect(tracefile_descriptor() == fd);
	tracefile_move_away(fd);
	cr_expect(tracefile_descriptor() > fd);
	cr_expect(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
	cr_expect(fcntl(tracefile_descriptor(), F_GETFD) == FD_CLOEXEC);
	one_line();
	cr_expect(lines_in(log_file) == 1);
}

/* The host closes the number by a way that no hook sees, and opens its own file under it. */
Test(trace, never_writes_into_the_hosts_file)
{
	start_trace("all", NULL);
	one_line();
	int fd = tracefile_descriptor();
	int own = open(path_of("own"), O_RDWR | O_CREAT, 0600);
	cr_assert(syscall(SYS_dup3, own, fd, 0) == fd);
	one_line();
	cr_expect(lines_in(path_of("own")) == 0);
	cr_expect(lines_in(log_file) == 2, "the log is opened again by its path");
	cr_expect(tracefile_descriptor() != fd && fcntl(fd, F_GETFD) != -1);
	cr_expect(fcntl(tracefile_descriptor(), F_GETFD) == FD_CLOEXEC);
	cr_expect((fcntl(tracefile_descriptor(), F_GETFL) & (O_APPEND | O_NONBLOCK)) == O_APPEND);

	/* And again where the path means another file by now. */
	cr_assert(rename(log_file, path_of("old")) == 0);
	one_line();
	cr_expect(lines_in(path_of("old")) == 3, "a renamed log goes on");
	close(open(log_file, O_WRONLY | O_CREAT, 0600));
	cr_assert(syscall(SYS_close, tracefile_descriptor()) == 0);
	one_line();
	cr_expect(!trace_on && lines_in(log_file) == 0 && lines_in(path_of("old")) == 3);
}

Test(trace, relative_path_with_pid)
{
	char file[64];

	cr_assert(chdir(folder) == 0);
	setenv("BOND_TRACE", "all", 1);
	setenv("BOND_TRACE_FILE", "log.%p.txt", 1);
	trace_init(NULL);
	cr_assert(trace_on);
	cr_assert(chdir("/") == 0);
	snprintf(file, sizeof(file), "log.%d.txt", (int)getpid());
	one_line();
	cr_assert(syscall(SYS_close, tracefile_descriptor()) == 0);
	one_line();
	cr_expect(lines_in(path_of(file)) == 2);
}

Test(trace, a_reader_that_went_away_ends_the_trace_only)
{
	int ends[2], saved = dup(2);
	sigset_t pending;

	cr_assert(pipe(ends) == 0);
	dup2(ends[1], 2);
	close(ends[1]);
	setenv("BOND_TRACE", "all", 1);
	unsetenv("BOND_TRACE_FILE");
	trace_init(NULL);
	dup2(saved, 2);
	cr_assert(trace_on);
	one_line();
	char byte;
	cr_expect(read(ends[0], &byte, 1) == 1 && byte == '[');
	close(ends[0]);
	errno = 77;
	one_line(); /* SIGPIPE would end this test */
	cr_expect(!trace_on && errno == 77);
	sigpending(&pending);
	cr_expect(!sigismember(&pending, SIGPIPE));
}

/* Opens the trace into a pipe of that name; ours is the reading end. */
static int trace_into_pipe(const char *name)
{
	cr_assert(mkfifo(path_of(name), 0600) == 0);
	int reader = open(path_of(name), O_RDONLY | O_NONBLOCK);
	cr_assert(reader >= 0);
	setenv("BOND_TRACE", "all", 1);
	setenv("BOND_TRACE_FILE", path_of(name), 1);
	trace_init(NULL);
	cr_assert(trace_on);
	return reader;
}

Test(trace, a_pipe_without_a_reader_is_said_and_not_waited_for, .timeout = 20)
{
	char said[512] = "";
	int saved = dup(2), fd = open(path_of("said"), O_RDWR | O_CREAT | O_APPEND, 0600);

	cr_assert(mkfifo(path_of("nobody"), 0600) == 0);
	dup2(fd, 2);
	setenv("BOND_TRACE", "all", 1);
	setenv("BOND_TRACE_FILE", path_of("nobody"), 1);
	trace_init(NULL);
	dup2(saved, 2);
	cr_expect(!trace_on);
	cr_expect(pread(fd, said, sizeof(said) - 1, 0) > 0 && strstr(said, "nobody reads this pipe"),
		"%s", said);
}

Test(trace, a_reader_that_stands_still_does_not_stop_the_host, .timeout = 20)
{
	static char all[1 << 20];
	int reader = trace_into_pipe("slow"), lines = 0;
	unsigned lost = 0;
	size_t n = 0;
	ssize_t got;

	for (int i = 0; i < 2000; i++)
		one_line(); /* more than a pipe holds */
	while ((got = read(reader, all + n, sizeof(all) - 1 - n)) > 0)
		n += (size_t)got;
	one_line();
	while ((got = read(reader, all + n, sizeof(all) - 1 - n)) > 0)
		n += (size_t)got;
	for (char *p = all; (p = strchr(p, '\n')); p++)
		lines++;
	char *told = strstr(all, " lines were lost here");
	cr_assert(told, "%d lines", lines);
	*told = 0;
	cr_assert(sscanf(strrchr(all, ':'), ": %u", &lost) == 1);
	cr_expect(lines - 1 + (int)lost == 2001, "%d lines and %u lost", lines - 1, lost);
}

Test(trace, stderr_by_default)
{
	int saved = dup(2), fd = open(path_of("stderr"), O_RDWR | O_CREAT, 0600);

	dup2(fd, 2);
	setenv("BOND_TRACE", "all", 1);
	setenv("BOND_TRACE_FILE", "", 1);
	trace_init(NULL);
	one_line();
	cr_expect(lines_in(path_of("stderr")) == 1);
	trace_say("a sentence");
	cr_assert(syscall(SYS_close, tracefile_descriptor()) == 0);
	one_line();
	cr_expect(lines_in(path_of("stderr")) == 3, "found again as descriptor 2");
	cr_assert(syscall(SYS_close, tracefile_descriptor()) == 0);
	int other = open(path_of("other"), O_RDWR | O_CREAT, 0600);
	dup2(other, 2); /* the host puts something else there */
	one_line();
	trace_say("nobody may find this in his file");
	dup2(saved, 2);
	cr_expect(!trace_on && lines_in(path_of("stderr")) == 3);
	cr_expect(lines_in(path_of("other")) == 0);
	char expected[64];
	snprintf(expected, sizeof(expected), "libbond[%d]: a sentence\n", (int)getpid());
	cr_expect(strstr(read_whole(path_of("stderr")), expected));
}

Test(trace, threads_and_children_share_whole_lines)
{
	enum { CHILDREN = 8, LINES = 200 };

	start_trace("all", NULL);
	for (int i = 0; i < CHILDREN; i++) {
		if (fork() == 0) {
			for (int j = 0; j < LINES; j++)
				one_line();
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	char *text = read_whole(log_file), *line;
	int n = 0;
	while ((line = strsep(&text, "\n")) && *line) {
		cr_assert(!strncmp(line, "[pid ", 5) && line[strlen(line) - 1] == '>');
		n++;
	}
	cr_expect(n == CHILDREN * LINES);
}
