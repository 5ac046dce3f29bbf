/* SPDX-License-Identifier: MIT */
/* What was decided for one call, and why; printed by trace/verdict after the '!'. */
#ifndef BOND_CORE_VERDICT_H
#define BOND_CORE_VERDICT_H

#include <stdint.h>

#include "config/addr.h"

enum why {
	WHY_NOTHING,            /* nothing to decide: no verdict is printed */
	WHY_NOT_SIP,            /* "not SIP" */
	WHY_RESPONSE,           /* "response" */
	WHY_OWN_ADDRESS,        /* "own address" */
	WHY_NO_ROUTE,           /* "no route" */
	WHY_BOND_NONE,          /* "route X, bond none" */
	WHY_ALREADY,            /* the host already sends from the member */
	WHY_STEERED,            /* action says how */
	WHY_KEEPALIVE,          /* steered as the flow it keeps alive (RFC 5626 4.4) */
	WHY_NO_MEMBER,          /* "no member for udp IPv6" */
	WHY_MEMBER_NOT_BOUND,   /* members fit, but the host bound none of them */
	WHY_MEMBER_REFUSED,     /* the kernel refused every fitting member's address */
	WHY_CONNECTED_LISTENER, /* a listener that the host connected stays where it is */
	WHY_CANNOT_MOVE,        /* the socket has another descriptor, or will not let go */
	WHY_KEPT,               /* as this transaction's first request was decided */
	WHY_RETURN_PATH,        /* as the name that its dialog has for the host */
	WHY_FLOW,               /* from the member to which that peer came last */
	WHY_UNKNOWN_BOND,       /* the script's header names no bond */
	WHY_ARRIVAL_UNKNOWN,    /* a `from` route might match, and nobody knows where it came from */
	WHY_TOO_LARGE,          /* the edit does not fit */
	WHY_UNREADABLE,         /* no SIP message, but a script's header is in it */
	WHY_PROBE,              /* getsockname() answered with the member */
	WHY_UNKNOWN,            /* a request came to a listener of no bond ([host] unknown) */
	WHY_UNEDITABLE,         /* what came in could not be edited, and something hangs on it */
	WHY_NO_FRAME,           /* what came in on a connection is no SIP */
	WHY_RESTORED,           /* of what came in, `edited` was restored or removed */
	WHY_RULES_GONE,         /* the rules are gone, and no others can be had */
	WHY_COUNT
};

enum action {
	ACTION_NONE,      /* the host's own call, unchanged */
	ACTION_PKTINFO,   /* same descriptor, source set by IP_PKTINFO / IPV6_PKTINFO */
	ACTION_OTHER_FD,  /* sent on verdict.how.fd */
	ACTION_REBIND,    /* floating socket rebound to the member in place */
	ACTION_BIND,      /* connection bound to the member before connect() */
	ACTION_REPLACE,   /* connection made on a fresh socket under the same number */
	ACTION_FAIL,      /* ENETUNREACH */
	/* of what comes in: */
	ACTION_ANSWER,      /* answered in the host's place */
	ACTION_ANSWER_SHUT, /* so, and the connection shut */
	ACTION_DROP,        /* the host does not see it */
	ACTION_SHUT         /* so, and the connection shut */
};

struct rules;

struct verdict {
	/* By which it is made, and every number in it is to be read: they live as long as the process. NULL
	 * = by the host's, as they are when it is made. */
	const struct rules *rules;
	uint8_t why;     /* enum why */
	uint8_t action;  /* enum action */
	uint16_t edited; /* EDIT_... of sip/edit.h; of the hook that edits */
	struct addr dst; /* where to; filled in only while tracing, family 0 = not known */
	/* What speaks for it, and what of the message it was found by. */
	struct verdict_route {
		uint32_t domain; /* of by_address, a number of struct match_facts */
		uint32_t kept;   /* of WHY_KEPT: the slot of the route that its first request took, UINT32_MAX = none */
		uint16_t number; /* MODEL_NONE = none */
		uint16_t bond;   /* whose member it is, MODEL_NONE = the route's */
		uint16_t shared; /* of by_address: another that has the address, MODEL_NONE = none */
		bool by_domain;  /* found by the text of the message */
		bool by_text;    /* the text was looked at: the same addresses may be decided otherwise */
		bool by_address; /* found by a domain that has the address */
	} route;
	/* By which socket the call is to leave. */
	struct verdict_how {
		uint32_t member;   /* SELECT_NONE = none */
		uint32_t skip;     /* the member that the host sends from, once the kernel has refused it */
		int fd;            /* of ACTION_OTHER_FD */
		int16_t listener;  /* of a return path: the own listener it leaves from, -1 = none */
		uint8_t transport; /* what was looked for, enum transport */
		uint8_t key;       /* of rules->keys, that it is edited by: 0, or the former one of WHY_KEPT */
		bool told; /* those that capture messages know of it already */
	} how;
	/* What DNS has not said, or says otherwise. */
	struct verdict_doubt {
		uint32_t domain; /* of unanswered: the domain, UINT32_MAX = one of the route's */
		uint16_t route;  /* of unanswered: the domain route that was passed over */
		uint8_t gone;    /* of unanswered: what is known of its domain, enum table_state */
		bool unanswered; /* a domain route was passed over */
		bool elsewhere;  /* the text names a domain that does not have the address */
	} doubt;
};

#define VERDICT_EMPTY \
	{.route = {.kept = UINT32_MAX, .number = UINT16_MAX, .bond = UINT16_MAX}, \
		.how = {.member = UINT32_MAX, .skip = UINT32_MAX, .fd = -1, .listener = -1}}

#endif
