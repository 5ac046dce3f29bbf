#!/bin/sh
# SPDX-License-Identifier: MIT
# bondrun with real programs: which it starts, how, and which it refuses. Needs root, gcc, musl-gcc. CC is the compiler.
# usage: tests/victim/bondrun.sh [FILE]     FILE names what this machine cannot do, as "CHECK: reason" (a check's name ends at a colon)
set -u
. "$(dirname "$0")/../usage"
usage 1 "$@"
cd "$(dirname "$0")/../.." || exit 1
PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
unset LD_PRELOAD BOND_CONFIG BOND_TRACE BOND_TRACE_FILE BOND_ACTIVE
passed=0 failed=0 skipped=0
cc=${CC:-gcc}
without=$(sed -n '/^#/!p' "${1:-/dev/null}")

# Somewhere that other users reach and where setuid bits count.
for base in /tmp /var/tmp /root; do
	findmnt -no OPTIONS -T $base | grep -qw nosuid || break
done
dir=$(mktemp -d "$base"/bondrun-XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$dir"
src=$PWD

# Whether the file names that check, which is then skipped.
left_out() {
	why=$(printf '%s\n' "$without" | awk -v name="$1: " 'index($0, name) == 1 { print; exit }')
	[ "$why" ] && skip "$why"
}
ok() {
	left_out "$1" && return
	passed=$((passed + 1))
	echo "ok - $1"
}
not_ok() {
	left_out "$1" && return
	failed=$((failed + 1))
	echo "not ok - $1"
	printf '%s\n' "exit $code, output:" "$out" "expected:" "${2-}" | sed 's/^/#   /'
}
skip() { skipped=$((skipped + 1)); echo "skip - $1"; }

# Runs a command; its output, of both kinds, in $out and its exit status in $code.
run() { out=$("$@" 2>&1); code=$?; }

# expect NAME STATUS PATTERN...: each an extended regular expression that some line matches.
expect() {
	name=$1 want=$2
	shift 2
	if [ "$code" != "$want" ]; then
		not_ok "$name" "exit $want"
		return
	fi
	for pattern; do
		if ! printf '%s\n' "$out" | grep -Eq -- "$pattern"; then
			not_ok "$name" "$pattern"
			return
		fi
	done
	ok "$name"
}

nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; }

# ---- programs ----

cd "$dir" || exit 1
cp "$src/bondrun" . || exit 1
version=$(./bondrun -V | cut -d' ' -f2)

cat > library.c << 'C'
const char mark[] __attribute__((used)) = "@(#)libbond " VERSION;
int library_is_here(void) { return 1; }
C
cat > show.c << 'C'
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
extern int library_is_here(void) __attribute__((weak));
int main(int argc, char **argv)
{
	static const char *const names[] = {"LD_PRELOAD", "BOND_CONFIG", "BOND_TRACE",
		"BOND_TRACE_FILE", "BOND_ACTIVE", "OTHER"};
	printf("secure=%lu\n%s\n", getauxval(AT_SECURE), library_is_here ? "loaded" : "bare");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]))
			printf("%s=%s.\n", names[i], getenv(names[i]));
	for (int i = 0; i < argc; i++)
		printf("[%s]\n", argv[i]);
	return argc > 1 ? atoi(argv[1]) : 0;
}
C
cat > go.c << 'C'
#include <stdio.h>
__asm__(".pushsection .note.go.buildid,\"a\",@note\n.p2align 2\n.long 4, 8, 4\n"
	".asciz \"Go\\0\"\n.ascii \"abcdefgh\"\n.popsection\n");
int main(void) { return puts("started") < 0; }
C
cat > goinfo.c << 'C'
#include <stdio.h>
/* The linker of this test must not find the text in a constant: it would count for bondrun too. */
char info[] __attribute__((used, aligned(16))) = "\xff Go buildinf:\x08\x02";
int main(void) { return puts("started") < 0; }
C
echo 'int main(void) { return 0; }' > nothing.c

build() {
	if ! "$@" 2> build.log; then
		code=1 out=$(cat build.log)
		not_ok "build: $*" 'it compiles'
	fi
}
build "$cc" -shared -fPIC -DVERSION="\"$version\"" -o libbond.so library.c
build "$cc" -o show show.c
build "$cc" -static -o static nothing.c
build "$cc" -static-pie -fPIE -o static-pie nothing.c
build "$cc" -no-pie -o no-pie show.c
if [ "$cc" = gcc ]; then
	build musl-gcc -o musl nothing.c
	build musl-gcc -static -o musl-static nothing.c
