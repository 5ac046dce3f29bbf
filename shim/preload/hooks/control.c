/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

size_t control_split(char *control, size_t n, bool keep, struct addr *to)
{
	size_t at = 0, kept = 0;
	struct cmsghdr head;

	to->family = 0;
	while (at + sizeof(head) <= n) {
		memcpy(&head, control + at, sizeof(head));
		if (head.cmsg_len < sizeof(head) || head.cmsg_len > n - at)
			break;
		const char *data = control + at + CMSG_LEN(0);
		struct sockaddr_in6 six = {.sin6_family = AF_INET6};
		struct sockaddr_in four = {.sin_family = AF_INET};
		bool own = true;
		if (head.cmsg_level == IPPROTO_IPV6 && head.cmsg_type == IPV6_PKTINFO) {
			memcpy(&six.sin6_addr, data, sizeof(six.sin6_addr));
			addr_from_sockaddr(to, &six, sizeof(six));
		} else if (head.cmsg_level == IPPROTO_IP && head.cmsg_type == IP_PKTINFO) {
			memcpy(&four.sin_addr, data + offsetof(struct in_pktinfo, ipi_addr),
				sizeof(four.sin_addr));
			addr_from_sockaddr(to, &four, sizeof(four));
		} else {
			own = false;
		}
		size_t space = CMSG_ALIGN(head.cmsg_len);
		if (space > n - at)
			space = n - at;
		if (!own || keep) {
			memmove(control + kept, control + at, space);
			kept += space;
		}
		at += space;
	}
	return kept;
}
