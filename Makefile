# make            libbond.so, libbond-tls.so, bondctl, bondrun
#                                                      make test   every test (tests/run)
# make check      tests that need no root, no network, and install nothing
# make test-hosts whole calls of user agents, in every cell of transport, family and listener
# make test-releases  built and tested on Debian 11, 13 and sid; make test-arm64  for arm64, by qemu-user
# make test-container the image of scripts/fleet/Containerfile, built and run
# make test-memory victims of TLS, the library with sanitizers and under valgrind
# make deb, rpm   packages, in build/deb and build/rpm; make test-packages: what they are, and do under systemd
# make soak       20,000 calls under 200 reloads, 800,000 datagrams to opened members
# make demo       bonds under a real Kamailio           make bench  the figures of the README
#                                                      make bench SVG=FILE  what grows, as a picture
# make picture    config/demo.svg, by graphviz
# make install    DESTDIR= PREFIX=/usr/local            make fuzz   FUZZ_SECONDS=60 for each target
#                 LIBDIR=PREFIX/lib, where the libraries to preload are put: for a package
#                 PREFIX/lib/TRIPLET/libbond. Nothing is built anew for another place. INSTALL=install
# make uninstall  make clean  make check-style  make coverage
# V=1 shows the commands, SANITIZE=address,undefined goes into tests and tools. With B= objects and
# programs are made there, and those here stay as they are.

export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
# A folder of libbond's own is not where pkg-config looks.
PKGCONFIGDIR ?= $(LIBDIR:%/libbond=%)/pkgconfig
INSTALL ?= install
INSTALL_PROGRAM ?= $(INSTALL)
INSTALL_DATA ?= $(INSTALL) -m 644
B ?= build
# The programs stand here, or beside the objects of another build.
O := $(if $(filter build,$(B)),,$(B)/)
PROGRAMS := $(O)libbond.so $(O)libbond-tls.so $(O)bondctl $(O)bondrun
VERSION := 0.1.0
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
# Lets the decision and the lookup be inlined into the hooks.
LTO ?= -flto=auto
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
# Beside a packager's CPPFLAGS, which may come by the command line.
OWN_CPPFLAGS := -iquote shim -iquote . -D_GNU_SOURCE -DBOND_VERSION='"$(VERSION)"'
ALL_CPPFLAGS = $(strip $(OWN_CPPFLAGS) $(CPPFLAGS))
ALL_CFLAGS := -std=gnu11 $(WARN) $(CFLAGS)
PIC_CFLAGS := $(LTO) -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-plt
ifdef SANITIZE
SAN := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
endif
LIBS := -Wl,-Bstatic -linih -lcares -Wl,-Bdynamic
Q := $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@echo "  $(1)	$(2)")