else # it is known by its loader
	build "$cc" -Wl,--dynamic-linker=/lib/ld-musl-other.so.1 -o musl nothing.c
	build "$cc" -static -o musl-static nothing.c
fi
build "$cc" -o go go.c
build "$cc" -static -o go-static go.c
build "$cc" -o goinfo goinfo.c
build "$cc" -Wl,--dynamic-linker=/nowhere/ld.so -o no-loader nothing.c
# An ELF header of 32 bit: 52 bytes, x86, no segments.
{
	printf '\177ELF\001\001\001\000\000\000\000\000\000\000\000\000\002\000\003\000\001\000\000\000'
	head -c 28 /dev/zero
} > bits32
loader=$(readelf -l show | sed -n 's/.*interpreter: \(.*\)]$/\1/p')
cp show other-cpu
# AArch64, or x86-64 there
if [ "$(od -An -tu2 -j18 -N2 show)" -eq 183 ]; then other='\076\000' other_name=x86-64; else other='\267\000' other_name=AArch64; fi
printf "$other" | dd of=other-cpu bs=1 seek=18 conv=notrunc 2> build.log
head -c 300 show > damaged
: > empty
echo 'echo shell $1' > no-first-line
printf '#!/bin/sh\necho "script $1"\nexec ./show\n' > script
printf '#!/usr/bin/env sh\necho env-script\n' > env-script
printf '#!/usr/bin/env -S sh -e\necho split\n' > env-split
printf '#!/usr/bin/env -i sh\necho emptied\n' > env-emptied
printf '#!/usr/bin/env -S -u LD_PRELOAD sh\n' > env-unset
printf '#!/usr/bin/env -S --unset=LD_PRELOAD sh\n' > env-unset-long
printf '#!/usr/bin/env -S --uns "LD_PRELOAD" sh\n' > env-unset-short
printf '#!/usr/bin/env -S A=b LD_PRELOAD= sh\n' > env-assigned
printf '#!/usr/bin/env -iS sh\n' > env-emptied-split
printf '#!/usr/bin/env -S "-i" sh\n' > env-emptied-quoted
printf '#!/usr/bin/env -S A=b env -i sh\n' > env-emptied-inside
printf '#!/usr/bin/env -S -u OTHER --ignore-signal=INT A="b c" sh -e\necho "kept $A"\n' > env-kept
printf '#!/usr/bin/env -S -u OTHER A=b static\n' > env-static-split
printf '#!/usr/bin/env -S OTHER='"'LD_PRELOAD= -i'"' sh\necho "quoted $OTHER"\n' > env-quoted
printf '#!/usr/bin/env -u OTHER A=b static\n' > env-static
printf '#!/usr/bin/env nonesuch\n' > env-missing
printf '#! %s/static -x\n' "$dir" > static-script
printf '#!%s/static-script\n' "$dir" > nested-script
printf '#!/nowhere/sh\n' > missing-script
printf '#!/bin/sh\r\necho dos\r\n' > dos-script
printf '#!%s/loop\n' "$dir" > loop
chmod 755 bits32 other-cpu damaged empty no-first-line script env-* ./*-script loop
echo text > plain-text
echo '[bond:external]' > bond.ini
mkdir folder

# ---- options ----

run ./bondrun -h
expect 'help' 0 '^usage: bondrun'
run ./bondrun --help
expect 'help, long' 0 '^usage: bondrun'
run ./bondrun -V
expect 'version' 0 '^bondrun [0-9]+\.[0-9]+\.[0-9]+$'
run ./bondrun
expect 'no program' 125 'which program'
run ./bondrun -z ./show
expect 'unknown option' 125 "invalid option -- 'z'"
run ./bondrun -c
expect 'option without its value' 125 'requires an argument'

# Every option stands in -h, in the man page and in the completion.
out='' code=0
for list in "$(./bondrun -h | grep -oE -- '^  -[A-Za-z], --[a-z-]+' | tr -d ' ' | tr ',' ' ' | sort)" \
	"$(sed -nE 's/^\.It Fl ([A-Za-z]) .*, Fl -([a-z-]+).*/-\1 --\2/p' "$src/scripts/bondrun.1" | sort)"
do
	[ -n "$out" ] || out=$(printf '%s\n' "$list")
	if [ "$(printf '%s\n' "$list" | sort -u)" != "$(printf '%s\n' "$out" | sort -u)" ]; then
		code=1
		out="$out
