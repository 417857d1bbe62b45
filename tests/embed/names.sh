#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What an embedder meets: headers that stand alone in C11 and C++17, exported
# names with the project's prefixes only, pkg-config files that build a traced
# program, README.md's among them, no library beyond libc, and no site in the
# library itself even when its CFLAGS ask for one.
# usage: names.sh BUILD_DIR TARGET MAKE
set -u
out=$1 target=$2 make=$3
passed=0 failed=0
ok() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "embed: $2" >&2
	fi
}
tmp=$out/embed
rm -rf "$tmp"; mkdir -p "$tmp"
tmp=$(cd "$tmp" && pwd)

"$make" -s O="$out" TARGET="$target" PREFIX=/opt/ft DESTDIR="$tmp/root" install
ok $? 'make install'
inc=$tmp/root/opt/ft/include
for h in ftrace ftrace_regs module graph profile direct switch host version asm/ptrace asm/ftrace; do
	printf '#include <ftrace/%s.h>\nint x;\n' "$h" > "$tmp/h.c"
	cp "$tmp/h.c" "$tmp/h.cc"
	gcc -std=c11 -pedantic -Wall -Wextra -Werror -I"$inc" -c -o /dev/null "$tmp/h.c"
	ok $? "$h.h in C11"
	g++ -std=c++17 -pedantic -Wall -Wextra -Werror -I"$inc" -c -o /dev/null "$tmp/h.cc"
	ok $? "$h.h in C++17"
done
# The system's own register headers beside ours; glibc's goes before the
# kernel's, with or without us.
printf '#include <sys/ptrace.h>\n#include <signal.h>\n#include <ftrace/ftrace_regs.h>\n#include <ftrace/asm/ptrace.h>\n#include <ucontext.h>\nint x;\n' > "$tmp/h.c"
gcc -D_GNU_SOURCE -Wall -Werror -I"$inc" -c -o /dev/null "$tmp/h.c"
ok $? 'ptrace headers beside ours'

lib=$tmp/root/opt/ft/lib
stray=$(nm -D --defined-only "$lib/libftrace.so" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' |
	grep -vE '^(ftrace_|fgraph_|(un)?register_ftrace_|modify_ftrace_)')
[ -z "$stray" ]; ok $? "exported: $stray"
nm -D --defined-only "$lib/libftrace.so" | grep -q 'register_ftrace_function@@LIBFTRACE_'
ok $? 'no version node'
stray=$(nm --defined-only "$lib/libftrace.a" | awk '$2 ~ /[A-Z]/ { print $3 }' |
	grep -vE '^(ftrace_|fgraph_|arch_ftrace_|(un)?register_ftrace_|modify_ftrace_)')
[ -z "$stray" ]; ok $? "global in the archive: $stray"
need=$(readelf -dW "$lib/libftrace.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libc\.so|ld-linux)')
[ -z "$need" ]; ok $? "needs more than libc: $need"
readelf -dW "$lib/libftrace.so" | grep -q 'SONAME.*libftrace.so.0'
ok $? 'SONAME'
readelf -lW "$lib/libftrace.so" | grep 'GNU_STACK' | grep -qv E
ok $? 'the stack is executable'
readelf -SW "$lib/libftrace.so" | grep -qE 'patchable_function|mcount_loc'
[ $? = 1 ]; ok $? 'the library has sites of its own'
"$make" -s O="$tmp/traced" TARGET="$target" \
	CFLAGS="-O2 -g -fpatchable-function-entry=5" >/dev/null 2>&1
ok $? 'a build with tracing flags'
readelf -SW "$tmp/traced/$target/libftrace.so.0" | grep -qE 'patchable_function|mcount_loc'
[ $? = 1 ]; ok $? 'built with tracing flags, the library has sites of its own'

cat > "$tmp/p.c" <<'C'
#include <ftrace/ftrace.h>
static int n;
notrace static void cb(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip, (void)parent_ip, (void)op, (void)fregs;
	n++;
}
#ifdef __cplusplus
extern "C"
#endif
__attribute__((noinline)) void traced(void) { __asm__ volatile(""); }
int main(void)
{
	static struct ftrace_ops op = { .func = cb };
	int err = ftrace_set_filter(&op, "traced", 6, 1);
	if (!err)
		err = register_ftrace_function(&op);
	traced();
	return err || n != 1;
}
C
pc() { PKG_CONFIG_PATH=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR= pkg-config --define-variable=prefix="$tmp/root/opt/ft" \
	--define-variable=libdir="$lib" --define-variable=includedir="$inc" "$@"; }
# shellcheck disable=SC2046
for how in "gcc" "gcc -static" "g++ -x c++ -Wno-missing-field-initializers" "clang"; do
	flags="$(pc --cflags libftrace) $(pc --variable="cflags_${how%%[ +]*}" libftrace-traced)"
	[ "${how%% *}" = g++ ] && flags=$(pc --cflags libftrace-traced)
	$how $flags "$tmp/p.c" -x none $(pc --libs --static libftrace-traced) -o "$tmp/p"
	ok $? "pkg-config build with $how"
	LD_LIBRARY_PATH=$lib "$tmp/p"
	ok $? "program built with $how"
done
# The program of README.md, built as that says.
part() { awk -v n="$1" '/^## Twenty lines/ { on = 1 } on && /^```/ { k++; next }
	on && k == n' README.md; }
part 1 > "$tmp/hello.c"; part 3 > "$tmp/build"
"$make" -s O="$out" TARGET="$target" PREFIX="$tmp/usr" install &&
	(cd "$tmp" && PKG_CONFIG_PATH=usr/lib/pkgconfig sh -e ./build) &&
	[ "$(LD_LIBRARY_PATH=$tmp/usr/lib "$tmp/a.out" && echo ends)" = 'square(3)
ends' ]
ok $? 'the program of README.md'
echo "embed: $passed passed, $failed failed"
[ "$failed" = 0 ]
