/* SPDX-License-Identifier: MIT */
#include "has_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "hosts.h"

#define LOOKS 10
#define NAP_MS 20

/* The generation that the process has told; 0 = it does not stand there. */
static uint32_t generation_of(const struct segment_head *head, pid_t pid)
{
	for (unsigned n = 0; n < SEGMENT_PROBES; n++) {
		unsigned place = (segment_place(pid) + n) % SEGMENT_PROCESSES;
		if (segment_pid(head->processes[place]) == pid)
			return head->generations[place];
	}
	return 0;
}

static struct has_rules count(const struct hosts *h, const struct running *r, const struct segment_head *head,
	uint32_t generation)
{
	struct has_rules found = {0};
	size_t one = hosts_of_pid(h, r->pid), i;

	if (one >= h->count || !h->processes[one].inode)
		return found;
	for (i = 0; i < h->count; i++) {
		const struct hosts_process *p = &h->processes[i];
		uint32_t has = p->inode == h->processes[one].inode && p->device == h->processes[one].device
			? generation_of(head, p->own) : 0;
		bool without = has & SEGMENT_NO_MEMORY;
		has &= ~SEGMENT_NO_MEMORY;
		found.all += has != 0;
		found.have += has >= generation;
		found.no_memory += has < generation && without;
	}
	return found;
}

struct has_rules has_rules_count(const struct running *r, uint32_t generation)
{
	struct has_rules found = {0};
	struct segment_head *head = malloc(sizeof(*head));
	struct hosts h;

	if (head && pread(r->fd, head, sizeof(*head), 0) == sizeof(*head) && hosts_find(&h) == 0) {
		found = count(&h, r, head, generation);
		hosts_free(&h);
	}
	free(head);
	return found;
}

struct has_rules has_rules_wait(const struct running *r, uint32_t generation)
{
	struct has_rules found = has_rules_count(r, generation);

	for (int i = 0; i < LOOKS && found.have < found.all; i++) {
		nanosleep(&(struct timespec){.tv_nsec = NAP_MS * 1000000}, NULL);
		found = has_rules_count(r, generation);
	}
	return found;
}

void has_rules_say(const struct has_rules *h)
{
	unsigned others = h->all - h->have > h->no_memory ? h->all - h->have - h->no_memory : 0;

	if (!h->all) {
		puts("; its processes could not be counted");
		return;
	}
	printf("; %u of %u process%s ha%s them", h->have, h->all, h->all == 1 ? "" : "es", h->have == 1 ? "s" : "ve");
	if (others)
		printf(", %u at %s next call", others, others == 1 ? "its" : "their");
	if (h->no_memory)
		printf(", %u ha%s no memory for them and go%s by those before", h->no_memory,
			h->no_memory == 1 ? "s" : "ve", h->no_memory == 1 ? "es" : "");
	putchar('\n');
}
