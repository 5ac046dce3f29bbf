# SPDX-License-Identifier: MIT
"""SIP messages: parse, read, build (RFC 3261 sections 7 and 25).

Nothing here opens a socket. Messages keep their header rows in order and as
they were written, so that a test can compare them byte for byte.
"""

import ipaddress
import random
import re
import string

COMPACT = {
    "i": "call-id", "m": "contact", "e": "content-encoding", "l": "content-length",
    "c": "content-type", "f": "from", "s": "subject", "k": "supported", "t": "to",
    "v": "via", "r": "refer-to", "o": "event", "u": "allow-events",
}
TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"
DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061, "sctp": 5060, "ws": 80, "wss": 443}


class ParseError(ValueError):
    pass


def token(n=10):
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=n))


def split_list(text, sep=","):
    """Splits at sep outside quotes and <> (RFC 3261 7.3.1)."""
    out, start, quoted, angle, i = [], 0, False, False, 0
    while i < len(text):
        ch = text[i]
        if quoted:
            if ch == "\\":
                i += 1
            elif ch == '"':
                quoted = False
        elif ch == '"':
            quoted = True
        elif ch == "<":
            angle = True
        elif ch == ">":
            angle = False
        elif ch == sep and not angle:
            out.append(text[start:i].strip())
            start = i + 1
        i += 1
    if quoted or angle:
        raise ParseError("open quote or < in %r" % text)
    out.append(text[start:].strip())
    return out


def parse_params(text):
    """';a=b;c' -> {'a': 'b', 'c': None}, names in lower case, in order."""
    params = {}
    for part in split_list(text, ";"):
        if not part:
            continue
        name, eq, value = part.partition("=")
        name = name.strip().lower()
        if not re.fullmatch(r"[A-Za-z0-9\-.!%*_+`'~\[\]/:&$]+", name):
            raise ParseError("bad parameter %r" % part)
        if name in params:
            raise ParseError("parameter %r stands twice" % name)
        params[name] = value.strip() if eq else None
    return params


def format_params(params):
    return "".join(";" + k + ("" if v is None else "=" + v) for k, v in params.items())


def parse_hostport(text):
    """'host', 'host:port', '[v6]:port' -> (host, port or None); the host without brackets and
    in the one spelling that the kernel uses too (hosts also write 2001:db8:0:0:0:0:0:1)."""
    m = re.fullmatch(r"(\[([0-9A-Fa-f:.]+)\]|[A-Za-z0-9\-.]+)(?:\s*:\s*(\d{1,5}))?", text.strip())
    if not m:
        raise ParseError("bad host:port %r" % text)
    port = int(m.group(3)) if m.group(3) else None
    if port is not None and not 0 < port < 65536:
        raise ParseError("bad port in %r" % text)
    return plain_host(m.group(2) or m.group(1)), port


def plain_host(host):
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower()


def format_host(host):
    return "[%s]" % host if ":" in host else host


def format_hostport(host, port=None):
    return format_host(host) + ("" if port is None else ":%d" % port)


class Uri:
    """A sip: or sips: URI (RFC 3261 19.1)."""

    def __init__(self, text):
        m = re.fullmatch(r"(sips?):(?:([^@]*)@)?([^;?]*)((?:;[^?]*)?)(?:\?(.*))?", text.strip(),
                         re.I | re.S)
        if not m:
            raise ParseError("bad SIP URI %r" % text)
        self.text = text.strip()
        self.scheme = m.group(1).lower()
        self.user = m.group(2)
        self.host, self.port = parse_hostport(m.group(3))
        self.params = parse_params(m.group(4))
        self.headers = m.group(5)

    @property
    def transport(self):
        if self.scheme == "sips":
            return "tls"
        return (self.params.get("transport") or "udp").lower()

    @property
    def target(self):
        """(transport, host, port) where a request to it goes, DNS left out."""
        host = plain_host(self.params.get("maddr") or self.host)
        return self.transport, host, self.port or DEFAULT_PORT[self.transport]

    def __str__(self):
        return self.text


