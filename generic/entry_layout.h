/* SPDX-License-Identifier: MIT */
/* What entry.S and thunks know of the core's structures; C asserts it. */
#ifndef FTRACE_ENTRY_LAYOUT_H
#define FTRACE_ENTRY_LAYOUT_H

#define FTRACE_WORD		__SIZEOF_POINTER__

/* struct ftrace_slot */
#define FTRACE_SLOT_ENTRY	0
#define FTRACE_SLOT_SET		FTRACE_WORD

/* struct ftrace_set */
#define FTRACE_SET_FUNC		0
#define FTRACE_SET_NESTED	FTRACE_WORD
#define FTRACE_SET_OPS		(2 * FTRACE_WORD)

/* struct ftrace_thread */
#define FTRACE_THREAD_DEPTH	0
#define FTRACE_THREAD_ERRNO	FTRACE_WORD
#define FTRACE_THREAD_TOP	(3 * FTRACE_WORD)
#define FTRACE_THREAD_RUN	(4 * FTRACE_WORD)

/* struct ftrace_run, an array in struct ftrace_thread */
#define FTRACE_RUN_SLOT		0
#define FTRACE_RUN_SP		FTRACE_WORD
#define FTRACE_RUN_OPS		(2 * FTRACE_WORD)
#define FTRACE_RUN_FRAME	(3 * FTRACE_WORD)
#if FTRACE_WORD == 8
#define FTRACE_RUN_SHIFT	5
#else
#define FTRACE_RUN_SHIFT	4
#endif

/* struct ftrace_frame */
#define FTRACE_FRAME_SP		0
#define FTRACE_FRAME_PARENT	FTRACE_WORD
#define FTRACE_FRAME_FUNC	(2 * FTRACE_WORD)
#define FTRACE_FRAME_STOP	(3 * FTRACE_WORD)
#define FTRACE_FRAME_PREV	(6 * FTRACE_WORD)
#define FTRACE_FRAME_BODY	(8 * FTRACE_WORD)
#define FTRACE_FRAME_SITE	(9 * FTRACE_WORD)
#define FTRACE_FRAME_SAVED	(10 * FTRACE_WORD)
#define FTRACE_FRAME_DIRECT	(13 * FTRACE_WORD)

/*
 * DWARF: register @column was saved in the frame that register @frame leads to,
 * at @at: DW_CFA_expression. A call that another one jumped to at its end stands
 * on that one's frame, in saved[0], and is passed by: two such frames on one
 * stack pointer would be taken for one. 17 bytes:
 *	DW_OP_breg frame, 0
 *	again: DW_OP_dup; DW_OP_plus_uconst STOP; DW_OP_deref; DW_OP_bra out
 *	DW_OP_plus_uconst SAVED; DW_OP_deref; DW_OP_skip again
 *	out: DW_OP_plus_uconst at
 */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FTRACE_FRAME_OUT	6, 0
#define FTRACE_FRAME_AGAIN	0xf3, 0xff
#else
#define FTRACE_FRAME_OUT	0, 6
#define FTRACE_FRAME_AGAIN	0xff, 0xf3
#endif
#define FTRACE_CFI_IN_FRAME(column, frame, at)                         \
	.cfi_escape 0x10, column, 17, 0x70 + frame, 0, 0x12,           \
		0x23, FTRACE_FRAME_STOP, 0x06, 0x28, FTRACE_FRAME_OUT, \
		0x23, FTRACE_FRAME_SAVED, 0x06, 0x2f,                  \
		FTRACE_FRAME_AGAIN, 0x23, at

/* The depth of the block that threads without one share. */
#define FTRACE_DEPTH_NONE	(-1)

/* Levels that are told apart; what nests deeper shares the last run. */
#define FTRACE_MAX_DEPTH	16

#endif
