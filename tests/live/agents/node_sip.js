// SPDX-License-Identifier: MIT
// A user agent on the npm package `sip`, told on stdin what to do.
// node node_sip.js FOLDER ADDRESS OWN TRANSPORT SERVER PORT [KEY CERT]
// ADDRESS: what it binds; OWN: the name that it gives itself.
'use strict';

const fs = require('fs');
const readline = require('readline');
const [folder, address, own, transport, server, serverPort, key, cert] = process.argv.slice(2);
const sip = require(folder + '/node_modules/sip');
const digest = require(folder + '/node_modules/sip/digest');

const port = transport === 'tls' ? 5061 : 5060;
const creds = {user: 'me', realm: 'bond.test', password: 'secret'};
const contact = [{uri: `sip:me@${own}:${port};transport=${transport}`}];
const aor = `sip:me@${server}`;
let mode = 'answer';
let call = null; // {id, remote, local, peer, seq, uri, invite}
let registration = 0;
const registrationId = token();

function token() {
	return Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
}

function sdp() {
	const bare = own.replace(/[[\]]/g, '');
	const kind = bare.includes(':') ? 'IP6' : 'IP4';
	return `v=0\r\no=me 1 1 IN ${kind} ${bare}\r\ns=-\r\nc=IN ${kind} ${bare}\r\nt=0 0\r\n` +
		'm=audio 40000 RTP/AVP 0\r\n';
}

// Sends the request, and once more with credentials where they are asked for.
function send(request, done) {
	let tried = false;
	sip.send(request, function again(response) {
		if (response.status === 401 && !tried) {
			tried = true;
			request.headers.via = [];
			request.headers.cseq.seq++;
			if (call && call.invite === request)
				call.seq = request.headers.cseq.seq;
			digest.signRequest({}, request, response, creds);
			sip.send(request, again);
			return;
		}
		done(response);
	});
}

function register() {
	send({method: 'REGISTER', uri: `sip:${server}:${serverPort};transport=${transport}`, headers: {
		to: {uri: aor}, from: {uri: aor, params: {tag: token()}}, 'call-id': registrationId,
		cseq: {method: 'REGISTER', seq: registration += 2}, contact: contact,
		expires: 600}}, (rs) => console.log('registered', rs.status));
}

// A request of the call that is on.
function within(method, more) {
	return Object.assign({method: method, uri: call.uri, headers: {
		to: call.remote, from: call.local, 'call-id': call.id,
		cseq: {method: method, seq: method === 'ACK' ? call.seq : ++call.seq},
		contact: contact}}, more);
}

function invited(response) {
	if (response.status < 200 || !call)
		return;
	if (response.status >= 300) {
		console.log('call got', response.status);
		call = null;
		return;
	}
	call.remote = response.headers.to;
	call.uri = response.headers.contact[0].uri;
	sip.send(within('ACK'));
}

function dial(uri) {
	call = {id: token(), local: {uri: aor, params: {tag: token()}}, remote: {uri: uri}, seq: 0,
		uri: uri};
	call.invite = within('INVITE', {content: sdp()});
	call.invite.headers['content-type'] = 'application/sdp';
	send(call.invite, invited);
}

const told = {
	mode: (m) => { mode = m; },
	register: register,
	call: dial,
	cancel: () => sip.send({method: 'CANCEL', uri: call.invite.uri, headers: {
		via: [call.invite.headers.via[0]], to: call.invite.headers.to,
		from: call.invite.headers.from, 'call-id': call.id,
		cseq: {method: 'CANCEL', seq: call.invite.headers.cseq.seq}}}),
	'hang-up': () => { if (call) sip.send(within('BYE')); call = null; },
	reinvite: () => {
		call.invite = within('INVITE', {content: sdp()});
		call.invite.headers['content-type'] = 'application/sdp';
		send(call.invite, invited);
	},
	options: (uri) => send({method: 'OPTIONS', uri: uri, headers: {to: {uri: uri},
		from: {uri: aor, params: {tag: token()}}, 'call-id': token(),
		cseq: {method: 'OPTIONS', seq: 1}, contact: contact}}, () => {}),
};

function answer(request) {
	const response = sip.makeResponse(request, 200, 'OK');
	response.headers.contact = contact;
	response.headers['content-type'] = 'application/sdp';
	response.content = sdp();
	sip.send(response);
}

function invite(request) {
	if (request.headers.to.params.tag) {
		answer(request);
		return;
	}
	if (mode === 'busy') {
		sip.send(sip.makeResponse(request, 486, 'Busy Here'));
		return;
	}
	request.headers.to.params.tag = token();
	const ringing = sip.makeResponse(request, 180, 'Ringing');
	ringing.headers.contact = contact;
	sip.send(ringing);
	call = {id: request.headers['call-id'], local: request.headers.to,
		remote: request.headers.from, seq: 100, uri: request.headers.contact[0].uri,
		ringing: request};
	if (mode === 'answer')
		answer(request);
}

const options = {port: port === 5060 ? 5060 : undefined, address: address, publicAddress: own,
	udp: transport === 'udp', tcp: transport === 'tcp',
	logger: {error: (e) => console.log('error', e)}};
if (transport === 'tls') {
	options.tls = {key: fs.readFileSync(key), cert: fs.readFileSync(cert),
		rejectUnauthorized: false};
}

sip.start(options, (request) => {
	if (request.method === 'INVITE') {
		invite(request);
	} else if (request.method === 'CANCEL') {
		sip.send(sip.makeResponse(request, 200, 'OK'));
		if (call && call.ringing)
			sip.send(sip.makeResponse(call.ringing, 487, 'Request Terminated'));
		call = null;
	} else if (request.method !== 'ACK') {
		if (request.method === 'BYE')
			call = null;
		sip.send(sip.makeResponse(request, 200, 'OK'));
	}
});

readline.createInterface({input: process.stdin}).on('line', (line) => {
	const [word, rest] = line.split(' ', 2);
	told[word](rest);
	console.log('done ' + line);
}).on('close', () => process.exit(0));
console.log('ready');
register();
