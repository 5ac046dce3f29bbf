/* SPDX-License-Identifier: MIT */
/* bondctl list: the sockets behind each bond, interfaces and host names expanded. */
#include "command.h"

#include <stdlib.h>

#include "config/expand.h"
#include "json.h"

static int socket_text(const struct member *m, char *buf, size_t size)
{
	char text[ADDR_TEXT_MAX];
	expand_print(&m->addr, text);
	return snprintf(buf, size, "%s: %s", transport_names[m->transport], text);
}

static void list_member(const struct member *m, int width, struct expand *x)
{
	char text[ADDR_TEXT_MAX + 8];
	const char *interface = expand_interface_of(x, &m->addr);
	socket_text(m, text, sizeof(text));
	printf("  %-*s  ", width, text);
	if (interface)
		printf("here, %s", interface);
	else
		fputs("not on this machine", stdout);
	if (m->as_host && m->as_port)
		printf(", as %s:%u", m->as_host, m->as_port);
	else if (m->as_host)
		printf(", as %s", m->as_host);
	if (m->device[0])
		printf(", device %s%s", m->device, m->device_index ? "" : " (not on this machine)");
	if (m->open)
		fputs(", open", stdout);
	printf(", line %u\n", m->place.line);
}

static void list_text(const struct config *c, struct expand *x)
{
	char text[ADDR_TEXT_MAX + 8];
	int width = 0;
	for (size_t i = 0; i < c->member_count; i++) {
		int n = socket_text(&c->members[i], text, sizeof(text));
		width = n > width ? n : width;
	}
	for (size_t i = 0; i < c->bond_count; i++) {
		const struct bond *bond = &c->bonds[i];
		printf("%sbond %s: %u member%s\n", i ? "\n" : "", bond->name, bond->member_count,
			plural(bond->member_count));
		if (bond->member_count)
			puts("Listening on");
		for (uint32_t m = 0; m < bond->member_count; m++)
			list_member(&c->members[bond->first_member + m], width, x);
	}
}

static void member_json(struct json *j, const struct member *m, struct expand *x)
{
	char text[ADDR_TEXT_MAX];
	expand_print(&m->addr, text);
	json_object(j, NULL);
	json_text(j, "transport", transport_names[m->transport]);
	json_text(j, "address", text);
	json_text(j, "interface", expand_interface_of(x, &m->addr));
	if (m->as_host)
		json_text(j, "as", m->as_host);
	if (m->as_host && m->as_port)
		json_number(j, "as_port", m->as_port);
	if (m->device[0]) {
		json_text(j, "device", m->device);
		json_bool(j, "device_present", m->device_index != 0);
	}
	json_bool(j, "open", m->open);
	json_number(j, "line", m->place.line);
	json_end(j);
}

static void list_json(const struct config *c, struct expand *x)
{
	struct json j;
	json_start(&j, stdout);
	json_object(&j, NULL);
	json_text(&j, "file", c->file);
	json_array(&j, "bonds");
	for (size_t i = 0; i < c->bond_count; i++) {
		const struct bond *bond = &c->bonds[i];
		json_object(&j, NULL);
		json_text(&j, "name", bond->name);
		json_number(&j, "line", bond->place.line);
		json_array(&j, "members");
		for (uint32_t m = 0; m < bond->member_count; m++)
			member_json(&j, &c->members[bond->first_member + m], x);
		json_end(&j);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	json_finish(&j);
}

static int list_run(const struct command *self, int argc, char **argv)
{
	struct config c;
	struct expand x;
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	bool json = false;
	int o;
	while ((o = next_option(self, argc, argv, options)) != -1) {
		if (o == '?')
			return EXIT_USAGE;
		json = true;
	}
	if (argc > optind + 1)
		return bad_usage(self, "too many arguments: \"%s\"", argv[optind + 1]);
	const char *file = optind < argc ? argv[optind] : default_file();
	if (load_or_complain(&c, file))
		return EXIT_FAILURE;
	expand_start(&x);
	if (json)
		list_json(&c, &x);
	else
		list_text(&c, &x);
	expand_end(&x);
	config_free(&c);
	return 0;
}

const struct command list_command = {
	.name = "list",
	.arguments = "[--json] [FILE]",
	.summary = "list every member of every bond, interfaces and names expanded",
	.help = "Prints for each bond of FILE every member as it is after expansion: transport, "
		"address and\n"
		"port, whether the address is on this machine and on which interface, the name "
		"that is\n"
		"written in messages (as), the device, and whether it is to be opened.\n"
		"  --json  for programs\n"
		"Exit status: 0, or 1 if FILE has errors; they are printed.\n",
	.run = list_run,
};
