/* SPDX-License-Identifier: MIT */
/* A program that would use a TLS library if there were one: libbond-tls.so makes it believe so, and fails. */
/*victim
preload: @tls @
*/
/*expect
SSL_write: -1, Function not implemented
SSL_read: -1, Function not implemented
SSL_pending: 0
*/
#include "steer.h"

int SSL_write(void *ssl, const void *p, int n) __attribute__((weak));
int SSL_read(void *ssl, void *p, int n) __attribute__((weak));
int SSL_pending(void *ssl) __attribute__((weak));

int main(void)
{
	void *object[20] = {0};

	if (!SSL_write) {
		say("there is none");
		return 0;
	}
	int n = SSL_write(object, "text", 4);
	say("SSL_write: %d, %s", n, strerror(errno));
	errno = 0;
	n = SSL_read(object, object, 4);
	say("SSL_read: %d, %s", n, strerror(errno));
	say("SSL_pending: %d", SSL_pending(object));
	return 0;
}
