/* SPDX-License-Identifier: MIT */
/* How a graph client leaves: nobody tells it of a return any more. */

/*
 * A writer (generic/ops.c, sets.c, graph.c) registers two graph clients for one
 * function and takes them away again, in any order; each has memory of its own,
 * which it comes with again. A reader calls the function: its way in, the
 * function's body, its way out. Frames outlive clients, and the only client of a
 * call is called without a look at the table of clients, if nobody came or left.
 *
 * What the reader says of itself is not seen by the writer before a barrier, and
 * what it takes back is seen at once, as in grace.pml, which is also where sets
 * are freed and levels told apart. Here a set stays while the reader is in it.
 *
 * To fail: a client is called that is gone, or goes while it is called; it is
 * told of a return whose call it was not told of; a client that was there all
 * the time is not told of a call, or of the return of a call it was told of.
 *
 * Rules that can be taken away (what, and the KIND that is made without it):
 *
 * NO_SAY	ALL	who is called is said before the set's function is asked for
 * NO_ASK	ALL	the set's function is asked for
 * NO_TIME	ALL	the frame has its time before that
 * NO_STUB	ALL	a set has another function before its client's place is empty
 * NO_FIRST	ALL	who leaves is taken out of its sets before the clock goes on
 * NO_TICK	ALL	the clock goes on when a client leaves
 * NO_COME	ALL	and when one comes
 * NO_NUMBER	ALL	who is told of a call still has its number behind the frame's time
 * NO_SINCE	ALL	who came after a call began is not told of its return
 * NO_SAY_OUT	ALL	who is told of a return is said before the clock is looked at
 * NO_CLOCK	ALL	the clock is looked at
 * NO_SAY_LIST	ALL	one of several is said before its place is read again
 * NO_PLACE	ALL	and its place is read again
 * NO_FORGET	ALL	who leaves is taken out of the table
 * NO_BARRIER	ALL	a barrier between that and the look
 * NO_LOOK	ALL	who is in the client is waited for
 */

#define ALL	1

#define A	0
#define B	1
#define NONE	7
#define SETS	4
#define COMES	3	/* so many clients come */
#define BIT(i)	(1 << (i))

/* The site, its set; sets; the table; clients. */
byte site = NONE;		/* a set, or NONE: nobody is called */
byte made[SETS];		/* clients of a set; 0: it is free */
byte has[SETS];			/* those that have not left */
byte one;			/* sets whose function is ftrace_graph_one() */
byte table[2] = NONE;		/* by number: a client */
byte since[2];
byte clock;
byte nr[2];			/* a client's number */
byte freed = BIT(A) | BIT(B);	/* clients whose memory is gone */
byte comes_now;			/* those that have begun to come, and do not leave */
byte there;			/* and have come */

/* The reader. */
byte said = NONE, said_seen = NONE;	/* whom it calls; what is seen of that */
byte set = NONE;		/* that it is in */
byte in = NONE;			/* whose handler runs */
byte must;			/* those that were there since it came, */
byte told;			/* those that were told of the call, */
byte back;			/* those of them that did not leave since */

/*
 * The writer
 */

inline barrier()
{
	said_seen = said
}

/* The text and the slot; a set that lost a client is not used again. */
inline text_change(m)
{
	d_step {
		s = 0;
		do
		:: m == 0 -> site = NONE; break
		:: m != 0 && s < SETS && made[s] == m && has[s] == m -> site = s; break
		:: m != 0 && s < SETS && !(made[s] == m && has[s] == m) -> s++
		:: m != 0 && s == SETS ->
			s = 0;
			do
			:: s == set || (made[s] && has[s] == made[s]) -> s++
			:: else -> break
			od;
			made[s] = m;
			has[s] = m;
			one = (m == BIT(A) || m == BIT(B) -> one | BIT(s) : one & ~BIT(s));
			site = s;
			break
		od;
		s = 0
	}
}

/* ftrace_graph_join(), and the update of the text behind it. */
inline come(op)
{
	d_step {
		comes++;
		freed = freed & ~BIT(op);
		told = told & ~BIT(op);
		comes_now = comes_now | BIT(op);
		i = (table[0] == NONE -> 0 : 1);
		nr[op] = i
	}
	since[i] = clock + 1;
#ifndef NO_COME
	clock++;
#endif
	table[i] = op;
	i = 0;
	text_change((there | BIT(op)));
	there = there | BIT(op)
}