class NameAddr:
    """A value of From, To, Contact, Route, Record-Route."""

    def __init__(self, text):
        text = text.strip()
        m = re.fullmatch(r'((?:"(?:[^"\\]|\\.)*"|[^<"]*)\s*)<([^>]*)>\s*((?:;.*)?)', text, re.S)
        if m:
            self.display, uri, params = m.group(1).strip(), m.group(2), m.group(3)
        else:
            # Without <> the parameters are the header's (RFC 3261 20).
            self.display = ""
            uri, semi, rest = text.partition(";")
            params = semi + rest
        self.text = text
        self.uri = Uri(uri)
        self.params = parse_params(params)

    def __str__(self):
        return self.text


class Via:
    def __init__(self, text):
        m = re.fullmatch(r"(SIP)\s*/\s*(2\.0)\s*/\s*(%s)\s+([^;]+?)\s*((?:;.*)?)" % TOKEN,
                         text.strip(), re.I | re.S)
        if not m:
            raise ParseError("bad Via %r" % text)
        self.text = text.strip()
        self.transport = m.group(3).lower()
        self.host, self.port = parse_hostport(m.group(4))
        self.params = parse_params(m.group(5))

    @property
    def sent_by(self):
        """(host, port), the port by default rules (RFC 3261 18.2.2)."""
        return self.host, self.port or DEFAULT_PORT.get(self.transport, 5060)

    @property
    def branch(self):
        return self.params.get("branch")

    def with_params(self, **params):
        """The same Via text with parameters set; 'rport' without value becomes one with."""
        text = self.text
        for name, value in params.items():
            pattern = re.compile(r";\s*%s\s*(=\s*[^;]*)?(?=;|$)" % name, re.I)
            item = ";%s=%s" % (name, value)
            text = pattern.sub(item, text, 1) if pattern.search(text) else text + item
        return text

    def __str__(self):
        return self.text


