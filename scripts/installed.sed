# Documents as they are installed, all in one folder: where their links lead then. A manual is a page of man(1), what is
# of the source alone is not there.
/^| \[\(tests\|shim\)\/[^]]*\](/d
s:\[\(config\|scripts/fleet\)/\]([^)]*):[This folder](.):g
s:\](\(\.\./\)*\(config\|\.github\|scripts/systemd\|scripts/fleet\)/:](:g
s:\[\([^]]*\)\]([^)]*\.[1358]):\1:g
s:\[\([^]]*\)\](\(\.\./\)*\(shim\|tests\)/[^)]*):\1:g
