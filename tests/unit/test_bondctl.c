/* SPDX-License-Identifier: MIT */
/* bondctl: what each command prints and how it exits; and that the reasons of "explain" agree with
 * match_route() on random configurations. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define main bondctl_main
int bondctl_main(int argc, char **argv);
#include "ctl/bondctl.c"
#undef main
#include "ctl/check.c"
#include "ctl/check_access.c"
#include "ctl/list.c"
#include "ctl/explain.c"
#include "ctl/explain_address.c"
#include "dns/resolver.h"
#include "dns/targets.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"

#include "fake_system.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ARGS_MAX 8

TestSuite(bondctl, .init = fake_system);

static const char good[] = "[bond:ext]\nmember = udp:eth0\nmember = tls:192.0.2.10 as sip.a.com:5071\n"
	"[bond:int]\nmember = udp:eth1\nmember = tcp:10.0.0.9 device eth1 open\nno-member = pass\n"
	"[route:inside]\nto = 10.0.0.0/8\nbond = int\n"
	"[route:named]\nto = carrier1.com, *.b.com\nbond = ext\n"
	"[route:handle]\nsocket = udp:10.0.0.1:5070\nbond = ext\n"
	"[route:tls]\nto = 203.0.113.7\ntransport = tls\nbond = ext\n"
	"[route:quiet]\nto = 198.51.100.0/24\nbond = none\n"
	"[route:port]\nto = 203.0.113.9:5080\nbond = int\n"
	"[dns]\nserver = 127.0.0.1:9\ntimeout = 1\n"; /* refused at once: no domain has an answer */
static const char local[] = "[bond:a]\nmember = udp:10.0.0.1\n[route:r]\nbond = a\n"
	"to = 10.0.0.0/8\n"; /* no domain: DNS is not asked */
static const char bad[] = "[bond:a]\nmember = 10.0.0.1\n[route:r]\nto = 10.0.0.1/8\nbond = aa\n";

static const char absent[] = "[bond:a]\nmember = udp:eth7\n[route:r]\nto = 10.0.0.1/8\nbond = a\n";

static const char named[] = "[host]\nprogram = some-program\n[bond:a]\nmember = udp:10.0.0.1\n[route:r]\nbond = a\n";

static char *local_file, *absent_file, *named_file;

static char *write_file(const char *text)
{
	static char names[5][40];
	static int count;
	char *name = names[count++ % 5];
	strcpy(name, "/tmp/test_bondctl.XXXXXX");
	int fd = mkstemp(name);
	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return name;
}

/* Runs bondctl with these words ("GOOD" and "BAD" are the files); *out and *err are the caller's. */
static int bondctl(const char *words, const char *good_file, const char *bad_file, char **out,
	char **err)
{
	char copy[256], *argv[ARGS_MAX + 2] = {"bondctl"}, *save;
	FILE *old_out = stdout, *old_err = stderr;
	size_t out_size, err_size;
	int argc = 1;
	snprintf(copy, sizeof(copy), "%s", words);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		cr_assert_lt(argc, ARGS_MAX);
		argv[argc++] = strcmp(w, "GOOD") == 0 ? (char *)good_file :
			strcmp(w, "BAD") == 0 ? (char *)bad_file :
			strcmp(w, "LOCAL") == 0 ? local_file :
			strcmp(w, "ABSENT") == 0 ? absent_file :
			strcmp(w, "NAMED") == 0 ? named_file : w;
	}
	stdout = open_memstream(out, &out_size);
	stderr = open_memstream(err, &err_size);
	int status = bondctl_main(argc, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = old_out;
	stderr = old_err;
	return status;
}

