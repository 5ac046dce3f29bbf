# SPDX-License-Identifier: MIT
"""Whole dialogs by UDP through Kamailio with mhomed=0, which knows one socket of its own and nothing of
members, between strict user agents: a header that does not agree with the socket ends a call."""

import contextlib
import os
import re

import hosts
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import NameAddr, format_hostport
from lab.network import FIRST, PEER, PEER2, ROOT, SECOND, THIRD, Lab, address, wait_until
from lab.pair import Pair
from lab.ua import UA

T1 = 0.3


def flows(t, pair, what, only=None):
    """Calls of every course between the two; each is a check."""
    def by_callee():
        call, far = pair.connect()
        far.bye()
        call.wait_bye()

    def by_caller():
        call, far = pair.connect()
        call.bye()
        far.wait_bye()

    def reinvite():
        call, far = pair.connect()
        expect_equal(call.reinvite().wait().status, 200, "answer")
        far.wait_ack()
        expect_equal(far.reinvite().wait().status, 200, "answer")
        call.wait_ack()
        far.bye()
        call.wait_bye()

    def cancel():
        call, far = pair.invite()
        far.ring()
        call.wait_response(180)
        expect_equal(call.cancel().wait().status, 200, "answer to CANCEL")
        expect_equal(call.client.wait().status, 487, "answer to INVITE")
        far.wait_ack()
        expect(far.cancelled, "the called party got no CANCEL")

    def busy():
        call, far = pair.invite()
        far.reject(486)
        expect_equal(call.client.wait().status, 486, "answer")
        far.wait_ack()

    courses = {"BYE by the called party": by_callee, "BYE by the caller": by_caller,
               "re-INVITE from either side": reinvite, "CANCEL": cancel, "486": busy}
    for name, course in courses.items():
        if only and name not in only:
            continue
        with t.check(what + name, pair.transcript):
            course()
            pair.no_problems()


def texts(ua):
    """All that a user agent got, as text."""
    return [r.message.raw.decode() for r in ua.records if r.direction == "in" and r.message.raw]


def names_of(text):
    """(host, port) of each Record-Route and Contact of a message, and of its request line."""
    rows = re.findall(r"^(?:Record-Route|Contact|Route):.*$|^[A-Z]+ sip:.*$", text, re.M | re.I)
    return re.findall(r"sips?:(?:[^@<>;, ]*@)?(\[[^\]]*\]|[^:;<>, ]+)", "\n".join(rows))


def sees_nothing(host, members):
    """Kamailio was never shown a member's name or a token, save marks in Vias."""
    messages = host.messages()
    expect(messages, "no message was logged")
    for text in messages:
        expect(not re.search(r";\s*bond=", text), "a token is seen: " + text)
        for row in text.splitlines():
            expect("bond-in=" not in row or row.lower().startswith("via:"),
                   "a mark outside a Via: " + row)
        for name in names_of(text):
            expect(name.strip("[]") not in members, "%s is seen: %s" % (name, text))


def no_marks(ua):
    """No message had a mark or a script's header where the user agent would see it: a request's marks
    stand in lower Vias, a response has none."""
    for text in texts(ua):
        vias = re.findall(r"^(?:Via|v):(.*)$", text, re.M | re.I)
        expect("bond-in" not in vias[0], "a mark in the top Via: " + text)
        if text.startswith("SIP/2.0"):
            expect("bond-in" not in text, "a mark in a response: " + text)


def members(side, families=(4, 6)):
    return {bonds.member(side, f, "udp")[0] for f in families}


def not_told(ua, side):
    """The user agent never saw a name of that side's members."""
    for text in texts(ua):
        head = text.partition("\r\n\r\n")[0]
        for member in members(side):
            found = re.search(r"(?<![0-9A-Fa-f.:])%s(?![0-9A-Fa-f.])" % re.escape(member), head)
            expect(not found, "%s in %s" % (member, head))


