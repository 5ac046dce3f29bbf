# SPDX-License-Identifier: MIT
"""Kamailio in the roles of a provider's edge: registrar of phones on the other network, with pings;
user agent of a trunk; balancer over a set. The peers are strict and stand on both networks."""

import dataclasses
import os
import shutil
from functools import partial

import crossing
from checks import expect, expect_equal, group
from crossing import Crossing
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import NameAddr, format_hostport
from lab.network import FIRST, PEER, PEER2, ROOT, SECOND, THIRD, address
from lab.transaction import ClientTransaction
from lab.ua import UA
from other_release import inside
from registrar import PASSWORD, REALM, USER, Registrar
from strict_calls import busy, cancelled, detail, whole

PORTS = {"udp": 5070, "tcp": 5080}  # of the phones


@dataclasses.dataclass(frozen=True)
class Cell:
    """shape: how it listens. specific: on the first address of A and on the members; wildcard: on
    all addresses, under the name of A; nameless: as wildcard, and its name is 0.0.0.0; opened: on the
    address of A alone, and the members are opened there."""
    shape: str = "specific"
    family: int = 4
    members: int = 1
    mhomed: int = 0
    bonds: int = 1
    example: bool = False

    def __str__(self):
        if self.example:
            return "config/kamailio.ini, mhomed=%d" % self.mhomed
        return "IPv%d, %s, %d bond%s of %d, mhomed=%d" % (
            self.family, self.shape, self.bonds, "s" if self.bonds > 1 else "", self.members,
            self.mhomed)

    def own(self):
        return address("A", self.family, FIRST)

    def hosts(self):
        return [address("B", self.family, h) for h in (SECOND, THIRD)[:self.members]]

    def listen(self):
        own = format_hostport(self.own(), 5060)
        if self.shape in ("wildcard", "nameless"):
            where = "0.0.0.0:5060" if self.family == 4 else "[::]:5060"
            places = [where + (" advertise " + own if self.shape == "wildcard" else "")]
        else:
            places = [own]
            if self.shape == "specific":
                places += [format_hostport(h, 5060) for h in self.hosts()]
        return "\n".join("listen=%s:%s" % (t, p) for t in ("udp", "tcp") for p in places)

    def ini(self):
        if self.example:
            return example()
        text = crossing.ini((self.family,), self.members, words=" open" if self.shape == "opened" else "")
        if self.bonds == 2:
            text += "[bond:internal]\n" + "".join(
                "member = %s:%s\n" % (t, format_hostport(self.own(), 5060)) for t in PORTS)
            text += bonds.route("A")
        return text


def example():
    """config/kamailio.ini with the addresses of the lab."""
    with open(os.path.join(ROOT, "config/kamailio.ini")) as f:
        text = f.read()
    for there, here in (("203.0.113.10", address("B", 4, SECOND)),
                        ("2001:db8:a::10", address("B", 6, SECOND)),
                        ("10.20.0.10", address("A", 4, FIRST)), ("10.20.0.0/16", "10.10.0.0/24"),
                        ("198.51.100.20", address("B", 4, THIRD + 100))):
        text = text.replace(there, here)
    # What stands behind a placeholder is the operator's.
    return text.replace("change-this-to-32-random-letters", "0123456789abcdefghijklmnopqrstuv")


class Stage:
    """Kamailio in one cell, the phones or the trunk of B, and a caller of A. root: where another release of it
    is, "" = this machine's; settings: of its own."""

    root, settings = "", ""

    def __init__(self, lab, cell, parameters="", **role):
        self.lab, self.cell, self.peers = lab, cell, []
        self.mark = lab.wire.mark()
        self.host = Kamailio(lab, lab.new_name("kamailio"), ini=lab.write("bond.ini", cell.ini()),
                             mhomed=cell.mhomed, listen=cell.listen(), probe=cell.own(),
                             inside=inside(self.root, lab) if self.root else (),
                             parameters=self.settings + parameters, **role)
        self.caller = self.peer(UA, "A", PEER, user="caller")

    def peer(self, kind, side, host, port=5060, **more):
        peer = kind(address(side, self.cell.family, host), port,
                    make_socket=self.lab.peer[side].socket, **more)
        self.peers.append(peer)
        return peer

    def entry(self, user="", transport="udp"):
        """The URI by which A calls through Kamailio."""
        return "sip:%s@%s;transport=%s" % (user, format_hostport(self.cell.own(), 5060), transport)

    def clean(self):
        expect_equal(crossing.strays(self.lab, self.cell.family, self.cell.members, self.mark), [],
                     "what came by the wrong side")
        for peer in self.peers:
            expect_equal(peer.problems + peer.errors, [], "what %s found" % peer.user)
        expect(self.host.child.poll() is None, "Kamailio has ended")

    def detail(self):
        return detail(self.lab, self.host, self.peers, 6000)

    def close(self):
        self.host.stop()
        for peer in self.peers:
            peer.close()


def names(stage, request):
    """A request's Via, and its Record-Route nearest to the peer, are a member's."""
    expect(request.via.host in stage.cell.hosts(), "Via is %s" % request.via)
    if request.record_route:
        expect(request.record_route[0].uri.host in stage.cell.hosts(),
               "Record-Route is %s" % request.record_route[0])


def call(stage, caller, called, uri, by_called=False):
    inside = [address("A", stage.cell.family, h) for h in (PEER, PEER2)]
    whole(caller, called, uri, None if called.host in inside else partial(names, stage), by_called)


# -- registrar -----------------------------------------------------------------------------

OPTIONS = ('modparam("nathelper", "sipping_bflag", 7)\n'
           'modparam("nathelper", "sipping_from", "sip:pinger@bond.test")\n')
REGISTRAR = {
    "modules": 'loadmodule "kex.so"\nloadmodule "usrloc.so"\n'
               'loadmodule "registrar.so"\nloadmodule "nathelper.so"',
    "parameters": 'modparam("usrloc", "db_mode", 0)\n'
                  'modparam("nathelper|registrar", "received_avp", "$avp(received)")\n'
                  'modparam("nathelper", "natping_interval", 1)\n'
                  'modparam("nathelper", "ping_nated_only", 0)\n'
                  'modparam("registrar", "default_expires", 600)\n',
    "register": '\tif (is_method("REGISTER")) {\n\t\tsetbflag(7);\n'
                '\t\tsave("location");\n\t\texit;\n\t}\n',
    "script": '\tif ($si =~ "^(10[.]|fd00:)" || $rU != "caller") {\n'
              '\t\tif (!lookup("location")) {\n\t\t\tsl_send_reply("404", "Not Found");\n'
              '\t\t\texit;\n\t\t}\n\t} else\n\t\t$ru = "sip:caller@%s";\n',
}


class Phones(Stage):
    """One by each transport. They are pinged by OPTIONS, or (options=False) by four zero octets."""

    def __init__(self, lab, cell, options):
        role = dict(REGISTRAR)
        role["script"] %= format_hostport(address("A", cell.family, PEER), 5060)
        if options:
            role["parameters"] += OPTIONS
        super().__init__(lab, cell, **role)
        self.phones = {transport: self.peer(UA, "B", PEER, port, user=transport)
                       for transport, port in PORTS.items()}

    def registers(self, transport, member):
        phone = self.phones[transport]
        phone_uri = "sip:%s;transport=%s" % (format_hostport(member, 5060), transport)
        with phone.lock:
            request, target = phone.build("REGISTER", phone_uri)
            aor = "<sip:%s@%s>" % (phone.user, format_hostport(member))
            for row in request.headers:
                if row[0] == "To":
                    row[1] = aor
            transaction = ClientTransaction(phone, request, target).start()
        response = transaction.wait()
        expect_equal(response.status, 200, "the answer to REGISTER")
        expect_equal(response.contact.uri.target, request.contact.uri.target,
                     "the Contact that is registered")

    def pinged(self):
        """By OPTIONS."""
        phone = self.phones["udp"]
        phone.wait(lambda: phone.received("OPTIONS"), 6, "OPTIONS")
        request = phone.received("OPTIONS")[0].message
        expect(request.via.host in self.cell.hosts(), "Via is %s" % request.via)
        expect_equal(NameAddr(request.get("from")).uri.user, "pinger", "the user of From")

    def pinged_bare(self):
        phone = self.phones["udp"]
        place = phone.host, phone.port
        found = lambda: [s for s in self.lab.wire.seen("udp", place, b"\0", self.mark)]
        phone.wait(found, 6, "ping of four octets")
        expect({s.src[0] for s in found()} <= set(self.cell.hosts()), "source of %s" % found()[0])


