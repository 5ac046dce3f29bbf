/* SPDX-License-Identifier: MIT */
/* Which name a host in a message is, and how a name is written. */
#include "name.h"

static struct span shown_text(const struct name *name)
{
	return name->given.n ? name->given : (struct span){name->text, name->text_n};
}

/* As an address: only IPv6 has more than one writing. */
static bool parse_v6(const struct field_host *h, struct addr *a)
{
	return h->v6 && addr_parse(a, h->host.p, h->host.n) == 0;
}

bool names_is(const struct name *name, const struct field_host *h, uint16_t default_port)
{
	struct addr a;

	if (name->port != (h->number ? h->number : default_port))
		return false;
	if (field_equal(shown_text(name), h->host))
		return true;
	return name->shown.family == AF_INET6 && parse_v6(h, &a) && addr_same_host(&a, &name->shown);
}

enum name_form names_form(const struct name *name, struct span host)
{
	char text[NAMES_HOST_MAX];

	if (name->given.n)
		return FORM_GIVEN;
	if (name->addr.family != AF_INET6)
		return FORM_PLAIN;
	for (enum name_form form = FORM_PLAIN; form <= FORM_PADDED_UPPER; form++) {
		size_t n = names_host(name, form, text);
		if (n == host.n + 2 && memcmp(text + 1, host.p, host.n) == 0)
			return form;
	}
	return FORM_PLAIN;
}

const struct name *names_own(const struct names *n, const struct field_host *h,
	uint16_t default_port, uint16_t owner, enum transport prefer, enum name_form *form)
{
	const struct name *found = NULL;

	for (size_t i = 0; i < n->own_count; i++) {
		const struct name *name = &n->own[i];
		if (owner != NAMES_ANY && name->owner != owner)
			continue;
		if (found && name->transport != prefer)
			continue;
		if (!names_is(name, h, default_port))
			continue;
		found = name;
		if (name->transport == prefer)
			break;
	}
	if (found)
		*form = names_form(found, h->host);
	return found;
}

bool names_reaches(const struct name *member, const struct field_host *h, uint16_t default_port)
{
	struct addr a;

	if (names_is(member, h, default_port))
		return true;
	/* `as` does not hide the address */
	if (member->addr.port != (h->number ? h->number : default_port))
		return false;
	if (h->v6)
		return parse_v6(h, &a) && addr_same_host(&a, &member->addr);
	return field_equal((struct span){member->text, member->text_n}, h->host);
}

bool names_hears(const struct names *n, enum transport t, const struct addr *at)
{
	for (size_t i = 0; i < n->own_count; i++) {
		if (n->own[i].transport == t && addr_equal(&n->own[i].addr, at))
			return true;
	}
	for (size_t i = 0; i < n->member_count; i++) {
		const struct name *m = &n->members[i];
		if (m->opened && m->transport == t && addr_equal(&m->addr, at))
			return true;
	}
	return false;
}

bool names_us(const struct names *n, const struct field_host *h, uint16_t default_port)
{
	for (size_t i = 0; i < n->member_count + n->member_past; i++) {
		if (names_reaches(&n->members[i], h, default_port))
			return true;
	}
	for (size_t i = 0; i < n->own_count + n->own_past; i++) {
		if (names_is(&n->own[i], h, default_port))
			return true;
	}
	return false;
}

const struct name *names_first(const struct names *n, uint16_t owner, const struct addr *at)
{
	const struct name *best = NULL;
	int best_fit = 0;

	for (size_t i = 0; i < n->own_count && best_fit < 3; i++) {
		const struct name *name = &n->own[i];
		if (name->owner != owner)
			continue;
		int fit = 1;
		if (at && name->addr.family == at->family)
			fit = addr_same_host(&name->addr, at) ? 3 : 2;
		if (fit > best_fit) {
			best = name;
			best_fit = fit;
		}
	}
	return best;
}

size_t names_host(const struct name *name, enum name_form form, char *buf)
{
	static const char digits[2][17] = {"0123456789abcdef", "0123456789ABCDEF"};
	const char *digit = digits[form & 1];
	struct span text = shown_text(name);
	size_t n = 0;

	if (name->v6)
		buf[n++] = '[';
	if (form < FORM_FULL || form > FORM_PADDED_UPPER || !name->v6) {
		for (size_t i = 0; i < text.n; i++) {
			char c = text.p[i];
			bool raise = form == FORM_PLAIN_UPPER && name->v6 && c >= 'a' && c <= 'f';
			buf[n++] = raise ? (char)(c & ~0x20) : c;
		}
	} else {
		for (int group = 0; group < 8; group++) {
			unsigned v = (unsigned)name->addr.ip[2 * group] << 8 |
				name->addr.ip[2 * group + 1];
			bool started = form >= FORM_PADDED;
			if (group)
				buf[n++] = ':';
			for (int shift = 12; shift >= 0; shift -= 4) {
				unsigned nibble = v >> shift & 15;
				started |= nibble || shift == 0;
				if (started)
					buf[n++] = digit[nibble];
			}
		}
	}
	if (name->v6)
		buf[n++] = ']';
	return n;
}

bool names_shows_port(const struct name *name, uint16_t default_port, bool had_port)
{
	return name->port_always || name->port != default_port || (had_port && !name->given.n);
}