static const struct {
	const char *words;
	int status;
	const char *out[5]; /* pieces in this order */
	const char *err;
} cases[] = {
	{"", 2, {NULL}, "usage: bondctl COMMAND"},
	{"--version", 0, {"bondctl " BOND_VERSION "\n"}, ""},
	{"-V", 0, {"bondctl " BOND_VERSION "\n"}, ""},
	{"--vers", 0, {"bondctl " BOND_VERSION "\n"}, ""},
	{"-x", 2, {NULL}, "bondctl: unknown option \"-x\"\nbondctl --help lists"},
	{"--frob check GOOD", 2, {NULL}, "unknown option \"--frob\""},
	{"--help explain", 0, {"usage: bondctl explain"}, ""},
	{"check GOOD --dns=x", 2, {NULL}, "--dns takes no value"},
	{"check --user", 2, {NULL}, "--user has no value"},
	{"check --for", 2, {NULL}, "--for has no value"},
	{"check --for /no/such.cfg GOOD", 1, {"/no/such.cfg: error: No such file", ": ok, ", "; /no/such.cfg: 1 error\n"}, ""},
	{"check --for no-such-program GOOD", 1, {"no-such-program: error: No such file", "; no-such-program: 1 error\n"}, ""},
	{"check --for /bin/true GOOD", 0, {": ok"}, ""},
	{"check --for true GOOD", 0, {": ok"}, ""},
	{"check --json GOOD", 0, {"\"kind\":\"note\",\"line\":3,\"column\":10,", "\"text\":\"headers are "}, ""},
	{"check --for LOCAL GOOD", 0, {": warning: nothing in it is of Kamailio or OpenSIPS", "routes: ok, "}, ""},
	{"check --user no-such-user-here GOOD", 2, {NULL}, "--user: there is no user"},
	{"explain GOOD udp:10.0.0.2 --socket", 2, {NULL}, "--socket has no value"},
	{"explain --json=x GOOD udp:10.0.0.2", 2, {NULL}, "--json takes no value"},
	{"explain --next=x.B.com GOOD udp:203.0.113.1", 0, {"the request names x.B.com <- taken"}, ""},
	{"explain -- GOOD udp:10.0.0.2", 0, {"  inside  line 8    yes"}, ""},
	{"list -- GOOD", 0, {"bond ext: 4 members\n"}, ""},
	{"list --frob GOOD", 2, {NULL}, "unknown option \"--frob\""},
	{"explain udp:10.0.0.2 GOOD", 2, {NULL}, "FILE stands before DEST: write bondctl explain /tmp/"},
	{"explain sip:carrier1.com GOOD", 2, {NULL}, "FILE stands before DEST"},
	{"explain carrier1.com GOOD", 2, {NULL}, "FILE stands before DEST"},
	{"explain udp:10.0.0.2 /no/such.ini", 2, {NULL}, "FILE stands before DEST: write bondctl explain "
		"/no/such.ini udp:10.0.0.2\n"},
	{"explain GOOD", 2, {NULL}, "no destination: \"/tmp/test_bondctl."},
	{"--help", 0, {"usage: bondctl COMMAND", "check", "list", "explain", "--version"}, ""},
	{"-h", 0, {"usage: bondctl COMMAND"}, ""},
	{"help", 0, {"usage: bondctl COMMAND"}, ""},
	{"help explain", 0, {"usage: bondctl explain", "--socket"}, ""},
	{"explain help", 0, {"usage: bondctl explain"}, ""},
	{"list -h", 0, {"usage: bondctl list [--json] [FILE]"}, ""},
	{"check --help GOOD", 0, {"usage: bondctl check [OPTIONS] [FILE...]"}, ""},
	{"chek", 2, {NULL}, "bondctl: unknown command \"chek\": did you mean check?"},
	{"help frobnicate", 2, {NULL}, "bondctl: unknown command \"frobnicate\"\n"},
	{"check GOOD /no/x.ini", 1, {": ok", "/no/x.ini: error: cannot read", "/no/x.ini: 1 error\n"}, ""},
	{"check --strict GOOD", 3, {": ok, 2 warnings\n"}, ""},
	{"check --dns --offline GOOD", 2, {NULL}, "--dns asks DNS, which --offline does not\nusage: bondctl check"},
	{"check --lists", 2, {NULL}, "--lists has no value"},
	{"list GOOD x", 2, {NULL}, "too many arguments"},
	{"check -x", 2, {NULL}, "unknown option \"-x\""},
	{"check /nonexistent/x.ini", 1, {"/nonexistent/x.ini: error: cannot read this file: No such",
		"/nonexistent/x.ini: 1 error\n"}, ""},
	{"check GOOD", 0, {"/test_bondctl.", ":3:10: note: headers are ", "    member = tls:192.0.2.10 as sip.a.com:5071\n             ^~~~~~", "10.0.0.9 is not an address of "
		"this machine now", ": 2 bonds, 7 members, 6 routes: ok, 2 warnings\n"}, ""},
	{"check BAD", 1, {":2:10: error: a member needs a transport: write udp:10.0.0.1:5060\n"
		"    member = 10.0.0.1\n             ^~~~~~~~\n", ":4:6: warning:",
		":5:8: error: unknown bond \"aa\": did you mean a?", ": 2 errors, 1 warning\n"}, ""},
	{"list GOOD", 0, {"bond ext: 4 members\nListening on\n  udp: 192.0.2.10:5060      here, eth0, "
		"line 2\n  udp: 192.0.2.11:5060      here, eth0:1, line 2\n  udp: [2001:db8::10]:5060  "
		"here, eth0, line 2\n  tls: 192.0.2.10:5061      here, eth0, as sip.a.com:5071, line 3\n",
		"bond int: 3 members\n",
		"  tcp: 10.0.0.9:5060        not on this machine, device eth1, open, line 6\n"}, ""},
	{"status --watch=0", 2, {NULL}, "--watch: \"0\" is no number of seconds from 0.1 to 3600\nusage: bondctl status"},
	{"status --watch=1x", 2, {NULL}, "--watch: \"1x\" is no number"},
	{"status --watch=3601", 2, {NULL}, "--watch: \"3601\" is no number"},
	{"status --watch=nan", 2, {NULL}, "--watch: \"nan\" is no number"},
	{"status --json=x", 2, {NULL}, "--json takes no value"},
	{"status --json --prometheus", 2, {NULL}, "--prometheus goes with neither --json nor --watch"},
	{"status --prometheus --watch", 2, {NULL}, "--prometheus goes with neither --json nor --watch"},
	{"status a b", 2, {NULL}, "too many arguments: \"b\"\nusage: bondctl status [OPTIONS] [PID|PROGRAM]"},
	{"status no-such-host", 1, {NULL}, "bondctl: no host is called no-such-host here: bondctl status lists them\n"},
	{"status 0", 1, {NULL}, "bondctl: no host is called 0 here"},
	{"status --prometheus 2147483647", 1, {NULL}, "bondctl: there is no process 2147483647\n"},
	{"status --watch 2147483647", 1, {NULL}, "bondctl: there is no process 2147483647\n"},
	{"status --json 2147483647", 1, {NULL}, "bondctl: there is no process 2147483647\n"},
	{"check --pid 0 GOOD", 2, {NULL}, "\"0\" is no process id: write the number of one, or a program's name, as bondctl status lists them\n"},
	{"explain --pid no-such-host GOOD udp:10.0.0.2", 1, {NULL}, "bondctl: no host is called no-such-host here: bondctl status lists them\n"},
	{"check --pid no-such-host GOOD", 1, {NULL}, "bondctl: no host is called no-such-host here: bondctl status lists them\n"},
	{"graph GOOD 2147483648", 2, {NULL}, "\"2147483648\" is no process id"},
	{"diff GOOD +1", 1, {NULL}, "bondctl: no host is called +1 here: bondctl status lists them\n"},
	{"diff 1 GOOD", 2, {NULL}, "INI stands before PID"},
	{"trace no-such-host fail", 1, {NULL}, "bondctl: no host is called no-such-host here: bondctl status lists them\n"},
	{"trace 0", 2, {NULL}, "\"0\" is no process id"},
	{"graph no-such-host", 1, {NULL}, "bondctl: no host is called no-such-host here: bondctl status lists them\nbondctl: nor is there a file no-such-host\n"},
	{"trace -n 4294967296 1", 2, {NULL}, "-n: \"4294967296\" is no number from 1 on"},
	{"wait 99999999999999999999 --reloaded", 2, {NULL}, "\"99999999999999999999\" is no process id"},
	{"wait 1 --reloaded --timeout 0", 2, {NULL}, "--timeout: \"0\" is no number of seconds from 1 on"},
	{"ladder --max 0 GOOD", 2, {NULL}, "--max: \"0\" is no number from 1 on"},
	{"ladder --skip x GOOD", 2, {NULL}, "--skip: \"x\" is no number from 1 on"},
	{"ladder --call-id 1@x GOOD", 1, {NULL}, "there is no message with Call-ID 1@x in it\n"},
	{"wait --reloaded", 2, {NULL}, "which host? PID or PROGRAM"},
	{"wait no-such-host --reloaded", 1, {NULL}, "bondctl: no host is called no-such-host here: bondctl status lists them\n"},
	{"reload 12x", 1, {NULL}, "bondctl: no host is called 12x here: bondctl status lists them\n"},
	{"explain --next-hop b.com:65536 GOOD udp:10.0.0.2", 2, {NULL}, "\"b.com:65536\" is no next hop"},
	{"list --json GOOD", 0, {"{\"file\":\"/tmp/test_bondctl.", "\"bonds\":[{\"name\":\"ext\",\"line\":1,\"members\":"
		"[{\"transport\":\"udp\",\"address\":\"192.0.2.10:5060\",\"interface\":\"eth0\",\"open\":false,\"line\":2},",
		"\"as\":\"sip.a.com\",\"as_port\":5071,", "{\"transport\":\"tcp\",\"address\":\"10.0.0.9:5060\",\"interface\":null,"
		"\"device\":\"eth1\",\"device_present\":true,\"open\":true,\"line\":6}]}]}\n"}, ""},
	{"list --json BAD", 1, {NULL}, ":2:10: error: a member needs a transport"},
	{"check --json GOOD", 0, {"{\"file\":\"/tmp/test_bondctl.", "\"ok\":true,\"may_come\":false,\"errors\":0,\"warnings\":2,"
		"\"bonds\":2,\"members\":7,\"routes\":6,\"findings\":["}, ""},
	{"check --json BAD", 1, {"\"ok\":false,\"may_come\":false,\"errors\":2,\"warnings\":1,\"bonds\":0,",
		"\"kind\":\"error\",\"line\":2,\"column\":10,\"length\":8,\"text\":\"a member needs a transport",
		"\"source\":\"member = 10.0.0.1\"}", "]}\n"}, ""},
	{"check --json ABSENT", 1, {"\"ok\":false,\"may_come\":true,"}, ""},
	{"check --json --for LOCAL GOOD", 0, {"\"text\":\"nothing in it is of Kamailio or OpenSIPS"}, ""},
	{"check --json --for /no/such.cfg GOOD", 1, {"\"ok\":true,\"may_come\":false,\"errors\":1,",
		"{\"file\":\"/no/such.cfg\",\"kind\":\"error\",\"text\":\""}, ""},
	{"check --json /nonexistent/x.ini", 1, {"\"ok\":false,\"may_come\":false,\"errors\":1,"}, ""},
	{"check ABSENT", 1, {": error: \"eth7\" is neither an interface", ": 1 error, 1 warning; what is not "
		"there now may come: a host that starts before ends with status 75\n"}, ""},
	{"list BAD", 1, {NULL}, ":2:10: error: a member needs a transport"},
	{"explain BAD udp:10.0.0.2", 1, {NULL}, ":5:8: error: unknown bond"},
	{"explain", 2, {NULL}, "no destination"},
	{"explain --json GOOD udp:10.0.0.2", 0, {"{\"destination\":\"udp:10.0.0.2:5060\",\"outcome\":\"route\",\"route\":\"inside\","
		"\"bond\":\"int\",\"routes\":[{\"name\":\"inside\",\"line\":8,\"takes\":\"yes\",\"reason\":\"",
		"\"taken\":true},{\"name\":\"named\"", "\"transport\":\"udp\",\"no_member\":\"pass\",\"members\":[{\"name\":\"udp:10.0.0.1:5060\","
		"\"fits\":true,\"reason\":null,\"here\":true,\"chosen\":true}", "{\"name\":\"tcp:10.0.0.9:5060\",\"fits\":false,"
		"\"reason\":\"tcp, not udp\",\"here\":false,\"chosen\":false}]}\n"}, ""},
	{"explain --json GOOD udp:198.51.100.1", 0, {"\"outcome\":\"route\",\"route\":\"quiet\",\"bond\":null,"}, ""},
	{"explain --json GOOD udp:10.0.0.1", 0, {"\"outcome\":\"own\",\"route\":null,\"bond\":null,"}, ""},
	{"explain --json GOOD udp:192.0.2.99", 0, {"\"outcome\":\"none\",\"route\":null,"}, ""},
	{"explain --next-hop a.com GOOD sip:a.com", 2, {NULL}, "--next-hop is for addresses"},
	{"explain BAD sip:a.com", 1, {NULL}, ":5:8: error: unknown bond"},
	{"explain LOCAL sip:a.com:0", 2, {NULL}, "\"sip:a.com:0\": the port must be a number"},
	{"explain LOCAL sip:a..com", 2, {NULL}, "\"sip:a..com\": the host is no valid name"},
	{"explain LOCAL sip:", 2, {NULL}, "\"sip:\": the host is missing"},
	{"explain LOCAL tel:+123", 2, {NULL}, "\"tel:+123\": a tel: URI names no host"},
	{"explain LOCAL sip:full.test:", 2, {NULL}, "\"sip:full.test:\": the port is missing"},
	{"explain LOCAL sips:10.0.0.2;transport=udp", 1, {"no target: a sips: URI cannot go over UDP"},
		""},
	{"explain LOCAL sip:10.0.0.2", 0, {"  1. udp:10.0.0.2:5060\n      -> route r (line 3), bond a, "
		"member udp:10.0.0.1:5060"}, ""},
	{"explain --json LOCAL sips:x@10.0.0.2:99", 0, {"{\"uri\":\"sips:x@10.0.0.2:99\"",
		"{\"transport\":\"tls\",\"address\":\"10.0.0.2:99\",\"chain\":[],\"decision\":{\"route\":",
		"\"r\",\"line\":3,\"bond\":\"a\",\"member\":null,\"reason\":\"no member for tcp IPv4: "},
		""},
	{"explain GOOD 10.0.0.2", 2, {NULL}, "\"10.0.0.2\" needs a transport: write udp:10.0.0.2"},
	{"explain GOOD udp:10.0.0.2 x", 2, {NULL}, "too many arguments"},
	{"explain --socket x GOOD udp:10.0.0.2", 2, {NULL}, "\"x\""},
	{"explain --socket udp:eth7 GOOD udp:10.0.0.2", 2, {NULL}, "\"eth7\" is neither an interface"},
	{"explain GOOD udp:010.1.1.1", 2, {NULL}, "\"010.1.1.1\" is not an IPv4 address\n"},
	{"explain GOOD udp:1.2.3.4:0", 2, {NULL}, "\"0\" is not a port: 1 to 65535\n"},
	{"explain GOOD udp:fd00::1", 2, {NULL}, "an IPv6 address needs brackets: write udp:[fd00::1]:5060"},
	{"explain GOOD udp:0.0.0.0", 2, {NULL}, "no traffic goes to this address"},
	{"explain GOOD udp:[fe80::7%eth0]:5060", 0, {"udp to [fe80::7%eth0]:5060\n"}, ""},
	{"explain GOOD udp:[fe80::7%eth9]:5060", 2, {NULL}, "there is no interface \"eth9\""},
	{"explain --socket udp:eth1:5070 GOOD udp:203.0.113.1", 0, {"handle  line 14   yes"}, ""},
	{"explain --socket udp:0.0.0.0 GOOD udp:203.0.113.1", 0, {"not from this socket"}, ""},
	{"explain GOOD tcp:203.0.113.7:6008", 0, {"note: this route says that connections speak tls, so "
		"this one is taken for tls, not tcp"}, ""},
	{"explain --from x GOOD udp:10.0.0.2", 2, {NULL}, "there is no bond \"x\""},
	{"explain --next-hop : GOOD udp:10.0.0.2", 2, {NULL}, "\":\" is no next hop"},
	{"explain --frob GOOD udp:10.0.0.2", 2, {NULL}, "unknown option \"--frob\""},
	{"explain GOOD udp:10.0.0.2", 0, {"udp to 10.0.0.2:5060\n", "  inside  line 8    yes    "
		"10.0.0.0/8 in line 9 <- taken\n", "maybe  only if the request names carrier1.com or "
		"*.b.com", "  udp:10.0.0.1:5060   fits <- chosen\n", "no-member = pass, the host's own "
		"choice stands\n"}, ""},
	{"explain GOOD tcp:10.0.0.2:5060", 0, {"tcp:10.0.0.9:5060   fits; not an address of this machine "
		"now <- chosen"}, ""},
	{"explain GOOD udp:203.0.113.1", 0, {"no route matches for sure: no-route = pass"}, ""},
	{"explain GOOD udp:203.0.113.1 --next-hop=x.B.com.", 0, {"yes    the request names x.B.com. <- "
		"taken", "route named: bond ext", "udp:192.0.2.10:5060      fits <- chosen"}, ""},
	{"explain --next-hop carrier2.com GOOD udp:203.0.113.1", 0, {"no     the request does not name "
		"carrier1.com or *.b.com"}, ""},
	{"explain GOOD --next-hop carrier1.com tls:203.0.113.7", 0, {"--next-hop has no say",
		"route tls: bond ext", "tls:192.0.2.10:5061      fits <- chosen"}, ""},
	{"explain GOOD tls:203.0.113.7:5070", 0, {"route tls: bond ext\nmembers"}, ""},
	{"explain GOOD udp:203.0.113.7", 0, {"only for connections (transport = tls)"}, ""},
	{"explain GOOD tls:10.0.0.2:5070", 0, {"note: a connection to port 5070 is taken for tcp, as "
		"neither route, DNS nor port says tls: write transport = tls in this route"}, ""},
	{"explain --socket udp:10.0.0.1:5070 GOOD udp:203.0.113.1", 0, {"handle  line 14   yes    no "
		"`to`: any destination <- taken", "route handle: bond ext"}, ""},
	{"explain --socket udp:10.0.0.1 GOOD udp:203.0.113.1", 0, {"no     not from this socket, only "
		"from socket udp:10.0.0.1:5070"}, ""},
	{"explain GOOD udp:203.0.113.1", 0, {"maybe  no `to`: any destination, only from socket "
		"udp:10.0.0.1:5070"}, ""},
	{"explain GOOD udp:198.51.100.3", 0, {"route quiet: bond = none, left alone\n"}, ""},
	{"explain GOOD udp:203.0.113.9", 0, {"no     only port 5080 of this address"}, ""},
	{"explain GOOD udp:203.0.113.9:5080", 0, {"203.0.113.9:5080 in line 25 <- taken"}, ""},
	{"explain GOOD udp:192.0.2.10", 0, {"this is a member's own address: never steered\n"}, ""},
	{"explain GOOD tls:[2001:db8::7]:5061", 0, {"tls to [2001:db8::7]:5061\n"}, ""},
	{"explain GOOD udp:127.0.0.1", 0, {"no route matches"}, ""},
	/* last: what runs behind them is offline, too */
	{"graph ABSENT", 0, {"udp eth7:5060"}, " names what is not on this machine now: interfaces and hosts are taken"},
	{"check --offline GOOD", 0, {":3:10: note: headers are seen if libbond-tls.so is preloaded, as bondrun does, and the program ",
		": ok"}, ""},
	{"check --offline --for true GOOD", 0, {":3:10: note: headers are seen if libbond-tls.so is preloaded, as bondrun does, and /"}, ""},
	{"check --offline --for no-such-program GOOD", 0, {": note: headers are seen if",
		"no-such-program: note: it is not on this machine: ", ": ok"}, ""},
	{"check --offline --for no-such-program NAMED", 0, {"no-such-program: warning: `program` names others", ": ok, "}, ""},
	{"check --offline --for some-program NAMED", 0, {"some-program: note: it is not on this machine: ", ": ok, "}, ""},
	{"check --offline --for /no/such-program GOOD", 1, {"/no/such-program: error: No such file"}, ""},
	{"check --offline --for no-such.cfg GOOD", 1, {"no-such.cfg: error: No such file"}, ""},
};

