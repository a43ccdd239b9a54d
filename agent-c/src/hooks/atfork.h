/* The registration of fork handlers by libraries. */
#ifndef FW_HOOKS_ATFORK_H
#define FW_HOOKS_ATFORK_H

#include "base/sys.h"

typedef void (*fw_fork_handler)(void);
/* glibc: what pthread_atfork, linked statically into each library, calls (nptl/pthread_atfork.c). */
FW_HIDDEN extern int (*fw_original_register_atfork)(fw_fork_handler, fw_fork_handler, fw_fork_handler, void *);
FW_HIDDEN extern int (*fw_original_pthread_atfork)(fw_fork_handler, fw_fork_handler, fw_fork_handler);

FW_HIDDEN int fw_hook_register_atfork(fw_fork_handler prepare, fw_fork_handler parent, fw_fork_handler child,
                                      void *dso);
FW_HIDDEN int fw_hook_pthread_atfork(fw_fork_handler prepare, fw_fork_handler parent, fw_fork_handler child);

#endif
