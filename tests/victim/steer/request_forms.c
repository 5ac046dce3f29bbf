/* SPDX-License-Identifier: MIT */
/* What a SIP request may look like at its beginning; each is steered, by each call, the second time
 * too. */
/*expect
short: steered
sips: steered
tel: steered
own method: steered
token characters: steered
bare line feed: steered
long URI: steered
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: +*.!%'~`_-a x6
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: ACK x6
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: INVITE x6
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: MESSAGE x6
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x6
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: REGISTER x6
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: XYZZY x6
*/
#include "steer.h"

static int h, m;

static bool steered(const char *call, const char *text)
{
	struct ep routed = ep(ROUTED4, 5060);
	char answer[3000];

	MUST(send_by(call, h, &routed, text, strlen(text)));
	wait_readable(m);
	return recv(m, answer, sizeof(answer), MSG_DONTWAIT) > 0;
}

int main(void)
{
	static char uri[700] = "SUBSCRIBE sip:";
	static const struct {
		const char *name, *text;
	} forms[] = {
		{"short", "ACK sip:a SIP/2.0\r\n\r\n"},
		{"sips", "INVITE sips:a@example.net SIP/2.0\r\nTo: <sips:a@example.net>\r\n\r\n"},
		{"tel", "MESSAGE tel:+1-201-555-0123 SIP/2.0\r\nTo: <tel:+1-201-555-0123>\r\n\r\n"},
		{"own method",
			"XYZZY sip:a@example.net SIP/2.0\r\nTo: <sip:a@example.net>\r\n\r\n"},
		{"token characters",
			"+*.!%'~`_-a sip:a@example.net SIP/2.0\r\nTo: <sip:a>\r\n\r\n"},
		{"bare line feed",
			"OPTIONS sip:a@example.net SIP/2.0\nTo: <sip:a@example.net>\n\n"},
		{"long URI", uri},
	};

	memset(uri + 14, 'u', 600);
	strcpy(uri + 614, "@example.net SIP/2.0\r\n\r\n");
	memcpy(uri, "REGISTER sip:u", 14);
	h = udp(H4, 5060), m = udp(M4, 5060);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const char *text = forms[i].text;
		bool all = steered("sendto", text) && steered("sendto", text) &&
			   steered("sendmsg", text) && steered("sendmsg-bytes", text) &&
			   steered("sendmmsg", text) && steered("sendto", text);

		say("%s: %s", forms[i].name, all ? "steered" : "not steered");
	}
	return 0;
}
