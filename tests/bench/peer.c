/* SPDX-License-Identifier: MIT */
/* Whom the measured program sends to: UDP datagrams pile up unread, TCP connections are taken and
 * closed. For each line read it prints the source of the last datagram or connection. */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in last;

static int bound(int type)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(5070)};
	int fd = socket(AF_INET, type, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)))
		err(1, "bind");
	return fd;
}

static void report(int udp)
{
	char buf[2048], name[INET_ADDRSTRLEN];
	socklen_t len = sizeof(last);

	while (recvfrom(udp, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&last, &len) >= 0)
		;
	printf("%s:%u\n", inet_ntop(AF_INET, &last.sin_addr, name, sizeof(name)),
		ntohs(last.sin_port));
	fflush(stdout);
	memset(&last, 0, sizeof(last));
}

int main(void)
{
	int udp = bound(SOCK_DGRAM), tcp = bound(SOCK_STREAM);
	struct pollfd p[2] = {{STDIN_FILENO, POLLIN, 0}, {tcp, POLLIN, 0}};
	char line[16];

	if (listen(tcp, 1024))
		err(1, "listen");
	while (poll(p, 2, -1) > 0) {
		if (p[1].revents) {
			socklen_t len = sizeof(last);

			close(accept(tcp, (struct sockaddr *)&last, &len));
		}
		if (p[0].revents) {
			if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
				return 0;
			report(udp);
		}
	}
	return 1;
}
