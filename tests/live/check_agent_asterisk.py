# SPDX-License-Identifier: MIT
"""Asterisk of other releases of Debian than this one, in chroots under build/, told by its CLI. It
runs with BOND_LIVE_ALL=1 alone: the first time it fetches some hundred packages."""

import os
import subprocess

import check_opened_agents
from checks import group
from lab.message import Uri, format_host, format_hostport
from lab.network import FIRST, NETWORKS, PEER, PEER2, SECOND, address, wait_until
from other_release import bring, fetched, inside
from registrar import PASSWORD, USER
from whole_calls import ALL, PORT, Agent, Cell, example, seconds, whole

ASTERISK = """[directories]
astetcdir => {folder}
astmoddir => {modules}
astvarlibdir => /var/lib/asterisk
astdatadir => /usr/share/asterisk
astdbdir => {folder}
astkeydir => {folder}
astspooldir => {folder}
astrundir => {folder}
astlogdir => {folder}
[options]
verbose = 3
"""
MODULES = """[modules]
autoload=yes
{noload}
noload=res_hep.so
noload=cdr_csv.so
"""
LOGGER = "[general]\n[logfiles]\nfull => notice,warning,error,verbose(3)\n"
EXTENSIONS = """[globals]
ONCALL=answer
[peers]
exten => {user},1,GotoIf($["${{ONCALL}}" = "busy"]?busy)
 same => n,GotoIf($["${{ONCALL}}" = "ring"]?ring)
 same => n,Answer()
 same => n,Wait(120)
 same => n,Hangup()
 same => n(busy),Busy(5)
 same => n(ring),Ringing()
 same => n,Wait(120)
[calls]
exten => s,1,Wait(120)
"""
PJSIP = """[transport-udp]
type=transport
protocol=udp
bind={bind}:5060
{more}
[transport-tcp]
type=transport
protocol=tcp
bind={bind}:5060
{more}
[account]
type=auth
auth_type=userpass
username={user}
password={password}
[server]
type=registration
outbound_auth=account
server_uri=sip:{server}\\;transport={transport}
client_uri=sip:{user}@{host}
contact_user={user}
expiration=600
retry_interval=5
[peers]
type=endpoint
context=peers
disallow=all
allow=alaw,ulaw
outbound_auth=account
from_user={user}
direct_media=no
aors=peers
[peers]
type=aor
contact=sip:registrar@{server}\\;transport={transport}
[peers]
type=identify
endpoint=peers
match={peers}
"""
SIP = """[general]
udpbindaddr={bind}
tcpenable=yes
tcpbindaddr={bind}
transport=udp,tcp
context=peers
defaultexpiry=600
register => {transport}://{user}:{password}@{server}/{user}
"""
SIP_PEER = """[{peer}]
type=peer
host={peer}
port=5060
transport={transport}
defaultuser={user}
fromuser={user}
remotesecret={password}
insecure=port,invite
context=peers
directmedia=no
disallow=all
allow=alaw,ulaw
"""
EXTERNAL = "192.0.2.99"  # what a host behind NAT writes; nobody has it


class Asterisk(Agent):
    name = "asterisk"
    root = None
    noload = ("chan_sip",)
    transports = ("udp", "tcp")
    shapes = ("wildcard",)
    can = Agent.can - {"reinvite"}

    def start(self, wrap):
        self.folder = self.lab.path(self.lab.new_name("asterisk"))
        os.makedirs(self.folder)
        self.log = os.path.join(self.folder, "full")
        noload = "\n".join("noload=%s.so" % name for name in self.noload)
        files = {
            "asterisk.conf": ASTERISK.format(folder=self.folder, modules=self.modules()),
            "modules.conf": MODULES.format(noload=noload),
            "logger.conf": LOGGER, "extensions.conf": EXTENSIONS.format(user=USER)}
        files.update(self.channel())
        for name, text in files.items():
            self.lab.write(os.path.join(self.folder, name), text)
        self.child = self.lab.start(
            self.lab.proxy, inside(self.root, self.lab) + wrap + ["asterisk", "-f", "-C", self.folder + "/asterisk.conf"], self.folder + "/output")
        wait_until(lambda: "fully booted" in self.tell("core waitfullybooted"), 20, "asterisk",
                   self.child, self.said)

    def peers(self):
        return [address(side, self.cell.family, h) for side in "AB" for h in (PEER, PEER2)]

    def channel(self):
        """{name: text} of the files of its channel driver."""
        cell = self.cell
        return {"pjsip.conf": PJSIP.format(
            bind=self.bind(), user=USER, password=PASSWORD,
            transport=cell.transport, server=format_hostport(self.server, PORT[cell.transport]),
            host=format_host(self.server), peers=",".join(self.peers()), more=self.more())}

    def bind(self):
        """Where its transports listen."""
        return "0.0.0.0" if self.cell.family == 4 else "[::]"

    def more(self):
        """Further lines of the transports."""
        return ""

    @classmethod
    def modules(cls):
        """Where they are in that release."""
        return next(d for d in ("/usr/lib/x86_64-linux-gnu/asterisk/modules",
                                "/usr/lib/asterisk/modules") if os.path.isdir(cls.root + d))

    def said(self):
        return self.lab.read(self.folder + "/output") + self.lab.read(self.log)

    def tell(self, words):
        """What its CLI says to that."""
        done = subprocess.run(
            ["chroot", "/proc/%d/root" % self.child.pid, "/usr/sbin/asterisk", "-C",
             self.folder + "/asterisk.conf", "-rx", words], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=20)
        return done.stdout + done.stderr

    def on_call(self, what):
        self.tell("dialplan set global ONCALL " + what)

    def register_again(self):
        self.tell("pjsip send register server")

    def call(self, uri):
        self.tell("channel originate PJSIP/peers/%s extension s@calls" % uri)

    def hang_up(self):
        self.tell("channel request hangup all")

    cancel = hang_up

    def options(self, uri):
        self.tell("pjsip qualify peers")


