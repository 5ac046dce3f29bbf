/* SPDX-License-Identifier: MIT */
/* What `bondctl status` knows of one running host: read once, checked, and no longer tied to it. Those who
 * print it, as a table, as JSON or for Prometheus, look at nothing else. */
#ifndef BOND_CTL_STATUS_H
#define BOND_CTL_STATUS_H

#include <time.h>

#include "config/model.h"
#include "dns/table_append.h"
#include "dns/table_domains.h"
#include "hosts.h"
#include "running_ini.h"
#include "seen.h"
#include "segment/states.h"
#include "segment/tallies.h"

struct status_process {
	pid_t pid, own;      /* as it is seen here, and as itself sees it */
	uint32_t generation; /* of the rules that it has, 0 = not told */
	bool no_memory;      /* it had none for later ones */
	uint64_t seen;       /* since it is known, see segment_now() */
	uint64_t memory;     /* bytes that libbond takes in it alone, */
	uint64_t shared;     /* and its part of what the host's processes share; 0 = not told */
};

/* A socket that carries a member. */
struct status_socket {
	pid_t pid; /* of who bound it, as it is seen here; 0 = it is gone, others have the socket */
	int fd;    /* there */
	bool opened; /* by libbond, not by the host */
};

/* How a member can be sent from. */
enum status_use {
	USE_UNKNOWN,     /* this host does not tell */
	USE_ADOPTED,     /* sockets of the host carry it, */
	USE_OPENED,      /* or one of libbond's */
	USE_CONNECTIONS, /* it is bound for each connection, and nothing listens there */
	USE_NEVER,       /* nothing has been bound there */
	USE_CLOSED,      /* what was bound there is closed */
	USE_AT_RESTART   /* it is to be opened by a filter, which a listener of its port that stands elsewhere keeps
			  * from: when the host restarts */
};

struct status_member {
	const char *name;    /* UDP:ADDRESS:PORT, of one bond each has another */
	const char *written; /* in the INI */
	const char *as;      /* "" = the address */
	uint16_t as_port;    /* 0 = that of the address */
	struct addr addr;
	uint16_t bond;       /* number */
	uint8_t transport;
	bool open;           /* the INI says that libbond is to open it: */
	uint64_t opening;    /* opening_word() of what the host says of that, 0 = nothing */
	uint32_t line;
	enum status_use use;
	struct status_socket *sockets;
	size_t socket_count;
	enum state state;
	uint64_t since;      /* of the state, see segment_now(); 0 = not known */
	uint64_t down;       /* when it was down last, if it is up; 0 = it was not */
	char why[OPENING_TEXT_MAX]; /* it is down; "" = it is not */
	uint64_t counts[TALLIES];
};

struct status_bond {
	const char *name;
	uint32_t line;
	struct status_member *members;
	size_t member_count;
	uint64_t counts[TALLIES]; /* of its members, and of what found none */
	uint64_t without[TALLIES]; /* of those what found none */
};

struct status_route {
	const char *name, *bond; /* bond NULL = none: what it matches is left alone */
	uint32_t line;
	uint64_t counts[TALLIES];
};

/* A table of the host's that can be full. */
struct status_table {
	const char *name, *label; /* in words, and for programs */
	bool counted;             /* used and limit are known */
	uint64_t used, limit;
	uint64_t full;            /* how often something found no room */
};

#define STATUS_TABLES_MAX 16
#define STATUS_SOCKETS_MAX 64 /* of one member */

/* In bytes. */
struct status_memory {
	uint64_t file;     /* of the file's that lie on its file system, */
	uint64_t rules;    /* of them those of the rules that count, */
	uint64_t replaced; /* and of those before them, which go in time: */
	uint32_t replaced_count;
	uint64_t replaced_until; /* when the first of them goes, see segment_now(); 0 = it is not known */
	uint64_t reserved; /* addresses for the file, which is the most that it can take */
	uint64_t caches;   /* the most that the caches beside the file can take */
	uint64_t descriptors; /* the most that what is known of its descriptors can take in a process */
	uint64_t shared, own; /* sums over the processes, see struct status_process */
	bool told;            /* shared and own are known */
};

struct status {
	pid_t pid;           /* of the process that has been there for the longest */
	char name[HOSTS_NAME_MAX];
	const char *version;
	bool elsewhere;      /* in another root or process namespace than bondctl */
	uid_t owner;
	uint64_t started, now; /* see segment_now(); `now` is when all this was read, */
	uint64_t wall;         /* in hundredths of a second since the epoch */
	const char *file;
	enum running_ini ini;
	uint32_t generation; /* of the rules that count, 0 = not told */
	struct status_process *processes; /* as they came */
	size_t process_count, process_current; /* of them with that generation */
	bool has_rules, has_tallies, has_states;
	bool headers_keep;
	struct seen seen[TRANSPORT_COUNT]; /* of what members of that transport carry */
	struct status_bond *bonds;
	size_t bond_count;
	struct status_member *members; /* of all bonds */
	size_t member_count;
	struct status_route *routes;
	size_t route_count;
	uint64_t elsewise[TALLIES]; /* counted of no member, bond or route that stands here */
	uint64_t counts[TALLIES];   /* of the host as a whole */
	struct counters counters;
	enum states_trouble trouble;
	struct table_numbers named; /* domains by the rules */
	struct table_domain_info *domains;
	size_t domain_count;
	size_t domains_left_out; /* that the rules name and that found no room in the table */
	uint32_t dns_now;    /* the clock of `refreshed` in them */
	struct status_table tables[STATUS_TABLES_MAX];
	size_t table_count;
	struct status_memory memory;

	struct running host;
	struct status_store *store; /* owns what the pointers above point to */
};

/* Reads the host of that process, the second one from an open file, which becomes its own; 0, or EXIT_FAILURE
 * after it wrote to complaints why it cannot be. To be given back with status_free(). */
int status_read(struct status *s, const struct hosts *hosts, pid_t pid, FILE *complaints);
int status_read_open(struct status *s, const struct hosts *hosts, pid_t pid, int fd, FILE *complaints);
void status_free(struct status *s);

/* The clock on the wall of a time of segment_now()'s, as status knows it. */
time_t status_wall(const struct status *s, uint64_t then);

/* Seconds from then to when s was read. */
uint64_t status_ago(const struct status *s, uint64_t then);

/* Seconds from when s was read to a time to come. */
uint64_t status_left(const struct status *s, uint64_t then);

/* By what the member was opened: "filter", "sk_lookup"; NULL = it is not, or nothing is known. */
const char *status_way(const struct status_member *m);

/* "adopted", "never-bound": for programs and, with spaces, for people. */
const char *status_use_name(enum status_use use);

#endif
