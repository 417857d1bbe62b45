/* SPDX-License-Identifier: MIT */
/* How a client leaves: whoever may still call it is waited for, then it goes. */

/*
 * A writer (generic/ops.c, update.c, sets.c, thunk.c) registers two clients and
 * takes them away again, in any order: A at function 0, B at function 0 or 1. A
 * reader calls both functions. That text is changed as it must be is the other
 * model's matter: here it changes at once. But whoever has fetched a call comes
 * to its thunk at any later time, over any number of changes.
 *
 * What the reader stores on its way into a callback is not seen by the writer
 * before a barrier, and what it stores on its way out is seen at once: anything
 * else makes the writer wait for longer. What a callback loads from its client may
 * be loaded behind that, but not behind a barrier.
 *
 * To fail: a client is called, or loaded from, that is gone; a set is read that
 * is freed; a call is missed that is there before and behind all changes in
 * between; one is made that is in none of them.
 *
 * KIND says how deep the reader's calls nest: FLAT, or NESTED, a call inside a
 * callback.
 *
 * Rules that can be taken away (what, and the KIND that is made without it):
 *
 * NO_DEPTH	FLAT	an entry stores its depth before it loads the set
 * NO_SLOT	FLAT	and its slot
 * NO_LEVELS	NESTED	each level has words of its own
 * NO_UP	NESTED	who leaves a level says that those below it are still there
 * NO_OPS	FLAT	a list's client is published before its place is read again
 * NO_REREAD	FLAT	and its place is read again
 * NO_KILL	FLAT	the client is taken out of every set, those without a site too
 * NO_BARRIER_1	FLAT	a barrier between that and the look
 * NO_LOOK	FLAT	who is in the client is waited for
 * NO_BARRIER_2	FLAT	a barrier behind the look
 * NO_RETIRE	FLAT	no slot leads to a set that is freed
 * NO_BARRIER_3	FLAT	a barrier between that and the look for who is in it
 * NO_LOOK_SET	FLAT	a set is not freed while a thread may be in it
 * NO_BEHIND	FLAT	who published a slot before it led to the check is in its old set
 * NO_CHECK	FLAT	a thunk that is used again asks the site whether it is called
 * NO_AGAIN	FLAT	whoever came too late executes the site again
 */

#ifndef KIND
#define KIND FLAT
#endif
#define FLAT	1
#define NESTED	2

#define CLIENTS	2
#define A	0	/* one, and the other */
#define B	1
#define SITES	2
#define LEVELS	KIND
#define COMES	(KIND == FLAT -> 3 : 2)	/* so many clients come */
#define TOP	(LEVELS - 1)
#define SETS	3
#define THUNKS	3
#define NONE	7	/* no set, thunk, client */
#define CHECK	6	/* where a slot leads: call_checked() */
#define BIT(i)	(1 << (i))

/* Text, slots, sets, clients. */
byte calls[SITES] = NONE;	/* a thunk */
byte to[THUNKS] = NONE;		/* its slot: a set, or CHECK */
byte real[THUNKS] = NONE;	/* the set behind CHECK */
byte key[THUNKS] = NONE;	/* the set that it serves, as the writer knows */
byte made[SETS] = 0;		/* the clients of a set; 0: it is freed */
byte has[SETS] = 0;		/* those that have not left */
byte freed = BIT(0) | BIT(1);	/* clients whose memory is gone */
byte was[SITES], next[SITES];	/* clients before and behind this change */

/* The reader's block as the writer sees it, and what it does not see yet. */
byte depth_seen, slot_seen[LEVELS] = NONE, ops_seen[LEVELS] = NONE;
byte depth, slot[LEVELS] = NONE, ops[LEVELS] = NONE;
byte late;			/* clients that will still be loaded from */

/* The reader's levels. */
byte may[LEVELS], must[LEVELS], site[LEVELS];

#ifdef TRACE
#define STEP(...)	printf(#__VA_ARGS__); printf("\n")
#else
#define STEP(...)	skip
#endif

inline barrier()
{
	STEP(barrier);
	d_step {
		depth_seen = depth;
		slot_seen[0] = slot[0];
		ops_seen[0] = ops[0];
		slot_seen[TOP] = slot[TOP];
		ops_seen[TOP] = ops[TOP];
		late = 0
	}
}

/*
 * The writer
 */

/* A set of @m, the same as before if one is whole; NONE if there is no room. */
inline set_get(m)
{
	s = 0;
	do
	:: s < SETS && made[s] == m && has[s] == m -> break
	:: s < SETS && !(made[s] == m && has[s] == m) -> s++
	:: s == SETS ->
		s = 0;
		do
		:: s < SETS && made[s] -> s++
		:: s < SETS && !made[s] -> made[s] = m; has[s] = m; break
		:: s == SETS -> s = NONE; break
		od;
		break
	od
}

