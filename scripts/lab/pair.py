# SPDX-License-Identifier: MIT
"""Two strict user agents and the proxy between them."""

from .message import format_host, format_hostport
from .network import FIRST, PEER, address
from .ua import UA


class Pair:
    """A caller in one side, a called party in the other, the proxy between them. more: of the called
    party."""

    ports = 5070
    far = "udp"  # by which the called party is called, unless the call says so

    def __init__(self, lab, here, here_family, there, there_family, t1=0.5, hosts=None,
                 peer=PEER, **more):
        Pair.ports += 2  # what is late for one call shall not disturb the next
        self.proxy = address(here, here_family, FIRST)
        self.alice = UA(address(here, here_family, PEER), Pair.ports, "alice", t1=t1,
                        hosts=hosts, transports=("udp", "tcp", "tls"), tls=lab.certificate(),
                        make_socket=lab.peer[here].socket)
        self.bob = UA(address(there, there_family, peer), Pair.ports, "bob", t1=t1,
                      hosts=hosts, transports=("udp", "tcp", "tls"), tls=lab.certificate(),
                      make_socket=lab.peer[there].socket, **more)

    def invite(self, transport="udp"):
        uri = "sip:bob@%s;transport=%s" % (
            format_hostport(self.bob.host, self.bob.port_of(transport)), transport)
        call = self.alice.invite(uri, route=["sip:%s;lr" % format_host(self.proxy)])
        return call, self.bob.expect_call()

    def connect(self, transport="udp"):
        here, there = self.invite(transport)
        there.ring()
        here.wait_response(180)
        there.answer()
        here.wait_answer()
        there.wait_ack()
        return here, there

    def no_problems(self):
        problems = self.alice.problems + self.bob.problems + self.alice.errors + self.bob.errors
        if problems:
            raise AssertionError("; ".join(problems))

    def sources(self, ua):
        """{(address, port)} that sent requests to a user agent."""
        return {r.source for r in ua.records if r.direction == "in" and not r.dropped
                and r.message.method}

    def transcript(self):
        return self.alice.transcript() + "\n" + self.bob.transcript()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.alice.close()
        self.bob.close()
