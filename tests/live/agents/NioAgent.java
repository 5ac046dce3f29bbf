// SPDX-License-Identifier: MIT
// A user agent on the JVM's NIO, told on stdin what to do: a DatagramChannel or a ServerSocketChannel to
// each address, and a SocketChannel to each peer, of the dual-stack kind that the JVM makes by itself.
// java NioAgent ADDRESSES PORT TRANSPORT SERVER SERVER-PORT
// ADDRESSES (by commas) and PORT are bound. Requests leave from the first, answers from where their
// request came in; a wildcard is named by what a connected datagram socket says.
import java.io.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.*;

public class NioAgent {
	static String transport, server, mode = "answer";
	static int port;
	static InetAddress bound;
	static Selector selector;
	static DatagramChannel udp;
	static final Map<InetSocketAddress, SocketChannel> flows = new HashMap<>();
	static final Map<String, Request> sent = new HashMap<>();
	static final Map<String, String> answered = new HashMap<>();
	static final Deque<String> lines = new ArrayDeque<>();
	static Call call;
	static int registration;
	static final String registrationId = token();

	static class Call {
		String id, local, remote, uri;
		int seq;
		Request invite;
		Message ringing;
		Object from;
	}

	static class Request {
		String method, uri, from, to, id, body = "", more = "", branch = "z9hG4bK" + token(), text;
		int seq;
		boolean tried, done;
		long next, wait = 500;
	}

	static class Message {
		String first, body;
		final List<String[]> fields = new ArrayList<>();

		Message(String text) {
			String[] lines = text.substring(0, text.indexOf("\r\n\r\n")).split("\r\n");
			first = lines[0];
			body = text.substring(text.indexOf("\r\n\r\n") + 4);
			for (int i = 1; i < lines.length; i++) {
				int colon = lines[i].indexOf(':');
				fields.add(new String[] {lines[i].substring(0, colon).trim(),
					lines[i].substring(colon + 1).trim()});
			}
		}

		String get(String name) {
			for (String[] f : fields)
				if (f[0].equalsIgnoreCase(name))
					return f[1];
			return "";
		}

		boolean isRequest() {
			return !first.startsWith("SIP/2.0 ");
		}

		String method() {
			return get("CSeq").split(" +")[1];
		}

		int seq() {
			return Integer.parseInt(get("CSeq").split(" +")[0]);
		}
	}

	public static void main(String[] a) throws Exception {
		port = Integer.parseInt(a[1]);
		transport = a[2];
		server = a[3] + ":" + a[4];
		selector = Selector.open();
		for (String address : a[0].split(","))
			listen(InetAddress.getByName(address));
		Thread reader = new Thread(NioAgent::read);
		reader.setDaemon(true);
		reader.start();
		System.out.println("ready");
		obey("register");
		while (true) {
			selector.select(100);
			for (SelectionKey key : selector.selectedKeys())
				handle(key);
			selector.selectedKeys().clear();
			resend();
			obeyAll();
		}
	}

	static void listen(InetAddress address) throws IOException {
		InetSocketAddress at = new InetSocketAddress(address, port);
		if (transport.equals("udp")) {
			DatagramChannel c = DatagramChannel.open();
			c.configureBlocking(false);
			c.bind(at);
			port = ((InetSocketAddress) c.getLocalAddress()).getPort();
			c.register(selector, SelectionKey.OP_READ);
			if (udp == null)
				udp = c;
		} else {
			ServerSocketChannel c = ServerSocketChannel.open();
			c.configureBlocking(false);
			c.bind(at);
			port = ((InetSocketAddress) c.getLocalAddress()).getPort();
			c.register(selector, SelectionKey.OP_ACCEPT);
		}
		if (bound == null)
			bound = address;
	}