# Rooms: shim/README.md. What the library shares with the tools, the library's own, the tools' own.
SHARED_SRC := $(foreach room,config $(addprefix shim/,base sip wire dns segment core),$(wildcard $(room)/*.c))
HOOK_SRC := $(wildcard shim/preload/hooks/*.c)
PRELOAD_SRC := $(filter-out $(HOOK_SRC),$(wildcard shim/preload/*.c shim/preload/*/*.c))
# What stands between a host and its TLS library.
TLS_SRC := $(wildcard shim/tls/*.c) shim/wire/hello.c
TOOLS := bondctl bondrun
TOOL_SRC := $(TOOLS:%=shim/ctl/%.c)
CTL_SRC := $(filter-out $(TOOL_SRC),$(wildcard shim/ctl/*.c))
ALL_SRC := $(sort $(SHARED_SRC) $(PRELOAD_SRC) $(HOOK_SRC) $(CTL_SRC) $(TOOL_SRC) $(TLS_SRC))
UNIT_SRC := $(wildcard tests/unit/*.c)
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))

LIB_OBJ := $(patsubst %.c,$(B)/pic/%.o,$(SHARED_SRC) $(PRELOAD_SRC) $(HOOK_SRC))
TLS_OBJ := $(TLS_SRC:%.c=$(B)/pic/%.o)
SHARED_OBJ := $(SHARED_SRC:%.c=$(B)/obj/%.o)
PRELOAD_OBJ := $(PRELOAD_SRC:%.c=$(B)/obj/%.o)
CTL_OBJ := $(CTL_SRC:%.c=$(B)/obj/%.o)
TOOL_OBJ := $(TOOL_SRC:%.c=$(B)/obj/%.o)
UNIT_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(UNIT_SRC))

all: $(PROGRAMS)

# Another compiler or other flags make every object anew, but for what is only installed: sudo and debhelper, which builds
# for other machines by make CC=, do not hand them on.
ifneq ($(MAKECMDGOALS),)
ifeq ($(filter-out install uninstall,$(MAKECMDGOALS)),)
BUILT := $(filter $(words $(B)/flags $(PROGRAMS)),$(words $(wildcard $(B)/flags $(PROGRAMS))))
endif
endif
FLAGS := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(SAN) $(PIC_CFLAGS) $(LDFLAGS)
ifneq ($(or $(BUILT),$(FLAGS)),$(or $(BUILT),$(file <$(B)/flags)))
$(shell mkdir -p $(B))
$(file >$(B)/flags,$(FLAGS))
endif

# Says what is missing, and what to do, before the compiler does.
$(B)/ready: $(B)/flags
	$(Q)command -v $(CC) > /dev/null || \
		{ echo "There is no $(CC) here. As root: scripts/deps build" >&2; exit 1; }
	$(Q)for h in stdio.h linux/errqueue.h ini.h ares.h; do \
		echo "#include <$$h>" | $(CC) -xc -E - > /dev/null 2>&1 || \
		{ echo "$(CC) finds no <$$h>. As root: scripts/deps build" >&2; exit 1; }; done
	@touch $@

$(O)libbond.so: $(LIB_OBJ) $(B)/libbond.map $(B)/parts
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIC_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libbond.so \
		-Wl,--version-script=$(B)/libbond.map -Wl,--exclude-libs,ALL -Wl,--no-undefined \
		-Wl,-z,now,-z,relro,-z,nodelete -o $@.new $(LIB_OBJ) $(LIBS) $$(cat $(B)/parts)
	@mv $@.new $@ # a host that runs keeps the old one whole

$(O)libbond-tls.so: $(TLS_OBJ) shim/tls/libbond-tls.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIC_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libbond-tls.so \
		-Wl,--version-script=shim/tls/libbond-tls.map -Wl,--no-undefined \
		-Wl,-z,now,-z,relro,-z,nodelete -o $@.new $(TLS_OBJ) -ldl
	@mv $@.new $@

# The hooks are listed once, in calls.h; the preprocessor makes the export map of them.
$(B)/libbond.map: shim/preload/libbond.map.in shim/preload/hooks/calls.h $(B)/ready
	$(call say,MAP,$@)
	$(Q)$(CC) $(OWN_CPPFLAGS) -E -P -xc -o $@.whole $<
	$(Q)tr -s '[:space:]' ' ' < $@.whole | sed 's/\([{:;]\) */\1\n/g' > $@

# Before glibc 2.34 what is hooked lies in several libraries, which the host may load later than this one.
$(B)/parts: $(B)/ready
	$(Q)printf '#include <features.h>\n#if __GLIBC_PREREQ(2, 34)\n%s\n#else\n%s\n#endif\n' \
		-ldl '-Wl,--no-as-needed -lpthread -lrt -lresolv -ldl' | $(CC) -E -P -xc - > $@

$(B)/ready-for-unit: $(B)/ready
	$(Q)echo '#include <criterion/criterion.h>' | $(CC) -xc -E - > /dev/null 2>&1 || \
		{ echo "$(CC) finds no <criterion/criterion.h>. As root: scripts/deps test" >&2; exit 1; }
	@touch $@

# Each program takes from the archive what it uses.
$(B)/libctl.a: $(CTL_OBJ) $(SHARED_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(TOOLS:%=$(O)%): $(O)%: $(B)/obj/shim/ctl/%.o $(B)/libctl.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS) -pthread

$(B)/pic/%.o: %.c $(B)/flags | $(B)/ready
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(PIC_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/%.o: %.c $(B)/flags | $(B)/ready
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(SAN) -MMD -MP -c -o $@ $<

# Tests link against all but the hooks and main(). An archive, so that a test may include the .c it
# tests.
$(B)/libtested.a: $(SHARED_OBJ) $(PRELOAD_OBJ) $(CTL_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(UNIT_OBJ): | $(B)/ready-for-unit

# test_oom.c lets each allocation fail in turn.
WRAPPED := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=asprintf,--wrap=vasprintf,--wrap=ini_parse_stream
$(B)/tests/unit: $(UNIT_OBJ) $(B)/libtested.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ -lcriterion $(WRAPPED) $(LIBS) -ldl -pthread

# The same tests, in forked children of one process: for valgrind.
$(B)/tests/unit-forks: $(B)/obj/tests/unit/forks/main.o $(UNIT_OBJ) $(B)/libtested.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ -lcriterion $(WRAPPED) $(LIBS) -ldl -pthread

# For tests/live/check_names.py.
$(B)/names_soak: $(B)/obj/tests/live/names_soak.o $(B)/libtested.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS) -ldl -pthread

# For tests/live/check_tls_pairs.py: with the hooks in the program itself.
$(B)/tls_pairs: $(B)/obj/tests/live/tls_pairs.o $(B)/obj/shim/preload/init.o $(HOOK_SRC:%.c=$(B)/obj/%.o) $(B)/libtested.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS) -lssl -lcrypto -lgnutls -lmbedtls -lmbedcrypto \
		-ldl -pthread

# User agents of the live tests, on the stacks of others.
$(B)/agents/nua: tests/live/agents/nua.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CPPFLAGS) $$(pkg-config --cflags-only-I sofia-sip-ua | sed s/-I/-isystem/g) \
		$(ALL_CFLAGS) -MMD -MP -o $@ $< $(LDFLAGS) $$(pkg-config --libs sofia-sip-ua)