def registrar_checks(t, lab, cell):
    options = cell.family == 4 and not cell.mhomed
    stage = Phones(lab, cell, options)
    try:
        for transport in PORTS:
            member = cell.hosts()[-1]
            phone = stage.phones[transport]
            what = "%s, %s: " % (cell, transport.upper())
            steps = [
                ("registers, and again", lambda: [
                    stage.registers(transport, member) for _ in range(2)]),
                ("it is called", lambda: call(stage, stage.caller, phone,
                                              stage.entry(phone.user))),
                ("it is called, and hangs up", lambda: call(
                    stage, stage.caller, phone, stage.entry(phone.user), True)),
                ("it calls", lambda: call(stage, phone, stage.caller,
                                          "sip:caller@%s;transport=%s" % (
                                              format_hostport(member, 5060), transport))),
                ("CANCEL", lambda: cancelled(stage.caller, phone, stage.entry(phone.user))),
                ("486", lambda: busy(stage.caller, phone, stage.entry(phone.user))),
            ]
            if transport == "udp":  # Kamailio 5.6 pings no connection
                steps.append(("pings by OPTIONS", stage.pinged) if options else
                             ("bare pings", stage.pinged_bare))
            for name, step in steps:
                with t.check(what + name, stage.detail):
                    step()
                    stage.clean()
    finally:
        stage.close()


# With mhomed=1 Kamailio itself finds no socket of its own where it listens on the wildcard address.
REGISTRAR_CELLS = (Cell(bonds=2), Cell(family=6, members=2, mhomed=1), Cell("wildcard", members=2),
                   Cell("nameless", 6, bonds=2),
                   Cell(example=True, mhomed=1))


@group(seconds=60)
def agent_kamailio_registrar(t):
    with Crossing() as lab:
        for cell in REGISTRAR_CELLS:
            registrar_checks(t, lab, cell)


# -- trunk ---------------------------------------------------------------------------------

UAC = """
modparam("uac", "reg_timer_interval", 1)
modparam("uac", "reg_retry_interval", 2)
modparam("uac", "reg_db_url", "text://{db}")
modparam("uac", "reg_contact_addr", "{own}")
modparam("uac", "auth_username_avp", "$avp(auser)")
modparam("uac", "auth_password_avp", "$avp(apass)")
modparam("uac", "auth_realm_avp", "$avp(arealm)")
modparam("uac", "restore_mode", "none")

failure_route[TRUNK] {{
	if (t_check_status("401")) {{
		$avp(auser) = "{user}";
		$avp(apass) = "{password}";
		$avp(arealm) = "{realm}";
		if (uac_auth())
			t_relay();
	}}
}}
"""
TRUNK = """	if ($rU =~ "^line-") {{
		if (!uac_reg_lookup("$rU", "$var(line)")) {{
			sl_send_reply("404", "Not Found");
			exit;
		}}
		$ru = "sip:caller@{caller}";
	}} else {{
		$ru = "sip:registrar@{server};transport=" + $rU;
		t_on_failure("TRUNK");
	}}
"""


