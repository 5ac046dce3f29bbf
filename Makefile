# make            libbond.so, bondctl, bondrun         make test    every test (see tests/run)
# make demo       the main job on a real Kamailio       make bench   the figures of the README
# make install    DESTDIR= PREFIX=/usr/local            make clean
# V=1 shows commands; SANITIZE=address,undefined builds the tests and tools with sanitizers.

PREFIX ?= /usr/local
VERSION := 0.1.0
CC ?= gcc
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
CFLAGS ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -DBOND_VERSION='"$(VERSION)"' -DBOND_LIBDIR='"$(PREFIX)/lib"'
ALL_CFLAGS := -std=gnu11 $(WARN) $(CFLAGS)
PIC_CFLAGS := -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-plt
ifdef SANITIZE
ALL_CFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
endif
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)	$(2)")

CONFIG_SRC := $(wildcard config/*.c)
SHIM_SRC := $(wildcard shim/*.c shim/hooks/*.c shim/sip/*.c)
BONDCTL_SRC := $(filter-out shim/ctl/bondrun.c,$(wildcard shim/ctl/*.c))
BONDRUN_SRC := shim/ctl/bondrun.c shim/ctl/elf.c

LIB_OBJ := $(patsubst %.c,build/pic/%.o,$(CONFIG_SRC) $(SHIM_SRC))
BONDCTL_OBJ := $(patsubst %.c,build/obj/%.o,$(CONFIG_SRC) $(BONDCTL_SRC))
BONDRUN_OBJ := $(patsubst %.c,build/obj/%.o,$(BONDRUN_SRC))

all: libbond.so bondctl bondrun

build/libbond.map: shim/hooks/calls.h shim/libbond.map.in
	@mkdir -p $(@D)
	$(call say,MAP,$@)
	$(Q)$(CC) -E -P -x c shim/libbond.map.in | tr -s ' \n' '\n' | sed 's/;/;\n/' > $@

libbond.so: $(LIB_OBJ) build/libbond.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIC_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libbond.so \
		-Wl,--version-script=build/libbond.map -Wl,--exclude-libs,ALL -Wl,-z,now -Wl,-z,relro \
		-Wl,-z,nodelete -o $@ $(LIB_OBJ) -Wl,-Bstatic -linih -Wl,-Bdynamic -ldl

bondctl: $(BONDCTL_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,-Bstatic -linih -Wl,-Bdynamic

bondrun: $(BONDRUN_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^

build/pic/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(PIC_CFLAGS) -MMD -MP -c -o $@ $<

build/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

clean:
	$(Q)rm -rf build libbond.so bondctl bondrun

-include $(LIB_OBJ:.o=.d) $(BONDCTL_OBJ:.o=.d) $(BONDRUN_OBJ:.o=.d)

.PHONY: all clean
.DELETE_ON_ERROR:
