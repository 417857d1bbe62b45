/* SPDX-License-Identifier: MIT */
/* The client's interface: ops, filters, and what went wrong. */
#ifndef FTRACE_FTRACE_H
#define FTRACE_FTRACE_H

#include <stddef.h>
#include <stdint.h>

#include <ftrace/direct.h>
#include <ftrace/switch.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ftrace_ops;
struct ftrace_regs;
struct ftrace_ops_hash;

/*
 * A call that fails says why through the log, and nothing has changed but what
 * it says itself. "What patching returns" is, here and in the other headers:
 * -EINVAL, a site holds other bytes than it must; -EFAULT, it cannot be read;
 * -EPERM, it cannot be written, or other cores cannot be made to see it; -ERANGE,
 * no thunk in its reach; -EOVERFLOW, too many clients on it; -EOPNOTSUPP, a graph
 * client on it, in a conservative module; -ENOMEM. A call that takes the
 * registration lock gives -EDEADLK on a thread that is inside another such call:
 * in ops_func, in a walk's function, in a signal handler.
 */

/** notrace - keep a function free of call sites (gcc and clang) */
#ifndef notrace
#define notrace __attribute__((no_instrument_function, \
			       patchable_function_entry(0, 0)))
#endif

/**
 * typedef ftrace_func_t - what runs when a traced function is entered
 * @ip: address of the call instruction at the function's site
 * @parent_ip: where the traced function returns to
 * @op: the ops that was registered
 * @fregs: the registers at the site; see ftrace_regs.h. NULL where
 *	FTRACE_FEATURE_ARGS is missing and nobody on the function asked for
 *	them: by SAVE_ARGS, SAVE_REGS, IPMODIFY or a direct call
 *
 * Context: the thread that called the traced function, before its body, with
 * that function's signal mask; possibly inside a signal handler. errno and
 * every argument register are kept for the caller.
 */
typedef void (*ftrace_func_t)(unsigned long ip, unsigned long parent_ip,
			      struct ftrace_ops *op, struct ftrace_regs *fregs);

/**
 * enum ftrace_ops_cmd - what an ops is told through its ops_func
 * @FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_SELF: asked of a direct client that is
 *	being registered: functions of its filter have an IPMODIFY client. May
 *	they share them?
 * @FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_PEER: asked of a registered direct
 *	client: an IPMODIFY client is about to come to functions of its filter
 * @FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER: told to a registered direct
 *	client that said yes: it has no function with an IPMODIFY client any
 *	more, or what it was asked for failed
 * @FTRACE_OPS_CMD_MODULE_GONE: functions that the filter of this registered
 *	IPMODIFY or DIRECT client names went away with their module, and leave
 *	the filter now. Told once a module, under the registration lock: a call
 *	of the library that takes it gives -EDEADLK. The answer is ignored
 */
enum ftrace_ops_cmd {
	FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_SELF,
	FTRACE_OPS_CMD_ENABLE_SHARE_IPMODIFY_PEER,
	FTRACE_OPS_CMD_DISABLE_SHARE_IPMODIFY_PEER,
	FTRACE_OPS_CMD_MODULE_GONE,
};

/**
 * typedef ftrace_ops_func_t - what an ops is asked, and told
 * @op: the ops
 * @cmd: the question
 *
 * A direct function that goes on where its return address says goes where the
 * IPMODIFY client wants it. One that calls the traced function by an address
 * of its own must be another from then on, or say no. A client is asked when
 * the first of its functions is to be shared, and told when none is any more,
 * however many functions and IPMODIFY clients there are.
 *
 * Context: the thread whose call changes something, under the registration
 *	lock and possibly the loader's, before text is touched.
 *	modify_ftrace_direct_multi_nolock() of @op works, and so does what
 *	takes no lock, such as ftrace_location(). Calls that take the lock give
 *	-EDEADLK. It must not wait for a lock under which any thread calls the
 *	library: try it, and answer -EAGAIN.
 * Return: 0; when asked, anything else refuses: the call that made the
 *	library ask fails with a negative answer, or with -EBUSY. When told it
 *	does not matter.
 * Origin: the kernel's, where a client is asked for each function.
 */
typedef int (*ftrace_ops_func_t)(struct ftrace_ops *op,
				 enum ftrace_ops_cmd cmd);

