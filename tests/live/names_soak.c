/* SPDX-License-Identifier: MIT */
/* Refreshes domains over and over: names_soak SERVER REFRESHES DOMAIN...
 * Prints each domain's state and places, and complains of descriptors left open. For each line on
 * standard input it does the same once more, with as many refreshes as the line says; "?ADDRESS"
 * prints whose that address is. Run by check_names.py, also under valgrind. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/resolver.h"
#include "dns/table.h"
#include "dns/table_domains.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"
#include "dns/targets.h"

static int open_descriptors(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void say(void *ctx, const char *text)
{
	(void)ctx;
	printf("said: %s\n", text);
}

static void refresh(struct resolver *r, unsigned long until)
{
	struct pollfd fds[RESOLVER_SOCKETS_MAX];
	int count = 0;
	resolver_hurry(r);
	while (resolver_step(r, fds, count), resolver_lookups(r) < until) {
		resolver_hurry(r);
		count = resolver_sockets(r, fds, RESOLVER_SOCKETS_MAX);
		if (poll(fds, (nfds_t)count, resolver_wait(r)) <= 0)
			count = 0;
	}
}

static void print_domains(const struct table *t)
{
	static const char *const states[] = {"unknown", "answered", "empty", "partial", "full"};
	struct table_domain_info info;
	for (uint16_t n = 0; n < table_domains(t); n++)
		if (table_domain_describe(t, n, &info) == 0)
			printf("%s %s %u\n", info.name, states[info.state], info.places);
	puts("done");
	fflush(stdout);
}

static void print_owners(const struct table *t, const char *text)
{
	struct table_domain_info info;
	struct table_hit hit;
	struct addr a;
	bool found = addr_parse(&a, text, strlen(text)) == 0 && table_lookup(t, &a, &hit);
	for (unsigned i = 0; found && i < hit.count; i++)
		if (table_domain_describe(t, hit.domains[i], &info) == 0)
			puts(info.name);
	puts("done");
	fflush(stdout);
}

static void obey(struct resolver *r, const struct table *t)
{
	char line[200];
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '?') {
			print_owners(t, line + 1);
			continue;
		}
		refresh(r, resolver_lookups(r) + strtoul(line, NULL, 10));
		print_domains(t);
	}
}

int main(int argc, char **argv)
{
	struct config c = {.dns_timeout = 1};
	struct table t;
	struct resolver *r;
	if (argc < 4)
		return 2;
	c.target_count = (size_t)argc - 3;
	c.targets = calloc(c.target_count, sizeof(*c.targets));
	for (size_t i = 0; i < c.target_count; i++)
		c.targets[i] = (struct target){.kind = TARGET_DOMAIN, .domain = argv[i + 3]};
	size_t size = table_size(64, 4096);
	void *area = aligned_alloc(64, size);
	memset(area, 0, size);
	if (addr_parse(&c.dns_server, argv[1], strlen(argv[1])) ||
		table_format(area, size, 64, 4096) || table_attach(&t, area, size))
		return 2;
	uint16_t *numbers = calloc(c.target_count, sizeof(*numbers));
	if (numbers == NULL || targets_register(&t, &c, numbers))
		return 2;
	int before = open_descriptors();
	struct resolver_setup s = {.config = &c, .table = &t, .io = &dns_io_own, .say = say};
	if (resolver_open(&r, &s))
		return 2;
	refresh(r, strtoul(argv[2], NULL, 10));
	print_domains(&t);
	obey(r, &t);
	resolver_close(r);
	int left = open_descriptors() - before;
	if (left)
		printf("%d descriptors were left open\n", left);
	free(area);
	free(numbers);
	free(c.targets);
	return left != 0;
}
