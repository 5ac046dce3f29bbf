/* SPDX-License-Identifier: MIT */
/* libFuzzer target of link_news and links: whatever stands in a netlink message, it is read within its
 * bytes, and what is known of the machine stays whole. */
#include <stdint.h>
#include <stdlib.h>

#include "core/links.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct links links;
	const void *at = data;
	struct link_news n;
	struct member m = {.transport = TRANSPORT_UDP};
	char link[IF_NAMESIZE] = "";

	links_clear(&links);
	for (size_t left = size; link_news_next(&n, &at, &size); left = size) {
		require(size < left);
		require(strnlen(n.name, sizeof(n.name)) < sizeof(n.name));
		links_take(&links, &n);
		require(links.link_count <= LINKS_MAX && links.address_count <= HEARS_LOCAL_MAX);
		if (n.kind != NEWS_ADDRESS)
			continue;
		m.addr = n.addr;
		m.addr.port = 5060;
		enum state s = links_state(&links, &m, STATE_UNKNOWN, link);
		require(s > STATE_UNKNOWN && s < STATES && s != STATE_NEVER && s != STATE_GONE);
	}
	return 0;
}