/* ftrace_sets_kill_ops(): the function, then the place, of one set at a time. */
inline other_function(op)
{
	d_step {
		s = 0;
		do
		:: s < SETS && (has[s] & BIT(op)) -> one = one & ~BIT(s); s++
		:: s < SETS && !(has[s] & BIT(op)) -> s++
		:: else -> s = 0; break
		od
	}
}

inline clear_place(op)
{
	d_step {
		s = 0;
		do
		:: s < SETS -> has[s] = has[s] & ~BIT(op); s++
		:: else -> s = 0; break
		od
	}
}

inline kill(op)
{
#ifdef NO_STUB
	clear_place(op);
	d_step { one = one & (has[0] -> 15 : 14) & (has[1] -> 15 : 13) &
		 (has[2] -> 15 : 11) & (has[3] -> 15 : 7) }
#else
	other_function(op);
	clear_place(op)
#endif
}

/* ftrace_graph_forget() */
inline forget(op)
{
#ifndef NO_FORGET
	table[nr[op]] = NONE;
#endif
#ifndef NO_TICK
	clock++
#endif
}

inline leave(op)
{
	d_step {
		there = there & ~BIT(op);
		comes_now = comes_now & ~BIT(op);
		must = must & ~BIT(op);
		back = back & ~BIT(op);
		leaving = leaving | BIT(op)
	}
	text_change(there);
#ifdef NO_FIRST
	forget(op);
	kill(op);
#else
	kill(op);
	forget(op);
#endif
#ifndef NO_BARRIER
	barrier()
#endif
}

inline finish(op)
{
	if
#ifndef NO_LOOK
	:: said_seen == op
#endif
	:: else ->
		d_step {
			assert(in != op);	/* a client goes while it is called */
#ifdef NO_FORGET
			table[nr[op]] = NONE;
#endif
			leaving = leaving & ~BIT(op);
			freed = freed | BIT(op)
		}
	fi
}

#define OUT(op)	(!(there & BIT(op)) && !(leaving & BIT(op)))

active proctype writer()
{
	byte s, i, comes, leaving;

end:	do
	:: OUT(A) && comes < COMES -> come(A)
	:: OUT(B) && comes < COMES -> come(B)
	:: there & BIT(A) -> leave(A)
	:: there & BIT(B) -> leave(B)
	:: leaving & BIT(A) -> finish(A)
	:: leaving & BIT(B) -> finish(B)
	od
}

/*
 * The reader
 */

mtype = { COMES_IN, PLACE, SAY, TIME, ASK, CALL, CALLED, LIST, LIST_SAY, LIST_AGAIN,
	  LIST_TIME, LIST_NUMBER, LIST_CALL, LIST_CALLED, BODY, OUT_CLOCK, OUT_CALL,
	  OUT_CALLED, WHO, TELL, TELL_SAY, TELL_AGAIN, TELL_SINCE, TELL_CALL,
	  TELL_CALLED, OVER };

inline say(client)
{
	said = client;
	said_seen = NONE
}

inline enter(client)
{
	assert(client != NONE && !(freed & BIT(client)));	/* a client is called that is gone */
	in = client;
	told = told | BIT(client);
	back = back | (BIT(client) & comes_now)
}

inline exit(client)
{
	assert(client != NONE && !(freed & BIT(client)));	/* a client is told of a return that is gone */
	assert(told & BIT(client));	/* and was not told of the call */
	in = client;
	back = back & ~BIT(client)
}

/* The way in is over. */
inline in_body()
{
	say(NONE);
	set = NONE;
	op = NONE;
	i = 0;
	assert(!(must & ~told));	/* a call is missed */
	must = 0;
	pc = BODY
}