man page:
$list"
	fi
done
expect 'man page and -h have the same options' 0 '-c'
code=0 out=
for option in $(./bondrun -h | grep -oE -- ' --?[A-Za-z][a-z-]*' | sort -u); do
	grep -q -- "$option" "$src/scripts/completion/bondrun" || { code=1; out="$out $option"; }
done
expect 'the completion knows every option' 0

# ---- TLS ----

tls_ini() { printf '[bond:external]\nmember = %s:127.0.0.1:5061\n[host]\nheaders = %s\nsecret = 0123456789abcdef0123456789abcdef\n[route:all]\nbond = external\n' "$1" "$2" > tls.ini; }
echo 'int nothing(void) { return 0; }' > tls-library.c
tls_ini tls rewrite
run ./bondrun -c tls.ini ./show
expect 'without libbond-tls.so it says so, and starts' 0 "^bondrun: $dir/libbond-tls.so: No such file" "^LD_PRELOAD=$dir/libbond.so\.$"
build "$cc" -shared -fPIC -o libbond-tls.so tls-library.c
for transport in tls wss; do
	tls_ini $transport rewrite
	run ./bondrun -c tls.ini ./show
	expect "a member of $transport: libbond-tls.so comes too" 0 "^LD_PRELOAD=$dir/libbond.so:$dir/libbond-tls.so\.$"
done
run ./bondrun -n -c tls.ini ./show
expect 'and --dry-run shows it' 0 "^LD_PRELOAD=$dir/libbond.so:$dir/libbond-tls.so$"
run ./bondrun -c tls.ini ./bondrun -c tls.ini ./show
expect 'and comes once' 0 "^LD_PRELOAD=$dir/libbond.so:$dir/libbond-tls.so\.$"
tls_ini tls keep
run ./bondrun -c tls.ini ./bondrun -c tls.ini ./show
expect 'headers = keep: it does not come' 0 "^LD_PRELOAD=$dir/libbond.so\.$"
tls_ini tcp rewrite
run ./bondrun -c tls.ini ./show
expect 'no member of TLS: it does not come' 0 "^LD_PRELOAD=$dir/libbond.so\.$"

# A library of TLS in the program itself, in a library that it loads, in that by its own calls alone;
# one that has only the name of the system's.
printf 'int SSL_write(void *s, const void *p, int n) { (void)s; (void)p; return n; }\nint use(void *s) { return SSL_write(s, 0, 0); }\n' > ssl.c
echo 'int use(void *); int main(void) { return use(0); }' > caller.c
tls_ini tls rewrite
build "$cc" -rdynamic -o own-tls caller.c ssl.c
build "$cc" -shared -fPIC -Wl,-Bsymbolic -o libown.so ssl.c
build "$cc" -o uses-own caller.c -L. -lown -Wl,-rpath,'$ORIGIN'
build "$cc" -shared -fPIC -o libopen.so ssl.c
build "$cc" -o uses-open caller.c -L. -lopen -Wl,-rpath,"$dir"
build "$cc" -shared -fPIC -Wl,-Bsymbolic,-soname,libssl.so.3 -o libssl.so.3 ssl.c
build "$cc" -o uses-system caller.c ./libssl.so.3 -Wl,-rpath,"$dir"
run ./bondrun -c tls.ini ./own-tls
expect 'a program with TLS inside: it says what that means' 0 "^bondrun: $dir/own-tls has TLS of its own inside \(OpenSSL\): .*Via, Record-Route and Contact"
run ./bondrun -c tls.ini ./uses-own
expect 'one that loads such a library' 0 "^bondrun: $dir/uses-own loads libown.so, which has TLS"
for program in uses-open uses-system show; do
	run ./bondrun -c tls.ini ./$program
	if printf '%s\n' "$out" | grep -q 'own inside'; then not_ok "$program: nothing is said"; else ok "$program: nothing is said"; fi
done
for row in 'own-tls|not seen: /.*/own-tls has TLS of its own inside \(OpenSSL\)$' \
	'uses-own|not seen: /.*/uses-own loads libown.so, which has TLS of its own inside \(OpenSSL\)$' \
	'uses-open|seen if libbond-tls.so is preloaded, as bondrun does, and .*/uses-open, which has no TLS inside'; do
	run "$src/bondctl" check --for "./${row%%|*}" tls.ini
	expect "bondctl check --for ${row%%|*}: of the member" 0 "^tls.ini:2:10: note: headers are ${row#*|}"