class Trunk(Stage):
    """Registered at one provider by UDP and by TCP, for seven seconds each time."""

    def __init__(self, lab, cell):
        server = address("B", cell.family, PEER)
        own = format_hostport(cell.own(), 5060)
        super().__init__(
            lab, cell, modules='loadmodule "db_text.so"\nloadmodule "uac.so"',
            parameters=UAC.format(db=self.table(lab, own, format_hostport(server)), own=own,
                                  user=USER, password=PASSWORD, realm=REALM),
            script=TRUNK.format(caller=format_hostport(address("A", cell.family, PEER), 5060),
                                server=format_hostport(server, 5060)))
        self.provider = self.peer(Registrar, "B", PEER)

    @classmethod
    def table(cls, lab, own, server):
        folder = lab.path(lab.new_name("dbtext"))
        os.makedirs(folder)
        shutil.copy(cls.root + "/usr/share/kamailio/dbtext/kamailio/version", folder)
        with open(cls.root + "/usr/share/kamailio/dbtext/kamailio/uacreg") as f:
            head = f.readline().replace("(string)", "(string,null)")
        with open(os.path.join(folder, "uacreg"), "w") as f:
            f.write(head)
            for number, transport in enumerate(PORTS):
                row = (number + 1, "line-" + transport, transport, "bond.test", transport, server,
                       REALM, USER, PASSWORD, "", "sip:%s:5060;transport=%s" % (server, transport),
                       7, 0, 0, own + (";transport=tcp" if transport == "tcp" else ""), "")
                f.write(":".join(str(x).replace(":", "\\:") for x in row) + "\n")
        return folder

    def registered(self, transport, count):
        """The contact, after that many registrations; each names a member in Via and Contact."""
        mine = lambda: [r.message for r in self.provider.register_records
                        if NameAddr(r.message.get("to")).uri.user == transport]
        self.provider.wait(lambda: len(mine()) >= count, 12, "REGISTER number %d" % count)
        for request in mine():
            names(self, request)
            expect(request.contact.uri.host in self.cell.hosts(),
                   "Contact is %s" % request.contact)
        return str(mine()[-1].contact.uri)

    def called(self, transport, by_called=False):
        call(self, self.provider, self.caller, self.registered(transport, 1), by_called)


TRUNK_CELLS = (Cell(bonds=2), Cell("wildcard", 6, members=2), Cell(example=True, mhomed=1))


def trunk_checks(t, cells):
    """Registers with 401; calls over the trunk are challenged as well."""
    with Crossing() as lab:
        for cell in cells:
            stage = Trunk(lab, cell)
            for transport in PORTS:
                what = "%s, %s: " % (cell, transport.upper())
                uri = stage.entry(transport)
                steps = [
                    ("registers, with 401", lambda: stage.registered(transport, 1)),
                    ("is called", lambda: stage.called(transport)),
                    ("is called, and hangs up", lambda: stage.called(transport, True)),
                    ("calls, with 401", lambda: call(stage, stage.caller, stage.provider, uri)),
                    ("calls, and the trunk hangs up", lambda: call(
                        stage, stage.caller, stage.provider, uri, True)),
                    ("CANCEL", lambda: cancelled(stage.caller, stage.provider, uri)),
                    ("CANCEL by the trunk", lambda: cancelled(
                        stage.provider, stage.caller, stage.registered(transport, 1))),
                    ("486", lambda: busy(stage.caller, stage.provider, uri)),
                    ("registers again", lambda: stage.registered(transport, 2)),
                ]
                for name, step in steps:
                    with t.check(what + name, stage.detail):
                        step()
                        stage.clean()
            stage.close()


@group(seconds=90)
def agent_kamailio_trunk(t):
    trunk_checks(t, TRUNK_CELLS)


@group(seconds=60)
def opened_kamailio_roles(t):
    """With one address, as registrar and as trunk."""
    with Crossing() as lab:
        for cell in (Cell("opened"), Cell("opened", 6, members=2, mhomed=1)):
            registrar_checks(t, lab, cell)
    trunk_checks(t, (Cell("opened", bonds=2), Cell("opened", 6, mhomed=1)))


# -- dispatcher ----------------------------------------------------------------------------

SETS = """modparam("dispatcher", "list_file", "{file}")
modparam("dispatcher", "ds_ping_interval", 1)
modparam("dispatcher", "ds_probing_mode", 1)
modparam("dispatcher", "ds_probing_threshold", 100)
modparam("dispatcher", "flags", 2)
modparam("tm", "fr_timer", 1000)

failure_route[NEXT] {{
	if (t_is_canceled())
		exit;
	if (t_check_status("503") || (t_branch_timeout() && !t_branch_replied())) {{
		if (ds_next_dst()) {{
			$ru = "sip:gateway@" + $dd + ":5060;transport=" + $dP;
			$du = $null;
			t_on_failure("NEXT");
			t_relay();
		}}
	}}
}}
"""
SELECT = """	if (!ds_select_dst("$rU", "8")) {
		sl_send_reply("404", "No destination");
		exit;
	}
	$ru = "sip:gateway@" + $dd + ":5060;transport=" + $dP;
	$du = $null;
	t_on_failure("NEXT");
"""
SET_OF = {"udp": 1, "tcp": 2}