@group
def dialogs_both(t):
    """Routes for both sides, by destination."""
    with Lab() as lab:
        host = Kamailio(lab, ini=lab.write("bond.ini", bonds.both()), mhomed=0, watch=True,
                        parameters="check_via=yes")
        for here, there, a, b in ("AB44", "AB66", "AB46", "AB64", "BA44", "BA66", "BA46", "BA64"):
            a, b = int(a), int(b)
            what = "%s to %s, IPv%d to IPv%d: " % (here, there, a, b)
            with Pair(lab, here, a, there, b, t1=T1) as pair:
                flows(t, pair, what)
                with t.check(what + "the called party sees the member, the caller does not",
                             pair.transcript):
                    expect_equal(pair.sources(pair.bob), {bonds.member(there, b, "udp")}, "source")
                    for r in pair.bob.received("INVITE"):
                        expect_equal(r.message.via.sent_by, bonds.member(there, b, "udp"), "Via")
                    for r in pair.bob.received("INVITE"):
                        for route in r.message.record_route[:1]:
                            expect_equal(route.uri.host, bonds.member(there, b, "udp")[0],
                                         "topmost Record-Route")
                    not_told(pair.alice, there)
                    no_marks(pair.alice)
                    no_marks(pair.bob)
        with t.check("Kamailio sees its own names only"):
            sees_nothing(host, members("A") | members("B"))
        host.stop()


@group
def dialogs_one_side(t):
    """A route for one side only: the other one's leaves as bare, whole all the same."""
    with Lab() as lab:
        for routed in "AB":
            ini = lab.write("one-%s.ini" % routed, bonds.bond(routed) + bonds.route(routed))
            host = Kamailio(lab, "one-" + routed, ini=ini, mhomed=0, watch=True)
            for here, there, a, b in ("AB44", "BA44", "AB66", "AB64"):
                what = "route to %s, %s to %s, IPv%s to IPv%s: " % (routed, here, there, a, b)
                if there != routed:
                    continue  # no way from the one address to the other side
                with Pair(lab, here, int(a), there, int(b), t1=T1) as pair:
                    flows(t, pair, what)
                    with t.check(what + "only that side sees the member", pair.transcript):
                        expect_equal(pair.sources(pair.bob), {bonds.member(there, int(b), "udp")},
                                     "source at the called party")
                        expect_equal(pair.sources(pair.alice), {(address(here, int(a), FIRST), 5060)},
                                     "source at the caller")
                        not_told(pair.alice, there)
            with t.check("route to %s: Kamailio sees its own names only" % routed):
                sees_nothing(host, members(routed))
            host.stop()


def inout(text, changes):
    for old, new in changes.items():
        expect(old in text, "the file has no " + old)
        text = text.replace(old, new)
    return text


def article(internal, external):
    """The article's second script, with the lab's addresses."""
    with open(os.path.join(ROOT, "config", "article-inout.ini")) as f:
        return inout(f.read(), {"10.10.0.3:5060": internal, "1.2.3.4:5060": external})


TIMERS = """modparam("tm", "fr_timer", 1800)
modparam("tm", "fr_inv_timer", 1500)
"""


def timeouts(t, pair, what):
    with t.check(what + "no answer: resent by the timer, then 408", pair.transcript):
        call, far = pair.invite()
        expect_equal(call.client.wait().status, 408, "answer")
        got = pair.bob.received("INVITE")
        got = [r for r in got if r.message.call_id == call.client.request.call_id]
        expect(len(got) > 1, "it was not resent")
        expect_equal(len({(r.message.via.branch, r.message.via.sent_by, r.source) for r in got}), 1,
                     "number of ways that it came")
    with t.check(what + "no end of the ringing: CANCEL by the timer", pair.transcript):
        call, far = pair.invite()
        far.ring()
        call.wait_response(180)
        expect_equal(call.client.wait().status, 408, "answer")
        pair.bob.wait(lambda: far.cancelled, 5, "CANCEL")
        far.wait_ack()
        pair.no_problems()


@group
def dialogs_timeout(t):
    with Lab() as lab:
        host = Kamailio(lab, ini=lab.write("bond.ini", bonds.both()), mhomed=0, parameters=TIMERS)
        for here, there in ("AB", "BA"):
            with Pair(lab, here, 4, there, 4, t1=T1) as pair:
                timeouts(t, pair, "by `to`, %s to %s: " % (here, there))
        host.stop()


def third_party(lab, side):
    """A peer sends to a socket of neither bond what is for its neighbour: (answer, how many of its
    requests the neighbour got)."""
    with contextlib.ExitStack() as stack:
        def ua(host, user):
            made = UA(address(side, 4, host), 5090, user, t1=T1, auto=("MESSAGE",),
                      make_socket=lab.peer[side].socket)
            stack.callback(made.close)
            return made
        one, two = ua(PEER, "one"), ua(PEER2, "two")
        answer = one.send_request("MESSAGE", "sip:two@" + format_hostport(two.host, 5090),
                                  ["sip:%s;lr" % address(side, 4, SECOND)]).wait()
        expect(answer.via.params.get("bond-in") is None, "a mark")
        expect(not one.problems, "; ".join(one.problems))
        return answer.status, len(two.received("MESSAGE"))


