/* SPDX-License-Identifier: MIT */
/* The walk through a DNS message. c-ares sends the questions; its parsers of this age give no TTL
 * for SRV and NAPTR and expand names without a length bound, so the records are read here. */
#include "answer.h"

#include <errno.h>
#include <string.h>

#define HEADER_SIZE 12
#define WALK_MAX 1024  /* records looked at in one message */
#define HOPS_MAX 64    /* compression pointers in one name */
#define NO_SOA_TTL 300 /* how long "no" holds when the server does not say */
#define CLASS_IN 1

struct cursor {
	const uint8_t *msg;
	size_t n;
	size_t at;
};

/* One record as it lies in the message. */
struct raw {
	char owner[ANSWER_NAME_MAX];
	bool owner_usable;
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	size_t data;
	size_t data_len;
};

static int get16(struct cursor *c, uint16_t *v)
{
	if (c->n - c->at < 2)
		return EBADMSG;
	*v = (uint16_t)(c->msg[c->at] << 8 | c->msg[c->at + 1]);
	c->at += 2;
	return 0;
}

static int get32(struct cursor *c, uint32_t *v)
{
	uint16_t high, low;
	if (get16(c, &high) || get16(c, &low))
		return EBADMSG;
	*v = (uint32_t)high << 16 | low;
	return 0;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Expands the name at the cursor and moves behind it. usable = false: out is "". */
static int get_name(struct cursor *c, char *out, bool *usable)
{
	size_t at = c->at;
	size_t len = 0;
	int hops = 0;
	bool moved = false;
	*usable = true;
	for (;;) {
		if (at >= c->n)
			return EBADMSG;
		uint8_t size = c->msg[at];
		if ((size & 0xc0) == 0xc0) {
			if (c->n - at < 2 || ++hops > HOPS_MAX)
				return EBADMSG;
			if (!moved)
				c->at = at + 2;
			moved = true;
			at = (size_t)(size & 0x3f) << 8 | c->msg[at + 1];
			continue;
		}
		if (size & 0xc0)
			return EBADMSG;
		if (size == 0)
			break;
		if (c->n - at - 1 < size || len + size + 1 > ANSWER_NAME_MAX - 2)
			return EBADMSG;
		if (len > 0)
			out[len++] = '.';
		for (size_t i = 1; i <= size; i++) {
			uint8_t b = c->msg[at + i];
			if (b <= ' ' || b > '~' || b == '.' || b == '\\')
				*usable = false;
			out[len++] = (char)lower(b);
		}
		at += 1 + (size_t)size;
	}
	if (!moved)
		c->at = at + 1;
	out[*usable ? len : 0] = '\0';
	return 0;
}

/* A character-string cut to size - 1 bytes; its case is changed as asked. */
static int get_string(struct cursor *c, char *out, size_t size, bool upper)
{
	if (c->at >= c->n || c->n - c->at - 1 < c->msg[c->at])
		return EBADMSG;
	size_t len = c->msg[c->at];
	const uint8_t *s = c->msg + c->at + 1;
	size_t kept = 0;
	for (; kept < len && kept < size - 1; kept++) {
		uint8_t b = lower(s[kept]);
		out[kept] = (char)(upper && b >= 'a' && b <= 'z' ? b - 32 : b);
	}
	if (len > size - 1)
		kept = 0; /* longer than anything known: matches nothing */
	out[kept] = '\0';
	c->at += 1 + len;
	return 0;
}

static int get_raw(struct cursor *c, struct raw *r)
{
	uint16_t len;
	int e = get_name(c, r->owner, &r->owner_usable);
	if (e || get16(c, &r->type) || get16(c, &r->class) || get32(c, &r->ttl) || get16(c, &len))
		return EBADMSG;
	if (c->n - c->at < len)
		return EBADMSG;
	if (r->ttl & 0x80000000) /* RFC 2181 8 */
		r->ttl = 0;
	if (r->ttl > ANSWER_TTL_MAX)
		r->ttl = ANSWER_TTL_MAX;
	r->data = c->at;
	r->data_len = len;
	c->at += len;
	return 0;
}

void answer_address(struct addr *a, int family, const void *bytes)
{
	memset(a, 0, sizeof(*a));
	if (family == AF_INET) {
		a->ip[10] = a->ip[11] = 0xff;
		memcpy(a->ip + 12, bytes, 4);
		a->family = AF_INET;
		return;
	}
	memcpy(a->ip, bytes, 16);
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	a->family = memcmp(a->ip, mapped, 12) == 0 ? AF_INET : AF_INET6;
}

bool answer_address_usable(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->ip[12] != 0 && a->ip[12] < 224;
	if (a->family != AF_INET6)
		return false;
	static const uint8_t any[16];
	/* a link-local address of DNS has no interface */
	return memcmp(a->ip, any, 16) != 0 && a->ip[0] != 0xff &&
	       !(a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80);
}

/* Reads the data of r. 0, EBADMSG, or EINVAL where the record is well formed but of no use. */
static int get_record(const struct cursor *whole, const struct raw *r, struct record *out)
{
	struct cursor c = {whole->msg, r->data + r->data_len, r->data};
	char ignored[2];
	bool usable = true;
	memset(out, 0, offsetof(struct record, name));
	out->name[0] = '\0';
	out->type = r->type;
	out->ttl = r->ttl;
	switch (r->type) {
	case RECORD_A:
	case RECORD_AAAA:
		if (r->data_len != (r->type == RECORD_A ? 4 : 16))
			return EBADMSG;
		answer_address(
			&out->addr, r->type == RECORD_A ? AF_INET : AF_INET6, whole->msg + r->data);
		return answer_address_usable(&out->addr) ? 0 : EINVAL;
	case RECORD_SRV:
		if (get16(&c, &out->first) || get16(&c, &out->second) || get16(&c, &out->port))
			return EBADMSG;
		break;
	case RECORD_NAPTR:
		if (get16(&c, &out->first) || get16(&c, &out->second) ||
			get_string(&c, out->flags, sizeof(out->flags), false) ||
			get_string(&c, out->service, sizeof(out->service), true) ||
			get_string(&c, ignored, sizeof(ignored), false))
			return EBADMSG;
		break;
	case RECORD_CNAME:
		break;
	default:
		return EINVAL;
	}
	if (get_name(&c, out->name, &usable) || c.at != c.n)
		return EBADMSG;
	return usable ? 0 : EINVAL;
}

static void note_ttl(struct dns_answer *a, uint32_t ttl)
{
	if (!a->ttl_known || ttl < a->ttl)
		a->ttl = ttl;
	a->ttl_known = true;
}

/* Keeps those of the next `count` records that belong to (owner, type). */
static int keep_records(
	struct dns_answer *a, struct cursor c, unsigned count, const char *owner, uint16_t type)
{
	for (unsigned i = 0; i < count; i++) {
		struct raw r;
		if (i == WALK_MAX) {
			a->more = true;
			return 0;
		}
		if (get_raw(&c, &r))
			return EBADMSG;
		if (r.type != type || r.class != CLASS_IN || !r.owner_usable ||
			strcmp(r.owner, owner) != 0)
			continue;
		if (a->record_count == ANSWER_RECORDS_MAX) {
			a->more = true;
			continue;
		}
		struct record *out = &a->records[a->record_count];
		int e = get_record(&c, &r, out);
		if (e == EBADMSG)
			return e;
		if (e) {
			a->unusable++;
			continue;
		}
		note_ttl(a, r.ttl);
		a->record_count++;
	}
	return 0;
}

/* The CNAME of owner -> its name in out; ENOENT if there is none. */
static int find_cname(struct cursor c, unsigned count, const char *owner, struct record *out)
{
	for (unsigned i = 0; i < count && i < WALK_MAX; i++) {
		struct raw r;
		if (get_raw(&c, &r))
			return EBADMSG;
		if (r.type != RECORD_CNAME || r.class != CLASS_IN || !r.owner_usable ||
			strcmp(r.owner, owner) != 0)
			continue;
		int e = get_record(&c, &r, out);
		return e == EINVAL ? ENOENT : e;
	}
	return ENOENT;
}

static bool seen_before(const struct dns_answer *a, const char *first, const char *name)
{
	for (unsigned i = 0; i < a->cname_count; i++)
		if (strcmp(a->cnames[i].name, name) == 0)
			return true;
	return strcmp(first, name) == 0;
}

/* Moves owner to the end of its chain of CNAMEs. */
static int follow_cnames(struct dns_answer *a, struct cursor c, unsigned count, const char **owner)
{
	const char *first = *owner;
	struct record next;
	for (;;) {
		int e = find_cname(c, count, *owner, &next);
		if (e == EBADMSG)
			return e;
		if (e || next.name[0] == '\0')
			return 0;
		if (a->cname_count == ANSWER_CNAMES_MAX || seen_before(a, first, next.name)) {
			a->loop = true;
			return 0;
		}
		note_ttl(a, next.ttl);
		a->cnames[a->cname_count] = next;
		*owner = a->cnames[a->cname_count++].name;
	}
}

/* RFC 2308 5: "no" holds for the lesser of the SOA's TTL and its MINIMUM. */
static void note_negative(struct dns_answer *a, struct cursor c, unsigned count)
{
	for (unsigned i = 0; i < count && i < WALK_MAX; i++) {
		struct raw r;
		char name[ANSWER_NAME_MAX];
		bool usable;
		if (get_raw(&c, &r))
			break;
		if (r.type != RECORD_SOA || r.class != CLASS_IN)
			continue;
		struct cursor d = {c.msg, r.data + r.data_len, r.data};
		uint32_t minimum;
		if (get_name(&d, name, &usable) || get_name(&d, name, &usable) || d.n - d.at != 20)
			break;
		d.at += 16;
		if (get32(&d, &minimum))
			break;
		note_ttl(a, minimum < r.ttl ? minimum : r.ttl);
		return;
	}
	note_ttl(a, NO_SOA_TTL);
}

/* Behind the header and the questions; the counts of the sections. */
static int open_message(struct cursor *c, const uint8_t *msg, size_t n, uint16_t counts[4])
{
	char name[ANSWER_NAME_MAX];
	bool usable;
	if (msg == NULL || n < HEADER_SIZE)
		return EBADMSG;
	*c = (struct cursor){msg, n, 4};
	for (int i = 0; i < 4; i++)
		if (get16(c, &counts[i]))
			return EBADMSG;
	for (unsigned i = 0; i < counts[0]; i++) {
		if (i == 4 || get_name(c, name, &usable) || c->n - c->at < 4)
			return EBADMSG;
		c->at += 4;
	}
	return 0;
}

static int skip_records(struct cursor *c, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct raw r;
		if (i == WALK_MAX || get_raw(c, &r))
			return EBADMSG;
	}
	return 0;
}