active proctype reader()
{
	mtype pc = COMES_IN;
	byte op = NONE, i;
	byte time, only = NONE, hooked, left;	/* the frame */
	bool framed;

end:	do
	/* A site, and the slot of its thunk. */
	:: atomic { pc == COMES_IN && site != NONE ->
		set = site;
		must = there;
		pc = (one & BIT(set) -> PLACE : LIST)
	   }

	/* open_one() */
	:: atomic { pc == PLACE ->
		op = (has[set] & BIT(A) -> A : (has[set] & BIT(B) -> B : NONE));
		pc = SAY
	   }
	:: atomic { pc == SAY ->
#ifndef NO_SAY
		say(op);
#endif
		pc = TIME
	   }
	:: atomic { pc == TIME ->
		only = op;
#ifndef NO_TIME
		time = clock;
#endif
		pc = ASK
	   }
	:: atomic { pc == ASK ->
		if
#ifndef NO_ASK
		:: !(one & BIT(set)) -> say(NONE); only = NONE; time = 0; op = NONE;
			pc = LIST
#endif
		:: else -> pc = CALL
		fi
	   }
	:: atomic { pc == CALL ->
#ifdef NO_SAY
		say(op);
#endif
#ifdef NO_TIME
		time = clock;
#endif
		enter(op);
		pc = CALLED
	   }
	:: atomic { pc == CALLED -> in = NONE; in_body() }

	/* ftrace_call_list(), ftrace_graph_func() */
	:: atomic { pc == LIST ->
		if
		:: i == 2 -> in_body()
		:: i < 2 && (has[set] & BIT(i)) -> pc = LIST_SAY
		:: i < 2 && !(has[set] & BIT(i)) -> i++
		fi
	   }
	:: atomic { pc == LIST_SAY -> say(i); pc = LIST_AGAIN }
	:: atomic { pc == LIST_AGAIN ->
		if
		:: has[set] & BIT(i) -> pc = (framed -> LIST_NUMBER : LIST_TIME)
		:: else -> i++; pc = LIST
		fi
	   }
	:: atomic { pc == LIST_TIME -> time = clock; framed = true; pc = LIST_NUMBER }
	:: atomic { pc == LIST_NUMBER ->
		if
#ifndef NO_NUMBER
		:: table[nr[i]] != i -> i++; pc = LIST
#endif
		:: else -> pc = LIST_CALL
		fi
	   }
	:: atomic { pc == LIST_CALL ->
		enter(i);
		hooked = hooked | BIT(nr[i]);
		pc = LIST_CALLED
	   }
	:: atomic { pc == LIST_CALLED -> in = NONE; i++; pc = LIST }

	/* close_one() */
	:: atomic { pc == BODY && only == NONE && !hooked -> pc = OVER }
	:: atomic { pc == BODY && (only != NONE || hooked) ->
#ifndef NO_SAY_OUT
		say(only);
#endif
		pc = OUT_CLOCK
	   }
	:: atomic { pc == OUT_CLOCK ->
		if
		:: hooked -> left = hooked; pc = TELL
#ifndef NO_CLOCK
		:: !hooked && time != clock -> pc = WHO
#endif
		:: else -> pc = OUT_CALL
		fi
	   }
	:: atomic { pc == OUT_CALL ->
#ifdef NO_SAY_OUT
		say(only);
#endif
		exit(only);
		pc = OUT_CALLED
	   }
	:: atomic { pc == OUT_CALLED -> in = NONE; pc = OVER }

	/* who_wants(), call_client() */
	:: atomic { pc == WHO ->
		if
		:: i == 2 -> i = 0; pc = TELL
		:: i < 2 && table[i] == only -> left = BIT(i); i = 0; pc = TELL
		:: i < 2 && table[i] != only -> i++
		fi
	   }
	:: atomic { pc == TELL ->
		op = NONE;
		if
		:: i == 2 -> pc = OVER
		:: i < 2 && (left & BIT(i)) ->
			op = table[i];
			if
			:: op == NONE -> i++
			:: op != NONE -> pc = TELL_SAY
			fi
		:: i < 2 && !(left & BIT(i)) -> i++
		fi
	   }
	:: atomic { pc == TELL_SAY ->
#ifndef NO_SAY_LIST
		say(op);
#endif
		pc = TELL_AGAIN
	   }
	:: atomic { pc == TELL_AGAIN ->
		if
#ifndef NO_PLACE
		:: table[i] != op -> i++; pc = TELL
#endif
		:: else -> pc = TELL_SINCE
		fi
	   }
	:: atomic { pc == TELL_SINCE ->
		if
#ifndef NO_SINCE
		:: since[i] > time -> i++; pc = TELL
#endif
		:: else -> pc = TELL_CALL
		fi
	   }
	:: atomic { pc == TELL_CALL ->
#ifdef NO_SAY_LIST
		say(op);
#endif
		exit(op);
		pc = TELL_CALLED
	   }
	:: atomic { pc == TELL_CALLED -> in = NONE; i++; pc = TELL }

	:: atomic { pc == OVER ->
		say(NONE);
		assert(!back);	/* a return is missed */
		told = 0;
		op = NONE;
		i = 0;
		time = 0;
		only = NONE;
		hooked = 0;
		left = 0;
		framed = false;
		pc = COMES_IN
	   }
	od
}
