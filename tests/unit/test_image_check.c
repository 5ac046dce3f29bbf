/* SPDX-License-Identifier: MIT */
/* image: one that nobody should believe is refused, or does no harm. */
#include "image.h"

TestSuite(image_check, .init = fake_system);

/* The sanitized build of this test sees what is read beyond; here nothing may crash or go on for ever. */
Test(image_check, anything_overwritten)
{
	static struct text ini;
	unsigned seed = 21;
	int refused = 0;

	for (int round = 0; round < rounds(60); round++) {
		struct pair p;
		random_ini(&ini, &seed);
		make(&p, ini.p, ini.n, NULL, 1);
		for (int i = 0; i < 40; i++) {
			enum image_part part = (enum image_part)((unsigned)rand_r(&seed) % (IMAGE_PARTS + 1));
			struct part where = {0, sizeof(struct image)};
			size_t size = 1;
			if (part < IMAGE_PARTS) {
				where = p.image->parts[part];
				size = image_part_size(part);
			}
			if (!where.count)
				continue;
			memcpy(p.copy, p.image, p.image->size);
			char *at = (char *)p.copy + where.at + (size_t)rand_r(&seed) % (where.count * size);
			*at ^= (char)(1 << rand_r(&seed) % 8);
			if (!image_check(p.copy, p.image->size)) {
				refused++;
				continue;
			}
			free(p.room);
			p.room = aligned_alloc(IMAGE_ALIGN, image_room(p.copy));
			image_attach(&p.read, p.copy, p.room);
			for (int k = 0; k < 20; k++)
				ask(&p.read, &p.read, &seed);
		}
		end(&p);
	}
	cr_expect_gt(refused, rounds(60) * 10);
}