/*
 * Flags of an ops. The client sets the first group before registering. STUB:
 * a place holder, counted at its functions and never called; func may be NULL.
 * DELETED: it must not be registered (-EINVAL). PERMANENT: neither
 * ftrace_enable() nor ftrace_kill() stops it.
 */
#define FTRACE_OPS_FL_SAVE_REGS			(1UL << 0)
#define FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED	(1UL << 1)
#define FTRACE_OPS_FL_RECURSION_SAFE		(1UL << 2)
#define FTRACE_OPS_FL_IPMODIFY			(1UL << 3)
#define FTRACE_OPS_FL_PERMANENT			(1UL << 4)
#define FTRACE_OPS_FL_PID			(1UL << 5)
#define FTRACE_OPS_FL_DYNAMIC			(1UL << 6)
#define FTRACE_OPS_FL_RCU			(1UL << 7)
#define FTRACE_OPS_FL_TRACE_ARRAY		(1UL << 8)
#define FTRACE_OPS_FL_STUB			(1UL << 9)
/* Arguments in fregs: costs something only without FTRACE_FEATURE_ARGS. */
#define FTRACE_OPS_FL_SAVE_ARGS			(1UL << 10)
#define FTRACE_OPS_FL_DELETED			(1UL << 18)
/*
 * The library sets these: registered; seen by the library; and, while a call
 * is at it, being registered, being unregistered until nobody runs it any
 * more, being given other functions. A call that fails leaves none behind.
 */
#define FTRACE_OPS_FL_ENABLED			(1UL << 16)
#define FTRACE_OPS_FL_INITIALIZED		(1UL << 17)
#define FTRACE_OPS_FL_ADDING			(1UL << 19)
#define FTRACE_OPS_FL_REMOVING			(1UL << 20)
#define FTRACE_OPS_FL_MODIFYING			(1UL << 21)
#define FTRACE_OPS_FL_DIRECT			(1UL << 22)

/**
 * struct ftrace_ops - one client
 * @func: the callback
 * @flags: FTRACE_OPS_FL_*
 * @priv: the client's own; the library never looks at it
 * @ops_func: told of changes that concern an IPMODIFY or DIRECT client; may
 *	be NULL
 * @hash: the filters; the library's. NULL before first use: no filter
 * @direct_call: the library's
 * @reserved: the library's; zero
 *
 * Zero-initialise it, set the first four members, register it. It may live in
 * any memory, and may be freed once unregister_ftrace_function() returned 0
 * and ftrace_free_filter() was called.
 */
struct ftrace_ops {
	ftrace_func_t func;
	unsigned long flags;
	void *priv;
	ftrace_ops_func_t ops_func;
	struct ftrace_ops_hash *hash;
	unsigned long direct_call;
	unsigned long reserved[8];
};

/**
 * register_ftrace_function - call ops->func at every function of its filter
 * @ops: the client; without a filter of its own it goes by the global one,
 *	and an empty one means all functions
 *
 * All sites are verified before the first is written, and the callback may
 * run on any thread before this returns. Nothing changes when it fails.
 *
 * Context: any thread, a constructor, the child of a fork; in a callback
 *	too. Takes the registration lock. Not in a signal handler: one that
 *	interrupts a call of the library gets -EDEADLK, and others may hang
 *	what they interrupt.
 * While ftrace_enable() has switched off it is counted and called from
 * switching on again; if it is PERMANENT, at once.
 *
 * Return: 0; -EINVAL for NULL, no func, unknown flags, DELETED, SAVE_REGS where the
 *	target has no ftrace_regs_caller, IPMODIFY without a filter or with a
 *	notrace filter; -EBUSY registered already, or not known to have stopped
 *	since, or PERMANENT while switched off and the policy is strict, or
 *	IPMODIFY where one is already or a direct call has no ops_func; what
 *	such an ops_func says; -ENODEV after ftrace_kill(); -EDEADLK; and what
 *	patching returns.
 * Origin: the kernel's call of the same name.
 */
int register_ftrace_function(struct ftrace_ops *ops);