/* Who is not root is told so where hosts of others run on this machine. */
static void pass_over_others(char *err)
{
	static const char said[] = ", as far as this user can see";
	char *at = strstr(err, said);

	if (at)
		memmove(at, at + strlen(said), strlen(at + strlen(said)) + 1);
}

Test(bondctl, commands)
{
	char *good_file = write_file(good), *bad_file = write_file(bad);
	local_file = write_file(local);
	named_file = write_file(named);
	absent_file = write_file(absent);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *out, *err;
		int status = bondctl(cases[i].words, good_file, bad_file, &out, &err);
		pass_over_others(err);
		cr_assert_eq(status, cases[i].status, "%s: %d\n%s%s", cases[i].words, status, out, err);
		cr_assert(cases[i].err[0] ? strstr(err, cases[i].err) != NULL : !err[0],
			"%s: standard error is: %s", cases[i].words, err);
		const char *at = out;
		for (size_t k = 0; k < COUNT(cases[i].out) && cases[i].out[k]; k++) {
			const char *found = strstr(at, cases[i].out[k]);
			cr_assert(found, "%s: no \"%s\" in:\n%s", cases[i].words, cases[i].out[k], at);
			at = found + strlen(cases[i].out[k]);
		}
		if (!cases[i].out[0])
			cr_assert_str_eq(out, "", "%s", cases[i].words);
		free(out);
		free(err);
	}
	unlink(good_file);
	unlink(bad_file);
	unlink(local_file);
	unlink(absent_file);
	unlink(named_file);
}

