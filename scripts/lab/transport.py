# SPDX-License-Identifier: MIT
"""UDP, TCP and TLS endpoints of the strict user agent: sockets, connections, timers.

One Endpoint = one address and one thread. Everything that touches its state
holds its lock; callbacks run with the lock held, from that thread.
"""

import heapq
import selectors
import socket
import ssl
import threading
import time

from .message import Message, ParseError, framed


class Packet:
    """Where a message was seen: transport, own and other (address, port), connection if any."""

    def __init__(self, transport, local, remote, conn=None):
        self.transport, self.local, self.remote, self.conn = transport, local, remote, conn
        self.time = time.monotonic()

    def __repr__(self):
        return "%s %s:%d" % ((self.transport,) + self.remote)


class Connection:
    def __init__(self, sock, transport, outgoing, handshaking=False):
        self.sock, self.transport, self.outgoing = sock, transport, outgoing
        self.handshaking = handshaking
        self.buffer = bytearray()
        self.local = sock.getsockname()[:2]
        self.remote = sock.getpeername()[:2]
        self.open = True
        self.record = None

    def send(self, data):
        """The whole of data; waits for room at most 5 s."""
        view, end = memoryview(data), time.monotonic() + 5
        while view:
            try:
                view = view[self.sock.send(view[:self.record]):]
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                if time.monotonic() > end:
                    raise TimeoutError("%s:%d does not read" % self.remote)
                time.sleep(0.005)