/**
 * unregister_ftrace_function - stop a client and wait until it has stopped
 * @ops: a registered client
 *
 * When it returns 0 the callback does not run on any thread and never will.
 * A callback that is asleep in another client does not delay it.
 *
 * Context: any thread, a constructor, the child of a fork. Waits without a
 *	lock. In a callback it unlinks, does not wait and returns
 *	-EINPROGRESS; ftrace_synchronize() outside finishes the job.
 * Return: 0; -EINVAL for NULL, or a direct call, which
 *	unregister_ftrace_direct_multi() takes away; -EBUSY not registered;
 *	-EINPROGRESS; -ETIMEDOUT, as the next call has it, the host's barrier
 *	failed and nobody can tell whether the callback runs; -EDEADLK; and what
 *	patching returns. But for -EINPROGRESS and -ETIMEDOUT an error means that
 *	nothing changed: the client is still registered, and the same call may
 *	succeed later. After ftrace_kill() no site is touched, and it succeeds,
 *	for a PERMANENT client too.
 * Origin: the kernel's call of the same name, which kills ftrace instead.
 */
int unregister_ftrace_function(struct ftrace_ops *ops);

/**
 * unregister_ftrace_function_timeout - the same, but wait no longer than that
 * @ops: a registered client, or one that such a call gave up waiting for
 * @ms: milliseconds; 0 looks once
 *
 * Context: as unregister_ftrace_function().
 * Return: as unregister_ftrace_function(); -ETIMEDOUT the callback is still
 *	running somewhere, or may be. The client is unlinked then, nobody enters it any
 *	more, and its memory must stay. Either call may be made again, which
 *	waits again and returns 0 once the callback has stopped.
 * Origin: our own.
 */
int unregister_ftrace_function_timeout(struct ftrace_ops *ops, unsigned int ms);

/**
 * unregister_ftrace_function_async - stop a client and be told when it stopped
 * @ops: a registered client, or one that a _timeout call gave up waiting for
 * @released: called once, when the callback runs nowhere and never will; it
 *	may free the ops and its filter
 *
 * Unlinks and returns at once. The library has no thread of its own:
 * @released is called by the next register_ftrace_function(), other
 * unregister call or ftrace_synchronize(), by any thread and outside
 * callbacks, that finds the client stopped; never by this call. It may use
 * the library, but ftrace_synchronize() there gives -EDEADLK. Until then the
 * ops, and the code of @released, must stay.
 *
 * Context: as unregister_ftrace_function(), and in a callback.
 * Return: 0; -EINVAL also for no @released; else as
 *	unregister_ftrace_function(), and then @released is not called.
 * Origin: our own.
 */
int unregister_ftrace_function_async(struct ftrace_ops *ops,
				     void (*released)(struct ftrace_ops *ops));

/**
 * ftrace_synchronize - wait until every client unlinked so far has stopped
 *
 * Whichever call unlinked it; released functions have returned too.
 *
 * Context: any thread, not in a callback or a released function (-EDEADLK).
 * Return: 0; -EDEADLK; -ETIMEDOUT the host's barrier failed. Origin: our own.
 */
int ftrace_synchronize(void);

/**
 * ftrace_set_filter_tid - add one thread to, or take it from, the chosen ones
 * @ops: a client with FTRACE_OPS_FL_PID in its flags, registered or not
 * @tid: the thread, by the number that the host has for it: gettid() on Linux
 * @remove: nonzero to take it away
 * @reset: nonzero to take all away first; @tid may then be 0
 *
 * The client is called on these threads only; without any on none, so that it
 * disturbs nobody while its threads are being picked, or when the last of them
 * was taken away. Numbers are not watched: a new thread that gets the one of a
 * thread that ended is chosen too, and the child of a fork has another one.
 * ftrace_free_filter() forgets them.
 *
 * Context: as register_ftrace_function(). A call that a chosen thread made
 *	before may still be on its way to the callback when this returns.
 * Return: 0, also when it was there already; -EINVAL for NULL, an ops without
 *	the flag, thread 0; -ENOENT removing what is not there; -ENOMEM;
 *	-ENODEV after ftrace_kill(); -EDEADLK.
 * Origin: the kernel's set_ftrace_pid, where no thread means all of them.
 */
int ftrace_set_filter_tid(struct ftrace_ops *ops, unsigned long tid, int remove,
			  int reset);

