/* SPDX-License-Identifier: MIT */
/* Reads marks, of each SIP datagram that leaves and of what leaves by connections. */
#include "arrival.h"

#include "base/hash.h"
#include "sip/mark.h"
#include "sip/script.h"

size_t arrival_bonds(const struct rules *r, const struct name *name, uint16_t bonds[ARRIVAL_BONDS])
{
	size_t count = 0;

	for (size_t i = 0; i < r->config.member_count && count < ARRIVAL_BONDS; i++) {
		const struct member *m = &r->config.members[i];
		if (m->transport == name->transport && addr_equal(&m->addr, &name->addr))
			bonds[count++] = m->bond;
	}
	/* one that is gone: it came in on that bond all the same */
	for (size_t i = r->config.member_count; !count && i < rules_members(r); i++) {
		const struct member *m = &r->config.members[i];
		if (m->bond != MODEL_NONE && m->transport == name->transport &&
			addr_equal(&m->addr, &name->addr))
			bonds[count++] = m->bond;
	}
	return count;
}

struct span arrival_told(const struct rules *r, const struct names *n, const struct name *member)
{
	uint16_t bonds[ARRIVAL_BONDS];

	if (!n->header.n || !member || !arrival_bonds(r, member, bonds))
		return (struct span){NULL, 0};
	const char *name = r->config.bonds[bonds[0]].name;
	return (struct span){name, strlen(name)};
}

static uint64_t hash_of(struct span branch)
{
	static const struct prf_key key = {{0x7472616e73616374, 0x696f6e}};

	return branch.n ? prf(&key, branch.p, branch.n) | 1 : 0;
}

static struct span number_of(struct span cseq)
{
	size_t digits = 0;

	while (digits < cseq.n && cseq.p[digits] >= '0' && cseq.p[digits] <= '9')
		digits++;
	return (struct span){cseq.p, digits};
}

uint64_t arrival_began(const struct arrival *a)
{
	static const struct prf_key key = {{0x626567616e, 0x696e76697465}};
	struct span number = number_of(a->cseq);

	if (!a->transaction)
		return 0;
	return (a->transaction ^ prf(&key, a->call_id.p, a->call_id.n) * 3 ^ prf(&key, number.p, number.n) * 5) | 1;
}

uint64_t arrival_token(struct span mark)
{
	uint64_t low;
	uint16_t high;

	if (mark.n != TOKEN_LENGTH)
		return 0;
	memcpy(&low, mark.p, sizeof(low));
	memcpy(&high, mark.p + sizeof(low), sizeof(high));
	return hash_mix(low ^ hash_mix(high)) | 1;
}

uint64_t arrival_came(struct span bound, struct span call_id, struct span cseq)
{
	static const struct prf_key key = {{0x63616d65, 0x6265666f7265}};
	struct span number = number_of(cseq), method = scan_cseq_method(cseq);
	uint64_t which = 0;

	if (!bound.n || !call_id.n || !number.n || !method.n || field_is(method, "ack"))
		return 0;
	for (size_t i = 0; i < number.n; i++)
		which = which * 11 + (unsigned char)number.p[i];
	for (size_t i = 0; i < method.n; i++)
		which = which * 131 + ((unsigned char)method.p[i] | 0x20);
	return (prf(&key, bound.p, bound.n) ^ prf(&key, call_id.p, call_id.n) * 3 ^ hash_mix(which)) | 1;
}

/* By Call-ID and the host's own tag: both sides of a dialog through the host may have one Call-ID. */
static uint64_t dialog_of(struct span call_id, struct span own)
{
	static const struct prf_key key = {{0x6469616c6f67, 0x636d6520696e}};
	struct field_address address;
	struct field_param tag;

	if (!call_id.n || !field_address(own, &address) ||
		!field_param(address.params, "tag", &tag) || !tag.value.n)
		return 0;
	return (prf(&key, call_id.p, call_id.n) * 3 ^ prf(&key, tag.value.p, tag.value.n)) | 1;
}

uint64_t arrival_dialog_of_response(const char *p, size_t size)
{
	struct scan_message m;

	if (!scan_message(p, size, &m) || m.request || m.status <= 100 || m.status >= 300 ||
		!(field_is(m.method, "invite") || field_is(m.method, "subscribe") ||
			field_is(m.method, "refer")))
		return 0;
	return dialog_of(m.call_id, m.to);
}