done
tls_ini tls keep
run "$src/bondctl" check --for ./own-tls tls.ini
expect 'and with headers = keep' 0 "^tls.ini:2:10: note: headers are not seen: headers = keep$"
tls_ini tcp rewrite
run "$src/bondctl" check --for ./own-tls tls.ini
if printf '%s\n' "$out" | grep -q 'note: headers'; then not_ok 'of TCP it says nothing'; else ok 'of TCP it says nothing'; fi
run ./bondrun -c tls.ini ./own-tls
if [ -n "$out" ]; then not_ok 'without members of TLS nothing is said'; else ok 'without members of TLS nothing is said'; fi
rm libbond-tls.so

# ---- starting ----

run ./bondrun -c bond.ini ./show 7 'two words' ''
expect 'starts, with arguments and exit status' 7 '^loaded$' '^\[\./show\]$' '^\[two words\]$' '^\[\]$'
expect 'LD_PRELOAD alone' 7 "^LD_PRELOAD=$dir/libbond.so\.$"
expect 'the INI is made absolute' 7 "^BOND_CONFIG=$dir/bond.ini\.$"
run ./bondrun -c "$dir/bond.ini" -- ./show -c
expect 'options end at --' 0 '^\[-c\]$' "^BOND_CONFIG=$dir/bond.ini\.$"
run ./bondrun ./show -t
expect 'options end at the program' 0 '^\[-t\]$'
run ./bondrun ./no-pie
expect 'a program at a fixed address' 0 '^loaded$'
run ./bondrun ./show
case $out in
*"no BOND_CONFIG and no /etc/bond.ini"*) ok 'says that there is no configuration' ;;
*) if [ -e /etc/bond.ini ]; then ok 'default configuration'; else not_ok 'says that there is no configuration'; fi ;;
esac
run env BOND_CONFIG=/x.ini ./bondrun ./show
expect 'BOND_CONFIG is left alone without -c' 0 '^BOND_CONFIG=/x\.ini\.$'
run env BOND_ACTIVE=1 BOND_CONFIG=/x ./bondrun ./show
case $out in
*BOND_ACTIVE*) not_ok 'not a child of a host' 'no BOND_ACTIVE' ;;
*) expect 'not a child of a host' 0 '^loaded$' ;;
esac
run "$loader" ./bondrun ./show
expect 'bondrun started by the loader itself' 125 'no libbond.so beside'
run ./bondrun "$loader" ./show
expect 'the loader as the program' 0 '^loaded$'

run env LD_PRELOAD=/a/one.so:/b/two.so ./bondrun -n ./show
expect 'LD_PRELOAD is prepended' 0 "^LD_PRELOAD=$dir/libbond.so:/a/one.so:/b/two.so$"
run env LD_PRELOAD="/a/one.so /opt/libbond.so  $dir/libbond.so:/b/libbond.so.x" ./bondrun -n ./show
expect 'and never twice' 0 "^LD_PRELOAD=$dir/libbond.so:/a/one.so:/b/libbond.so.x$"
run env LD_PRELOAD=libbond.so ./bondrun ./bondrun ./bondrun ./show
expect 'nor by bondrun under bondrun' 0 "^LD_PRELOAD=$dir/libbond.so\.$" '^loaded$'

run ./bondrun -t ./show
expect 'trace: the default filter' 0 '^BOND_TRACE=select\.$'
run ./bondrun -tsendto,fail ./show
expect 'trace: a filter' 0 '^BOND_TRACE=sendto,fail\.$'
run ./bondrun --trace=all ./show
expect 'trace: a filter, long' 0 '^BOND_TRACE=all\.$'
run ./bondrun -o log.txt ./show
expect 'output implies the trace' 0 '^BOND_TRACE=select\.$' "^BOND_TRACE_FILE=$dir/log.txt\.$"
run env BOND_TRACE=all ./bondrun --output=/x/log.%p ./show
expect 'output keeps a filter of the environment' 0 '^BOND_TRACE=all\.$' '^BOND_TRACE_FILE=/x/log\.%p\.$'
run ./bondrun -o '' ./show
expect 'output to nothing' 125 'needs the name of a file'
run ./bondrun -t all
expect 'a filter set apart' 127 'there is no program all in PATH' '-tall'
run ./bondrun -n -c bond.ini --dry-run ./show a b
expect 'dry run' 0 "^BOND_CONFIG=$dir/bond.ini$" '^\./show a b$'
case $out in *loaded*) not_ok 'dry run starts nothing' ;; *) ok 'dry run starts nothing' ;; esac

