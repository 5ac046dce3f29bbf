/* SPDX-License-Identifier: MIT */
/* A host's file in which anything was overwritten: bondctl status is misled, and no more.
 *
 * Eight bytes each overwrite one number: which part of the file, which of its bytes, how many, the value. */
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/ini.h"
#include "core/domains.h"
#include "core/image.h"
#include "ctl/status_print.h"
#include "dns/table_memory.h"
#include "segment/adopted.h"
#include "segment/area.h"
#include "segment/processes.h"
#include "segment/tallies.h"
#include "../unit/fake_system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] = "[bond:a]\nmember = udp:eth1\nmember = tcp:eth1 as sip.example.com\n"
	"[bond:b]\nmember = udp:127.0.0.1:5070 device lo\nno-member = pass\n"
	"[route:one]\nto = 10.0.0.0/8, a.com, *.a.com, b.net:5061\nbond = a\nfrom = b\n"
	"[route:two]\nbond = none\n[host]\nsecret = one\n";

static char *good; /* the file */
static size_t good_size;

static void require(bool held)
{
	if (!held)
		abort();
}

static void fill(struct segment *s, const struct image *i)
{
	bool full;
	struct adopted a = {.inode = 7, .pid = (uint32_t)getpid(), .fd = 3, .transport = TRANSPORT_UDP};

	require(addr_parse(&a.addr, "127.0.0.1:5070", 14) == 0);
	adopted_keep(s->adopted, 99, &a);
	for (uint32_t slot = 0; slot < 3; slot++)
		tallies_add(s->tallies, tallies_cell(s->tallies, tally_key(0, TALLY_OF_MEMBER, slot), &full),
			TALLY_REFUSED, slot + 1);
	segment_has_generation(s, i->generation);
}

/* A host as the constructor makes it. */
static void make_file(void)
{
	struct segment s = {0};
	struct config c;
	struct findings f;
	struct match *m;
	struct image *i;

	fake_system();
	require(config_load_text(&c, "/etc/bond.ini", text, sizeof(text) - 1, &f) == 0);
	findings_free(&f);
	require(match_compile(&m, &c) == 0);
	require(image_write(&i, &c, m, NULL, 1) == 0);
	size_t dns = domains_room(&c);
	segment_init(&s, &(struct segment_wants){.ini = "/etc/hostname", .pairs = 64, .dns_size = dns, .image = i,
		.image_size = i->size});
	require(*s.path);
	require(table_format(s.dns, dns, 300, 1000) == 0);
	fill(&s, i);
	int fd = open(s.path, O_RDONLY);
	good_size = (size_t)lseek(fd, 0, SEEK_END);
	good = malloc(good_size);
	require(good && pread(fd, good, good_size, 0) == (ssize_t)good_size);
	close(fd);
	segment_end(&s);
	match_free(m);
	config_free(&c);
	free(i);
}

static void overwrite(char *copy, const uint8_t *op)
{
	const struct segment_head *head = (const struct segment_head *)good;
	const uint64_t places[] = {0, offsetof(struct segment_head, ini), head->page, head->counters, head->adopted,
		head->tallies, head->table, head->states, head->size};
	uint64_t at = places[op[0] % 9] + ((op[1] | (uint64_t)op[2] << 8) >> (op[0] >> 4));
	uint32_t value;
	size_t n = 1u << (op[3] & 1);

	memcpy(&value, op + 4, sizeof(value));
	if (at + n * 2 <= good_size)
		memcpy(copy + at, &value, n * 2);
}

static void print_all(const struct status *s)
{
	static FILE *out;
	const struct status *all[] = {s};
	struct json j;

	if (!out)
		out = fopen("/dev/null", "w");
	status_print_text(s, NULL, out);
	status_print_text(s, s, out);
	status_print_prometheus(all, 1, true, out);
	json_start(&j, out);
	status_print_json(s, &j);
	require(json_finish(&j));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hosts hosts = {0};
	struct status s;
	FILE *complaints;

	if (!good)
		make_file();
	char *copy = malloc(good_size);
	memcpy(copy, good, good_size);
	for (size_t at = 0; at + 8 <= size; at += 8)
		overwrite(copy, data + at);
	int fd = memfd_create("status", 0);
	size_t bytes = size % 8 == 7 ? good_size - data[size - 1] * good_size / 256 : good_size;
	require(write(fd, copy, bytes) == (ssize_t)bytes);
	free(copy);
	complaints = fopen("/dev/null", "w");
	if (status_read_open(&s, &hosts, 0, fd, complaints) == 0) {
		print_all(&s);
		status_free(&s);
	}
	fclose(complaints);
	return 0;
}