	static void read() {
		try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
			for (String line; (line = in.readLine()) != null; selector.wakeup())
				synchronized (lines) {
					lines.add(line);
				}
		} catch (IOException e) {
			System.out.println("stdin: " + e);
		}
		System.exit(0);
	}

	static void obeyAll() {
		while (true) {
			String line;
			synchronized (lines) {
				line = lines.poll();
			}
			if (line == null)
				return;
			obey(line);
			System.out.println("done " + line);
		}
	}

	static void obey(String line) {
		String[] words = line.split(" ");
		try {
			switch (words[0]) {
			case "mode" -> mode = words[1];
			case "register" -> register();
			case "call" -> dial(words[1]);
			case "cancel" -> cancel();
			case "hang-up" -> {
				if (call != null)
					send(within("BYE"));
				call = null;
			}
			case "reinvite" -> {
				call.invite = offer(within("INVITE"));
				send(call.invite);
			}
			case "options" -> {
				Request r = out("OPTIONS", words[1], token(), 1);
				r.to = "<" + words[1] + ">";
				send(r);
			}
			}
		} catch (IOException e) {
			System.out.println(line + ": " + e);
		}
	}

	// -- the user agent

	static String token() {
		return Long.toHexString(new Random().nextLong() & Long.MAX_VALUE);
	}

	static Request out(String method, String uri, String id, int seq) {
		Request r = new Request();
		r.method = method;
		r.uri = uri;
		r.id = id;
		r.seq = seq;
		r.from = "<sip:me@" + server + ">;tag=" + token();
		return r;
	}

	static Request within(String method) {
		Request r = out(method, call.uri, call.id, method.equals("ACK") ? call.seq : ++call.seq);
		r.from = call.local;
		r.to = call.remote;
		return r;
	}

	static Request offer(Request r) {
		r.more += "Content-Type: application/sdp\r\n";
		r.body = "v=0\r\no=me 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
			"m=audio 40000 RTP/AVP 0\r\n";
		return r;
	}

	static void register() throws IOException {
		Request r = out("REGISTER", "sip:" + server + ";transport=" + transport, registrationId,
			registration += 2);
		r.to = "<sip:me@" + server + ">";
		r.more = "Expires: 600\r\n";
		send(r);
	}

	static void dial(String uri) throws IOException {
		call = new Call();
		call.id = token();
		call.uri = uri;
		call.local = "<sip:me@" + server + ">;tag=" + token();
		call.remote = "<" + uri + ">";
		call.invite = offer(within("INVITE"));
		send(call.invite);
	}

	static void cancel() throws IOException {
		Request i = call.invite, r = out("CANCEL", i.uri, i.id, i.seq);
		r.from = i.from;
		r.to = i.to;
		r.branch = i.branch;
		send(r);
	}

	static void received(Message m, Object from) throws IOException {
		if (m.isRequest())
			request(m, from);
		else
			response(m);
	}

	static void response(Message m) throws IOException {
		String branch = parameter(m.get("Via"), "branch");
		Request r = sent.get(branch + m.method());
		int status = Integer.parseInt(m.first.split(" ")[1]);
		if (r == null) {
			System.out.println("of nothing that was sent: " + m.first);
			return;
		}
		boolean invite = r.method.equals("INVITE");
		r.next = Long.MAX_VALUE;
		if (status < 200 || r.done && !invite)
			return;
		if (invite)
			ack(r, m, status);
		if (r.done)
			return;
		r.done = true;
		if (status == 401 && !r.tried) {
			Request again = out(r.method, r.uri, r.id, r.seq + 1);
			again.from = r.from;
			again.to = r.to;
			again.body = r.body;
			again.tried = true;
			again.more = r.more + credentials(r, m.get("WWW-Authenticate"));
			if (call != null && call.invite == r) {
				call.invite = again;
				call.seq++;
			}
			send(again);
		} else if (invite && status >= 300 && call != null && call.invite == r) {
			call = null;
		}
	}

	static void ack(Request r, Message m, int status) throws IOException {
		Request ack = out("ACK", r.uri, r.id, r.seq);
		ack.from = r.from;
		ack.to = m.get("To");
		if (status >= 300) {
			ack.branch = r.branch;
		} else {
			ack.uri = uri(m.get("Contact"));
			if (call != null && call.invite == r) {
				call.uri = ack.uri;
				call.remote = m.get("To");
			}
		}
		send(ack);
	}

	static void request(Message m, Object from) throws IOException {
		String method = m.first.split(" ")[0], key = parameter(m.get("Via"), "branch") + method;
		boolean dialog = m.get("To").contains(";tag=");
		if (answered.containsKey(key)) {
			answer(answered.get(key), m, from);
			return;
		}
		switch (method) {
		case "ACK" -> { }
		case "INVITE" -> {
			if (dialog)
				answer(make(m, "200 OK", "", true), m, from);
			else if (mode.equals("busy"))
				answer(make(m, "486 Busy Here", token(), false), m, from);
			else
				rings(m, from);
		}
		case "CANCEL" -> {
			answer(make(m, "200 OK", "", false), m, from);
			if (call != null && call.ringing != null)
				answer(make(call.ringing, "487 Request Terminated", tagOf(call.local), false),
					call.ringing, call.from);
			call = null;
		}
		default -> {
			if (method.equals("BYE"))
				call = null;
			answer(make(m, "200 OK", dialog ? "" : token(), false), m, from);
		}
		}
	}

	static void rings(Message m, Object from) throws IOException {
		call = new Call();
		call.id = m.get("Call-ID");
		call.local = m.get("To") + ";tag=" + token();
		call.remote = m.get("From");
		call.uri = uri(m.get("Contact"));
		call.seq = 100;
		call.ringing = m;
		call.from = from;
		answer(make(m, "180 Ringing", tagOf(call.local), true), m, from);
		if (mode.equals("answer"))
			answer(make(m, "200 OK", tagOf(call.local), true), m, from);
	}

	static String make(Message m, String status, String tag, boolean contact) {
		StringBuilder s = new StringBuilder("SIP/2.0 " + status + "\r\n");
		for (String[] f : m.fields) {
			String name = f[0].toLowerCase();
			if (name.equals("to") && !tag.isEmpty())
				s.append("To: ").append(f[1]).append(";tag=").append(tag).append("\r\n");
			else if (List.of("via", "from", "to", "call-id", "cseq", "record-route").contains(name))
				s.append(f[0]).append(": ").append(f[1]).append("\r\n");
		}
		String body = "";
		if (contact) {
			s.append("Contact: <sip:me@").append(contactOf(nextHop(m))).append(">\r\n");
			if (status.startsWith("200")) {
				body = offer(new Request()).body;
				s.append("Content-Type: application/sdp\r\n");
			}
		}
		return s + "Content-Length: " + body.length() + "\r\n\r\n" + body;
	}

	static String credentials(Request r, String challenge) {
		String realm = quoted(challenge, "realm"), nonce = quoted(challenge, "nonce");
		String response = md5(md5("me:" + realm + ":secret") + ":" + nonce + ":" +
			md5(r.method + ":" + r.uri));
		return "Authorization: Digest username=\"me\", realm=\"" + realm + "\", nonce=\"" + nonce +
			"\", uri=\"" + r.uri + "\", response=\"" + response + "\", algorithm=MD5\r\n";
	}

	static String md5(String text) {
		try {
			StringBuilder s = new StringBuilder();
			for (byte b : MessageDigest.getInstance("MD5").digest(text.getBytes()))
				s.append(String.format("%02x", b));
			return s.toString();
		} catch (Exception e) {
			throw new RuntimeException(e);
		}
	}

	static String quoted(String text, String name) {
		return text.replaceAll(".*\\b" + name + "=\"([^\"]*)\".*", "$1");
	}

	static String parameter(String via, String name) {
		return via.replaceAll(".*;" + name + "=([^;,\\s]*).*", "$1");
	}

	static String tagOf(String value) {
		return parameter(value, "tag");
	}

	static String uri(String contact) {
		return contact.replaceAll(".*<([^>]*)>.*", "$1");
	}

	// -- the transport

	static InetSocketAddress target(String uri) {
		String hostport = uri.replaceAll("^sips?:([^@]*@)?([^;?]*).*", "$2");
		int colon = hostport.lastIndexOf(':'), bracket = hostport.lastIndexOf(']');
		String host = colon > bracket ? hostport.substring(0, colon) : hostport;
		int number = colon > bracket ? Integer.parseInt(hostport.substring(colon + 1)) : 5060;
		return new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), number);
	}

	static InetSocketAddress nextHop(Message m) {
		String via = m.get("Via");
		return target("sip:" + via.replaceAll("^\\S+\\s+([^;,]*).*", "$1"));
	}

	// The address of its own by which that peer is reached, and the port that it listens on.
	static String ownFor(InetSocketAddress peer) {
		InetAddress own = bound;
		if (bound.isAnyLocalAddress()) {
			try (DatagramSocket probe = new DatagramSocket()) {
				probe.connect(peer);
				own = probe.getLocalAddress();
			} catch (Exception e) {
				System.out.println("probe: " + e);
			}
		}
		String host = own.getHostAddress().replaceAll("%.*", "");
		return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
	}

	static String contactOf(InetSocketAddress peer) {
		return ownFor(peer) + ";transport=" + transport;
	}

	static void send(Request r) throws IOException {
		InetSocketAddress peer = target(r.uri);
		r.text = r.method + " " + r.uri + " SIP/2.0\r\nVia: SIP/2.0/" + transport.toUpperCase() + " " +
			ownFor(peer) + ";rport;branch=" + r.branch + "\r\nMax-Forwards: 70\r\nFrom: " + r.from +
			"\r\nTo: " + r.to + "\r\nCall-ID: " + r.id + "\r\nCSeq: " + r.seq + " " + r.method +
			"\r\nContact: <sip:me@" + contactOf(peer) + ">\r\n" + r.more + "Content-Length: " +
			r.body.length() + "\r\n\r\n" + r.body;
		if (!r.method.equals("ACK"))
			sent.put(r.branch + r.method, r);
		r.next = udp == null || r.method.equals("ACK") ? Long.MAX_VALUE :
			System.currentTimeMillis() + r.wait;
		transmit(r.text, peer);
	}

	static void resend() throws IOException {
		long now = System.currentTimeMillis();
		for (Request r : sent.values()) {
			if (now < r.next || r.done)
				continue;
			r.wait *= 2;
			r.next = r.wait > 16000 ? Long.MAX_VALUE : now + r.wait;
			transmit(r.text, target(r.uri));
		}
	}

	static void answer(String text, Message m, Object from) throws IOException {
		answered.put(parameter(m.get("Via"), "branch") + m.first.split(" ")[0], text);
		if (from instanceof SocketChannel c)
			write(c, text);
		else
			datagram((DatagramChannel) from, text, nextHop(m));
	}

	static void datagram(DatagramChannel c, String text, InetSocketAddress peer) {
		try {
			c.send(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), peer);
		} catch (IOException e) {
			System.out.println("send: " + e);
		}
	}

	static void transmit(String text, InetSocketAddress peer) throws IOException {
		if (udp != null) {
			datagram(udp, text, peer);
			return;
		}
		SocketChannel c = flows.get(peer);
		if (c == null || !c.isOpen()) {
			c = SocketChannel.open();
			c.configureBlocking(false);
			try (Selector connecting = Selector.open()) {
				c.connect(peer);
				c.register(connecting, SelectionKey.OP_CONNECT);
				while (!c.finishConnect())
					connecting.select();
			}
			flow(c, peer);
		}
		write(c, text);
	}

	static void flow(SocketChannel c, InetSocketAddress peer) throws IOException {
		c.configureBlocking(false);
		c.register(selector, SelectionKey.OP_READ, new StringBuilder());
		flows.put(peer, c);
	}

	static void write(SocketChannel c, String text) throws IOException {
		ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
		while (bytes.hasRemaining())
			c.write(bytes);
	}

	static void handle(SelectionKey key) throws IOException {
		if (!key.isValid())
			return;
		ByteBuffer in = ByteBuffer.allocateDirect(65536);
		if (key.channel() instanceof ServerSocketChannel listener) {
			SocketChannel c = listener.accept();
			if (c != null)
				flow(c, (InetSocketAddress) c.getRemoteAddress());
		} else if (key.channel() instanceof DatagramChannel c) {
			for (; c.receive(in) != null; in.clear())
				if (in.flip().remaining() > 4)
					received(new Message(text(in)), c);
		} else {
			stream(key, (SocketChannel) key.channel(), in);
		}
	}

	static void stream(SelectionKey key, SocketChannel c, ByteBuffer in) throws IOException {
		StringBuilder s = (StringBuilder) key.attachment();
		if (c.read(in) < 0) {
			flows.values().remove(c);
			c.close();
			return;
		}
		in.flip();
		s.append(text(in));
		for (int end; (end = s.indexOf("\r\n\r\n")) > 0; ) {
			String head = s.substring(0, end + 4);
			int length = head.matches("(?is).*\r\n(content-length|l)\\s*:.*") ? Integer.parseInt(
				head.replaceAll("(?is).*\r\n(content-length|l)\\s*:\\s*(\\d+).*", "$2")) : 0;
			if (s.length() < end + 4 + length)
				return;
			String message = s.substring(0, end + 4 + length);
			s.delete(0, message.length());
			received(new Message(message), c);
		}
	}

	static String text(ByteBuffer in) {
		byte[] bytes = new byte[in.remaining()];
		in.get(bytes);
		return new String(bytes, StandardCharsets.UTF_8);
	}
}
