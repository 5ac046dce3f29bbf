/* SPDX-License-Identifier: MIT */
/* Domains whose addresses are not known: the request's next hop decides, top Route before R-URI. */
/*ini
[dns]
server = 127.0.0.1:9
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = carrier.invalid, *.trunk.invalid
bond = ext
*/
/*expect
sip:a@carrier.invalid
sendto = all
heard on M: peer saw 10.0.1.1:5060
sip:a@CARRIER.Invalid:5070;transport=udp
sendto = all
heard on M: peer saw 10.0.1.1:5060
sip:carrier.invalid
sendto = all
heard on M: peer saw 10.0.1.1:5060
sip:a@x.carrier.invalid
sendto = all
heard on H: peer saw 10.0.2.1:5060
sip:a@carrier.invalid.example.net
sendto = all
heard on H: peer saw 10.0.2.1:5060
sip:carrier.invalid@example.net
sendto = all
heard on H: peer saw 10.0.2.1:5060
sip:a@gw7.trunk.invalid
sendto = all
heard on M: peer saw 10.0.1.1:5060
sip:a@trunk.invalid
sendto = all
heard on H: peer saw 10.0.2.1:5060
sip:a@example.net Route: <sip:carrier.invalid;lr>, <sip:example.org;lr>
sendto = all
heard on M: peer saw 10.0.1.1:5060
sip:a@carrier.invalid Route: <sip:example.org;lr>
sendto = all
heard on H: peer saw 10.0.2.1:5060
sip:a@carrier.invalid Route: <sip:example.org>
sendto = all
heard on M: peer saw 10.0.1.1:5060
sip:a@example.net;maddr=carrier.invalid
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 203.0.113.9:5060: MESSAGE x7
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: MESSAGE x5
*/
#include "steer.h"

int main(void)
{
	static const struct {
		const char *uri, *route;
	} all[] = {
		{"sip:a@carrier.invalid", NULL},
		{"sip:a@CARRIER.Invalid:5070;transport=udp", NULL},
		{"sip:carrier.invalid", NULL},
		{"sip:a@x.carrier.invalid", NULL},
		{"sip:a@carrier.invalid.example.net", NULL},
		{"sip:carrier.invalid@example.net", NULL},
		{"sip:a@gw7.trunk.invalid", NULL},
		{"sip:a@trunk.invalid", NULL},
		{"sip:a@example.net", "<sip:carrier.invalid;lr>, <sip:example.org;lr>"},
		{"sip:a@carrier.invalid", "<sip:example.org;lr>"},
		{"sip:a@carrier.invalid",
			"<sip:example.org>"}, /* strict: the R-URI is the next hop */
		{"sip:a@example.net;maddr=carrier.invalid", NULL},
	};
	struct ep other = ep(OTHER4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char text[600];
		int n = snprintf(text, sizeof(text),
			"MESSAGE %s SIP/2.0\r\nVia: SIP/2.0/UDP "
			"10.0.2.1:5060;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n%s%s%sCSeq: 1 "
			"MESSAGE\r\n"
			"Content-Length: 0\r\n\r\n",
			all[i].uri, all[i].route ? "Route: " : "", all[i].route ? all[i].route : "",
			all[i].route ? "\r\n" : "");

		say("%s%s%s", all[i].uri, all[i].route ? " Route: " : "",
			all[i].route ? all[i].route : "");
		ask_data("sendto", h, &other, text, n, EARS({"H", h}, {"M", m}));
	}
	return 0;
}