@group
def dialogs_inout(t):
    """In from internal, out to external; in from external, out to internal; everything else 403."""
    with Lab() as lab:
        first = {s: (address(s, 4, FIRST), 5060) for s in "AB"}
        ini = lab.write("bond.ini", article(format_hostport(*first["A"]), format_hostport(*first["B"])))
        with t.check("bondctl finds no fault in the article's INI"):
            code, said = bonds.bondctl(lab.proxy, "check",
                                       os.path.join(ROOT, "config", "article-inout.ini"))
            expect(code == 0, said)
        host = Kamailio(lab, ini=ini, mhomed=0, watch=True, parameters=TIMERS + "check_via=yes")
        for here, there in ("AB", "BA"):
            what = "%s to %s: " % (here, there)
            with Pair(lab, here, 4, there, 4, t1=T1) as pair:
                flows(t, pair, what)
                timeouts(t, pair, what)
                with t.check(what + "each side sees its own socket only", pair.transcript):
                    for ua, side, other in ((pair.alice, here, there), (pair.bob, there, here)):
                        sources = {r.source for r in ua.records if r.direction == "in"}
                        expect_equal(sources, {first[side]}, "source at " + ua.user)
                        for r in ua.records:
                            if r.direction == "in":
                                hosts = {u.uri.host for u in r.message.record_route}
                                expect(hosts <= {first[side][0], first[other][0]}, "%s" % hosts)
                                expect(not r.message.method or r.message.via.sent_by == first[side],
                                       "Via %s" % r.message.via)
                        no_marks(ua)
        seen = len(host.messages())
        for side in "AB":
            with t.check("by a socket of neither bond, %s: 403, before Kamailio sees it" % side):
                expect_equal(third_party(lab, side), (403, 0), "answer, requests that came through")
        with t.check("Kamailio saw none of these, and no token ever"):
            expect_equal(len(host.messages()), seen, "number of messages")
            sees_nothing(host, set())
        host.stop()
        host = Kamailio(lab, "bare", mhomed=0)
        with t.check("bare, the same server forwards them"):
            expect_equal(third_party(lab, "A"), (200, 1), "answer, requests that came through")
        host.stop()


@group
def dialogs_from(t):
    """`from` with members that are other sockets than those which the calls come in on."""
    with Lab() as lab:
        ini = """[host]
secret = of-this-test
[bond:in]
member = udp:%s
[bond:out]
member = udp:%s
[bond:back]
member = udp:%s
[route:out]
from = in
bond = out
[route:back]
from = out
bond = back
""" % tuple(format_hostport(h, 5060) for h in (address("A", 4, FIRST), address("B", 4, SECOND),
                                               address("A", 4, SECOND)))
        host = Kamailio(lab, ini=lab.write("bond.ini", ini), mhomed=0, watch=True,
                        parameters=TIMERS)
        with Pair(lab, "A", 4, "B", 4, t1=T1) as pair:
            flows(t, pair, "A to B: ")
            timeouts(t, pair, "A to B: ")
            with t.check("A to B: the sockets are those of the bonds", pair.transcript):
                expect_equal(pair.sources(pair.bob), {(address("B", 4, SECOND), 5060)}, "source")
                expect_equal(pair.sources(pair.alice), {(address("A", 4, SECOND), 5060)}, "source")
                no_marks(pair.alice)
                no_marks(pair.bob)
        with t.check("Kamailio sees its own names only"):
            sees_nothing(host, {address("B", 4, SECOND)})
        host.stop()