# Both ends of a live test by themselves.
$(B)/opened_flood: tests/live/opened_flood.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(LDFLAGS)

# libFuzzer needs clang; main() comes from -fsanitize=fuzzer.
FUZZ_SECONDS ?= 60
SANITIZED = $(MAKE) --no-print-directory CC=clang B=$(B)/fuzz SANITIZE=fuzzer-no-link,address,undefined
fuzz-targets:
	$(Q)+$(SANITIZED) $(FUZZERS:%=$(B)/fuzz/fuzz_%)

# With address and undefined-behaviour sanitizers, of the same objects.
unit-sanitized:
	$(Q)+$(SANITIZED) $(B)/fuzz/tests/unit

$(B)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/libtested.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) -fsanitize=fuzzer -o $@ $^ $(LIBS) -ldl

fuzz: fuzz-targets
	tests/fuzz/run $(FUZZ_SECONDS)

benches: $(BENCHES)
$(B)/bench/tls: BENCH_LIBS := -lssl -lcrypto
$(B)/bench/%: tests/bench/%.c $(B)/libtested.a $(B)/flags | $(B)/ready
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(B)/libtested.a $(INIH) $(BENCH_LIBS) -ldl -pthread

test:
	scripts/deps test
	tests/run

test-hosts:
	scripts/deps test
	$(Q)$(MAKE) --no-print-directory all
	BOND_LIVE_ALL=1 tests/live/run -v -k '^agent-'

# Roots of those releases, then their programs on this one: Asterisk, Kamailio 5.4, 6.0 and 6.1.
test-releases:
	scripts/deps releases
	tests/machines/releases
	scripts/deps test
	$(Q)$(MAKE) --no-print-directory all
	BOND_LIVE_ALL=1 tests/live/run -v -k '^agent-(asterisk|openssl-1-1|kamailio-(sid|trixie))'

test-arm64:
	scripts/deps releases
	tests/machines/arm64