Test(image_check, each_bound)
{
	static const char ini[] = "[bond:b]\nmember = udp:eth1 as a.example\n[route:r]\nto = 10.0.0.0/8, x.com\n"
				  "bond = b\nfrom = b\nsocket = udp:10.0.0.1\n[host]\nsecret = s\nalias = y.example\n";
	struct pair p;

	make(&p, ini, sizeof(ini) - 1, NULL, 1);
	struct image *i = p.copy;
	size_t size = p.image->size;
#define REFUSED(lvalue, value)                                                                     \
	do {                                                                                       \
		memcpy(i, p.image, size);                                                          \
		(lvalue) = (value);                                                                \
		cr_expect_not(image_check(i, size), #lvalue " = " #value);                         \
	} while (0)
#define OF(part, type) ((type *)(uintptr_t)image_part(i, part))
	REFUSED(i->magic, 0);
	REFUSED(i->layout, IMAGE_LAYOUT + 1);
	REFUSED(i->size, (uint32_t)size + 16);
	REFUSED(i->generation, 0);
	REFUSED(i->key_count, 0);
	REFUSED(i->key_count, 3);
	REFUSED(i->unknown, UNKNOWN_DROP + 1);
	REFUSED(i->file, image_count(i, IMAGE_TEXTS));
	for (enum image_part part = 0; part < IMAGE_PARTS; part++) {
		REFUSED(i->parts[part].at, 0);
		REFUSED(i->parts[part].at, i->parts[part].at + 4);
		REFUSED(i->parts[part].at, (uint32_t)size + 16);
		REFUSED(i->parts[part].count, UINT32_MAX);
	}
	REFUSED(OF(IMAGE_BONDS, struct image_bond)->name, image_count(i, IMAGE_TEXTS));
	REFUSED(OF(IMAGE_BONDS, struct image_bond)->member_count, image_count(i, IMAGE_MEMBERS) + 1);
	REFUSED(OF(IMAGE_BONDS, struct image_bond)->slot, 1);
	REFUSED(OF(IMAGE_BONDS, struct image_bond)->fit[TRANSPORT_UDP][0].first, 1);
	REFUSED(OF(IMAGE_FIT, uint32_t)[0], image_count(i, IMAGE_MEMBERS));
	REFUSED(OF(IMAGE_MEMBERS, struct image_member)->bond, 1);
	REFUSED(OF(IMAGE_MEMBERS, struct image_member)->transport, TRANSPORT_COUNT);
	REFUSED(OF(IMAGE_MEMBERS, struct image_member)->open, 4);
	REFUSED(OF(IMAGE_MEMBERS, struct image_member)->addr.family, AF_INET6);
	REFUSED(OF(IMAGE_MEMBERS, struct image_member)->addr.port, 0);
	REFUSED(OF(IMAGE_MEMBERS, struct image_member)->device[0], '/');
	REFUSED(OF(IMAGE_ROUTES, struct image_route)->bond, 1);
	REFUSED(OF(IMAGE_ROUTES, struct image_route)->from_count, 2);
	REFUSED(OF(IMAGE_ROUTES, struct image_route)->socket_count, 2);
	REFUSED(OF(IMAGE_FROMS, uint16_t)[0], 1);
	REFUSED(OF(IMAGE_SOCKETS, struct socket_name)->transport, TRANSPORT_COUNT);
	REFUSED(OF(IMAGE_TARGETS, struct image_target)->route, 1);
	REFUSED(OF(IMAGE_TARGETS, struct image_target)->kind, TARGET_PREFIX);
	REFUSED(OF(IMAGE_ALIASES, struct image_alias)->name, UINT32_MAX);
	REFUSED(OF(IMAGE_TEXTS, char)[image_count(i, IMAGE_TEXTS) - 1], 'x');
	REFUSED(OF(IMAGE_TEXTS, char)[1], '\x1b');
	REFUSED(OF(IMAGE_MATCH + MATCH_OCTETS, int32_t)[5], INT32_MAX);
	REFUSED(OF(IMAGE_MATCH + MATCH_OCTETS, int32_t)[5], INT32_MIN);
	REFUSED(OF(IMAGE_MATCH + MATCH_LISTS, struct candidate)->kind, LIST_THIS_HOST + 1);
	REFUSED(OF(IMAGE_MATCH + MATCH_LISTS, struct candidate)[image_count(i, IMAGE_MATCH + MATCH_LISTS) - 1]
			.conditions[1], 0);
	REFUSED(OF(IMAGE_MATCH + MATCH_EDGES4, struct edge4)[0].key, 1);
	REFUSED(OF(IMAGE_MATCH + MATCH_EDGES4, struct edge4)[1].list, UINT32_MAX);
	REFUSED(OF(IMAGE_MATCH + MATCH_NODES4, struct node4)[0].shift, 32);
	REFUSED(OF(IMAGE_MATCH + MATCH_NODES4, struct node4)[0].last,
		image_count(i, IMAGE_MATCH + MATCH_EDGES4));
	REFUSED(OF(IMAGE_MATCH + MATCH_SLOTS4, uint32_t)[0], SLOT_NODE);
	REFUSED(OF(IMAGE_MATCH + MATCH_NODES6, struct node6)[0].shift, 128);
	REFUSED(OF(IMAGE_MATCH + MATCH_SLOTS6, uint32_t)[0], SLOT_NODE);
	REFUSED(OF(IMAGE_MATCH + MATCH_NAMES, struct domain_name)->count, 2);
	REFUSED(OF(IMAGE_MATCH + MATCH_NAME_SLOTS, uint32_t)[0], 2);
	REFUSED(OF(IMAGE_MATCH + MATCH_NAME_ROUTES, struct name_route)->domain, 1);
	REFUSED(OF(IMAGE_MATCH + MATCH_DOMAINS, struct domain_target)->wildcard, 2);
	memcpy(i, p.image, size);
	memset(OF(IMAGE_MEMBERS, struct image_member)->device, 'x', IFNAMSIZ);
	cr_expect_not(image_check(i, size), "a name without end");
	memcpy(i, p.image, size);
	for (uint32_t k = 0; k < image_count(i, IMAGE_MATCH + MATCH_NAME_SLOTS); k++)
		OF(IMAGE_MATCH + MATCH_NAME_SLOTS, uint32_t)[k] = 1;
	cr_expect_not(image_check(i, size), "a search for a name would never end");
	end(&p);
}