for file in nonesuch.ini folder bond.ini/x ''; do
	run ./bondrun -c "$file" ./show
	expect "no INI: '$file'" 78 "$dir/$file: (No such file or directory|Is a directory|Not a directory)"
done
chmod 000 bond.ini
if [ "$(id -u)" = 0 ]; then run nobody ./bondrun -c bond.ini ./show; else run ./bondrun -c bond.ini ./show; fi
expect 'an INI that may not be read' 78 'bond.ini: Permission denied'
chmod 644 bond.ini

# ---- finding ----

run ./bondrun nonesuch
expect 'no such program' 127 'there is no program nonesuch in PATH'
run ./bondrun ./nonesuch
expect 'no such file' 127 'there is no program \./nonesuch$'
run ./bondrun ''
expect 'no name' 127 'there is no program ""'
run ./bondrun ./folder
expect 'a folder' 126 '\./folder: Is a directory'
run ./bondrun ./plain-text
expect 'not executable' 126 'plain-text is not executable'
run ./bondrun ./plain-text/x
expect 'a file taken for a folder' 127 'there is no program'
mkdir -p p1 p2/tool p3
echo text > p1/tool
cp show p3/tool
run env PATH="$dir/p0:$dir/p1:$dir/p2:$dir/p3" ./bondrun tool
expect 'PATH: passes over what cannot be started' 0 '^loaded$' '^\[tool\]$'
run env PATH="$dir/p1" ./bondrun tool
expect 'PATH: nothing that can be started' 126 'tool is not executable'
(cd p3 && run env PATH=:/bin ../bondrun tool && [ "$code" = 0 ])
code=$? out=
expect 'PATH: an empty entry is the current folder' 0
run env -u PATH ./bondrun true
expect 'PATH: none' 0
run env PATH= ./bondrun show
expect 'PATH: empty' 0 '^loaded$'
run ./bondrun sh -c 'echo found; exit 3'
expect 'a program of the system' 3 '^found$'

# ---- what cannot be preloaded ----

run ./bondrun ./static
expect 'static' 126 '^bondrun: \./static is statically linked'
run ./bondrun ./static-pie
expect 'static, position-independent' 126 'static-pie is statically linked'
run ./bondrun ./musl
expect 'musl' 126 'musl uses another C library \(musl, loader /lib/ld-musl'
run ./bondrun ./musl-static
expect 'musl, static' 126 'is statically linked'
run ./bondrun ./go
expect 'Go, linked dynamically' 126 'go is a Go program'
run ./bondrun ./go-static
expect 'Go, static' 126 'go-static is a Go program'
run ./bondrun ./goinfo
expect 'Go, by its build information' 126 'goinfo is a Go program'
run ./bondrun ./bits32
expect '32 bit' 126 'bits32 is a 32-bit program for x86, but libbond.so is a 64-bit library'
run ./bondrun ./other-cpu
expect 'another processor' 126 "another processor \\($other_name\\) than libbond.so"
run ./bondrun ./damaged
expect 'damaged' 126 'damaged ELF file'
run ./bondrun ./no-loader
expect 'no loader' 126 'needs the loader /nowhere/ld.so, which is not here'

# ---- scripts ----

run ./bondrun ./script x
expect 'script' 0 '^script x$' '^loaded$'
run ./bondrun ./env-script
expect 'script by env' 0 '^env-script$'
run ./bondrun ./env-split
expect 'script by env -S' 0 '^split$'
run ./bondrun ./env-emptied
expect 'script by env -i' 126 'env-emptied starts env with -i'
run env PATH="$dir:$PATH" ./bondrun ./env-static
expect 'script by env of a static program' 126 "env-static is run by $dir/static\. $dir/static is statically"
for name in env-unset env-unset-long env-unset-short env-assigned env-emptied-split \
	env-emptied-quoted env-emptied-inside; do
	run ./bondrun ./$name
	expect "script by env that takes LD_PRELOAD away: $name" 126 \
		"$name starts env with .*, which takes LD_PRELOAD out of the environment"