class Message:
    """A request (method, uri) or a response (status, reason); headers as [name, value] rows."""

    def __init__(self, method=None, uri=None, status=None, reason="", headers=None, body=b""):
        self.method, self.uri = method, uri
        self.status, self.reason = status, reason
        self.headers = headers if headers is not None else []
        self.body = body
        self.raw = None

    # -- parsing ---------------------------------------------------------------------------

    @classmethod
    def parse(cls, data, stream=False):
        """A whole message. A datagram's body is what Content-Length says, if it says so."""
        head, sep, body = data.partition(b"\r\n\r\n")
        if not sep:
            raise ParseError("no empty line after the headers")
        try:
            text = head.decode("utf-8")
        except UnicodeDecodeError as e:
            raise ParseError("not UTF-8: %s" % e) from e
        rows = text.split("\r\n")
        if "\n" in text.replace("\r\n", ""):
            raise ParseError("a bare LF in the headers")
        msg = cls._start(rows[0])
        for row in rows[1:]:
            if row[:1] in " \t":
                if not msg.headers:
                    raise ParseError("a folded line before any header")
                msg.headers[-1][1] += " " + row.strip()
                continue
            name, colon, value = row.partition(":")
            if not colon or not re.fullmatch(TOKEN, name.rstrip(" \t")):
                raise ParseError("bad header line %r" % row)
            msg.headers.append([name.rstrip(" \t"), value.strip()])
        length = msg.get("content-length")
        if length is not None:
            if not length.isdigit():
                raise ParseError("bad Content-Length %r" % length)
            if int(length) > len(body):
                raise ParseError("Content-Length %s, but %d bytes of body" % (length, len(body)))
            body = body[:int(length)]
        elif stream:
            raise ParseError("no Content-Length on a stream")
        msg.body, msg.raw = body, data
        msg._check()
        return msg

    @classmethod
    def _start(cls, line):
        m = re.fullmatch(r"SIP/2\.0 (\d{3}) (.*)", line)
        if m:
            return cls(status=int(m.group(1)), reason=m.group(2))
        m = re.fullmatch(r"(%s) (\S+) SIP/2\.0" % TOKEN, line)
        if m:
            return cls(method=m.group(1), uri=m.group(2))
        raise ParseError("neither a request line nor a status line: %r" % line)

    def _check(self):
        for name in ("via", "from", "to", "call-id", "cseq"):
            rows = [r for r in self.headers if self._key(r[0]) == name]
            if not rows:
                raise ParseError("no %s" % name)
            if name != "via" and len(rows) > 1:
                raise ParseError("%s stands twice" % name)
        if not re.fullmatch(r"\d+\s+%s" % TOKEN, self.get("cseq")):
            raise ParseError("bad CSeq %r" % self.get("cseq"))
        if self.method and self.cseq[1] != self.method:
            raise ParseError("CSeq %r in a %s" % (self.get("cseq"), self.method))
        for name in ("via", "route", "record-route", "contact"):
            for value in self.all(name):
                if name == "via":
                    Via(value)
                elif not (name == "contact" and value == "*"):
                    NameAddr(value)
        NameAddr(self.get("from"))
        NameAddr(self.get("to"))

    # -- reading ---------------------------------------------------------------------------

    @staticmethod
    def _key(name):
        name = name.lower()
        return COMPACT.get(name, name)

    def get(self, name):
        """The first row's value, or None."""
        for row in self.headers:
            if self._key(row[0]) == name:
                return row[1]
        return None

    def all(self, name):
        """All values of a header, comma lists taken apart."""
        out = []
        for row in self.headers:
            if self._key(row[0]) == name:
                out += [v for v in split_list(row[1])]
        return out

    @property
    def vias(self):
        return [Via(v) for v in self.all("via")]

    @property
    def via(self):
        return Via(self.all("via")[0])

    @property
    def cseq(self):
        number, method = self.get("cseq").split(None, 1)
        return int(number), method

    @property
    def call_id(self):
        return self.get("call-id")

    @property
    def from_tag(self):
        return NameAddr(self.get("from")).params.get("tag")

    @property
    def to_tag(self):
        return NameAddr(self.get("to")).params.get("tag")

    @property
    def contact(self):
        values = self.all("contact")
        return NameAddr(values[0]) if values and values[0] != "*" else None

    @property
    def record_route(self):
        return [NameAddr(v) for v in self.all("record-route")]

    @property
    def route(self):
        return [NameAddr(v) for v in self.all("route")]

    @property
    def start_line(self):
        if self.method:
            return "%s %s SIP/2.0" % (self.method, self.uri)
        return "SIP/2.0 %d %s" % (self.status, self.reason)

    # -- building --------------------------------------------------------------------------

    def add(self, name, value):
        self.headers.append([name, str(value)])
        return self

    def set(self, name, value):
        """Replaces the first row of that name, or adds one."""
        for row in self.headers:
            if self._key(row[0]) == self._key(name):
                row[1] = str(value)
                return self
        return self.add(name, value)

    def encode(self):
        rows = [self.start_line]
        rows += ["%s: %s" % (n, v) for n, v in self.headers if self._key(n) != "content-length"]
        rows.append("Content-Length: %d" % len(self.body))
        return ("\r\n".join(rows) + "\r\n\r\n").encode() + self.body

    def __str__(self):
        return self.start_line


def framed(buffer):
    """Takes one message off a stream's bytearray; None if it is not whole yet (RFC 3261 18.3).
    CRLFs before a start line are dropped. ParseError = the stream cannot be followed."""
    while buffer[:2] == b"\r\n":
        del buffer[:2]
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > 65536:
            raise ParseError("64 KiB without an end of headers")
        return None
    m = re.search(rb"(?:^|\r\n)(?:content-length|l)[ \t]*:\s*(\d+)[ \t]*\r\n",
                  bytes(buffer[:end + 2]), re.I)
    if not m:
        raise ParseError("no Content-Length on a stream")
    size = end + 4 + int(m.group(1))
    if len(buffer) < size:
        return None
    data = bytes(buffer[:size])
    del buffer[:size]
    return Message.parse(data, stream=True)
