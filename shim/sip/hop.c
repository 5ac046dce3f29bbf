/* SPDX-License-Identifier: MIT */
#include "hop.h"

#include "scan.h"

static bool makes_target(struct span method)
{
	static const char *const methods[] = {"invite", "register", "subscribe", "refer", "update", "notify"};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (field_is(method, methods[i]))
			return true;
	}
	return false;
}

static bool is_routed(enum header h)
{
	return h == HEADER_RECORD_ROUTE || h == HEADER_PATH;
}

/* The first value of a field, or the last. */
static struct span value_of(struct span row, bool last)
{
	struct span value = {NULL, 0}, next;

	while (field_value(&row, &next)) {
		value = next;
		if (!last)
			break;
	}
	return value;
}

static bool read_uri(struct span value, struct hop *hop)
{
	struct field_address a;
	struct field_uri u;

	if (!value.n || !field_address(value, &a) || !field_uri(a.uri, &u))
		return false;
	enum transport t = field_uri_transport(&u);
	hop->at = u.at;
	hop->port = u.at.number ? u.at.number : field_default_port(t);
	return true;
}

bool hop_named(const char *p, size_t n, struct hop *hop)
{
	struct span route = {NULL, 0}, contact = {NULL, 0}, method;
	struct scan_start start;
	struct scan_walk w;
	struct scan_row row;

	enum scan_kind kind = scan_kind(p, n, &start);
	bool response = kind == SCAN_RESPONSE;
	if (response ? start.status <= 100 || start.status >= 300
		     : kind != SCAN_REQUEST || !makes_target(start.method))
		return false;
	method = start.method;
	scan_walk_from(&w, p, n, &start);
	while (scan_walk_next(&w, &row)) {
		if (is_routed(row.header) && (response || !route.n))
			route = value_of(row.value, response);
		else if (row.header == HEADER_CONTACT && !contact.n)
			contact = value_of(row.value, false);
		else if (row.header == HEADER_CSEQ && response)
			method = scan_cseq_method(row.value);
	}
	if (response && (!makes_target(method) || field_is(method, "register")))
		return false;
	return read_uri(route.n ? route : contact, hop);
}