/* Nothing that a terminal obeys, whatever a word holds. */
Test(bondctl, words_are_escaped)
{
	static const char *const words[] = {"\033[2J", "check GOOD \033[2J", "explain GOOD udp:\033[2J",
		"explain GOOD sip:a\033[2Jb", "list /tmp/\033[2J", "check /tmp/\033[2J",
		"explain --from \033[2J GOOD udp:10.0.0.2", "help \033[2J", "explain --\033[2J"};
	char *file = write_file(good), *out, *err;
	for (size_t i = 0; i < COUNT(words); i++) {
		bondctl(words[i], file, file, &out, &err);
		cr_expect(!strchr(out, 033) && !strchr(err, 033), "%s%s", out, err);
		cr_expect(strstr(out, "\\x1b[2J") || strstr(err, "\\x1b[2J"), "%zu: %s%s", i, out, err);
		free(out);
		free(err);
	}
	unlink(file);
}

/* A file with a secret: by whom it may be read. */
Test(bondctl, readers_of_a_secret)
{
	static const struct {
		mode_t mode;
		bool secret;
		const char *out; /* NULL = nothing to say */
	} modes[] = {{0600, true, NULL}, {0640, true, NULL}, {0644, true, "everybody can read this file and its "
		"secret (mode 0644): chmod o-rwx"}, {0604, true, "mode 0604"}, {0660, true, "can change this"},
		{0602, true, "can change this"}, {0644, false, NULL}};
	char text[600], *out, *err;
	for (size_t i = 0; i < COUNT(modes); i++) {
		snprintf(text, sizeof(text), "[bond:b]\nmember = udp:eth1\n[route:r]\nbond = b\n[host]\n%s",
			modes[i].secret ? "secret = 0123456789abcdef\n" : "program = x\n");
		char *file = write_file(text);
		chmod(file, modes[i].mode);
		cr_assert_eq(bondctl("check GOOD", file, NULL, &out, &err), 0, "%s", err);
		cr_expect(modes[i].out ? strstr(out, modes[i].out) != NULL
				: !strstr(out, "(mode "), "%o: %s", modes[i].mode, out);
		free(out);
		free(err);
		if (geteuid() == 0) {
			bool others = modes[i].mode & 04;
			bondctl("check --user nobody GOOD", file, NULL, &out, &err);
			cr_expect(!others == (strstr(out, "user nobody cannot read this file (Permission "
				"denied)") != NULL), "%o: %s%s", modes[i].mode, out, err);
			free(out);
			free(err);
		}
		unlink(file);
	}
}