@group
def dialogs_names(t):
    """Members whose port is not the listener's, names by `as`, one Record-Route."""
    with Lab() as lab:
        port = "listen=udp:%s\nlisten=udp:[%s]:5072\n" % (
            format_hostport(address("B", 4, THIRD), 5072), address("B", 6, THIRD))
        for name, as_, hosts in (("port", "", {}), ("as", " as sip.b.test",
                                                    {"sip.b.test": address("B", 4, THIRD)}),
                                 ("as-port", " as sip.b.test:5072",
                                  {"sip.b.test": address("B", 4, THIRD)})):
            ini = "[bond:external]\nmember = udp:%s%s\nmember = udp:[%s]:5072\n" % (
                format_hostport(address("B", 4, THIRD), 5072), as_, address("B", 6, THIRD))
            host = Kamailio(lab, name, ini=lab.write(name + ".ini", ini + bonds.route("B")),
                            mhomed=0, watch=True, modules=port,
                            parameters='modparam("rr", "enable_double_rr", %d)' % (name != "as"))
            for family in (4, 6) if name == "port" else (4,):
                with Pair(lab, "A", family, "B", family, t1=T1, hosts=hosts) as pair:
                    flows(t, pair, "%s, IPv%d: " % (name, family))
                    with t.check("%s, IPv%d: Via, Record-Route, source" % (name, family),
                                 pair.transcript):
                        wanted = "sip.b.test" if as_ else address("B", family, THIRD)
                        for r in pair.bob.received("INVITE"):
                            if r.message.to_tag:
                                continue
                            expect_equal(r.source, (address("B", family, THIRD), 5072), "source")
                            expect_equal(r.message.via.sent_by, (wanted, 5072), "Via")
                            expect_equal(r.message.record_route[0].uri.target[1:], (wanted, 5072),
                                         "Record-Route")
            with t.check(name + ": Kamailio sees its own names only"):
                sees_nothing(host, {"sip.b.test", address("B", 4, THIRD), address("B", 6, THIRD)})
            host.stop()


@group
def dialogs_keep(t):
    """The counterpart, headers = keep: the source is the member's, the headers are Kamailio's, and a
    strict user agent's calls fail where they say so."""
    with Lab() as lab:
        keep = "[host]\nheaders = keep\n"
        host = Kamailio(lab, ini=lab.write("bond.ini", keep + bonds.both()), mhomed=0)
        with Pair(lab, "A", 4, "B", 4, t1=0.1) as pair:
            with t.check("an INVITE comes from the member, in Kamailio's name", pair.transcript):
                call, far = pair.invite()
                expect_equal(pair.sources(pair.bob), {bonds.member("B", 4, "udp")}, "source")
                expect_equal(pair.bob.received("INVITE")[0].message.via.sent_by,
                             (address("A", 4, FIRST), 5060), "Via")
            with t.check("its 180 has no way back", pair.transcript):
                far.ring()
                expect(pair.bob.problems or pair.bob.errors, "it was sent")
        with Pair(lab, "A", 4, "B", 4, t1=0.1) as pair:
            pair.bob.by_received = True
            with t.check("sent to where it came from: the call is there, its BYE has no way back",
                         pair.transcript):
                call, far = pair.connect()
                try:
                    far.request("BYE").wait(1)
                except (TimeoutError, OSError):
                    pass
                else:
                    expect(False, "the BYE was answered")
                expect(not call.bye_record, "the BYE came through")
        host.stop()


EDGE = """	if (is_method("REGISTER")) {
		remove_hf("Route");
		$du = $null;
		add_path();
		route(SEND);
		exit;
	}
	if (is_method("INVITE") && loose_route()) {
		record_route();
		route(SEND);
		exit;
	}
"""


@group
def dialogs_edge(t):
    """A user agent registers through Kamailio with Path, and is called by it."""
    with Lab() as lab:
        for what, ini, member in (
                ("by `to`: ", bonds.both(), bonds.member("B", 4, "udp")),
                ("article: ", article(*[format_hostport(address(s, 4, FIRST), 5060) for s in "AB"]),
                 (address("B", 4, FIRST), 5060))):
            name = what[:2]
            host = Kamailio(lab, name, ini=lab.write(name + ".ini", ini), mhomed=0, watch=True,
                            modules='loadmodule "path.so"', register=EDGE)
            with Pair(lab, "A", 4, "B", 4, t1=T1) as pair:
                route = ["sip:%s;lr" % pair.proxy]
                registrar = format_hostport(pair.bob.host, pair.bob.port)
                with t.check(what + "REGISTER with Path", pair.transcript):
                    answer = pair.alice.send_request("REGISTER", "sip:" + registrar, route).wait()
                    expect_equal(answer.status, 200, "answer")
                    got = pair.bob.received("REGISTER")[0].message
                    path = NameAddr(got.get("path"))
                    expect_equal(path.uri.target, ("udp",) + member, "Path")
                    expect_equal(str(answer.contact), str(got.contact), "Contact in the answer")
                    pair.no_problems()
                with t.check(what + "a call by the Path, BYE by either side", pair.transcript):
                    for who in "caller", "called party":
                        call = pair.bob.invite(str(got.contact.uri), route=[str(path.uri)])
                        far = pair.alice.expect_call()
                        far.ring()
                        far.answer()
                        call.wait_answer()
                        far.wait_ack()
                        (call if who == "caller" else far).bye()
                        (far if who == "caller" else call).wait_bye()
                    pair.no_problems()
                with t.check(what + "no mark and no member's name where it must not be",
                             pair.transcript):
                    no_marks(pair.alice)
                    no_marks(pair.bob)
                    not_told(pair.alice, "B")
            # It reads on the members and names them as its own: only tokens are not its own.
            with t.check(what + "Kamailio sees no token"):
                sees_nothing(host, set())
            host.stop()


