/* SPDX-License-Identifier: MIT */
/* stdio over sockets and over others: fdopen, fclose, freopen, popen; numbers that change owners.
 * */
#include "../victim.h"

#include <dirent.h>

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s, l = tcp_listener("127.0.0.1", 7006), c, a;
	char line[64] = "";
	FILE *f, *g;
	DIR *dir;

	s = udp("127.0.0.1", 7001);
	MUST(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	f = fdopen(s, "w");
	DID(fclose(f));
	f = fopen("/dev/null", "w"); /* on the socket's number */
	say("stream on %d", fileno(f));
	DID(fputs(SIP, f) >= 0);
	DID(fflush(f));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	f = freopen("/dev/zero", "r", f);
	say("stream on %d", fileno(f));
	DID(fread(line, 1, 10, f));
	DID(fclose(f));
	s = udp("127.0.0.1", 7002); /* and the number is a socket again */
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	f = fdopen(s, "w");
	g = freopen("/dev/null", "w", f);
	say("stream on %d", fileno(g));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(fclose(g));
	DID(fdopen(999, "r") == NULL);
	DID(fopen("/no/such", "r") == NULL);

	f = popen("echo from a child; exit 3", "r");
	DID(fgets(line, sizeof(line), f) != NULL);
	say("%s", strtok(line, "\n"));
	DID(pclose(f));
	dir = opendir("/");
	say("directory on %d", dirfd(dir));
	DID(sendto(dirfd(dir), SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(closedir(dir));

	c = tcp_to("127.0.0.1", 7006);
	a = MUST(accept(l, NULL, NULL));
	f = fdopen(c, "r+");
	DID(fputs("REGISTER sip:x SIP/2.0\r\n", f) >= 0);
	DID(fflush(f));
	say_heard("a", a);
	MUST(send(a, "SIP/2.0 200 OK\r\n", 16, 0));
	DID(fgets(line, sizeof(line), f) != NULL);
	say("%s", strtok(line, "\r\n"));
	DID(fclose(f));
	say_heard("a", a);
	DID(fclose(fopen("/dev/null", "r")));
	say_heard("ear", ear);
	say_heard("ear", ear);
	say_open(12);
	return 0;
}
