/* SPDX-License-Identifier: MIT */
/* How Lua is built for the demo: the same calls, and calls gcov can count. */
#ifndef DEMO_LUA_CONFIG_H
#define DEMO_LUA_CONFIG_H

#include <setjmp.h>

/* Hash strings alike in every run, not by the time and an address. */
#define luai_makeseed(L) 42u

/* The cache of C strings is indexed by address: leave it one line. */
#define STRCACHE_N 1
#define STRCACHE_M 2

/*
 * gcov instruments edges and works out the rest. The edges of a computed goto
 * and of setjmp cannot be instrumented, and with a loop of these there is no
 * telling how often the function was entered: gcov's figure for luaV_execute()
 * is 58 times too high. So: a switch, and setjmp in a function of its own that
 * is neither traced nor counted.
 */
#define LUA_USE_JUMPTABLE 0

struct lua_State;
void demo_try(jmp_buf b, void (*f)(struct lua_State *L, void *ud),
	      struct lua_State *L, void *ud);

#define luai_jmpbuf jmp_buf
#define LUAI_THROW(L, c) _longjmp((c)->b, 1)
#define LUAI_TRY(L, c, a) demo_try((c)->b, f, L, ud)

#endif