done
run env PATH="$dir:$PATH" ./bondrun ./env-static-split
expect 'script by env -S of a static program' 126 "is run by $dir/static\. $dir/static is statically"
run ./bondrun ./env-kept
expect 'script by env -S with harmless options' 0 '^kept b c$'
run ./bondrun ./env-quoted
expect 'script by env -S with quotes' 0 '^quoted LD_PRELOAD= -i$'
run ./bondrun ./env-missing
expect 'script by env of no program' 126 'env-missing is a script for nonesuch, and there is no such'
run ./bondrun ./static-script
expect 'script of a static program' 126 "static-script is run by $dir/static\. $dir/static is statically"
run ./bondrun ./nested-script
expect 'script of a script' 126 "nested-script is run by $dir/static-script\. .*is statically"
run ./bondrun ./missing-script
expect 'script of no program' 126 'missing-script is a script for /nowhere/sh, which cannot be started'
run ./bondrun ./dos-script
expect 'script with line ends of DOS' 126 'script for /bin/sh, which .*take the CR away'
run ./bondrun ./loop
expect 'script of itself' 126 'Too many levels of symbolic links|Exec format error'
run ./bondrun ./no-first-line x
expect 'script without its first line' 0 '^shell x$'
run ./bondrun ./empty
expect 'empty file' 0

# ---- privileges: what ld.so makes of them is asked from a bare start ----

# privilege NAME EXPECTED(0|1) PATTERN COMMAND...: COMMAND is "[setpriv ...] BONDRUN-HERE ./file".
privilege() {
	name=$1 want=$2 pattern=$3 who=$4 file=$5
	secure=$($who "$file" | sed -n 's/^secure=//p')
	if [ "$secure" != "$want" ]; then
		code=0 out="AT_SECURE is '$secure' here"
		not_ok "$name" "AT_SECURE $want"
		return
	fi
	run $who ./bondrun "$file"
	if [ "$want" = 1 ]; then
		expect "$name" 126 "$pattern"
	else
		expect "$name" 0 '^loaded$'
	fi
}
if [ "$(id -u)" = 0 ]; then
	cp show suid-root && chmod 4755 suid-root
	cp show suid-nobody && chown 65534:65534 suid-nobody && chmod 4755 suid-nobody
	cp show sgid && chown 0:42 sgid && chmod 2755 sgid
	cp show sgid-no-x && chown 0:42 sgid-no-x && chmod 2745 sgid-no-x
	privilege 'setuid root by nobody' 1 'changes its user to root .*chmod u-s' nobody ./suid-root
	privilege 'setuid root by root' 0 '' '' ./suid-root
	privilege 'setuid nobody by root' 1 'changes its user to nobody' '' ./suid-nobody
	privilege 'setuid nobody by nobody' 0 '' nobody ./suid-nobody
	privilege 'setgid by nobody' 1 'changes its group .*chmod g-s' nobody ./sgid
	privilege 'setgid by root' 1 'changes its group' '' ./sgid
	privilege 'setgid without group execution' 0 '' nobody ./sgid-no-x
	no_new() { nobody setpriv --no-new-privs -- "$@"; }
	privilege 'setuid without new privileges' 0 '' no_new ./suid-root
	ambient() {
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+net_bind_service \
			--ambient-caps=+net_bind_service -- "$@"
	}
	bounded() {
		setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-net_bind_service -- "$@"
	}
	printf '#!%s/suid-root\n' "$dir" > suid-script
	chmod 755 suid-script
	run nobody ./bondrun ./suid-script
	expect 'script of a setuid program' 126 'suid-script is run by .*suid-root changes its user'
	cp show caps
	if setcap cap_net_bind_service+ep caps 2> build.log; then
		privilege 'file capabilities by nobody' 1 'has file capabilities.*AmbientCapabilities=' nobody ./caps
		privilege 'file capabilities by root' 0 '' '' ./caps
		privilege 'file capabilities without new privileges' 1 'has file capabilities' no_new ./caps
		setcap cap_net_bind_service+p caps
		privilege 'permitted capabilities by nobody' 1 'has file capabilities' nobody ./caps
		privilege 'permitted capabilities without new privileges' 0 '' no_new ./caps
		privilege 'permitted capabilities out of bounds' 0 '' bounded ./caps
		setcap cap_net_bind_service+i caps
		privilege 'inheritable capabilities by nobody' 0 '' nobody ./caps
		privilege 'inheritable capabilities that are inherited' 1 'has file capabilities' ambient ./caps
		setcap -r caps
	else
		skip "file capabilities: $(cat build.log)"
	fi
	privilege 'ambient capabilities' 0 '' ambient ./show
	cp show unreadable && chmod 711 unreadable
	run nobody ./bondrun ./unreadable
	expect 'may be started, not read' 0 'unreadable cannot be read \(Permission denied\)' '^loaded$'
	chmod 4711 unreadable
	run nobody ./bondrun ./unreadable
	expect 'may be started, not read, setuid' 126 'changes its user to root'
	mkdir -m 700 closed && cp show closed/show
	run nobody ./bondrun closed/show
	expect 'in a closed folder' 126 'is not executable, or a folder above it is closed'
