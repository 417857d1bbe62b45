/* SPDX-License-Identifier: MIT */
/* How a site is changed while it is executed: one store, or head, tail, head. */

/*
 * A writer (generic/text.c, update.c) changes one site for ever, to and from
 * any of: nop, a call with client A, a call with client B. A reader calls the
 * function. KIND says which site it is: ONE store changes it, or STEPS.
 *
 * What the reader fetches may be stale: of each unit any value stored since the
 * last that was flushed and then synced. The two units of a STEPS site are
 * fetched one after the other; a sync comes between two instructions of the
 * reader. Whoever has executed a call may come to its thunk at any later time.
 *
 * Any sync may fail; then the same steps put back what was there, and if one of
 * theirs fails the writer gives up.
 *
 * To fail: an instruction made of two; a thunk whose slot is not filled in; a
 * call that is missed; one that is in neither text, before or after; anything
 * but the new text when the change is over.
 *
 * Rules that can be taken away (what, and the KIND it is a rule of):
 *
 * NO_SYNC_WORD		ONE	the sync behind the store
 * NO_FLUSH_WORD	ONE	the flush of the store
 * NO_UNDO		ONE	what was stored is put back if a sync fails
 * NO_POINT		ONE	the thunk's slot is filled in before its call is stored
 * NO_SKIP		STEPS	the head is a jump over the tail first
 * NO_ORDER		STEPS	the tail is stored before the new head
 * NO_SYNC_SKIP		STEPS	the sync between jump and tail
 * NO_SYNC_TAIL		STEPS	the sync between tail and head
 * NO_SYNC_HEAD		STEPS	the sync behind the head
 * NO_FLUSH_SKIP	STEPS	the flush of the jump
 * NO_FLUSH_TAIL	STEPS	the flush of the tail
 * NO_FLUSH_HEAD	STEPS	the flush of the head
 * NO_WHOLE		STEPS	a sync comes between two instructions
 * NO_UNDO_STEPS	STEPS	what is put back goes through the jump, too
 * NO_STOP		STEPS	nothing is stored behind a sync that failed in an undo
 * NO_OWN		STEPS	call to call: by the slot of the site's own thunk alone
 * NO_OWN_POINT		STEPS	that slot is filled in before the text calls it
 */

#ifndef KIND
#define KIND STEPS
#endif
#define ONE	1
#define STEPS	2

#if KIND == ONE
#define NAME	printf(": one, ")
#else
#define NAME	printf(": steps, ")
#endif

/* What a unit says, and whom a call told. */
#define NOP	0
#define SKIP	1
#define A	2
#define B	3
#define BIT(v)	(1 << (v))

#define HEAD	0	/* all there is of a ONE site */
#define TAIL	1

byte see[2] = BIT(NOP);		/* what a fetch may find */
byte last[2] = NOP;		/* what was stored last */
bool flushed[2] = true;

#define UNFILLED 4
byte slot[4] = UNFILLED;	/* whom a thunk tells; STEPS: A's is the site's own */
byte was = NOP, next = NOP;	/* whom a call tells before and behind the change */
bool between = true;		/* the reader is between two instructions */
byte may;			/* what its call may tell */
bool failed, dead;

#ifdef TRACE
#define STEP(...)	printf(#__VA_ARGS__); printf("\n")
#else
#define STEP(...)	skip
#endif

inline store(unit, v)
{
	d_step {
		last[unit] = v;
		see[unit] = see[unit] | BIT(v);
		flushed[unit] = false;
	}
}

inline flush(unit)
{
	STEP(flush);
	flushed[unit] = true;
}

inline settle(unit)
{
	if
	:: flushed[unit] -> see[unit] = BIT(last[unit])
	:: else
	fi
}

/* Fails, or all see what was flushed. */
inline sync()
{
	STEP(sync);
	if
#ifndef TRACE
	:: failed = true
#endif
	:: atomic {
#ifndef NO_WHOLE
		between;
#endif
		settle(HEAD);
		settle(TAIL)
	}
	fi
}

/* Of three stores the one that is not ... */
#if defined(NO_SYNC_SKIP)
#define NOT_SYNCED	0
#elif defined(NO_SYNC_TAIL)
#define NOT_SYNCED	1
#elif defined(NO_SYNC_HEAD)
#define NOT_SYNCED	2
#elif defined(NO_SYNC_WORD)
#define NOT_SYNCED	3
#else
#define NOT_SYNCED	4
#endif
#if defined(NO_FLUSH_SKIP)
#define NOT_FLUSHED	0
#elif defined(NO_FLUSH_TAIL)
#define NOT_FLUSHED	1
#elif defined(NO_FLUSH_HEAD)
#define NOT_FLUSHED	2
#elif defined(NO_FLUSH_WORD)
#define NOT_FLUSHED	3
#else
#define NOT_FLUSHED	4
#endif

