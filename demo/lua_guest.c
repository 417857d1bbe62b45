/* SPDX-License-Identifier: MIT */
/* The Lua interpreter as the demo's guest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "guest.h"
#include "lua_config.h"

static void (*live_step)(const char *argument, const char *result);

__attribute__((no_instrument_function, patchable_function_entry(0, 0),
	       no_profile_instrument_function)) void
demo_try(jmp_buf b, void (*f)(struct lua_State *L, void *ud),
	 struct lua_State *L, void *ud)
{
	if (!_setjmp(b))
		f(L, ud);
}

static void die(lua_State *L, const char *what)
{
	fprintf(stderr, "%s: %s\n", what, lua_tostring(L, -1));
	exit(2);
}

static lua_State *start(void)
{
	lua_State *L = luaL_newstate();

	if (!L) {
		fprintf(stderr, "no memory for Lua\n");
		exit(2);
	}
	luaL_openlibs(L);
	return L;
}

static void run(char *buf, size_t len)
{
	lua_State *L = start();

	if (luaL_loadfile(L, "demo/demo.lua"))
		die(L, "demo.lua");
	lua_pushinteger(L, DEMO_WORK);
	if (lua_pcall(L, 1, 1, 0))
		die(L, "demo.lua");
	snprintf(buf, len, "%s", lua_tostring(L, -1));
	lua_close(L);
}

static void call_one(void)
{
	static const char text[] = "return 6*7";
	lua_State *L = luaL_newstate();

	if (!L || luaL_loadbufferx(L, text, strlen(text), "=demo", "t") ||
	    lua_pcall(L, 0, 1, 0) || lua_tointeger(L, -1) != 42)
		die(L, text);
	lua_close(L);
}

static int step(lua_State *L)
{
	live_step(lua_tostring(L, 1), lua_toboolean(L, 2) ? "true" : "false");
	return 0;
}

static void live(void (*fn)(const char *argument, const char *result))
{
	lua_State *L = start();

	live_step = fn;
	lua_register(L, "step", step);
	if (luaL_loadfile(L, "demo/live.lua") || lua_pcall(L, 0, 0, 0))
		die(L, "live.lua");
	lua_close(L);
}

/* How Lua's parser meets an expression; see lparser.c, llex.c and lcode.c. */
static const struct guest_signature signatures[] = {
	{ "subexpr", "ls v %d" },
	{ "luaE_incCstack", "L" },
	{ "getunopr", "%d" },
	{ "simpleexp", "ls v" },
	{ "init_exp", "v %d %d" },
	{ "luaX_next", "ls" },
	{ "llex", "ls token" },
	{ "getbinopr", "%c" },
	{ "read_numeral", "ls token" },
	{ "save", "ls %c" },
	{ "luaZ_fill", "z" },
	{ "getS", "L ud size" },
	{ "check_next2", "ls %s" },
	{ "luaO_str2num", "%s o" },
	{ "l_str2int", "%s n" },
	{ "isneg", "s" },
	{ "luaK_infix", "fs %d v" },
	{ "luaK_posfix", "fs %d e1 e2 %d" },
	{ "luaK_dischargevars", "fs e" },
	{ "tonumeral", "e v" },
	{ "constfolding", "fs %d e1 e2" },
	{ "validop", "%d v1 v2" },
	{ "luaO_rawarith", "L %d p1 p2 res" },
	{ "intarith", "L %d %l %l" },
	{ NULL, NULL },
};

const struct guest guest = {
	.name = LUA_RELEASE,
	.run = run,
	.one = "subexpr",
	.one_does = "Lua compiles 6*7, and folds it",
	.call_one = call_one,
	.signatures = signatures,
	.argument = "lua_pushlstring",
	.argument_shown = "lua_pushlstring(L, s, len): len",
	.argument_nr = 2,
	.argument_value = 7,
	.result = "luaV_equalobj",
	.result_shown = "luaV_equalobj(L, t1, t2)",
	.result_value = 1,
	.columns = { "(\"dynamic ftrace\"):sub(1)", "\"black\" == \"white\"" },
	.live = live,
};