/* The thunk that serves set @s, a used one, or a new one; NONE if none is left. */
inline thunk_get()
{
	t = 0;
	do
	:: t < THUNKS && key[t] == s -> break
	:: t < THUNKS && key[t] != s -> t++
	:: t == THUNKS ->
		t = 0;
		do
		:: t < THUNKS && key[t] != NONE -> t++
		:: t < THUNKS && key[t] == NONE ->
			key[t] = s;
			if
			:: to[t] == NONE -> to[t] = s
			:: to[t] != NONE -> real[t] = s
			fi;
			break
		:: t == THUNKS -> t = NONE; break
		od;
		break
	od
}

/* What site @i calls for its clients in next[]: in @t. */
inline way(i)
{
	if
	:: next[i] == 0 -> t = NONE; s = NONE
	:: else ->
		set_get(next[i]);
		if
		:: s == NONE -> no_room = true
		:: else ->
			thunk_get();
			no_room = no_room || t == NONE
		fi
	fi
}

inline levels_note()
{
	may[0] = may[0] | next[site[0]];
	must[0] = must[0] & next[site[0]];
	may[TOP] = may[TOP] | next[site[TOP]];
	must[TOP] = must[TOP] & next[site[TOP]]
}

/* From was[] to next[]; without room for a set or a thunk nothing happens. */
inline text_change()
{
	d_step {
		levels_note();
		no_room = false;
		way(0);
		new0 = t;
		way(1);
		STEP(text);
		if
		:: !no_room -> calls[0] = new0; calls[1] = t
		:: else -> next[0] = was[0]; next[1] = was[1]
		fi;
		was[0] = next[0];
		was[1] = next[1];
		new0 = 0;
		s = 0;
		t = 0
	}
}

/* ftrace_sets_kill_ops() */
inline kill(whom)
{
	STEP(kill);
#ifndef NO_KILL
	d_step {
		s = 0;
		do
		:: s < SETS -> has[s] = has[s] & ~(whom); s++
		:: else -> s = 0; break
		od
	}
#endif
}

/* The text and the sets do without @op, but it may run: begin_removal(). */
inline leave(op)
{
	atomic {
		next[0] = was[0] & ~BIT(op);
		next[1] = was[1] & ~BIT(op);
		text_change();
		if
		:: no_room -> goto next_act
		:: !no_room
		fi;
		kill(BIT(op));
		leaving = leaving | BIT(op)
	}
#ifndef NO_BARRIER_1
	barrier()
#endif
}

/* ftrace_kill() and then the same: no text is written, and no set freed. */
inline leave_killed(op)
{
	d_step {
		next[0] = 0;
		next[1] = 0;
		levels_note();
		killed = true
	}
	kill(BIT(A) | BIT(B));
	d_step {
		was[0] = 0;
		was[1] = 0
	}
	leaving = leaving | BIT(op);
#ifndef NO_BARRIER_1
	barrier();
#endif
}

/* ftrace_thunk_behind() */
#ifdef NO_BEHIND
#define BEHIND(t)	to[t]
#else
#define BEHIND(t)	(to[t] == CHECK -> key[t] : to[t])
#endif

inline look(for_set, id)
{
	STEP(look);
	d_step {
		seen = false;
		n = 0;
		do
		:: n < depth_seen && slot_seen[n] == NONE -> n++
		:: n < depth_seen && slot_seen[n] != NONE ->
			t = slot_seen[n];
			s = BEHIND(t);
			if
			:: for_set -> seen = seen || key[t] == id
			:: !for_set && s < SETS && made[s] == BIT(id) -> seen = true
			:: else -> seen = seen || (s != NONE && ops_seen[n] == id)
			fi;
			n++
		:: n == depth_seen -> break
		od;
		t = 0;
		s = 0;
		n = 0
	}
}

/* Is a thread in a callback of @op; may one be in @set? */
#define look_client(op)	look(false, op)		/* ftrace_runs() */
#define look_set(set)	look(true, set)		/* ftrace_thunk_leads() */

inline retire(set)
{
	d_step {
		t = 0;
		do
		:: t < THUNKS && key[t] == set ->
#ifndef NO_RETIRE
			to[t] = CHECK;
			real[t] = NONE;
#endif
			t++
		:: t < THUNKS && key[t] != set -> t++
		:: else -> t = 0; break
		od
	}
}

inline free_set(set)
{
	STEP(free);
	d_step {
		made[set] = 0;
		has[set] = 0;
		t = 0;
		do
		:: t < THUNKS && key[t] == set -> key[t] = NONE; t++
		:: t < THUNKS && key[t] != set -> t++
		:: else -> t = 0; break
		od
	}
}