else
	skip 'privileges: not root'
fi

# ---- the library ----

mkdir -p 'with space' 'with:colon' inst/bin inst/lib other bare not-elf
for d in 'with space' 'with:colon' other inst/bin bare not-elf; do cp bondrun "$d/"; done
cp libbond.so 'with space/' && cp libbond.so 'with:colon/' && cp libbond.so inst/lib/
run './with space/bondrun' ./show
expect 'library: a path with a space' 125 'cannot take a library whose path has a space or a colon'
run ./with:colon/bondrun ./show
expect 'library: a path with a colon' 125 'cannot take a library whose path has a space or a colon'
run inst/bin/bondrun ./show
expect 'library: as installed' 0 "^LD_PRELOAD=$dir/inst/lib/libbond.so\.$" '^loaded$'
ln -s inst/bin/bondrun link
run ./link ./show
expect 'library: by a link to bondrun' 0 "^LD_PRELOAD=$dir/inst/lib/libbond.so\.$"
run bare/bondrun ./show
if [ -e /usr/local/lib/libbond.so ]; then
	[ "$code" = 125 ] || code=0
	expect 'library: where it was installed' "$code" '/usr/local/lib/libbond\.so'
else
	expect 'library: none' 125 'there is no libbond.so beside bondrun'
fi
echo text > not-elf/libbond.so
run not-elf/bondrun ./show
expect 'library: not one' 125 'libbond.so: not a shared library'
mkdir foreign && cp bondrun foreign/
build "$cc" -shared -fPIC -o foreign/libbond.so nothing.c
run foreign/bondrun ./show
expect 'library: another one of that name' 125 'foreign/libbond.so is another library of that name'
build "$cc" -shared -fPIC -DVERSION='"0.0.1"' -o other/libbond.so library.c
run other/bondrun ./show
expect 'library: of another version' 125 "is of version 0\.0\.1, bondrun of $version"

# ---- the real library ----

cat > version.c << 'C'
#include <stdio.h>
extern const char *bond_version(void) __attribute__((weak));
int main(void) { return puts(bond_version ? bond_version() : "bare") < 0; }
C
build "$cc" -o version version.c
printf '[bond:external]\nmember = udp:127.0.0.1:5060\n[route:r]\nbond = external\n' > good.ini
printf '[bond:external]\nmembr = udp:127.0.0.1:5060\n' > bad.ini
run "$src/bondrun" -c good.ini ./version
expect 'the real library is loaded' 0 "^$version$"
run "$src/bondrun" -c bad.ini ./version
expect 'the real library refuses a bad file' 78 'bad.ini:2:1: .*membr'
run env BOND_ACTIVE=1 "$src/bondrun" -c bad.ini ./version
expect 'also under bondrun within a host' 78 'bad.ini:2:1: .*membr'

# ---- what the INI means for the program ----

{ cat good.ini; printf '[host]\nprogram = kamailio, other\n'; } > others.ini
{ cat good.ini; printf '[host]\nprogram = other\n  version\n'; } > mine.ini
{ cat good.ini; printf '[host]\nprogram = sh\n'; } > shell.ini
printf '[bond:external]\nmember = udp:nonesuch0:5060\n' > absent.ini
: > nothing.ini
silent() {
	if [ "$code" = 0 ] && [ "$out" = "$version" ]; then ok "$1"; else not_ok "$1" "$version alone"; fi
}
run "$src/bondrun" -n -c good.ini ./version
expect 'dry run: bonds and routes' 0 '^bond external: 1 member: udp:127\.0\.0\.1:5060$' \
	'^route r: bond external$' '^program: any$' '^\./version$'
