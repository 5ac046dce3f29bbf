/* SPDX-License-Identifier: MIT */
/* A token is a 50-bit number in base32 (RFC 4648, small letters):
 * bond:     1 bit port, 3 bits form, 6 bits hint of the socket, 40 bits hash
 * bond-in:  5 bits hint of the arrival, 5 bits hint of the dialog's name (0 = none), 40 bits hash; in the
 * form that leaves, the hash is veiled by that of the branch, which is keyed, too */
#include "token.h"

#define HASH_BITS 40
#define HASH_MASK ((1ULL << HASH_BITS) - 1)

enum purpose { PURPOSE_HINT = 1, PURPOSE_BOND, PURPOSE_MARK };

/* A socket as it is hashed; nothing here depends on the machine. */
struct identity {
	uint8_t ip[16];
	uint8_t port[2];
	uint8_t transport;
	uint8_t purpose;
	uint8_t flags;
	uint8_t zero[3];
	uint8_t given[8];
};

static void put64(uint8_t *out, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> 8 * i);
}

static void identify(struct identity *id, const struct name *name, enum purpose purpose)
{
	memset(id, 0, sizeof(*id));
	id->purpose = purpose;
	if (!name)
		return;
	memcpy(id->ip, name->addr.ip, sizeof(id->ip));
	id->port[0] = (uint8_t)(name->addr.port >> 8);
	id->port[1] = (uint8_t)name->addr.port;
	id->transport = name->transport;
}

