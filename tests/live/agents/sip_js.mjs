// SPDX-License-Identifier: MIT
// A browser's user agent: SIP.js, whose WebSocket is that of the npm package ws, told on stdin what to do.
// node sip_js.mjs FOLDER URL AOR
// Media are none: what stands for a browser's RTCPeerConnection gives and takes a text.
import readline from 'node:readline';
import {createRequire} from 'node:module';

const [folder, url, aor] = process.argv.slice(2);
const from = createRequire(folder + '/package.json');
const Ws = from('ws');
const sip = await import(folder + '/node_modules/sip.js/lib/index.js');

globalThis.WebSocket = class extends Ws {
	constructor(to, protocols) {
		super(to, protocols, {rejectUnauthorized: false});
	}
};

const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n' +
	'm=audio 9 RTP/AVP 0\r\n' + 'a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n'.repeat(
		Number(process.env.LINES || 0));

function media() {
	return {
		close() {},
		getDescription: async () => ({body: sdp, contentType: 'application/sdp'}),
		hasDescription: (type) => type === 'application/sdp',
		rollbackDescription: async () => {},
		setDescription: async () => {},
		sendDtmf: () => false,
	};
}

let mode = 'answer';
let session = null;

function watch(one) {
	session = one;
	one.delegate = {onAck: () => console.log('acknowledged')};
	one.stateChange.addListener((state) => console.log('session', state));
}

const ua = new sip.UserAgent({
	uri: sip.UserAgent.makeURI(aor),
	transportOptions: {server: url},
	sessionDescriptionHandlerFactory: media,
	logBuiltinEnabled: false,
	delegate: {
		onInvite(invitation) {
			watch(invitation);
			if (mode === 'busy')
				invitation.reject({statusCode: 486});
			else
				invitation.progress().then(() => mode === 'answer' && invitation.accept());
		},
	},
});

async function register() {
	await new sip.Registerer(ua).register({
		requestDelegate: {
			onAccept: (r) => console.log('registered', r.message.statusCode),
			onReject: (r) => console.log('registered', r.message.statusCode),
		},
	});
}

const commands = {
	mode: (what) => { mode = what; },
	register,
	async call(uri) {
		watch(new sip.Inviter(ua, sip.UserAgent.makeURI(uri)));
		await session.invite({requestDelegate: {
			onReject: (r) => console.log('rejected', r.message.statusCode),
		}});
	},
	cancel: () => session.cancel(),
	'hang-up': () => session.bye(),
	async reinvite() {
		await session.invite({requestDelegate: {
			onAccept: (r) => console.log('renewed', r.message.statusCode),
		}});
	},
	message: (n) => new sip.Messager(ua, sip.UserAgent.makeURI(aor), 'x'.repeat(Number(n))).message(),
};

await ua.start();
console.log('ready');
for await (const line of readline.createInterface({input: process.stdin})) {
	const [word, ...more] = line.split(' ');
	try {
		await commands[word](...more);
	} catch (e) {
		console.log('failed', line, e);
	}
	console.log('done ' + line);
}
process.exit(0);