Test(bondctl, file_by_default)
{
	char *file = write_file(good), *out, *err;
	setenv("BOND_CONFIG", file, 1);
	cr_assert_eq(bondctl("check", NULL, NULL, &out, &err), 0);
	cr_assert(strncmp(out, file, strlen(file)) == 0, "%s", out);
	free(out);
	free(err);
	cr_assert_eq(bondctl("explain udp:10.0.0.2", NULL, NULL, &out, &err), 0);
	cr_assert(strstr(out, "10.0.0.0/8 in line 9 <- taken"));
	free(out);
	free(err);
	cr_assert_eq(bondctl("list", NULL, NULL, &out, &err), 0);
	free(out);
	free(err);
	unlink(file);
	unsetenv("BOND_CONFIG");
	cr_assert_str_eq(default_file(), "/etc/bond.ini");
	setenv("BOND_CONFIG", "", 1);
	cr_assert_str_eq(default_file(), "/etc/bond.ini");
}

/* ---- the reasons against the decision ---- */

static size_t random_config(char *out, unsigned *seed)
{
	static const char *const targets[] = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.1.2.3:5070",
		"a.com", "*.a.com", "a.com:5070", "0.0.0.0/0", "2001:db8::/32", "[2001:db8::1]:5060",
		"fe80::1%eth0"};
	static const char *const transports[] = {"udp", "tcp", "tls"};
	static const char *const sockets[] = {"udp:10.0.0.1:5070", "tcp:10.0.0.1:5070", "udp:0.0.0.0"};
	size_t n = (size_t)sprintf(out, "[bond:b]\nmember = udp:eth1\n[host]\nsip-ports = 5060\n");
	int routes = 1 + rand_r(seed) % 6;
	for (int i = 0; i < routes; i++) {
		n += (size_t)sprintf(out + n, "[route:r%d]\nbond = b\n", i);
		int count = rand_r(seed) % 4;
		for (int k = 0; k < count; k++)
			n += (size_t)sprintf(out + n, "to = %s\n",
				targets[(size_t)rand_r(seed) % COUNT(targets)]);
		if (rand_r(seed) % 4 == 0)
			n += (size_t)sprintf(out + n, "transport = %s\n", transports[rand_r(seed) % 3]);
		if (rand_r(seed) % 4 == 0)
			n += (size_t)sprintf(out + n, "socket = %s\n", sockets[rand_r(seed) % 3]);
		if (rand_r(seed) % 8 == 0)
			n += (size_t)sprintf(out + n, "from = b\n");
	}
	return n;
}

