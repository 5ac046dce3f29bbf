# SPDX-License-Identifier: MIT
# Completion of bondctl for fish. What bondctl -h says is what is offered.

function __bondctl_words
	commandline -opc
end

function __bondctl_is
	set -l words (__bondctl_words)
	test (count $words) -ge 2; and contains -- $words[2] $argv
end

function __bondctl_first
	test (count (__bondctl_words)) -eq 1
end

function __bondctl_place
	test (count (__bondctl_words)) -eq $argv[1]
end

function __bondctl_commands
	bondctl -h 2>/dev/null | string match -r '^  [a-z].*' | string trim | string replace -r '^(\S+)\s+(.*)$' '$1\t$2'
end

function __bondctl_options
	set -l words (__bondctl_words)
	test (count $words) -ge 2; or return
	echo --help
	bondctl $words[2] -h 2>/dev/null | string match -r -- '^(?:usage:|  -).*' | string match -ar -- '--[a-z][a-z-]*' | sort -u
end

# The hosts that may be asked: the number of a process, with the program.
function __bondctl_hosts
	set -l hosts (bondctl status 2>/dev/null | string match -r '^\s*[0-9]+\s+\S+' | string trim | string replace -r '\s+' '\t')
	if set -q hosts[1]
		printf '%s\n' $hosts
	else
		__fish_complete_pids
	end
end

# The programs that hosts are of.
function __bondctl_programs
	bondctl status 2>/dev/null | string match -rg '^\s*[0-9]+\s+(\S+)' | sort -u
end

# The file, or the host, that the line names.
function __bondctl_asked
	set -l file
	set -l host
	set -l before
	for word in (__bondctl_words)[3..-1]
		if contains -- "$before" -o -n --output --count --for --pcap --timeout --socket --next-hop --from
			set before
			continue
		end
		if test -f "$word"
			set file $word
		else if test -z "$host"; and not string match -q -- '-*' $word; and begin
				__bondctl_is status reload trace wait; or test "$before" = --pid
			end
			set host $word
		end
		set before $word
	end
	test $argv[1] = file; and echo $file; or echo $host
end

function __bondctl_has_host
	test -n (__bondctl_asked host)""
end

# The names of bonds, or routes: of the file or the host that the line names, else of the usual file.
function __bondctl_names
	set -l file (__bondctl_asked file)
	set -l host (__bondctl_asked host)
	if test -n "$host" -a -z "$file"
		set -l next members
		test $argv[1] = route; and set next bond
		bondctl status --json $host 2>/dev/null | string split '{' | string replace -rf '^"name":"([^"]*)","line":[0-9]*,"'$next'".*' '$1'
		return
	end
	test -n "$file"; or set file $BOND_CONFIG /etc/bond.ini
	test -r $file[1]; and string replace -rf '^\s*\['$argv[1]':([^]]*)\].*' '$1' <$file[1]
end

# Services of systemd, by their files.
function __bondctl_services
	for f in /etc/systemd/system/*.service /usr/lib/systemd/system/*.service /lib/systemd/system/*.service
		string replace -r '.*/(.*)[.]service$' '$1' -- $f
	end | sort -u
end

# The last word of a list with commas between them.
function __bondctl_filter
	set -l before (string match -r '^.*,' -- (commandline -ct))
	for word in all select fail unknown restore date peer= call-id= accept accept4 bind close close_range connect dup dup2 dup3 \
		fcntl getsockname listen read readv recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto socket write writev SSL_read SSL_write \
		bond=(__bondctl_names bond) route=(__bondctl_names route)
		echo "$before$word"
	end
end

complete -c bondctl -f
complete -c bondctl -n __bondctl_first -a '(__bondctl_commands)'
complete -c bondctl -n __bondctl_first -l help -s h -d 'Print the commands'
complete -c bondctl -n __bondctl_first -l version -s V -d 'Print the version'
complete -c bondctl -n 'not __bondctl_first; and string match -q -- "-*" (commandline -ct)' -a '(__bondctl_options)'
complete -c bondctl -n '__bondctl_is check explain' -l pid -x -a '(__bondctl_hosts) (__bondctl_programs)'
complete -c bondctl -n '__bondctl_is explain' -l from -x -a '(__bondctl_names bond) none unseen'
complete -c bondctl -n '__bondctl_is explain' -l socket -x -a 'udp: tcp: tls: ws: wss:'
complete -c bondctl -n '__bondctl_is explain' -l next-hop -x
complete -c bondctl -n '__bondctl_is check' -l user -x -a '(__fish_complete_users)'
complete -c bondctl -n '__bondctl_is check' -l for -r -F -a '(__fish_complete_command)'
complete -c bondctl -n '__bondctl_is check' -l lists -x -a '(__fish_complete_directories)'
complete -c bondctl -n '__bondctl_is install-dropin' -l root -x -a '(__fish_complete_directories)'
complete -c bondctl -n '__bondctl_is install-dropin' -l config -r -F
complete -c bondctl -n '__bondctl_is install-dropin; and not string match -q -- "-*" (commandline -ct)' -a '(__bondctl_services)'
complete -c bondctl -n '__bondctl_is trace' -l output -s o -r -F
complete -c bondctl -n '__bondctl_is trace' -l pcap -r -F
complete -c bondctl -n '__bondctl_is trace' -l count -s n -x
complete -c bondctl -n '__bondctl_is trace' -l for -x
complete -c bondctl -n '__bondctl_is wait' -l timeout -x
complete -c bondctl -n '__bondctl_is ladder' -l call-id -x
complete -c bondctl -n '__bondctl_is ladder' -l skip -x
complete -c bondctl -n '__bondctl_is ladder' -l max -x
complete -c bondctl -n '__bondctl_is status reload wait trace graph; and not __bondctl_has_host' -a '(__bondctl_hosts) (__bondctl_programs)'
complete -c bondctl -n '__bondctl_is wait; and __bondctl_has_host' -a '(__bondctl_names bond)'
complete -c bondctl -n '__bondctl_is trace; and __bondctl_has_host' -a '(__bondctl_filter)'
complete -c bondctl -n '__bondctl_is diff; and __bondctl_place 3' -a '(__bondctl_hosts) (__bondctl_programs)'
complete -c bondctl -n '__bondctl_is reload; and __bondctl_place 3' -F
complete -c bondctl -n '__bondctl_is check list explain diff graph ladder from-opensips to-opensips; and not __bondctl_first' -F