int answer_parse(
	struct dns_answer *a, const uint8_t *msg, size_t n, const char *name, uint16_t type)
{
	struct cursor c;
	uint16_t counts[4];
	memset(a, 0, offsetof(struct dns_answer, cnames));
	if (open_message(&c, msg, n, counts) || !(msg[2] & 0x80))
		return EBADMSG;
	a->rcode = msg[3] & 0x0f;
	a->truncated = msg[2] & 0x02;
	if (a->rcode != ANSWER_NOERROR && a->rcode != ANSWER_NXDOMAIN)
		return 0;
	const char *owner = name;
	if (follow_cnames(a, c, counts[1], &owner) || keep_records(a, c, counts[1], owner, type))
		return EBADMSG;
	if (a->record_count == 0 && skip_records(&c, counts[1]) == 0)
		note_negative(a, c, counts[2]);
	return 0;
}

void answer_each(const uint8_t *msg, size_t n, const char *name, uint16_t type,
	void (*fn)(void *ctx, const struct record *r), void *ctx)
{
	struct cursor c;
	struct raw r;
	struct record record;
	char owner[ANSWER_NAME_MAX];
	uint16_t counts[4];
	if (open_message(&c, msg, n, counts) || !(msg[2] & 0x80) || (msg[3] & 0x0f))
		return;
	if (strlen(name) >= sizeof(owner))
		return;
	strcpy(owner, name);
	for (int i = 0; i < ANSWER_CNAMES_MAX; i++) {
		if (find_cname(c, counts[1], owner, &record) || record.name[0] == '\0')
			break;
		strcpy(owner, record.name);
	}
	for (unsigned i = 0; i < counts[1] && i < WALK_MAX; i++) {
		if (get_raw(&c, &r))
			return;
		if (r.type == type && r.class == CLASS_IN && r.owner_usable &&
			strcmp(r.owner, owner) == 0 && get_record(&c, &r, &record) == 0)
			fn(ctx, &record);
	}
}

int answer_question(const uint8_t *msg, size_t n, char *name, uint16_t *type)
{
	struct cursor c = {msg, n, HEADER_SIZE};
	bool usable;
	if (msg == NULL || n < HEADER_SIZE || (msg[4] | msg[5]) == 0)
		return EBADMSG;
	if (get_name(&c, name, &usable) || !usable || get16(&c, type))
		return EBADMSG;
	return 0;
}

int answer_name(char *out, const char *s, size_t n)
{
	if (n > 0 && s[n - 1] == '.')
		n--;
	if (n == 0 || n > ANSWER_NAME_MAX - 3)
		return EINVAL;
	size_t label = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t b = (uint8_t)s[i];
		if (b <= ' ' || b > '~' || b == '\\')
			return EINVAL;
		if (b == '.' && label == 0)
			return EINVAL;
		label = b == '.' ? 0 : label + 1;
		if (label > 63)
			return EINVAL;
		out[i] = (char)lower(b);
	}
	out[n] = '\0';
	return 0;
}