/**
 * ftrace_set_filter_ip - add one function to, or take it from, a filter
 * @ops: the client
 * @ip: any address that ftrace_location() accepts; with @reset also 0, which
 *	adds nothing
 * @remove: nonzero to take it away
 * @reset: nonzero to empty the filter first
 *
 * If @ops is registered the text follows before the call returns.
 *
 * Context: as register_ftrace_function().
 * Return: 0, also when it was there already; -EINVAL for NULL or an address
 *	without a site; -ENOENT removing what is not there; -EBUSY a
 *	registered direct client; -ENOMEM; -ENODEV after ftrace_kill();
 *	-EINVAL a registered IPMODIFY client would be left without a filter or
 *	get a notrace filter; -EBUSY it would meet another one, or a direct call
 *	that does not share, or what its ops_func says; -EDEADLK; and what
 *	patching returns. The old filter is in force then.
 * Origin: the kernel's call of the same name.
 */
int ftrace_set_filter_ip(struct ftrace_ops *ops, unsigned long ip, int remove,
			 int reset);

/**
 * ftrace_set_filter_ips - the same for many functions, in one batch
 * @ops: the client
 * @ips: their addresses
 * @cnt: how many; may be 0
 * @remove: nonzero to take them away
 * @reset: nonzero to empty the filter first
 *
 * Context: as register_ftrace_function().
 * Return: as ftrace_set_filter_ip(), for the first that fails: all or none;
 *	-EINVAL also for @ips that is NULL.
 * Origin: the kernel's call of the same name.
 */
int ftrace_set_filter_ips(struct ftrace_ops *ops, const unsigned long *ips,
			  unsigned int cnt, int remove, int reset);

/**
 * ftrace_set_filter - add the functions that a pattern names to a filter
 * @ops: the client
 * @buf: the pattern
 * @len: bytes in @buf, no terminator needed; may be 0 with @reset
 * @reset: nonzero to empty the filter first
 *
 * A name, abc*, *abc, *abc*, or any glob of * ? [set] [!set] and \. Any alias
 * matches, and equal static names all do. "!pattern" takes away. A number is
 * that record, as ftrace_for_each_site() counts, from 1. "pattern:mod:object"
 * and ":mod:object" mean the functions of a loaded object, by its path or the
 * last part of it, and are kept for objects that are not loaded yet; until
 * then such a filter matches nothing.
 *
 * Context: as register_ftrace_function(); reads the symbol table of each
 *	module the first time.
 * Return: as ftrace_set_filter_ip(); -EINVAL when no function matches, without
 *	@buf, for a negative @len, a class without an end, a backslash at the
 *	end, a zero byte, and record number 0.
 * Origin: the kernel's call of the same name.
 */
int ftrace_set_filter(struct ftrace_ops *ops, const char *buf, int len,
		      int reset);

/** ftrace_set_notrace - the same for the functions to leave out */
int ftrace_set_notrace(struct ftrace_ops *ops, const char *buf, int len,
		       int reset);

/**
 * ftrace_set_global_filter - filter the clients that have no filter of their own
 * @buf: the pattern, as for ftrace_set_filter()
 * @len: bytes in @buf
 * @reset: nonzero to empty the global filter first
 *
 * A client without an entry in its filter and its notrace filter goes by the
 * global ones. When they change, the text of all such clients that are
 * registered follows before the call returns, at once or not at all. An
 * IPMODIFY client needs a filter of its own, and a client whose filter became
 * empty because an object went away still has one.
 *
 * Context: as register_ftrace_function().
 * Return: as ftrace_set_filter(), but for -EBUSY.
 * Origin: the kernel's call of the same name, which tells no error.
 */
int ftrace_set_global_filter(const char *buf, int len, int reset);

/** ftrace_set_global_notrace - the same for the functions to leave out */
int ftrace_set_global_notrace(const char *buf, int len, int reset);

/**
 * ftrace_free_filter - give back the memory of an ops' filters
 * @ops: a client that is not registered; NULL is ignored
 *
 * Of functions and of threads. One that is registered, or not known to have
 * stopped, keeps them, and a line of the log says so.
 *
 * Context: as register_ftrace_function().
 * Origin: the kernel's call of the same name.
 */
void ftrace_free_filter(struct ftrace_ops *ops);

/**
 * ftrace_location - the site of a function
 * @ip: the address of a site, or of a function's start (a function pointer's
 *	code address, the global or the local entry)
 *
 * Context: any, a callback and a signal handler too. Takes no lock.
 * Return: the site's address, 0 if there is none.
 * Origin: the kernel's call of the same name.
 */