inline store_step(n, v)
{
	if
	:: n == 0 -> STEP(skip); store(HEAD, SKIP)
#ifdef NO_ORDER
	:: n == 1 -> store(HEAD, v)
	:: n == 2 -> store(TAIL, v)
#else
	:: n == 1 -> STEP(tail); store(TAIL, v)
	:: n == 2 -> STEP(head); store(HEAD, v)
#endif
	:: n == 3 -> STEP(word); store(HEAD, v)
	fi
}

inline flush_step(n)
{
	if
	:: n != NOT_FLUSHED ->
		STEP(flush);
		d_step { flushed[HEAD] = true; flushed[TAIL] = true }
	:: else
	fi
}

#ifdef NO_SKIP
#define FIRST	(KIND == ONE -> 3 : 1)
#else
#define FIRST	(KIND == ONE -> 3 : 0)
#endif
#define LAST	(KIND == ONE -> 3 : 2)

#ifdef NO_STOP
#define STOPS	(failed && !undoing)
#else
#define STOPS	failed
#endif

/* text.c, write_all(). */
inline write_from(first, v)
{
	failed = false;
	n = first;
	do
	:: n <= LAST && !STOPS ->
		store_step(n, v);
		flush_step(n);
		if
		:: n != NOT_SYNCED -> sync()
		:: else
		fi;
		n++
	:: else -> break
	od
}

/* What the text holds for whom a call tells. */
#ifdef NO_OWN
#define OWN	false
#else
#define OWN	(KIND == STEPS)
#endif
#define TEXT(v)	(OWN && (v) != NOP -> A : (v))

/* Whom a thunk tells: shared ones one client, a site's own one what it says. */
inline point(v)
{
	STEP(point);
	if
	:: OWN -> slot[A] = v
	:: else -> slot[v] = v
	fi
}

inline begin(v)
{
	d_step {
		next = v;
		may = may | BIT(v)
	}
}

inline undo()
{
	undoing = true;
#ifdef NO_UNDO_STEPS
	write_from(1, TEXT(was));
#else
	write_from(FIRST, TEXT(was));
#endif
	undoing = false
}

/* Whoever asks from now on is told this. */
inline over(v)
{
	d_step {
		was = v;
		next = v
	}
}

#ifdef NO_POINT
#define POINT_FIRST	(KIND != ONE)
#elif defined(NO_OWN_POINT)
#define POINT_FIRST	(KIND != STEPS)
#else
#define POINT_FIRST	true
#endif

/* update.c, run(). */
inline change(v)
{
	begin(v);
	if
	:: POINT_FIRST && v != NOP && (!OWN || was == NOP) -> point(v)
	:: else
	fi;
	failed = false;
	if
	:: TEXT(v) != TEXT(was) -> write_from(FIRST, TEXT(v))
	:: else
	fi;
	if
	:: !failed ->
		if
		:: OWN && (v == NOP || was != NOP || !POINT_FIRST) -> point(v)
		:: !OWN && v != NOP && !POINT_FIRST -> point(v)
		:: else
		fi;
		over(v)
	:: failed ->
#ifndef NO_UNDO
		undo();
#else
		failed = false;
#endif
		if
		:: failed -> dead = true
		:: !failed && OWN && was == NOP -> point(NOP); over(was)
		:: !failed && !(OWN && was == NOP) -> over(was)
		fi
	fi
}

active proctype writer()
{
	byte n;
	bool undoing;

#ifdef TRACE
	NAME; STEP(nop to call);
	change(A);
	NAME; STEP(call to call);
	change(B);
	NAME; STEP(call to nop);
	change(NOP);
#else
end:	do
	:: !dead && was != NOP -> change(NOP)
	:: !dead && was != A -> change(A)
	:: !dead && was != B -> change(B)
	od
#endif
}

#ifndef TRACE

inline fetch(unit, what)
{
	if
	:: see[unit] & BIT(NOP) -> what = NOP
	:: see[unit] & BIT(SKIP) -> what = SKIP
	:: see[unit] & BIT(A) -> what = A
	:: see[unit] & BIT(B) -> what = B
	fi
}

active proctype reader()
{
	byte head, tail, told;

end:	do
	:: atomic {
		may = BIT(was) | BIT(next);
		between = false;
		fetch(HEAD, head)
	   }
	   if
	   :: KIND == STEPS -> fetch(TAIL, tail)
	   :: else -> tail = head
	   fi;
	   atomic {
		assert(head == SKIP || head == tail);	/* an instruction made of two */
		between = true
	   }
	   told = NOP;
	   if
	   :: head >= A ->
		/* Arrives at the thunk, at any later time. */
		told = slot[head];
		assert(told != UNFILLED)	/* a thunk whose slot is not filled in */
	   :: else
	   fi;
	   assert(told != NOP || (may & BIT(NOP)));	/* a call is missed */
	   assert(may & BIT(told))	/* a call that is in neither text */
	od
}

#endif
