-- SPDX-License-Identifier: MIT
-- What the demo traces: a little of everything that Lua does. The calls it
-- makes depend on no address, no time and no random number, only on how much
-- work it is told to do.

local work = ...

local function fib(n)
	if n < 2 then return n end
	return fib(n - 1) + fib(n - 2)
end

local function primes(limit)
	local composite, list = {}, {}
	for i = 2, limit do
		if not composite[i] then
			list[#list + 1] = i
			for j = i * i, limit, i do composite[j] = true end
		end
	end
	return list
end

-- A generator: each value comes out of a coroutine.
local function words(text)
	return coroutine.wrap(function()
		for w in text:gmatch("%a+") do coroutine.yield(w) end
	end)
end

local Point = {}
Point.__index = Point
Point.__add = function(a, b)
	return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Point)
end
Point.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Point.__tostring = function(p) return ("(%d,%d)"):format(p.x, p.y) end

local function walk(steps)
	local at = setmetatable({ x = 0, y = 0 }, Point)
	local step = setmetatable({ x = 2, y = -1 }, Point)
	for _ = 1, steps do at = at + step end
	return tostring(at)
end

-- Errors leave through longjmp, past several C functions.
local function failures(n)
	local caught = 0
	for i = 1, n do
		local ok = pcall(string.rep, i % 3 == 0 and "x" or nil, i)
		if not ok then caught = caught + 1 end
	end
	return caught
end

local function count_words(rounds)
	local seen, total = {}, 0
	local text = "the quick brown fox jumps over the lazy dog and the cat"
	for _ = 1, rounds do
		for w in words(text) do
			seen[w] = (seen[w] or 0) + 1
			total = total + 1
		end
	end
	local keys = {}
	for k in pairs(seen) do keys[#keys + 1] = k end
	table.sort(keys, function(a, b)
		if seen[a] ~= seen[b] then return seen[a] > seen[b] end
		return a < b
	end)
	return total, keys[1]
end

local p = primes(20000 * work)
local total, most = count_words(300 * work)
local fibs = 0
for _ = 1, work do fibs = fibs + fib(21) end
local chunk = load("local t = {} for i = 1, 500 do t[i] = i ^ 2 end return #t")

return ("fib %d, primes %d, words %d %q, walk %s, errors %d, chunk %d"):format(
	fibs, #p, total, most, walk(5000 * work), failures(2000 * work), chunk())
