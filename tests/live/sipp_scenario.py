# SPDX-License-Identifier: MIT
"""Scenarios of sipp, built from the steps that they share."""

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n'
SDP = """v=0
o=me 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
"""
CONTACT = "Contact: <sip:me@[local_ip]:[local_port];transport=[transport]>\n"
TYPE = "Content-Type: application/sdp\n"


def _send(lines, sdp=False, resent=False):
    text = lines + (TYPE if sdp else "") + "Content-Length: [len]\n\n" + (SDP if sdp else "")
    return "<send%s><![CDATA[\n\n%s]]></send>\n" % (' retrans="500"' if resent else "", text)


def request(method, number, to="<[dest]>", uri="[dest]", more="", sdp=False, branch="[branch]"):
    return _send(
        "%s %s SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=%s\n"
        "From: <sip:me@[local_ip]>;tag=[pid]-[call_number]\nTo: %s\nCall-ID: [call_id]\n"
        "CSeq: %d %s\nMax-Forwards: 70\n%s" % (method, uri, branch, to, number, method, more),
        sdp, resent=method != "ACK")


def received(what, **more):
    kind = "response" if isinstance(what, int) else "request"
    words = "".join(' %s="%s"' % pair for pair in more.items())
    return '<recv %s="%s"%s/>\n' % (kind, what, words)


def response(line, sdp=False, tagged=False, resent=False):
    return _send(
        "SIP/2.0 %s\n[last_Via:]\n[last_Record-Route:]\n[last_From:]\n[last_To:]%s\n"
        "[last_Call-ID:]\n[last_CSeq:]\n%s"
        % (line, ";tag=[pid]-[call_number]" if tagged else "", CONTACT), sdp, resent)


def scenario(*steps):
    return HEAD + '<scenario name="whole">\n' + "".join(steps) + "</scenario>\n"


DIALOG = {"to": "<[dest]>[peer_tag_param]", "uri": "[next_url]"}
RINGING = received(100, optional="true") + received(180, optional="true")
INVITED = (request("INVITE", 1, more=CONTACT, sdp=True) + received(401, auth="true")
           + request("ACK", 1, to="<[dest]>[peer_tag_param]", branch="[branch-2]")
           + request("INVITE", 2, more=CONTACT + "[authentication]\n", sdp=True))
REINVITED = received("INVITE") + response("200 OK", sdp=True, resent=True) + received("ACK")
PEER_ENDS = REINVITED + received("BYE") + response("200 OK")
TO_SELF = {"to": "<sip:me@[remote_ip]>", "uri": "sip:[remote_ip]:[remote_port]"}

REGISTER = scenario(
    request("REGISTER", 1, more=CONTACT, **TO_SELF) + received(401, auth="true")
    + request("REGISTER", 2, more=CONTACT + "[authentication]\n", **TO_SELF) + received(200))
OPTIONS = scenario(request("OPTIONS", 1, more=CONTACT), received(200))
ANSWERED = INVITED + RINGING + received(200, rrs="true") + request("ACK", 2, **DIALOG)
CALL_HOST_ENDS = scenario(
    ANSWERED, request("INVITE", 3, more=CONTACT, sdp=True, **DIALOG), received(200),
    request("ACK", 3, **DIALOG), request("BYE", 4, **DIALOG), received(200))
CALL_PEER_ENDS = scenario(ANSWERED, PEER_ENDS)
BARE = (request("INVITE", 1, more=CONTACT, sdp=True) + RINGING + received(200, rrs="true")
        + request("ACK", 1, **DIALOG))
CALL_BARE = scenario(BARE, PEER_ENDS)
CALL_BARE_HOST_ENDS = scenario(BARE, request("BYE", 2, **DIALOG), received(200))
# [branch-N] is that of the message N steps before.
CALL_BUSY = scenario(INVITED, RINGING, received(486),
                     request("ACK", 2, to="<[dest]>[peer_tag_param]", branch="[branch-4]"))
CALL_CANCELLED = scenario(
    INVITED, received(100, optional="true"), received(180),
    request("CANCEL", 2, branch="[branch-3]"), received(200), received(487),
    request("ACK", 2, to="<[dest]>[peer_tag_param]", branch="[branch-6]"))

ASKED = """<recv request="INVITE" rrs="true"><action><ereg regexp="tag=([^;]*)" search_in="hdr"
 header="From:" assign_to="1,2"/></action></recv>
<Reference variables="1,2"/>
"""
ANSWER = ASKED + response("180 Ringing", tagged=True) + response(
    "200 OK", sdp=True, tagged=True, resent=True) + received("ACK")
CALLED_PEER_ENDS = scenario(ANSWER, PEER_ENDS)
CALLED_HOST_ENDS = scenario(ANSWER, request("BYE", 1, to="<sip:peer@peer.test>;tag=[$2]",
                                            uri="[next_url]"), received(200))
CALLED_BUSY = scenario(received("INVITE"), response("486 Busy Here", tagged=True, resent=True),
                       received("ACK"))
CALLED_CANCELLED = scenario(
    received("INVITE"), response("180 Ringing", tagged=True), received("CANCEL"),
    response("200 OK", tagged=True),
    response("487 Request Terminated", tagged=True, resent=True).replace(
        "[last_CSeq:]", "CSeq: 1 INVITE"), received("ACK"))
ANSWERS_OPTIONS = scenario(received("OPTIONS"), response("200 OK", tagged=True))