unsigned long ftrace_location(unsigned long ip);

/**
 * ftrace_location_range - a site in a range of addresses
 * @start: the first
 * @end: the last; the range holds it
 *
 * A site is in the range if one of the bytes of its call is.
 *
 * Context: as ftrace_location().
 * Return: the address of the first such site, 0 if there is none.
 * Origin: the kernel's call of the same name.
 */
unsigned long ftrace_location_range(unsigned long start, unsigned long end);

/**
 * ftrace_text_reserved - does the library own some of these bytes?
 * @start: the first
 * @end: the last
 *
 * For whoever puts breakpoints or other patches into text. A site's bytes are
 * those of its call and those before it that the target changes with it or
 * relies on; see arch/<arch>/README.md.
 *
 * Context: as ftrace_location().
 * Return: nonzero if it does, or if this thread cannot look because there is
 *	no memory for its block.
 * Origin: the kernel's call of the same name.
 */
int ftrace_text_reserved(const void *start, const void *end);

/**
 * ftrace_lookup_symbols - the addresses of many functions
 * @sorted_syms: their names, in the order of strcmp() and each once
 * @cnt: how many
 * @addrs: filled in, an address for each name: the start of the function,
 *	as ftrace_set_filter_ips() and ftrace_location() take it; 0 for a name
 *	that no function with a site has
 *
 * One pass over all symbols. Of several functions with one name it is the
 * one at the lowest address.
 *
 * Context: as ftrace_set_filter().
 * Return: 0; -ESRCH a name was not found, the others are filled in; -EINVAL
 *	for NULL, in the list too, or names out of order; -ENOMEM; -EDEADLK.
 * Origin: the kernel's call of the same name.
 */
int ftrace_lookup_symbols(const char **sorted_syms, size_t cnt,
			  unsigned long *addrs);

/**
 * ftrace_code - the code address behind a function pointer
 * @fn: a function pointer, cast; a descriptor on ELFv1
 *
 * Context: any. Return: the address. Origin: our own.
 */
unsigned long ftrace_code(const void *fn);

/* What a target can do. */
#define FTRACE_FEATURE_ARGS	(1UL << 0)	/* without SAVE_ARGS, too */
#define FTRACE_FEATURE_REGS	(1UL << 1)	/* SAVE_REGS, ftrace_get_regs() */
#define FTRACE_FEATURE_DIRECT	(1UL << 2)	/* direct calls, shared too */
#define FTRACE_FEATURE_GRAPH	(1UL << 3)	/* register_ftrace_graph() */

/**
 * ftrace_arch_features - what this build can do
 *
 * Context: any. Return: FTRACE_FEATURE_*. Origin: our own.
 */
unsigned long ftrace_arch_features(void);

/**
 * struct ftrace_stats - figures, as they are now
 * @sites: records
 * @disabled: of these, records that cannot be traced
 * @skipped: table entries that were no site (zero, foreign, not a nop)
 * @modules: loaded objects with sites
 * @thunks: thunks in use
 * @sets: sets in use
 * @bytes: memory of the library, thunk pages included
 * @enabled: sites that are calls now
 * @dropped: calls not delivered because the ops was running on that thread
 * @unattached: calls not delivered because a thread got no block
 * @windows: text windows opened
 * @syncs: barriers that made all cores see new code
 * @converted: sites whose compiler-made nop or call became the target's nop
 * @undiscovered: calls that ftrace_discover() had no room for
 * @update_ns: nanoseconds that the last change of who is called where took
 * @overruns: calls whose return no graph client could be told of
 */
struct ftrace_stats {
	unsigned long sites, disabled, skipped, modules, thunks, sets, bytes;
	unsigned long enabled, dropped, unattached, windows, syncs;
	unsigned long converted, undiscovered;
	unsigned long long update_ns;
	unsigned long overruns;
	unsigned long reserved[6];
};

/**
 * ftrace_get_stats - fill in @st
 *
 * Context: any; takes the registration lock. In a signal handler too, but for
 *	one that interrupts a call of the library (-EDEADLK).
 * Return: 0; -EINVAL for NULL; -EDEADLK; -ENOMEM. Origin: our own.
 */
int ftrace_get_stats(struct ftrace_stats *st);