bool arrival_is_accepted(const char *p, size_t size)
{
	struct scan_message m;

	return scan_message(p, size, &m) && !m.request && m.status >= 200 && m.status < 300 &&
		(field_is(m.method, "register") || field_is(m.method, "invite") ||
			field_is(m.method, "subscribe"));
}

/* Where no arrival decides, a mark without a dialog is for the response alone: the host itself gets it in
 * the form that leaves, so that it need not be looked at again. */
static bool is_written_sealed(const struct rules *r, const struct token_mark *mark)
{
	return !r->marks_all && !mark->dialog;
}

static const char mark_text[] = ";bond-in=";

const char *arrival_find_mark(const char *p, size_t n)
{
	return scan_find(p, n, mark_text, sizeof(mark_text) - 1, 5);
}

__attribute__((noinline)) bool arrival_decides(const struct rules *r, const char *p, const char *end)
{
	for (; p; p = arrival_find_mark(p, (size_t)(end - p))) {
		p += sizeof(mark_text) - 1;
		if (r->marks_all || token_mark_may_have_dialog(p, (size_t)(end - p)))
			return true;
	}
	return false;
}

void arrival_read(const struct rules *r, struct arrival *a, const struct names *n, const char *p, size_t size)
{
	struct scan_message m;
	struct token_mark mark;
	struct field_via via;
	struct field_param tag, param;
	struct field_address to;

	memset(a, 0, sizeof(*a));
	if (!scan_message(p, size, &m) || !m.request)
		return;
	struct span arrived = mark_arrived_via(&m);
	a->of_host = arrived.n == 0;
	if (field_via(arrived, &via)) {
		enum transport t = transport_parse(via.transport.p, via.transport.n);
		a->beyond = t != TRANSPORT_UDP && t != TRANSPORT_TCP;
		if (field_param(via.params, "bond-in", &param))
			a->mark = param.value;
		if (a->mark.n)
			a->bound = mark_bound(&via);
	}
	a->branch = scan_branch(m.via[0]);
	a->transaction = hash_of(a->branch);
	a->call_id = m.call_id;
	a->cseq = m.cseq;
	a->in_dialog = field_address(m.to, &to) && field_param(to.params, "tag", &tag);
	a->invites = field_is(m.method, "invite");
	/* RFC 3261 17.1.1.3: the host's own has one Via; one that is passed on is to a success */
	a->follows = field_is(m.method, "cancel") || (a->of_host && field_is(m.method, "ack"));
	if (a->of_host && a->in_dialog)
		a->own_dialog = dialog_of(m.call_id, m.from);
	bool marked = mark_read(n, arrived, &mark);
	if (marked)
		a->said = mark.arrived;
	if (marked && (!mark.sealed || is_written_sealed(r, &mark))) {
		a->marked = !mark.sealed;
		a->arrived = mark.arrived;
		a->dialog = mark.dialog;
		if (a->marked && mark.arrived)
			a->bond_count = arrival_bonds(r, mark.arrived, a->bonds);
	}
	if (n->header.n)
		a->wish = script_wish(n, p, size);
}

static uint32_t print_of(const struct name *n)
{
	static const struct prf_key key = {{0x61727269, 0x76616c}};

	if (!n)
		return 0;
	uint64_t ip = prf(&key, n->addr.ip, sizeof(n->addr.ip));
	return (uint32_t)(ip ^ (uint32_t)n->addr.port << 8 ^ n->transport) | 1;
}

uint32_t arrival_print(const struct arrival *a)
{
	return print_of(a->arrived);
}

uint32_t arrival_print_said(const struct arrival *a)
{
	return print_of(a->said);
}

const struct name *arrival_of_response(const struct names *n, const char *p, size_t size)
{
	struct scan_start start;
	struct scan_walk w;
	struct scan_row row;
	struct token_mark mark;
	struct span via;

	if (scan_kind(p, size, &start) != SCAN_RESPONSE)
		return NULL;
	scan_walk_from(&w, p, size, &start);
	while (scan_walk_next(&w, &row)) {
		if (row.header == HEADER_VIA && field_value(&row.value, &via))
			return mark_read(n, via, &mark) ? mark.arrived : NULL;
	}
	return NULL;
}