class Sets(Stage):
    """Set 1 by UDP, 2 by TCP, each of two gateways of B, and 3 of one of A. Where it listens on
    specific addresses the first gateway's socket is that of A, the second one's a member."""

    def __init__(self, lab, cell):
        places = [format_hostport(address("B", cell.family, h), 5060) for h in (PEER, PEER2)]
        rows = []
        for transport, number in SET_OF.items():
            for place, own, priority in zip(places, (cell.own(), cell.hosts()[0]), (10, 5)):
                socket = "" if cell.shape != "specific" else "socket=%s:%s" % (
                    transport, format_hostport(own, 5060))
                rows.append("%d sip:%s;transport=%s 0 %d %s" % (number, place, transport,
                                                                priority, socket))
        rows.append("3 sip:%s;transport=udp" % format_hostport(address("A", cell.family, PEER2),
                                                               5060))
        file = lab.write(lab.new_name("dispatcher"), "\n".join(rows) + "\n")
        super().__init__(lab, cell, modules='loadmodule "dispatcher.so"',
                         parameters=SETS.format(file=file), script=SELECT)
        self.first, self.second = (self.peer(UA, "B", h, user="gateway") for h in (PEER, PEER2))
        self.inside = self.peer(UA, "A", PEER2, user="gateway")

    def probed(self, gateway, transport):
        there = lambda: [r.message for r in gateway.received("OPTIONS")
                         if r.packet.transport == transport]
        gateway.wait(there, 6, "OPTIONS by " + transport)
        if gateway is self.inside:
            expect_equal(there()[0].via.host, self.cell.own(), "Via")
        else:
            names(self, there()[0])

    def refused(self, uri):
        """The first gateway says 503: the call goes to the second one."""
        here = self.caller.invite(uri)
        self.first.expect_call().reject(503)
        there = self.second.expect_call()
        names(self, there.server.request)
        there.answer()
        here.wait_answer()
        there.wait_ack()
        here.bye()

    def silent(self, uri):
        """The first gateway is gone: the same."""
        if self.first in self.peers:
            self.first.close()
            self.peers.remove(self.first)
        here = self.caller.invite(uri)
        there = self.second.expect_call()
        names(self, there.server.request)
        there.answer()
        here.wait_answer()
        there.wait_ack()
        there.bye()
        here.wait_bye()


SET_CELLS = (Cell(), Cell(family=6, members=2, mhomed=1), Cell("wildcard", members=2),
             Cell(example=True, mhomed=1))


def dispatcher_checks(t, cells):
    with Crossing() as lab:
        for cell in cells:
            stage = Sets(lab, cell)
            steps = [("probes the unsteered network", lambda: stage.probed(stage.inside, "udp")),
                     ("a call on the unsteered network", lambda: call(
                         stage, stage.caller, stage.inside, stage.entry("3")))]
            for transport, number in SET_OF.items():
                uri, what = stage.entry(str(number)), transport.upper() + ": "
                steps += [
                    (what + "probes both", lambda x=transport: [
                        stage.probed(g, x) for g in (stage.first, stage.second)]),
                    (what + "a call", lambda x=uri: call(stage, stage.caller, stage.first, x)),
                    (what + "CANCEL", lambda x=uri: cancelled(stage.caller, stage.first, x)),
                    (what + "503, and the next", lambda x=uri: stage.refused(x))]
            steps += [("TCP: no answer, and the next", lambda: stage.silent(stage.entry("2"))),
                      ("UDP: no answer, and the next", lambda: stage.silent(stage.entry("1")))]
            for name, step in steps:
                with t.check("%s, %s" % (cell, name), stage.detail):
                    step()
                    stage.clean()
            stage.close()


@group(seconds=90)
def agent_kamailio_dispatcher(t):
    dispatcher_checks(t, SET_CELLS)
