# SPDX-License-Identifier: MIT
# Measuring: x86_64, natively, beside clang's XRay in one process. One source,
# two programs: with few functions, and with many.
BENCH := $(O)/bench
BENCH_FEW := 20000
BENCH_MANY := 1000000
BENCH_CFLAGS := -D_GNU_SOURCE -O2 -g -falign-functions=64 -Iinclude -MMD -MP
BENCH_OBJ := $(patsubst bench/%,$(BENCH)/%.o,$(wildcard bench/*.c bench/*.S bench/*.cc))

$(BENCH)/%.c.o: bench/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 $(WARN) $(BENCH_CFLAGS) -fno-ipa-icf \
		$(if $(filter %sites,$*),-fpatchable-function-entry=5) \
		$(if $(filter instrumented,$*),-finstrument-functions) -c -o $@ $<

$(BENCH)/%.S.o: bench/%.S
	$(call say,AS)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -c -o $@ $<

# What chooses the sleds is said for a whole file.
$(BENCH)/xray_both.cc.o: bench-xray := -fxray-instrument
$(BENCH)/xray_entry.cc.o: bench-xray := -fxray-instrument \
	-fxray-instrumentation-bundle=function-entry
$(BENCH)/%.cc.o: bench/%.cc
	$(call say,CXX)
	@mkdir -p $(@D)
	$(Q)clang++-19 $(BENCH_CFLAGS) $(bench-xray) -c -o $@ $<

$(BENCH)/%.many.o: bench/many.sh
	$(call say,AS)
	@mkdir -p $(@D)
	$(Q)bench/many.sh $* >$@.s && $(HOSTCC) -c -o $@ $@.s && rm $@.s

# uftrace's own way of building; it is run by uftrace, if there is one.
$(BENCH)/bench-uftrace: bench/uftrace/calls.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 $(WARN) $(BENCH_CFLAGS) -pg -mfentry -MF $@.d -o $@ $<

# Its host before ftrace_object.o: both are set up in the order of linking.
BENCH_LINK := $(BENCH)/host.c.o $(filter-out %/host.c.o,$(BENCH_OBJ)) \
	$(O)/x86_64/ftrace_object.o $(O)/x86_64/libftrace.a

$(BENCH)/bench: $(BENCH_LINK) $(BENCH)/$(BENCH_FEW).many.o
$(BENCH)/bench-many: $(BENCH_LINK) $(BENCH)/$(BENCH_MANY).many.o
$(BENCH)/bench $(BENCH)/bench-many:
	$(call say,LD)
	$(Q)clang++-19 -fxray-instrument -o $@ $^ -pthread
-include $(BENCH_OBJ:.o=.d) $(BENCH)/bench-uftrace.d

# What it takes to measure is asked of nobody who checks; that it builds, is.
.PHONY: bench check-bench
check-bench: $(filter %.c.o,$(BENCH_OBJ))
	@printf '  %-8s %s\n' BENCH 'compiles'

bench: $(BENCH)/bench $(BENCH)/bench-many $(BENCH)/bench-uftrace
	$(Q)$<
