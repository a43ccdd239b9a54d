/* The Python part of a thread's stack, where a CPython is in the process: in a program that has it linked in, or in
 * libpython, whenever that is loaded.
 *
 * By CPython's own _Py_DumpTraceback, which faulthandler calls in a handler of SIGSEGV: it takes no lock of the
 * interpreter's, allocates nothing and calls write(2) alone (Python/traceback.c). It is exported by 3.8, 3.11 and 3.12.
 * The text goes into a file of the agent's in memory (memfd_create(2)), of which each process has its own. Where it is
 * not exported, python_layout.h reads some versions; in others, stacks have no Python frames and a LOG record says so.
 *
 * Async-signal-safe but for what is said otherwise. */
#ifndef FW_STACK_PYTHON_H
#define FW_STACK_PYTHON_H

#include "patch/image.h"
#include "state/threads.h"

enum { FW_PYTHON_DEPTH = 64 };

FW_HIDDEN bool fw_python_init(void);

/* An object was loaded: takes the CPython that it may be, for good (its code stays in memory from then on). path: its
 * own, NULL for the program. One thread at a time; takes the loader's lock; not for the child. */
FW_HIDDEN void fw_python_note(const struct fw_image *image, const char *path);

/* True where there is one whose frames can be read. */
FW_HIDDEN bool fw_python_is_found(void);

/* Numbers of PYTHON_FRAMEs for up to FW_PYTHON_DEPTH frames of the running thread, innermost first; 0 where it is not
 * known to CPython, or another thread's stack is being read for longer than the caller can wait (2 ms). New ones are
 * sent: buffer has FW_FRAME_MAX bytes. Not in vfork's child, and in a forked one for its first 1,000 stacks. */
FW_HIDDEN uint32_t fw_python_stack(uint32_t *ids, uint8_t *buffer);

/* The same for a thread that vanished, in a forked child that has not changed anything of CPython's yet (its child
 * handlers forget those threads). 0 for a thread that was running Python code at the fork: what it has on its stack may
 * be in the middle of a change. */
FW_HIDDEN uint32_t fw_python_stack_of(const struct fw_thread *thread, uint32_t *ids, uint8_t *buffer);

/* In the child: no other thread reads a stack. */
FW_HIDDEN void fw_python_reset(void);

#endif