#define CALLED(set, i)	(calls[i] != NONE && key[calls[i]] == set)

/* ftrace_sets_reclaim() */
inline reclaim()
{
	d_step {
		retired = 0;
		set = 0;
		do
		:: set < SETS && has[set] != made[set] && !CALLED(set, 0) &&
		   !CALLED(set, 1) ->
			retired = retired | BIT(set);
			set++
		:: set < SETS && !(has[set] != made[set] && !CALLED(set, 0) &&
		   !CALLED(set, 1)) -> set++
		:: else -> set = 0; break
		od
	}
	do
	:: set < SETS && (retired & BIT(set)) ->
		STEP(retire);
		retire(set);
		set++
	:: set < SETS && !(retired & BIT(set)) -> set++
	:: else -> set = 0; break
	od;
#ifndef NO_BARRIER_3
	if
	:: retired -> barrier()
	:: else
	fi;
#endif
	do
	:: set < SETS && (retired & BIT(set)) ->
		look_set(set);
#ifdef NO_LOOK_SET
		seen = false;
#endif
		if
		:: !seen -> free_set(set)
		:: seen
		fi;
		seen = false;
		set++
	:: set < SETS && !(retired & BIT(set)) -> set++
	:: else -> break
	od;
	set = 0;
	retired = 0
}

/* If nobody runs it @op is gone, else another time: take_stopped(). */
inline finish(op)
{
	look_client(op);
#ifdef NO_LOOK
	seen = false;
#endif
	if
	:: seen -> seen = false
	:: !seen ->
#ifndef NO_BARRIER_2
		barrier();
#endif
		if
		:: !killed -> reclaim()
		:: killed
		fi;
		STEP(return);
		d_step {
			leaving = leaving & ~BIT(op);
			assert(!(late & BIT(op)));	/* a callback loads from a client that is gone */
			freed = freed | BIT(op)
		}
	fi
}

inline come(op, i)
{
	d_step {
		comes++;
		freed = freed & ~BIT(op);
		next[i] = next[i] | BIT(op)
	}
	text_change();
	if
	:: no_room -> freed = freed | BIT(op)
	:: !no_room
	fi
}

#define IN(op)		((was[0] | was[1]) & BIT(op))
#define OUT(op)		(!IN(op) && !(leaving & BIT(op)) && !killed)

active proctype writer()
{
	byte s, t, n, set, new0, retired, leaving;
	byte comes;
	bool no_room, seen, killed;

#ifdef TRACE
	STEP(: -);
	come(A, 0);
	STEP(: unregister);
	leave(A);
	finish(A);
	STEP(: -);
	come(A, 0);
	STEP(: killed, then unregister);
	leave_killed(A);
	finish(A);
next_act:
	skip
#else
end:
next_act:
	do
	:: atomic { OUT(A) && comes < COMES -> come(A, 0) }
	:: atomic { OUT(B) && comes < COMES -> come(B, 0) }
	:: atomic { OUT(B) && comes < COMES -> come(B, 1) }
	:: IN(A) -> leave(A)
	:: IN(B) -> leave(B)
	:: IN(A) -> leave_killed(A)
	:: leaving & BIT(A) -> finish(A)
	:: leaving & BIT(B) -> finish(B)
	od
#endif
}

#ifndef TRACE

/*
 * The reader
 */

mtype = { SITE, THUNK, DEPTH, SLOT, CHECKED, CALLS, REAL, SINGLE, LIST, PLACE, AGAIN,
	  CALLBACK, LEAVE };

#ifdef NO_LEVELS
#define OWN	0
#else
#define OWN	l
#endif

#ifdef NO_UP
#define BELOW	0
#else
#define BELOW	l
#endif

inline fetch()
{
	if
	:: calls[site[l]] == NONE ->
		assert(!(must[l] & ~told[l]));	/* a call is missed */
		passed()
	:: else ->
		thunk[l] = calls[site[l]];
		pc[l] = THUNK
	fi
}

inline passed()
{
	pc[l] = SITE;
	thunk[l] = 0;
	told[l] = 0;
	may[l] = 0;
	must[l] = 0;
	site[l] = 0;
	l = 0
}

inline begin(i)
{
	site[l] = i;
	may[l] = was[i] | next[i];
	must[l] = was[i] & next[i];
	fetch()
}

inline over()
{
	if
	:: again[l] -> again[l] = false; fetch()
	:: else ->
		assert(!(told[l] & ~may[l]));	/* a client is called that is not there */
		assert(!(must[l] & ~told[l]));	/* a call is missed */
		passed()
	fi
}

