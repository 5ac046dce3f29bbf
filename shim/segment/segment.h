/* SPDX-License-Identifier: MIT */
/* One process's view of what all processes of the host share: a pointer to each part of the area
 * (area.h). All are NULL until segment_init(), and where no memory could be had. */
#ifndef BOND_SEGMENT_H
#define BOND_SEGMENT_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

struct segment {
	struct segment_page *page;    /* page.h */
	_Atomic uint32_t *generation; /* of it, see base/generation.h */
	struct counters *counters;
	struct live *live;         /* live.h: no memory lies there until bondctl says so */
	struct tallies *tallies;
	struct adopted_table *adopted;
	struct states *states;     /* of members, states.h */
	struct choices *choices;
	struct choices *begun;     /* how the transactions began that addresses decided */
	struct choices *came;      /* what came in while no arrival decided */
	struct dialogs *dialogs;
	struct flows *flows;
	struct socknames *socknames;
	struct streams *streams;
	struct hellos *hellos;     /* TLS connections by their hellos, */
	struct handshakes *handshakes; /* and those whose hellos are not both there */
	struct texts *texts;
	struct websockets *websockets;
	struct said *said;
	struct locals *locals;     /* addresses of the machine, locals.h */
	struct lookups *lookups;
	struct shown_table *shown; /* sip/shown.h */
	_Atomic uint32_t *seat;    /* preload/housekeeping/seat.h */
	void *dns;                 /* for a table of dns/table.h, and what else segment_init() was asked for */

	struct segment_head *head; /* file.h */
	uint32_t has;      /* the generation of this process's rules */
	pid_t maker;       /* the host's first process */
	ino_t inode;       /* of the file */
	char path[288];    /* so; "" = there is none */
	char trouble[384]; /* why */
};

#endif