test-container:
	scripts/deps test
	tests/build/container

# Of tls_forms OpenSSL has stacks of its own, which AddressSanitizer does not know.
WATCHED = CC=gcc B=$(B)/asan LTO= CFLAGS='-O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer'
test-memory:
	scripts/deps test
	$(Q)$(MAKE) --no-print-directory all
	$(Q)+$(MAKE) --no-print-directory $(WATCHED) $(B)/asan/libbond.so $(B)/asan/libbond-tls.so
	tests/victim/run -v --lib $(CURDIR)/$(B)/asan/libbond.so --sanitized -k 'steer/tls_[!f]'
	tests/victim/run -v --valgrind -k 'steer/tls_[lr]'

soak:
	scripts/deps test
	$(Q)$(MAKE) --no-print-directory all
	BOND_SOAK=1 tests/live/run -v -k '^(reload|opened-flood)'

test-packages:
	scripts/deps packages
	tests/machines/packages

deb rpm:
	scripts/package $@

check:
	tests/run unit build

demo:
	scripts/deps demo
	$(Q)$(MAKE) --no-print-directory all
	scripts/demo

# The picture in the README, by graphviz.
picture: all
	$(Q)mkdir -p $(B)/picture
	$(Q)scripts/demo --ini > $(B)/picture/demo.ini
	$(Q)$(or $(O),./)bondctl graph --svg $(B)/picture/demo.ini > $(B)/picture/demo.svg
	$(Q)cp $(B)/picture/demo.svg config/demo.svg

bench:
	scripts/deps bench
	$(Q)$(MAKE) --no-print-directory all benches
	scripts/bench $(if $(SVG),--svg '$(SVG)')

