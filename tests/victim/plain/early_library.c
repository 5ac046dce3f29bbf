/* SPDX-License-Identifier: MIT */
/* A library of the program's own whose constructor uses sockets before any preload's constructor,
 * and whose destructor uses them again at the end. */
/*victim
link: early
*/
#include "../victim.h"

extern int early_socket(void);

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005);

	DID(sendto(early_socket(), SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	say_open(12);
	return 0;
}
