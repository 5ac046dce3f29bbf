/* SPDX-License-Identifier: MIT */
/* A jump reaches 255 instructions, so each address ends with a jump of its own that
 * reaches further. */
#include "wide_filter.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define V4_DESTINATION ((uint32_t)SKF_NET_OFF + 16) /* RFC 791 3.1 */
#define V6_DESTINATION ((uint32_t)SKF_NET_OFF + 24) /* RFC 8200 3 */
#define V6_LOADS 8 /* the address into M[0] to M[3] */
#define V6_EACH 9  /* four loads and compares, and the end */
#define V4_EACH 2

struct writer {
	struct sock_filter *out;
	size_t n;
};

static void put(struct writer *w, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	w->out[w->n++] = (struct sock_filter){code, jt, jf, k};
}

static uint32_t word_of(const struct addr *a, size_t at)
{
	uint32_t word;

	memcpy(&word, a->ip + at, sizeof(word));
	return ntohl(word);
}

/* The packet is one of these: taken, or for the host's filter to judge, which begins at `next`. */
static void put_hit(struct writer *w, size_t next)
{
	if (next)
		put(w, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(next - w->n - 1));
	else
		put(w, BPF_RET | BPF_K, 0, 0, UINT32_MAX);
}

static void put_v6(struct writer *w, const struct addr *a, size_t next)
{
	for (uint8_t i = 0; i < 4; i++) {
		put(w, BPF_LD | BPF_MEM, 0, 0, i);
		put(w, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)(V6_EACH - 2 - 2 * i),
			word_of(a, 4 * (size_t)i));
	}
	put_hit(w, next);
}

size_t wide_filter(struct sock_filter *out, const struct addr *list, size_t count,
	const struct sock_filter *then, size_t then_count)
{
	bool v6 = list[0].family == AF_INET6;
	size_t end = v6 ? V6_LOADS + V6_EACH * count : 1 + V4_EACH * count;
	size_t next = then_count ? end + 1 : 0;
	struct writer w = {out, 0};

	if (!v6)
		put(&w, BPF_LD | BPF_W | BPF_ABS, 0, 0, V4_DESTINATION);
	for (uint32_t i = 0; v6 && i < 4; i++) {
		put(&w, BPF_LD | BPF_W | BPF_ABS, 0, 0, V6_DESTINATION + 4 * i);
		put(&w, BPF_ST, 0, 0, i);
	}
	for (size_t i = 0; i < count; i++) {
		if (v6) {
			put_v6(&w, &list[i], next);
			continue;
		}
		put(&w, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, word_of(&list[i], 12));
		put_hit(&w, next);
	}
	put(&w, BPF_RET | BPF_K, 0, 0, 0);
	if (!next)
		return w.n;
	/* the host's program may count on what the kernel begins with */
	put(&w, BPF_LD | BPF_IMM, 0, 0, 0);
	put(&w, BPF_LDX | BPF_IMM, 0, 0, 0);
	memcpy(out + w.n, then, then_count * sizeof(*then));
	return w.n + then_count;
}

const struct sock_filter *wide_filter_then(const struct sock_filter *p, size_t count, size_t *then_count)
{
	size_t end = 0;

	/* what is taken at once is not returned as 0 */
	while (end < count && !(p[end].code == (BPF_RET | BPF_K) && p[end].k == 0))
		end++;
	*then_count = end + 3 < count ? count - end - 3 : 0;
	return *then_count ? p + end + 3 : NULL;
}

static bool is(const struct sock_filter *p, uint16_t code, uint32_t k)
{
	return p->code == code && p->k == k;
}

bool wide_filter_first(const struct sock_filter *p, size_t count, struct addr *first)
{
	uint32_t word;

	memset(first, 0, sizeof(*first));
	if (count >= 4 && is(p, BPF_LD | BPF_W | BPF_ABS, V4_DESTINATION) &&
		p[1].code == (BPF_JMP | BPF_JEQ | BPF_K)) {
		first->family = AF_INET;
		first->ip[10] = first->ip[11] = 0xff;
		word = htonl(p[1].k);
		memcpy(first->ip + 12, &word, sizeof(word));
		return true;
	}
	if (count < V6_LOADS + V6_EACH + 1)
		return false;
	for (uint32_t i = 0; i < 4; i++) {
		if (!is(&p[2 * i], BPF_LD | BPF_W | BPF_ABS, V6_DESTINATION + 4 * i) ||
			!is(&p[2 * i + 1], BPF_ST, i))
			return false;
		word = htonl(p[V6_LOADS + 2 * i + 1].k);
		memcpy(first->ip + 4 * (size_t)i, &word, sizeof(word));
	}
	first->family = AF_INET6;
	return true;
}