run "$src/bondrun" -n -c bad.ini ./version
expect 'dry run: a bad file' 78 'bad.ini:2:1: error: .*membr' 'version would not start'
run "$src/bondrun" -n -c absent.ini ./version
expect 'dry run: what is not there now' 75 'absent.ini:2:14: error: .*nonesuch0' 'would not start'
run "$src/bondrun" -n -c nothing.ini ./version
expect 'dry run: an empty file' 78 'nothing.ini: error: this file is empty'
run env BOND_CONFIG="$dir/bad.ini" "$src/bondrun" -n ./version
expect 'dry run: the file of BOND_CONFIG' 78 'bad.ini:2:1: error'
run "$src/bondrun" -n -c others.ini ./version
expect 'dry run: for other programs' 0 \
	'^program: kamailio, other, which is not this one \(version\): libbond does nothing in it$'
run "$src/bondrun" -n -c mine.ini ./version
expect 'dry run: for this program' 0 '^program: other, version, which is this one$'
{ cat good.ini; printf '[bond:opened]\nmember = udp:127.0.0.2:5060 open=filter\n'; } > opened.ini
run "$src/bondrun" -v -c opened.ini ./version
expect 'how members are opened' 0 'members are opened by a filter .*, as the file says'
run "$src/bondrun" -c opened.ini ./version
silent 'which is not said unless it is asked for'
run "$src/bondrun" -c others.ini ./version
expect 'a program that is not named is told' 0 \
	'`program` in .*/others\.ini names kamailio, other, not version: libbond does nothing in it'
run env BOND_CONFIG="$dir/others.ini" "$src/bondrun" ./version
expect 'also by BOND_CONFIG' 0 'names kamailio, other, not version'
run "$src/bondrun" -c mine.ini ./version
silent 'one that is named is not'
ln -s version kamailio
run "$src/bondrun" -c others.ini ./kamailio
silent 'nor one that is called so'
ln -s version linked
run "$src/bondrun" -c mine.ini ./linked
silent 'nor one that is so behind a link'
printf '#!/bin/sh\nexec ./version\n' > wrapper
echo 'exec ./version' > headless
printf '#!/usr/bin/env sh\nexec ./version\n' > env-wrapper
chmod 755 wrapper headless env-wrapper
for name in wrapper headless env-wrapper; do
	run "$src/bondrun" -c mine.ini ./$name
	expect "a script is its interpreter: $name" 0 \
		'not (da|ba)?sh, by which the script is run: .* only in programs of those names that it starts'
done
for name in wrapper env-wrapper; do
	run "$src/bondrun" -c shell.ini ./$name
	silent "a script whose interpreter is named: $name"
done
{ cat bad.ini; printf '[host]\nprogram = kamailio\n'; } > bad-others.ini
run "$src/bondrun" -c bad-others.ini ./version
expect 'not named, in a bad file' 0 'names kamailio, not version' "^$version$"
mkfifo pipe
run timeout 20 "$src/bondrun" -n -c pipe ./version
expect 'dry run: a pipe as the file' 78 'pipe: error: .*nobody writes'
run timeout 20 "$src/bondrun" -o pipe -c good.ini ./version
expect 'a trace into a pipe that nobody reads' 0 'nobody reads this pipe' "^$version$"

# ---- AddressSanitizer, whose shared runtime wants to be the first library ----

build "$cc" -fsanitize=address -o asan version.c
build "$cc" -fsanitize=address -static-libasan -o asan-inside version.c
sanitized=asan
if command -v clang > /dev/null; then
	runtime=$(dirname "$(clang -print-file-name=libclang_rt.asan-x86_64.so)")
	build clang -fsanitize=address -shared-libasan -Wl,-rpath,"$runtime" -o asan-clang version.c
	sanitized='asan asan-clang'
else
	skip 'asan-clang: there is no clang here'
fi
for name in $sanitized; do
	run "$src/bondrun" -c good.ini ./$name
	expect "$name" 0 "^$version$" \
		'built with AddressSanitizer, and lib[a-z_.]*asan.* started with ASAN_OPTIONS=verify_asan_link_order=0$'
	run env ASAN_OPTIONS=exitcode=9 "$src/bondrun" -n -c good.ini ./$name
	expect "$name: with options of its own" 0 '^ASAN_OPTIONS=exitcode=9:verify_asan_link_order=0$'
done
run env ASAN_OPTIONS=verify_asan_link_order=0 "$src/bondrun" -c good.ini ./asan
silent 'asan: told already'
run "$src/bondrun" -c good.ini ./asan-inside
silent 'asan: linked statically'

echo "bondrun: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