/**
 * struct ftrace_site_info - one record, for listings
 * @ip: the site
 * @name: the function, "" if there is no symbol; lives as long as the module
 * @module: path of the module
 * @count: clients, those included that ftrace_enable() keeps from being called
 * @flags: FTRACE_SITE_*
 * @target: where the site's call goes, 0 if it is a nop
 */
struct ftrace_site_info {
	unsigned long ip;
	const char *name;
	const char *module;
	unsigned long count;
	unsigned long flags;
	unsigned long target;
};

#define FTRACE_SITE_ENABLED	(1UL << 0)
#define FTRACE_SITE_DISABLED	(1UL << 1)
#define FTRACE_SITE_REGS	(1UL << 2)
#define FTRACE_SITE_DIRECT	(1UL << 3)
#define FTRACE_SITE_IPMODIFY	(1UL << 4)
#define FTRACE_SITE_PERMANENT	(1UL << 5)
#define FTRACE_SITE_CALL_OPS	(1UL << 6)
#define FTRACE_SITE_TOUCHED	(1UL << 7) /* has been enabled, once at least */
#define FTRACE_SITE_MODIFIED	(1UL << 8)

/**
 * ftrace_for_each_site - visit every record in address order
 * @fn: called with the registration lock held; nonzero stops the walk
 * @arg: handed to @fn
 *
 * Context: as register_ftrace_function().
 * Return: what @fn returned last; -EINVAL without @fn; -EDEADLK; -ENOMEM.
 * Origin: our own.
 */
int ftrace_for_each_site(int (*fn)(const struct ftrace_site_info *site,
				   void *arg),
			 void *arg);

/** enum ftrace_list - the kernel's listings, by the names of its files */
enum ftrace_list {
	FTRACE_LIST_AVAILABLE,	/* available_filter_functions: all sites */
	FTRACE_LIST_ENABLED,	/* enabled_functions: those that are calls */
	FTRACE_LIST_TOUCHED,	/* touched_functions: that ever were calls */
};

/**
 * struct ftrace_iter - a place in a listing
 * @list: which
 * @at: addresses from here on are still to come; 0 to begin
 *
 * Zero-initialise it and set @list. Between two steps it holds no lock and
 * needs no memory: give it up at any time, or begin again with @at = 0.
 */
struct ftrace_iter {
	enum ftrace_list list;
	unsigned long at;
	unsigned long reserved[2];
};

/**
 * ftrace_iter_next - the next record of a listing, in address order
 * @it: the place, moved on
 * @site: filled in; its strings live as long as its module
 *
 * Context: as register_ftrace_function(); the lock is not held afterwards.
 * Return: 1; 0 behind the last; -EINVAL for NULL, or no such list; -EDEADLK;
 *	-ENOMEM.
 * Origin: what the kernel's files list.
 */
int ftrace_iter_next(struct ftrace_iter *it, struct ftrace_site_info *site);

/**
 * ftrace_iter_line - the same as text, in the kernel's format
 * @it: the place, moved on
 * @buf: where the text goes, always terminated, without a newline at its end
 * @len: size of @buf
 *
 * "name", and for functions of other objects than the executable
 * "name [object]". In the last two lists then "(count)" and a column each for
 * R I D O M P; for each client, in the order of their calls, a tab and
 * "tramp: code (callback)"; and for a direct call a second line, a tab and
 * "direct-->function". Code is "name+offset/size [object]", or an address
 * where no object with sites has a name for it.
 *
 * Context: as ftrace_iter_next().
 * Return: length of the text as snprintf(); 0 behind the last record; -EINVAL
 *	for NULL, a @len of 0, or no such list; -EDEADLK; -ENOMEM.
 * Origin: the lines of the kernel's files.
 */
int ftrace_iter_line(struct ftrace_iter *it, char *buf, size_t len);

/**
 * ftrace_explain - say in words why a function can or cannot be traced
 * @name: a function's name, or NULL to go by @ip
 * @ip: an address, if @name is NULL
 * @buf: where the text goes, always terminated
 * @len: size of @buf
 *
 * Context: any thread, in a callback too; not in a signal handler.
 * Return: length of the text as snprintf(); -EINVAL without @buf, or a @len of
 *	0; -EDEADLK; -ENOMEM.
 * Origin: our own.
 */
int ftrace_explain(const char *name, unsigned long ip, char *buf, size_t len);

#ifdef __cplusplus
}
#endif
#endif