PING = """modparam("dispatcher", "list_file", "%s")
modparam("dispatcher", "ds_ping_interval", 1)
modparam("dispatcher", "ds_probing_mode", 1)
"""


@group
def dialogs_ping(t):
    """OPTIONS that Kamailio makes itself, from a process that never read a message."""
    with Lab() as lab:
        bob = UA(address("B", 4, PEER), 5060, "bob", make_socket=lab.peer["B"].socket)
        lab.closing(bob.close)
        list_ = lab.write("dispatcher.list", "1 sip:%s\n" % format_hostport(*bob_place(bob)))
        for what, ini in (("by `to`", bonds.both()), ("by `from`, which its own requests do not meet, "
                          "then by `to`", "[host]\nsecret = s\n" + bonds.bond("B") + bonds.bond("A")
                          + "[route:in]\nfrom = internal\nbond = internal\n" + bonds.route("B"))):
            host = Kamailio(lab, lab.new_name("ping"), ini=lab.write("ping.ini", ini), mhomed=0,
                            modules='loadmodule "dispatcher.so"', parameters=PING % list_)
            before = len(bob.received("OPTIONS"))
            with t.check(what + ": from the member, in its name, the answer is known",
                         bob.transcript):
                wait_until(lambda: len(bob.received("OPTIONS")) >= before + 3, 10, "third OPTIONS")
                got = bob.received("OPTIONS")[before:before + 3]
                for r in got:
                    expect_equal(r.source, bonds.member("B", 4, "udp"), "source")
                    expect_equal(r.message.via.sent_by, r.source, "Via")
                expect_equal(len({r.message.via.branch for r in got}), 3,
                             "number of transactions: an answer was not taken")
                expect(not bob.problems, "; ".join(bob.problems))
            host.stop()


def bob_place(bob):
    return bob.host, bob.port


REGISTRAR = """	if (is_method("REGISTER")) {
		save("location");
		exit;
	}
	if (is_method("INVITE") && $rU == "me") {
		if (!lookup("location")) {
			sl_send_reply("404", "Not registered");
			exit;
		}
		record_route();
		route(SEND);
		exit;
	}
"""


@group
def dialogs_baresip(t):
    """A user agent of another kind registers with Kamailio, and is called from the other side."""
    with Lab() as lab:
        host = Kamailio(lab, ini=lab.write("bond.ini", bonds.both()), mhomed=0, watch=True,
                        modules='loadmodule "usrloc.so"\nloadmodule "registrar.so"',
                        register=REGISTRAR)
        with hosts.baresip_called(lab, lab.peer["A"], address("A", 4, FIRST)) as (said, leave):
            with Pair(lab, "A", 4, "B", 4, t1=T1) as pair:
                for who in "caller", "called party":
                    with t.check("a call to baresip, BYE by the " + who,
                                 lambda: pair.transcript() + said()):
                        call = pair.bob.invite("sip:me@%s" % address("B", 4, SECOND))
                        call.wait_answer()
                        expect_equal(call.client.packet.remote, bonds.member("B", 4, "udp"),
                                     "where it went")
                        if who == "caller":
                            call.bye()
                        else:
                            leave()
                            call.wait_bye()
                        pair.no_problems()
                with t.check("its names are those of the sides"):
                    not_told(pair.bob, "A")
                    no_marks(pair.bob)
        with t.check("Kamailio sees its own names only"):
            sees_nothing(host, members("A"))
        host.stop()
