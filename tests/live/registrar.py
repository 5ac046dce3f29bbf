# SPDX-License-Identifier: MIT
"""The strict user agent as the provider of others: it challenges what they register and call with
(RFC 3261 22, RFC 2617), keeps their contacts to the letter, and calls them by these alone."""

import hashlib
import re

from lab.message import NameAddr, token
from lab.transaction import ServerTransaction
from lab.ua import UA

REALM, USER, PASSWORD = "bond.test", "me", "secret"


def _md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def _fields(value):
    return {k.lower(): q or p for k, q, p in
            re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', value)}


class Registrar(UA):
    """challenge: the methods that need credentials. registrations: the Contact values of the latest
    REGISTER that was let in, by the user of its To. lifetime: seconds that it grants a contact, or
    None for what was asked."""

    def __init__(self, host, port=5060, user="registrar", challenge=("REGISTER", "INVITE"),
                 lifetime=None, **more):
        self.challenge, self.lifetime = challenge, lifetime
        self.nonces, self.registrations, self.register_records = set(), {}, []
        super().__init__(host, port, user, **more)
        self.reuse_accepted = True

    def _request(self, request, packet):
        if request.method in self.challenge and not request.to_tag and \
                not self._is_authentic(request) and not self._is_known(request):
            self._challenge(request, packet)
            return
        if request.method == "REGISTER" and not self._is_known(request):
            user = NameAddr(request.get("to")).uri.user
            self.registrations[user] = request.all("contact")
            self.register_records.append(self.records[-1])
        super()._request(request, packet)

    def bindings(self, request):
        values = request.all("contact")
        if self.lifetime is None:
            return values
        return ["%s;expires=%d" % (re.sub(r";expires=[^;>]*$", "", v), self.lifetime)
                for v in values]

    def _is_known(self, request):
        via = request.via
        return (via.branch, via.sent_by, request.method) in self.servers

    def _challenge(self, request, packet):
        server = ServerTransaction(self, request, packet)
        via = request.via
        self.servers[(via.branch, via.sent_by, request.method)] = server
        nonce = token(20)
        self.nonces.add(nonce)
        server.respond(401, "Unauthorized", headers=[
            ("WWW-Authenticate", 'Digest realm="%s", nonce="%s", algorithm=MD5' % (REALM, nonce))])

    def _is_authentic(self, request):
        value = request.get("authorization")
        if not value:
            return False
        f = _fields(value)
        if f.get("nonce") not in self.nonces or f.get("username") != USER:
            return False
        ha1 = _md5(USER, REALM, PASSWORD)
        ha2 = _md5(request.method, f.get("uri", ""))
        if f.get("qop"):
            wanted = _md5(ha1, f["nonce"], f.get("nc", ""), f.get("cnonce", ""), f["qop"], ha2)
        else:
            wanted = _md5(ha1, f["nonce"], ha2)
        return f.get("response") == wanted

    def wait_registered(self, user=USER, timeout=15, count=1):
        """The URI of the contact, once that many registrations were let in."""
        def there():
            if len(self.register_records) >= count and self.registrations.get(user):
                return NameAddr(self.registrations[user][0]).uri
            return None
        return self.wait(there, timeout, "registration of %s" % user)

    def call(self, user=USER):
        """INVITE to the contact, and to nothing else."""
        return self.invite(str(self.wait_registered(user)))