/* What DNS might have said of the domains in c: addresses of the test below, nothing, no answer. */
static void random_answers(struct dns_view *dns, const struct config *c, unsigned *seed)
{
	static const char *const addresses[] = {"10.1.2.3", "10.9.9.9", "203.0.113.1", "2001:db8::1"};
	size_t size = table_size(16, 64);
	dns->area = aligned_alloc(64, size);
	dns->numbers = calloc(c->target_count + 1, sizeof(*dns->numbers));
	memset(dns->area, 0, size);
	cr_assert_eq(table_format(dns->area, size, 16, 64), 0);
	cr_assert_eq(table_attach(&dns->table, dns->area, size), 0);
	cr_assert_eq(targets_register(&dns->table, c, dns->numbers), 0);
	dns->config = c;
	dns->on = true;
	for (size_t i = 0; i < c->target_count; i++) {
		struct dns_place places[2] = {{{{0}, 0, 0, 0}, TRANSPORT_TCP}};
		if (c->targets[i].kind == TARGET_PREFIX || rand_r(seed) % 3 == 0)
			continue;
		unsigned count = (unsigned)rand_r(seed) % 3;
		for (unsigned k = 0; k < count; k++) {
			const char *a = addresses[rand_r(seed) % 4];
			addr_parse(&places[k].addr, a, strlen(a));
			places[k].addr.port = 5060;
			places[k].transport = TRANSPORT_TCP;
		}
		cr_assert_eq(table_put(&dns->table, dns->numbers[i], places, count, NULL, 0,
			     (enum table_extent)(rand_r(seed) % 3), 1, 2), 0);
	}
}

