# SPDX-License-Identifier: MIT
# Completion of bondrun for fish.

function __bondrun_filter
	set -l before (string match -r '^(?:-t|--trace=)?(?:.*,)?' -- (commandline -ct))
	for word in all select fail unknown restore date bond= route= peer= call-id= accept accept4 bind close close_range connect dup \
		dup2 dup3 fcntl getsockname listen read readv recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto socket write writev SSL_read SSL_write
		echo "$before$word"
	end
end

complete -c bondrun -s c -l config -r -F -d 'The bonds and routes'
complete -c bondrun -l member -x -a 'udp: tcp: tls: ws: wss:' -d 'A member of the one bond'
complete -c bondrun -l to -x -d 'Where that bond is for'
complete -c bondrun -s t -d 'Print the calls and what was decided'
complete -c bondrun -l trace -d 'Print the calls and what was decided'
complete -c bondrun -n 'string match -qr -- "^(-t|--trace=)" (commandline -ct)' -f -a '(__bondrun_filter)'
complete -c bondrun -s o -l output -r -F -d 'Print the trace to a file'
complete -c bondrun -s n -l dry-run -d 'Check all, start nothing'
complete -c bondrun -l env -d 'Print the environment for a shell'
complete -c bondrun -n 'string match -q -- "--env=*" (commandline -ct)' -f -a '--env=sh --env=fish'
complete -c bondrun -s v -l verbose -d 'Say how members are opened'
complete -c bondrun -s h -l help -d 'Print a summary'
complete -c bondrun -s V -l version -d 'Print the version'
complete -c bondrun -x -a '(__fish_complete_subcommand --fcs-skip=1 -c --config -o --output --member --to)'