class Endpoint:
    """Listens at (host, port) on the given transports; on_message(message, packet) gets what
    parses, on_drop(reason, packet, data) what does not."""

    def __init__(self, host, port, transports=("udp", "tcp"), make_socket=socket.socket,
                 tls_port=None, tls=None):
        self.host, self.port = host, port
        self.tls_port = tls_port or port + 1
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.make_socket = make_socket
        self.tls = tls  # (certificate file, key file)
        self.tls_maximum = None  # an ssl.TLSVersion
        self.record = None       # bytes that are written at a time, so a TLS record; None: all
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.connections = []
        self.on_message = self.on_drop = lambda *args: None
        self.errors = []
        self.reuse_accepted = False
        self._timers, self._timer_number = [], 0
        self._selector = selectors.DefaultSelector()
        self._wake_r, self._wake_w = socket.socketpair()
        self._wake_r.setblocking(False)
        self._selector.register(self._wake_r, selectors.EVENT_READ, self._woken)
        self._stopped = False
        self.udp = None
        self._listeners = []
        try:
            for name in transports:
                self._listen(name)
        except OSError:
            self._close_all()
            raise
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def port_of(self, transport):
        return self.tls_port if transport == "tls" else self.port

    def _listen(self, transport):
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        sock = self.make_socket(self.family, kind)
        self._listeners.append(sock)
        if self.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.host, self.port_of(transport)))
        if kind == socket.SOCK_STREAM:
            sock.listen(16)
            handler = lambda: self._accept(sock, transport)
        else:
            self.udp = sock
            handler = self._read_datagram
        sock.setblocking(False)
        self._selector.register(sock, selectors.EVENT_READ, handler)

    # -- the loop --------------------------------------------------------------------------

    def _run(self):
        while not self._stopped:
            with self.lock:
                wait = max(0, self._timers[0][0] - time.monotonic()) if self._timers else 1
            try:
                events = self._selector.select(min(wait, 1))
            except OSError:
                return
            with self.lock:
                if self._stopped:
                    return
                for key, _ in events:
                    try:
                        key.data()
                    except Exception as e:  # a bug or a dead socket: the test must see it
                        self.errors.append(repr(e))
                now = time.monotonic()
                while self._timers and self._timers[0][0] <= now:
                    _, _, call = heapq.heappop(self._timers)
                    try:
                        call()
                    except Exception as e:
                        self.errors.append(repr(e))
                self.changed.notify_all()

    def _woken(self):
        self._wake_r.recv(4096)

    def after(self, seconds, call):
        """call() from the endpoint's thread, once."""
        with self.lock:
            self._timer_number += 1
            heapq.heappush(self._timers, (time.monotonic() + seconds, self._timer_number, call))
        self._wake_w.send(b"x")

    def wait(self, condition, timeout, what):
        """Waits until condition() is true and returns its value; TimeoutError names `what`."""
        end = time.monotonic() + timeout
        with self.lock:
            while True:
                value = condition()
                if value:
                    return value
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError("%s: no %s within %g s" % (self.host, what, timeout))
                self.changed.wait(min(left, 0.2))

    def hang_up(self):
        """Ends all connections."""
        with self.lock:
            for conn in list(self.connections):
                self._drop_connection(conn)

    def close(self):
        with self.lock:
            self._stopped = True
            self._wake_w.send(b"x")
        self._thread.join(5)
        self._close_all()

    def _close_all(self):
        self._stopped = True
        for conn in self.connections:
            conn.sock.close()
        for sock in self._listeners:
            sock.close()
        self._selector.close()
        self._wake_r.close()
        self._wake_w.close()

    # -- reading ---------------------------------------------------------------------------

    def _read_datagram(self):
        try:
            data, source = self.udp.recvfrom(65535)
        except BlockingIOError:
            return
        packet = Packet("udp", (self.host, self.port), source[:2])
        if not data.strip(b"\r\n\0"):
            return  # keep-alive
        self._deliver(data, packet)

    def _deliver(self, data, packet):
        try:
            message = Message.parse(data)
        except ParseError as e:
            self.on_drop(str(e), packet, data)
            return
        self.on_message(message, packet)

    def _accept(self, listener, transport):
        sock, _ = listener.accept()
        sock.setblocking(False)
        handshaking = transport == "tls"
        if handshaking:
            context = self._context(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._add(Connection(sock, transport, outgoing=False, handshaking=handshaking))

    def _context(self, role):
        context = ssl.SSLContext(role)
        if self.tls_maximum is not None:
            context.maximum_version = self.tls_maximum
        return context

    def _add(self, conn):
        self.connections.append(conn)
        self._selector.register(conn.sock, selectors.EVENT_READ, lambda: self._read_stream(conn))
        self._wake_w.send(b"x")

    def _drop_connection(self, conn):
        if conn.open:
            conn.open = False
            self._selector.unregister(conn.sock)
            self.connections.remove(conn)
            conn.sock.close()

    def _read_stream(self, conn):
        while conn.open:
            try:
                if conn.handshaking:
                    conn.sock.do_handshake()
                    conn.handshaking = False
                data = conn.sock.recv(65535)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                data = b""
            if not data:
                self._drop_connection(conn)
                return
            conn.buffer += data
            self._take_messages(conn)

    def _take_messages(self, conn):
        packet = Packet(conn.transport, conn.local, conn.remote, conn)
        while conn.open:
            try:
                message = framed(conn.buffer)
            except ParseError as e:
                self.on_drop(str(e), packet, bytes(conn.buffer))
                self._drop_connection(conn)
                return
            if message is None:
                return
            self.on_message(message, packet)

    # -- sending ---------------------------------------------------------------------------

    def send(self, transport, host, port, data, conn=None):
        """Sends data to that place (on conn, if that is still open) and returns the Packet.
        Connections that were opened to the same place are used again; accepted ones only where
        reuse_accepted is set, as by a registrar that keeps its clients' flows (RFC 5626 5.3)."""
        with self.lock:
            if transport == "udp":
                self.udp.sendto(data, (host, port))
                return Packet("udp", (self.host, self.port), (host, port))
            if conn is None or not conn.open:
                conn = self._connection(transport, host, port)
            conn.record = self.record
            conn.send(data)
            return Packet(transport, conn.local, conn.remote, conn)

    def _connection(self, transport, host, port):
        for conn in self.connections:
            if ((conn.outgoing or self.reuse_accepted) and conn.open
                    and conn.transport == transport and conn.remote == (host, port)):
                return conn
        sock = self.make_socket(self.family, socket.SOCK_STREAM)
        try:
            sock.settimeout(5)
            sock.bind((self.host, 0))
            sock.connect((host, port))
            if transport == "tls":
                context = self._context(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                sock = context.wrap_socket(sock)
            sock.setblocking(False)
            conn = Connection(sock, transport, outgoing=True)
        except OSError:
            sock.close()
            raise
        self._add(conn)
        return conn
