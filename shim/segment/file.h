/* SPDX-License-Identifier: MIT */
/* The file that the processes of a host share, by which bondctl finds them: how it begins, where
 * it lies, and who of its host still lives. In the host and in bondctl. Whatever is read from a
 * file is checked: another user of the machine must not be able to do more than to mislead. */
#ifndef BOND_SEGMENT_FILE_H
#define BOND_SEGMENT_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "adopted.h"
#include "counters.h"
#include "page.h"
#include "states.h"

#define SEGMENT_MAGIC UINT64_C(0x343030646e6f6273) /* "sbond004": another layout, another number */
#define SEGMENT_PROCESSES 1024
#define SEGMENT_NO_MEMORY (UINT32_C(1) << 31)
#define SEGMENT_PROBES 16 /* places looked at for one process */
#define SEGMENT_NAME_MAX 16
#define SEGMENT_SIZE_MAX (UINT64_C(1) << 30)
#define SEGMENT_HEAD_ROOM 65536

/* The INI as the host read it. */
struct segment_ini {
	uint64_t inode;
	uint64_t size;
	uint64_t changed; /* nanoseconds since the epoch */
	char path[4096];  /* absolute where that could be found out */
};

static inline uint64_t segment_changed(const struct stat *st)
{
	return (uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec;
}

/* The first bytes of the file. Places are offsets in the file. */
struct segment_head {
	_Atomic uint64_t magic; /* written last */
	uint64_t size;          /* up to the images; the file may be longer, and grows */
	uint64_t reserved;      /* bytes from the begin that the processes can see, however it grows */
	char version[32];       /* of the library */
	uint64_t started;       /* see segment_now() */
	uint32_t table;         /* where the table of DNS begins, 0 = the INI has no domains */
	_Atomic uint32_t forks;    /* of the host's processes, so far, */
	_Atomic uint32_t children; /* that came of them and have entered themselves */
	_Atomic uint64_t forked;   /* when the last was begun */
	_Atomic uint64_t processes[SEGMENT_PROCESSES]; /* see segment_process() */
	_Atomic uint32_t generations[SEGMENT_PROCESSES]; /* of the rules that each has, 0 = not told yet;
							    SEGMENT_NO_MEMORY: for later ones it had none */
	struct segment_ini ini;
	uint64_t numbering; /* see segment_numbering() */
	uint64_t program[2]; /* device and inode of the executable, 0 = not known */
	uint32_t page;       /* where it is, see page.h */
	uint32_t counters;   /* where they begin */
	uint32_t counters_size;
	uint32_t adopted;    /* see adopted.h */
	uint32_t adopted_size;
	uint32_t tallies;    /* see tallies.h; 0 = there are none */
	uint32_t tallies_size;
	uint64_t descriptors[2]; /* addresses where each process has its table of descriptors, for bondctl */
	uint64_t tail;         /* where the room ends that the file has had from the begin, 0 = there is none */
	uint32_t states;       /* of members, where they begin; as large as states.h has it */
	uint32_t live;       /* see live.h; 0 = there is no place for it */
	uint32_t live_size;
};

/* Where the parts lie that the head tells of. */
struct segment_file {
	union {
		struct segment_head head;
		char room[SEGMENT_HEAD_ROOM];
	};
	union segment_page_room page;
	struct counters counters;
	struct adopted_table adopted __attribute__((aligned(64)));
	struct states states;
} __attribute__((aligned(SEGMENT_PAGE_SIZE)));
_Static_assert(sizeof(struct segment_head) <= SEGMENT_HEAD_ROOM, "the page begins at a page");

/* Whether the file of that size is as the head says: each part lies in it as a whole. Of the images
 * nothing is said. */
bool segment_is_whole(const struct segment_head *head, off_t size);

/* Hundredths of a second since the machine was booted, the unit of proc(5)'s start times. */
uint64_t segment_now(void);

/* The namespace in which that process has its number, 0 = the caller itself; 0 = it cannot be told.
 * Numbers of another one say nothing here. */
uint64_t segment_numbering(pid_t pid);

/* A process and when it was seen, in one word: it is the same process today if it began before. */
static inline uint64_t segment_process(pid_t pid, uint64_t seen)
{
	return (uint64_t)(uint32_t)pid << 40 | (seen & ((UINT64_C(1) << 40) - 1));
}
static inline pid_t segment_pid(uint64_t process)
{
	return (pid_t)(process >> 40);
}

/* Where the search for a process begins; place n is (this + n) % SEGMENT_PROCESSES. */
static inline unsigned segment_place(pid_t pid)
{
	return (unsigned)pid * 2654435761u >> 16;
}

/* The word of the process that had that number in the head, 0 = none; and whether it still lives, as
 * far as can be told: nobody else has its number now. */
uint64_t segment_find_process(const struct segment_head *head, pid_t pid);
bool segment_is_alive(uint64_t process);

/* Opens a directory of such files: it must belong to owner, and nobody else may write in it. With
 * `make` it is made if need be. A descriptor, or -1 with errno (EPERM = it is not as it must be). */
#define SEGMENT_ANY_OWNER ((uid_t)-1)
int segment_open_directory(const char *path, uid_t owner, bool make);

/* Whether the open directory is as it must be. */
bool segment_is_private(int directory, uid_t owner);

/* Opens a file of the directory for reading; false, or *head filled in as far as the file goes, and
 * *fd open, which the caller closes. */
bool segment_open_file(int directory, const char *name, struct segment_head *head, int *fd);

/* Whether some process, in whatever namespace, has the file mapped, or is about to: 1 or 0, -1 = the
 * kernel does not tell. The caller must own it, or be root. */
int segment_is_mapped(int fd);

/* Whether a process of the host lives, other than `self` (0 = none is left out), or a child that was
 * just forked may be about to enter itself. */
bool segment_is_used(const struct segment_head *head, pid_t self);

/* Removes the files of hosts of which no process lives any more. self = the caller, who is not such
 * a process; 0 = none. */
void segment_sweep(int directory, pid_t self);

#endif