MAN := $(wildcard config/*.[1-8] shim/*.[1-8] shim/ctl/*.[1-8] scripts/*.[1-8])
# What is installed, as source:place; its mode is the source's own.
PLACED = $(O)libbond.so:$(LIBDIR)/libbond.so $(O)libbond-tls.so:$(LIBDIR)/libbond-tls.so \
	$(foreach p,bondctl bondrun,$(O)$p:$(PREFIX)/bin/$p) \
	shim/preload/libbond.h:$(PREFIX)/include/libbond.h \
	scripts/libbond.pc:$(PKGCONFIGDIR)/libbond.pc scripts/libbond.tmpfiles:$(PREFIX)/lib/tmpfiles.d/libbond.conf \
	scripts/systemd/libbond@.conf:$(PREFIX)/share/libbond/libbond@.conf \
	$(foreach m,$(MAN),$(m):$(PREFIX)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	$(foreach f,$(wildcard README.md LICENSE .github/*.md config/*.md config/*.ini config/*.json config/*.yml config/*.svg $(filter-out scripts/systemd/libbond@.conf,$(wildcard scripts/systemd/*)) scripts/fleet/* scripts/libbond.logrotate),\
		$(f):$(PREFIX)/share/doc/libbond/$(notdir $(f))) \
	$(foreach f,$(wildcard scripts/completion/bond*),\
		$(f):$(PREFIX)/share/bash-completion/completions/$(notdir $(f))) \
	$(foreach f,$(wildcard scripts/completion/zsh/*),\
		$(f):$(PREFIX)/share/zsh/site-functions/$(notdir $(f))) \
	$(foreach f,$(wildcard scripts/completion/fish/*),\
		$(f):$(PREFIX)/share/fish/vendor_completions.d/$(notdir $(f)))

# Where bondrun looks, seen from PREFIX/bin: shim/ctl/installed.c. What lies elsewhere gets links there.
FOUND := $(PREFIX)/lib $(PREFIX)/lib/libbond $(PREFIX)/lib64 $(PREFIX)/lib64/libbond
LINKED = $(if $(filter $(FOUND) $(PREFIX)/lib/%-linux-gnu $(PREFIX)/lib/%-linux-gnueabihf \
	$(PREFIX)/lib/%-linux-gnu/libbond $(PREFIX)/lib/%-linux-gnueabihf/libbond,$(LIBDIR)),,libbond.so libbond-tls.so)
# Manuals and the drop-in name the library where it is then; -width counts too.
PLACES := s:/usr/local/lib/libbond\(-tls\)*\.so:$(LIBDIR)/libbond\1.so:g; s:/usr/local/bin/:$(PREFIX)/bin/:g; \
	s:@PREFIX@:$(PREFIX):g; s:@LIBDIR@:$(LIBDIR):g; s:@VERSION@:$(VERSION):g

install: all
	$(Q)case '$(PREFIX)$(LIBDIR)' in *[[:blank:]:]*) echo 'make install: LD_PRELOAD takes no library from a path with a blank or a' \
		'colon: give another PREFIX= and LIBDIR= (DESTDIR= may have any)' >&2; exit 2;; esac
	$(Q)set -e; for f in $(PLACED); do from=$${f%%:*}; to="$(DESTDIR)$${f#*:}"; mkdir -p "$${to%/*}"; \
		if [ -x $$from ]; then $(INSTALL_PROGRAM) -m 755 $$from "$$to"; else \
		case $$from in *.md) links='-f scripts/installed.sed';; *) links=;; esac; \
		sed $$links -e '$(PLACES)' $$from > $(B)/placed; $(INSTALL_DATA) $(B)/placed "$$to"; fi; done; \
		rm -f $(B)/placed
	$(Q)set -e; for f in $(LINKED); do mkdir -p "$(DESTDIR)$(PREFIX)/lib/libbond"; \
		ln -sfr "$(DESTDIR)$(LIBDIR)/$$f" "$(DESTDIR)$(PREFIX)/lib/libbond/$$f"; done

uninstall:
	$(Q)for f in $(PLACED) $(LINKED:%=:$(PREFIX)/lib/libbond/%); do rm -f "$(DESTDIR)$${f#*:}"; done
	$(Q)rmdir "$(DESTDIR)$(PREFIX)/share/doc/libbond" "$(DESTDIR)$(PREFIX)/share/libbond" "$(DESTDIR)$(PREFIX)/lib/libbond" \
		"$(DESTDIR)$(filter %/libbond,$(LIBDIR))" 2> /dev/null || :

C_FILES = $(shell git ls-files '*.c' '*.h')
check-style:
	cppcheck --quiet --enable=warning,performance,portability --inline-suppr -D__x86_64__ \
		$(ALL_CPPFLAGS) $(ALL_SRC)
	-clang-format --dry-run $(C_FILES)

coverage:
	$(Q)$(MAKE) --no-print-directory CC=clang B=$(B)/coverage LTO= \
		CFLAGS='-O0 -g -fprofile-instr-generate -fcoverage-mapping' $(B)/coverage/tests/unit
	cd $(B)/coverage && LLVM_PROFILE_FILE='%p.profraw' tests/unit > unit.log 2>&1
	llvm-profdata-14 merge -o $(B)/coverage/unit.profdata $(B)/coverage/*.profraw
	llvm-cov-14 report $(B)/coverage/tests/unit -instr-profile=$(B)/coverage/unit.profdata

clean:
	$(Q)rm -rf $(B) $(PROGRAMS)

DEPS := $(LIB_OBJ) $(TLS_OBJ) $(SHARED_OBJ) $(PRELOAD_OBJ) $(CTL_OBJ) $(TOOL_OBJ) $(UNIT_OBJ) $(BENCHES:=.o) $(B)/obj/tests/unit/forks/main.o
-include $(DEPS:.o=.d) $(B)/obj/tests/live/names_soak.d $(B)/obj/tests/live/tls_pairs.d $(B)/agents/nua.d $(B)/opened_flood.d $(FUZZERS:%=$(B)/obj/tests/fuzz/fuzz_%.d)

.PHONY: all deb rpm test test-hosts test-container test-memory test-packages test-releases test-arm64 soak check demo picture bench benches fuzz fuzz-targets unit-sanitized install uninstall check-style coverage clean
.DELETE_ON_ERROR:
.SECONDARY:
