/* SPDX-License-Identifier: MIT */
/*
 * What a writer does, in turn: STEPS(protocol, steps). The models must take these
 * steps (tests/model/run.sh compares them), and so must the library: the unit
 * test "model" does. Whatever is changed in one has to be changed in the other.
 *
 *	point	a slot is filled in, swapped or emptied
 *	skip	the head of a site becomes the jump over its tail
 *	tail	the rest of the site is stored
 *	head	its head is
 *	word	a site is stored at once
 *	flush	of what was stored
 *	sync	all cores see it
 *	text	a site is changed, in any of these ways
 *	kill	a client is taken out of every set
 *	barrier	on every thread
 *	look	at what threads say of themselves
 *	retire	the slots of a set lead to the check
 *	free	a set is given back
 *	return	the client's memory is its own again
 */
STEPS("one, nop to call", "point word flush sync")
STEPS("one, call to call", "point word flush sync")
STEPS("one, call to nop", "word flush sync")
STEPS("steps, nop to call", "point skip flush sync tail flush sync head flush sync")
STEPS("steps, call to call", "point")
STEPS("steps, call to nop", "skip flush sync tail flush sync head flush sync point")
STEPS("unregister", "text kill barrier look barrier retire barrier look free return")
STEPS("killed, then unregister", "kill barrier look barrier return")