/* What is behind the depth from now on says nothing. */
inline left()
{
	depth = BELOW;
	depth_seen = (depth_seen > depth -> depth : depth_seen);
	slot[OWN] = NONE;
	slot_seen[OWN] = NONE;
	ops[OWN] = NONE;
	ops_seen[OWN] = NONE
}

inline late_to_thunk()
{
#ifndef NO_AGAIN
	again[l] = true;
#endif
	set[l] = 0;
	pc[l] = LEAVE
}

inline callback(client)
{
	op[l] = client;
	told[l] = told[l] | BIT(client);
	assert(!(freed & BIT(client)));	/* a client is called that is gone */
#ifdef NO_DEPTH
	depth = OWN + 1;
#endif
#ifdef NO_SLOT
	slot[OWN] = thunk[l];
#endif
	pc[l] = CALLBACK
}

/* An entry, call_checked(), ftrace_call_list(). */
active proctype reader()
{
	byte l;
	mtype pc[LEVELS] = SITE;
	byte thunk[LEVELS], set[LEVELS], i[LEVELS], op[LEVELS], told[LEVELS];
	bool again[LEVELS], list[LEVELS];

end:	do
	:: atomic { pc[l] == SITE -> begin(0) }
	:: atomic { pc[l] == SITE -> begin(1) }
	:: atomic { pc[l] == THUNK ->
#ifndef NO_DEPTH
		depth = OWN + 1;
#endif
		pc[l] = DEPTH
	   }
	:: atomic { pc[l] == DEPTH ->
#ifndef NO_SLOT
		slot[OWN] = thunk[l];
#endif
		pc[l] = SLOT
	   }
	:: atomic { pc[l] == SLOT ->
		set[l] = to[thunk[l]];
		if
		:: set[l] == CHECK -> pc[l] = CHECKED
		:: else -> pc[l] = (made[set[l]] == 3 -> LIST : SINGLE)
		fi
	   }
	:: atomic { pc[l] == CHECKED ->
		set[l] = real[thunk[l]];
		if
		:: set[l] == NONE -> late_to_thunk()
		:: else -> pc[l] = CALLS
		fi
	   }
	:: atomic { pc[l] == CALLS ->
		if
#ifndef NO_CHECK
		:: calls[site[l]] != thunk[l] -> late_to_thunk()
#endif
		:: else -> pc[l] = REAL
		fi
	   }
	:: atomic { pc[l] == REAL ->
		if
		:: real[thunk[l]] != set[l] -> late_to_thunk()
		:: else -> list[l] = true; pc[l] = LIST
		fi
	   }
	:: atomic { pc[l] == SINGLE ->
		assert(made[set[l]]);	/* a set is read that is freed */
		if
		:: has[set[l]] == BIT(A) -> callback(A)
		:: has[set[l]] == BIT(B) -> callback(B)
		:: else -> pc[l] = LEAVE
		fi;
		set[l] = 0
	   }
	:: atomic { pc[l] == LIST ->
		list[l] = true;
		assert(made[set[l]]);	/* a set is read that is freed */
		if
		:: i[l] == CLIENTS -> pc[l] = LEAVE; list[l] = false; i[l] = 0;
			set[l] = 0
		:: i[l] < CLIENTS && (has[set[l]] & BIT(i[l])) -> pc[l] = PLACE
		:: i[l] < CLIENTS && !(has[set[l]] & BIT(i[l])) -> i[l]++
		fi
	   }
	:: atomic { pc[l] == PLACE ->
#ifndef NO_OPS
		ops[OWN] = i[l];
		ops_seen[OWN] = NONE;
#endif
		pc[l] = AGAIN
	   }
	:: atomic { pc[l] == AGAIN ->
		assert(made[set[l]]);	/* a set is read that is freed */
		if
#ifndef NO_REREAD
		:: !(has[set[l]] & BIT(i[l])) -> i[l]++; pc[l] = LIST
#endif
		:: else -> callback(i[l])
		fi
	   }
	:: atomic { pc[l] == CALLBACK && l < TOP -> l = 1 ; begin(0) }
	:: atomic { pc[l] == CALLBACK && l < TOP -> l = 1 ; begin(1) }
	:: atomic { pc[l] == CALLBACK ->
		assert(!(freed & BIT(op[l])));	/* a callback runs when its client is gone */
		late = late | BIT(op[l]);
		op[l] = 0;
		if
		:: list[l] -> i[l]++; pc[l] = LIST
		:: else -> pc[l] = LEAVE
		fi
	   }
	:: atomic { pc[l] == LEAVE ->
		left();
		over()
	   }
	od
}

#endif