Test(bondctl, reasons_agree_with_the_decision)
{
	static const char *const destinations[] = {"10.1.2.3:5060", "10.1.2.3:5070", "10.1.9.9:5060",
		"10.9.9.9:5432", "203.0.113.1:5060", "203.0.113.1:5432", "[2001:db8::1]:5060",
		"[2001:db8::1]:5061", "[fe80::1%2]:5060", "[fe80::1%3]:5060", "10.0.0.1:5060"};
	static const char *const names[] = {NULL, "a.com", "x.A.com", "b.com", "a.com.", "10.1.2.3"};
	static const char *const sockets[] = {NULL, "10.0.0.1:5070", "0.0.0.0:5060"};
	unsigned seed = 3;
	for (int round = 0; round < 300; round++) {
		char text[4096];
		struct findings f;
		struct config c;
		struct match *m;
		struct match_facts room;
		struct dns_view dns = {.on = false};
		size_t n = random_config(text, &seed);
		cr_assert_eq(config_load_text(&c, "x", text, n, &f), 0, "%s", text);
		findings_free(&f);
		cr_assert_eq(match_compile(&m, &c), 0);
		if (round % 2)
			random_answers(&dns, &c, &seed);
		for (int i = 0; i < 100; i++) {
			struct request q = {.c = &c, .m = m, .transport = TRANSPORT_UDP, .dns = &dns};
			const char *dst = destinations[(size_t)rand_r(&seed) % COUNT(destinations)];
			const char *name = names[(size_t)rand_r(&seed) % COUNT(names)];
			const char *socket = sockets[(size_t)rand_r(&seed) % COUNT(sockets)];
			q.from = rand_r(&seed) % 2 ? "b" : NULL;
			q.from_host = rand_r(&seed) % 2;
			q.from_unseen = rand_r(&seed) % 4 == 0;
			struct reason why;
			struct answer a;
			uint16_t first = UINT16_MAX;
			addr_parse(&q.dst, dst, strlen(dst));
			/* which of those that share an address a text means is not a route's own reason */
			q.dns_asked = dns.on;
			q.stream = rand_r(&seed) % 2 || dns.on;
			q.socket_transport = q.stream ? TRANSPORT_TCP : TRANSPORT_UDP;
			if (socket) {
				addr_parse(&q.socket_addr, socket, strlen(socket));
				q.socket = &q.socket_addr;
			}
			if (name) {
				q.next_hop.host = name;
				q.next_hop.host_len = strlen(name);
			}
			struct question question = {.dst = &q.dst, .stream = q.stream,
				.socket = q.socket, .socket_transport = (uint8_t)q.socket_transport,
				.from_known = !q.from_unseen && (!q.stream || q.from), .from = &q.from_bond,
				.from_count = q.from && !q.from_host && !q.from_unseen,
				.ctx = &q, .next_hop = name && !q.stream ? answer_next_hop : NULL,
				.facts = dns_view_facts(&dns, &c, &q.dst, &room)};
			enum match_result result = match_route(m, &question, &a);
			if (result == MATCH_OWN)
				continue;
			enum match_result want = MATCH_NONE;
			for (uint16_t r = 0; r < c.route_count && first == UINT16_MAX; r++) {
				enum holds h = explain_route(&q, r, &why);
				/* where it came in ends the search, if it decides; a datagram of which
				 * nothing is told is the host's own */
				struct request seen = q;
				seen.from = "b";
				seen.from_host = seen.from_unseen = false;
				bool open = h == MAYBE && (q.stream || q.from_unseen) &&
					c.routes[r].from_count &&
					explain_route(&seen, r, &why) == YES;
				if (h != YES && !open)
					continue;
				first = r;
				want = open ? MATCH_UNDECIDED : MATCH_ROUTE;
			}
			cr_assert_eq(result, want,
				"%s to %s, name %s, socket %s:\n%s", q.stream ? "connection" : "datagram",
				dst, name, socket, text);
			cr_assert_eq(first, a.route, "%s: %d, %d\n%s", dst, first, a.route, text);
		}
		dns_view_free(&dns);
		match_free(m);
		config_free(&c);
	}
}
