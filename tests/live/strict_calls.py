# SPDX-License-Identifier: MIT
"""What two strict user agents do with each other through a host, and what is shown where it goes wrong."""

from checks import expect, expect_equal


def whole(caller, called, uri, seen=None, by_called=False):
    """A whole call: re-INVITE by both sides, BYE by one. seen() is given the INVITE as it came."""
    here = caller.invite(uri)
    there = called.expect_call()
    if seen:
        seen(there.server.request)
    there.ring()
    here.wait_response(180)
    there.answer()
    here.wait_answer()
    there.wait_ack()
    expect_equal(here.reinvite().wait().status, 200, "the answer to the caller's re-INVITE")
    expect_equal(there.reinvite().wait().status, 200, "the answer to re-INVITE")
    if by_called:
        there.bye()
        here.wait_bye()
    else:
        here.bye()
        there.wait_bye()


def cancelled(caller, called, uri):
    here = caller.invite(uri)
    there = called.expect_call()
    there.ring()
    here.wait_response(180)
    here.cancel().wait()
    expect_equal(here.client.wait().status, 487, "the answer to INVITE")
    expect(there.cancelled, "the called side got no CANCEL")


def busy(caller, called, uri):
    here = caller.invite(uri)
    called.expect_call().reject(486)
    expect_equal(here.client.wait().status, 486, "the answer to INVITE")


def detail(lab, host, peers, trace):
    """What the peers saw, and the ends of a Kamailio's log and of its trace, of so many characters."""
    return "\n".join(p.transcript() for p in peers) + "\n--- kamailio\n%s\n--- trace\n%s" % (
        "\n".join(x for x in lab.read(host.log).splitlines()
                  if "INFO" not in x)[-3000:], lab.read(host.trace)[-trace:])
