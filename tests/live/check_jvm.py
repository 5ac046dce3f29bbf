# SPDX-License-Identifier: MIT
"""A client on the JVM (NIO, as SIP stacks in Java are) that listens by UDP alone, or by nothing, and sends
by TCP: its peer sees the member, and it gets its own Via back."""

import socket

from checks import expect, expect_equal, group
from lab import bonds
from lab.network import FIRST, PEER, SECOND, Lab, address

PROGRAM = """
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.charset.StandardCharsets;

public class Client {
	public static void main(String[] a) throws Exception {
		for (int i = 3; i < a.length; i++) {
			DatagramChannel d = DatagramChannel.open(StandardProtocolFamily.INET);
			d.bind(new InetSocketAddress(a[i], 5060));
		}
		SocketChannel c = SocketChannel.open();
		c.configureBlocking(false);
		Selector s = Selector.open();
		c.connect(new InetSocketAddress(a[0], Integer.parseInt(a[1])));
		c.register(s, SelectionKey.OP_CONNECT);
		while (!c.finishConnect())
			s.select();
		ByteBuffer head = bytes("OPTIONS sip:bob@" + a[0] + ";transport=tcp SIP/2.0\\r\\n");
		ByteBuffer rest = bytes("Via: " + a[2] + "\\r\\nMax-Forwards: 70\\r\\n" +
			"From: <sip:a@example.com>;tag=1\\r\\nTo: <sip:b@example.com>\\r\\nCall-ID: 1\\r\\n" +
			"CSeq: 1 OPTIONS\\r\\nContent-Length: 0\\r\\n\\r\\n");
		ByteBuffer[] both = {head, rest};
		while (rest.hasRemaining())
			c.write(both);
		c.keyFor(s).interestOps(SelectionKey.OP_READ);
		StringBuilder text = new StringBuilder();
		ByteBuffer in = ByteBuffer.allocate(100);
		while (text.indexOf("\\r\\n\\r\\n") < 0) {
			s.select();
			in.clear();
			if (c.read(in) < 0)
				break;
			text.append(new String(in.array(), 0, in.position(), StandardCharsets.US_ASCII));
		}
		for (String line : text.toString().split("\\r\\n"))
			if (line.startsWith("Via: "))
				System.out.println(line.substring(5));
	}

	static ByteBuffer bytes(String s) {
		return ByteBuffer.wrap(s.getBytes(StandardCharsets.US_ASCII));
	}
}
"""


def answer(listener):
    """(the Via that the peer sees) of one request, which is answered as RFC 3261 8.2.6.2 has it."""
    s, _ = listener.accept()
    with s:
        s.settimeout(20)
        text = b""
        while b"\r\n\r\n" not in text:
            more = s.recv(4096)
            if not more:
                return None
            text += more
        lines = text.decode().split("\r\n")
        kept = [line for line in lines if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
        s.sendall("\r\n".join(["SIP/2.0 200 OK"] + kept + ["Content-Length: 0", "", ""]).encode())
        return [line[5:] for line in kept if line.startswith("Via: ")][0]


@group(seconds=60)
def jvm(t):
    own, member, peer = address("B", 4, FIRST), address("B", 4, SECOND), address("B", 4, PEER)
    other = address("A", 4, FIRST)
    with Lab() as lab:
        path = lab.write("bond.ini", "[bond:external]\nmember = tcp:%s\n[route:peer]\nto = %s\n"
                         "bond = external\n" % (member, peer))
        source = lab.write("Client.java", PROGRAM)
        done = lab.proxy.run(["javac", "-d", lab.dir, source], timeout=120)
        expect_equal(done.returncode, 0, "javac: " + done.stderr)
        listener = lab.peer["B"].socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind((peer, 5060))
        listener.listen(8)
        listener.settimeout(60)
        lab.closing(listener.close)
        for listens in [own], [own, other], [other, own], ["0.0.0.0"], []:
            for sent_by in own, own + ":5060":
                via = "SIP/2.0/TCP %s;rport;branch=z9hG4bK1" % sent_by
                child = lab.start(lab.proxy, bonds.bondrun(path) + [
                    "java", "-cp", lab.dir, "Client", peer, "5060", via] + listens, "out")
                with t.check("%s, listens on %s" % (sent_by, " ".join(listens) or "nothing")):
                    seen = answer(listener)
                    expect_equal(child.wait(60), 0, "exit status: " + lab.read("out"))
                    if listens:
                        expect(" %s" % member in seen and ";bond=" in seen, "the peer sees " + seen)
                    expect_equal(lab.read("out").splitlines()[-1], via, "Via that comes back")