class ChanSip(Asterisk):
    """The older channel driver, which was left out of Asterisk 21."""

    noload = ("chan_pjsip", "res_pjsip")
    families = (4,)
    can = Asterisk.can - {"register-again"}

    def channel(self):
        transport = self.cell.transport
        text = SIP.format(bind=self.bind(), user=USER, password=PASSWORD, transport=transport,
                          server=format_hostport(self.server, PORT[transport]))
        return {"sip.conf": text + "".join(
            SIP_PEER.format(peer=peer, user=USER, password=PASSWORD, transport=transport)
            for peer in self.peers())}

    def call(self, uri):
        self.tell("channel originate SIP/%s@%s extension s@calls" % (
            Uri(uri).user, Uri(uri).host))

    def options(self, uri):
        self.tell("sip qualify peer " + self.server)


class Example(Cell):
    def __str__(self):
        return "config/asterisk.ini, " + super().__str__()

    def ini(self):
        return example("asterisk.ini", {
            "192.0.2.40": address("B", 4, SECOND), "203.0.113.0/28": NETWORKS["B"]["prefixes"][0],
            "10.40.0.10": address("A", 4, FIRST), "10.40.0.0/16": NETWORKS["A"]["prefixes"][0]})


class External(Asterisk):
    """It writes an address of its own choice to the trunks."""

    def more(self):
        return "local_net=%s\n" % NETWORKS["A"]["prefixes"][0] + "".join(
            "external_%s_address=%s\n" % (what, EXTERNAL) for what in ("signaling", "media"))


class OneAddress:
    """With listeners at its own address, which hear opened members."""

    shapes = ("own",)

    def bind(self):
        return format_host(self.own)


class AsteriskAt(OneAddress, Asterisk):
    pass


class ChanSipAt(OneAddress, ChanSip):
    pass


class Aliased(Cell):
    def __str__(self):
        return "external_signaling_address, " + super().__str__()

    def ini(self):
        return "[host]\nalias = %s\n" % EXTERNAL + super().ini()


class AliasedExample(Example):
    """The example's alias is in force."""

    def __str__(self):
        return "external_signaling_address, " + super().__str__()

    def ini(self):
        return super().ini().replace("; alias = ", "alias = ")


def asterisk(t, suite):
    root, why = fetched(suite, ["asterisk"], "/usr/sbin/asterisk")
    why = why or bring(root)
    if why:
        t.skip("Asterisk of Debian %s" % suite, why)
        return

    Asterisk.root = root
    whole(t, Asterisk)
    whole(t, Asterisk, [Example(transport) for transport in ("udp", "tcp")])
    whole(t, External, [Aliased(transport, members=count) for transport in ("udp", "tcp")
                        for count in (1, 2)] + [AliasedExample("udp")])
    check_opened_agents.whole(t, AsteriskAt)
    if os.path.exists(root + Asterisk.modules() + "/chan_sip.so"):
        whole(t, ChanSip)
        check_opened_agents.whole(t, ChanSipAt)


if ALL:
    @group(seconds=seconds(120))
    def agent_asterisk_sid(t):
        asterisk(t, "sid")

    @group(seconds=seconds(120))
    def agent_asterisk_bullseye(t):
        asterisk(t, "bullseye")
