/* SPDX-License-Identifier: MIT */
/* rtnetlink(7): a head, a struct of its kind, and attributes, each with its length. Lengths are the
 * kernel's; they are believed as far as the bytes go. Copied out, as nothing needs to be aligned. */
#include "link_news.h"

#include <linux/rtnetlink.h>

#define LOWER_UP (1 << 16) /* IFF_LOWER_UP of <linux/if.h>, which goes ill with <net/if.h> */
#define SKIP_STATISTICS (1 << 3) /* RTEXT_FILTER_SKIP_STATS */

struct attributes {
	const char *p;
	size_t n;
};

/* The next attribute; false: there is no whole one. */
static bool next_attribute(struct attributes *a, unsigned *type, const char **value, size_t *size)
{
	struct rtattr head;

	if (a->n < sizeof(head))
		return false;
	memcpy(&head, a->p, sizeof(head));
	if (head.rta_len < sizeof(head) || head.rta_len > a->n)
		return false;
	*type = head.rta_type & NLA_TYPE_MASK;
	*value = a->p + sizeof(head);
	*size = head.rta_len - sizeof(head);
	size_t step = RTA_ALIGN((size_t)head.rta_len);
	if (step > a->n)
		step = a->n;
	a->p += step;
	a->n -= step;
	return true;
}

static void read_link(struct link_news *n, const char *p, size_t size, bool gone)
{
	struct ifinfomsg head;
	struct attributes a;
	const char *value;
	unsigned type;
	size_t length;

	if (size < sizeof(head))
		return;
	memcpy(&head, p, sizeof(head));
	/* a port that leaves its bridge is told of as a link of AF_BRIDGE that has gone */
	if (head.ifi_family != AF_UNSPEC || head.ifi_index <= 0)
		return;
	n->index = (uint32_t)head.ifi_index;
	n->up = head.ifi_flags & IFF_UP;
	n->carrier = head.ifi_flags & LOWER_UP;
	a = (struct attributes){p + sizeof(head), size - sizeof(head)};
	while (next_attribute(&a, &type, &value, &length)) {
		if (type == IFLA_IFNAME && length) {
			length = strnlen(value, length);
			if (length >= sizeof(n->name))
				return;
			memcpy(n->name, value, length);
			n->name[length] = 0;
		}
	}
	n->kind = gone ? NEWS_LINK_GONE : NEWS_LINK;
}

static bool put_address(struct addr *a, unsigned family, const char *value, size_t size)
{
	if (size != (family == AF_INET ? 4 : 16))
		return false;
	*a = (struct addr){.family = (uint16_t)family};
	if (family == AF_INET)
		a->ip[10] = a->ip[11] = 0xff;
	memcpy(a->ip + sizeof(a->ip) - size, value, size);
	return true;
}

static void read_address(struct link_news *n, const char *p, size_t size, bool gone)
{
	struct ifaddrmsg head;
	struct attributes a;
	const char *value;
	unsigned type;
	size_t length;
	bool found = false, local = false;

	if (size < sizeof(head))
		return;
	memcpy(&head, p, sizeof(head));
	if ((head.ifa_family != AF_INET && head.ifa_family != AF_INET6) || !head.ifa_index)
		return;
	uint32_t flags = head.ifa_flags;
	a = (struct attributes){p + sizeof(head), size - sizeof(head)};
	while (next_attribute(&a, &type, &value, &length)) {
		/* beside IFA_LOCAL, IFA_ADDRESS is the other end's */
		if (type == IFA_LOCAL && put_address(&n->addr, head.ifa_family, value, length))
			found = local = true;
		else if (type == IFA_ADDRESS && !local && put_address(&n->addr, head.ifa_family, value, length))
			found = true;
		else if (type == IFA_FLAGS && length == sizeof(flags))
			memcpy(&flags, value, sizeof(flags));
	}
	if (!found)
		return;
	n->index = head.ifa_index;
	if (n->addr.family == AF_INET6 && addr_scope(&n->addr) == ADDR_LINK_LOCAL)
		n->addr.scope = n->index;
	n->duplicate = flags & IFA_F_DADFAILED;
	/* an optimistic one can be sent from (RFC 4429) */
	n->tentative = (flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC);
	n->kind = gone ? NEWS_ADDRESS_GONE : NEWS_ADDRESS;
}

static void read_error(struct link_news *n, const char *p, size_t size)
{
	int32_t error;

	if (size < sizeof(error))
		return;
	memcpy(&error, p, sizeof(error));
	n->error = error > 0 || error == INT32_MIN ? 0 : -error;
	n->kind = NEWS_FAILED;
}

bool link_news_next(struct link_news *n, const void **at, size_t *size)
{
	const char *p = *at;
	struct nlmsghdr head;

	*n = (struct link_news){.kind = NEWS_NONE};
	if (*size < sizeof(head))
		return false;
	memcpy(&head, p, sizeof(head));
	if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > *size)
		return false;
	size_t step = NLMSG_ALIGN((size_t)head.nlmsg_len), length = head.nlmsg_len - sizeof(head);
	if (step > *size)
		step = *size;
	*at = p + step;
	*size -= step;
	p += sizeof(head);
	n->sequence = head.nlmsg_seq;
	n->changed = head.nlmsg_flags & NLM_F_DUMP_INTR;
	switch (head.nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		read_link(n, p, length, head.nlmsg_type == RTM_DELLINK);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		read_address(n, p, length, head.nlmsg_type == RTM_DELADDR);
		break;
	case NLMSG_DONE:
		n->kind = NEWS_DONE;
		break;
	case NLMSG_ERROR:
		read_error(n, p, length);
		break;
	case NLMSG_OVERRUN:
		n->kind = NEWS_LOST;
		break;
	default:
		break;
	}
	return true;
}

size_t link_news_ask(void *buf, bool addresses, uint32_t sequence)
{
	struct {
		struct nlmsghdr head;
		union {
			struct ifinfomsg link;
			struct ifaddrmsg address;
		} of;
		struct rtattr attribute;
		uint32_t filter;
	} q = {.head = {.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = sequence}};
	size_t size = offsetof(__typeof__(q), of) + sizeof(q.of.address);

	if (!addresses) {
		q.attribute = (struct rtattr){sizeof(q.attribute) + sizeof(q.filter), IFLA_EXT_MASK};
		q.filter = SKIP_STATISTICS;
		size = sizeof(q);
	}
	q.head.nlmsg_type = addresses ? RTM_GETADDR : RTM_GETLINK;
	q.head.nlmsg_len = (uint32_t)size;
	memcpy(buf, &q, size);
	return size;
}
