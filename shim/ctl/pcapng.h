/* SPDX-License-Identifier: MIT */
/* A capture of messages, in the format of Wireshark (pcapng, draft-ietf-opsawg-pcapng): of each what was
 * on the wire, as a packet of IP, with what libbond knows of it as comments: the process, the call and its
 * verdict, and the host's own bytes where they are others. On the interface "wire" is what was there in the clear, on
 * "inside TLS" what a TLS library carried: pieces of a stream of TCP, too, between the same ends and without the records of
 * TLS, which nobody sees; readers know SIP by its start lines, whatever the port. With `both` each message is on a third
 * one, "host", too, as it was there.
 *
 * Linktype and snapshot length are the same for all interfaces: libpcap reads no other files. */
#ifndef BOND_CTL_PCAPNG_H
#define BOND_CTL_PCAPNG_H

#include "ip_headers.h"
#include "segment/packet.h"

struct pcapng {
	int fd;
	bool both;
	int error; /* errno of the first that could not be written; nothing is after it */
	char *bytes; /* whole blocks that are not written yet */
	size_t n, room;
	/* Of both interfaces, as Wireshark tells streams by their ends alone: what the host has of one
	 * with the same ends is behind what the wire had. */
	struct ip_flows flows;
};

/* Opens file, which is emptied if it is there and made for its owner alone if not; "-" = standard output.
 * 0 or errno. */
int pcapng_open(struct pcapng *p, const char *file, bool both);

/* Adds a message. What has no address is left out. */
void pcapng_put(struct pcapng *p, const struct packet_view *v);

/* Writes what was added: then the file can be read as far as it goes. What finds no room is taken back
 * from a file. Returns p->error. */
int pcapng_flush(struct pcapng *p);

/* So, and ends. */
int pcapng_close(struct pcapng *p);

#endif
