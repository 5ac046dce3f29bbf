# SPDX-License-Identifier: MIT
# A user agent on Net::SIP, told on stdin what to do.
# perl net_sip.pl ADDRESS OWN PORT TRANSPORT SERVER SERVER-PORT [CERTIFICATE KEY]
# ADDRESS and PORT are bound; OWN is the name that it gives itself. The last two are of TLS.
use strict;
use warnings;
use Net::SIP qw(:all);
use Net::SIP::Util qw(INETSOCK);
use Net::SIP::Dispatcher::Eventloop;
use IO::Handle;

my ($address, $own, $port, $transport, $server, $server_port, $cert, $key) = @ARGV;
my $stream = $transport ne 'udp';
$| = 1;
my $bracketed = $server =~ /:/ ? "[$server]" : $server;
my ($mode, $call, %known) = ('answer');

# Of port 0 the package makes 5060 and further ones.
my $sock = $port ? undef : INETSOCK(Proto => $stream ? 'tcp' : 'udp', LocalAddr => $address,
	LocalPort => 0, $stream ? (Listen => 100) : ());
$port ||= $sock->sockport;
my $name = ($own =~ /:/ ? "[$own]" : $own) . ":$port" . ($stream ? ";transport=$transport" : '');
my $leg = Net::SIP::Leg->new(proto => $transport, contact => "sip:$name",
	$transport eq 'tls' ? (tls => {SSL_cert_file => $cert, SSL_key_file => $key,
		SSL_verify_mode => 0}) : (),
	$sock ? (sock => $sock) : (addr => $address, host => $own, port => $port));
my $contact = "sip:me\@$name";
my $registrar = "sip:$bracketed:$server_port" . ($transport eq 'tls' ? ';transport=tls' : '');
my $from = "sip:me\@$bracketed";
my $ua = Net::SIP::Simple->new(legs => [$leg], from => $from, contact => "<$contact>",
	auth => ['me', 'secret']);

# Net::SIP::Simple would put a registrar with parameters into brackets.
sub register {
	$ua->{endpoint}->register(registrar => $registrar, from => $from, contact => "<$contact>",
		auth => ['me', 'secret'], expires => 600,
		callback => sub { print "registered ", $_[3] || '', "\n" });
}

sub ended { $call = undef }

my %told = (
	mode => sub { $mode = shift },
	register => \&register,
	call => sub {
		$call = $ua->invite("<$_[0]>", cb_final => sub { print "call $_[0]\n" },
			recv_bye => \&ended);
	},
	cancel => sub { $call->cancel(cb_final => sub { }) if $call },
	'hang-up' => sub {
		$call->bye(cb_final => sub { }) if $call && $call->{ctx};
	},
	reinvite => sub { $call->reinvite(cb_final => sub { print "reinvite $_[0]\n" }) },
	options => sub {
		$ua->{endpoint}->new_request('OPTIONS', {to => "<$_[0]>", from => $from,
			contact => "<$contact>"}, sub { }, undef, uri => $_[0]);
	},
);

$ua->listen(
	cb_create => sub { $call = $_[0]; 1 },
	cb_invite => sub {
		my ($self, $request) = @_;
		return if $known{$request->callid}++;
		return $request->create_response('486', 'Busy Here') if $mode eq 'busy';
		return $request->create_response('180', 'Ringing', {contact => "<$contact>"})
			if $mode eq 'ring';
		return;
	},
	recv_bye => \&ended,
);

STDIN->blocking(0);
my $pending = '';
$ua->{loop}->addFD(\*STDIN, EV_READ, [ sub {
	my $n = sysread(STDIN, $pending, 4096, length $pending);
	exit 0 if defined $n && $n == 0;
	while ($pending =~ s/^(.*)\n//) {
		my $line = $1;
		my ($word, @rest) = split / /, $line;
		eval { $told{$word}->(@rest); 1 } or print "$line: $@";
		print "done $line\n";
	}
} ]);
print "ready\n";
register();
$ua->loop;