uint64_t token_name_hash(struct span given)
{
	static const struct prf_key key = {{5, 6}};
	char text[NAMES_HOST_MAX];

	if (given.n == 0 || given.n > sizeof(text))
		return 0;
	for (size_t i = 0; i < given.n; i++) {
		char c = given.p[i];
		text[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return prf(&key, text, given.n);
}

uint8_t token_hint(const struct prf_key *key, const struct name *name)
{
	struct identity id;

	identify(&id, name, PURPOSE_HINT);
	return (uint8_t)prf(key, &id, sizeof(id));
}

static void encode(uint64_t value, char *out)
{
	for (int i = 0; i < TOKEN_LENGTH; i++)
		out[i] = "abcdefghijklmnopqrstuvwxyz234567"[value >> (45 - 5 * i) & 31];
}

static bool decode(struct span text, uint64_t *value)
{
	if (text.n != TOKEN_LENGTH)
		return false;
	*value = 0;
	for (size_t i = 0; i < TOKEN_LENGTH; i++) {
		char c = text.p[i];
		unsigned digit;
		if (c >= '2' && c <= '7')
			digit = (unsigned)(c - '2') + 26;
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
			digit = (unsigned)((c | 0x20) - 'a');
		else
			return false;
		*value = *value << 5 | digit;
	}
	return true;
}

static uint64_t bond_hash(const struct prf_key *key, const struct name *own, unsigned flags)
{
	struct identity id;

	identify(&id, own, PURPOSE_BOND);
	id.flags = (uint8_t)flags;
	put64(id.given, own->given_hash);
	return prf(key, &id, sizeof(id)) & HASH_MASK;
}

void token_write(const struct names *n, const struct name *own, enum name_form form, bool port,
	char *out)
{
	token_write_by(n, 0, own, form, port, out);
}

void token_write_by(const struct names *n, size_t key, const struct name *own, enum name_form form, bool port,
	char *out)
{
	unsigned flags = (unsigned)form << 1 | port;
	uint64_t front = (uint64_t)flags << 6 | (own->hint[key] & 63);

	encode(front << HASH_BITS | bond_hash(&n->keys[key], own, flags), out);
}

/* Whether value stands for own, by key k; then how it was written. */
static bool stands_for(const struct names *n, size_t k, uint64_t value, const struct name *own,
	enum name_form *form, bool *port)
{
	unsigned hint = value >> HASH_BITS & 63;
	unsigned flags = (unsigned)(value >> (HASH_BITS + 6));

	if ((own->hint[k] & 63) != hint || (own->given.n != 0) != (flags >> 1 == FORM_GIVEN) ||
		bond_hash(&n->keys[k], own, flags) != (value & HASH_MASK))
		return false;
	*form = (enum name_form)(flags >> 1);
	*port = flags & 1;
	return true;
}

const struct name *token_read(const struct names *n, struct span text, enum name_form *form,
	bool *port)
{
	uint64_t value;

	if (!decode(text, &value))
		return NULL;
	for (size_t k = 0; k < n->key_count; k++) {
		for (size_t i = 0; i < n->own_count + n->own_past; i++) {
			if (stands_for(n, k, value, &n->own[i], form, port))
				return &n->own[i];
		}
	}
	return NULL;
}

bool token_is(const struct names *n, struct span text, const struct name *own, enum name_form *form,
	bool *port)
{
	uint64_t value;

	if (!decode(text, &value))
		return false;
	for (size_t k = 0; k < n->key_count; k++) {
		if (stands_for(n, k, value, own, form, port))
			return true;
	}
	return false;
}

static uint64_t mark_hash(const struct prf_key *key, const struct token_mark *mark,
	uint64_t branch)
{
	struct identity id[2];

	identify(&id[0], mark->arrived, PURPOSE_MARK);
	identify(&id[1], mark->dialog, PURPOSE_MARK);
	put64(id[0].given, branch);
	return prf(key, id, sizeof(id)) & HASH_MASK;
}

/* 1 to 31, so that 0 is "none". */
static unsigned dialog_hint(const struct name *dialog, size_t key)
{
	return dialog ? dialog->hint[key] % 31 + 1 : 0;
}

void token_mark_write(const struct names *n, const struct token_mark *mark, struct span branch,
	char *out)
{
	uint64_t front = (uint64_t)(mark->arrived->hint[0] & 31) << 5 | dialog_hint(mark->dialog, 0);
	uint64_t branch_hash = prf(&n->mark_keys[0], branch.p, branch.n);
	uint64_t seal = mark->sealed ? branch_hash & HASH_MASK : 0;

	encode(front << HASH_BITS | (mark_hash(&n->mark_keys[0], mark, branch_hash) ^ seal), out);
}

bool token_mark_may_have_dialog(const char *text, size_t n)
{
	return n < 2 || (text[1] | 0x20) != 'a'; /* the hint's five bits */
}

static const struct name *nth(const struct names *n, size_t i)
{
	size_t members = n->member_count + n->member_past;

	return i < members ? &n->members[i] : &n->own[i - members];
}

static bool matches(const struct prf_key *key, struct token_mark *mark, uint64_t branch,
	uint64_t value)
{
	uint64_t hash = mark_hash(key, mark, branch);

	mark->seal = branch & HASH_MASK;
	mark->sealed = hash != value;
	return hash == value || (hash ^ mark->seal) == value;
}

/* Tries every own name as the dialog's, with an arrival that is settled. */
static bool find_dialog(const struct names *n, size_t key, uint64_t value, uint64_t branch,
	struct token_mark *mark)
{
	unsigned hint = value >> HASH_BITS & 31;

	value &= HASH_MASK;
	mark->dialog = NULL;
	if (hint == 0)
		return matches(&n->mark_keys[key], mark, branch, value);
	for (size_t i = 0; i < n->own_count + n->own_past; i++) {
		mark->dialog = &n->own[i];
		if (dialog_hint(mark->dialog, key) == hint &&
			matches(&n->mark_keys[key], mark, branch, value))
			return true;
	}
	return false;
}

bool token_mark_read(const struct names *n, struct span text, struct span branch,
	struct token_mark *mark)
{
	uint64_t value;

	if (!decode(text, &value))
		return false;
	size_t count = n->member_count + n->member_past + n->own_count + n->own_past;
	for (size_t k = 0; k < n->key_count; k++) {
		uint64_t branch_hash = prf(&n->mark_keys[k], branch.p, branch.n);
		for (size_t i = 0; i < count; i++) {
			mark->arrived = nth(n, i);
			if ((mark->arrived->hint[k] & 31) == (value >> (HASH_BITS + 5) & 31) &&
				find_dialog(n, k, value, branch_hash, mark))
				return true;
		}
	}
	return false;
}

void token_mark_seal(const struct token_mark *mark, struct span text, char *out)
{
	uint64_t value = 0;

	decode(text, &value);
	encode(value ^ mark->seal, out);
}
