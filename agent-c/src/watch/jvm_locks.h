/* HotSpot's own locks by name: its Mutexes and Monitors stand in pointer variables (runtime/mutexLocker.cpp), which the
 * symbol table of libjvm names. */
#ifndef FW_WATCH_JVM_LOCKS_H
#define FW_WATCH_JVM_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

/* The name of the JVM's lock that has this address inside, or of the monitor whose condition it is: "Threads_lock".
 * False where it is none, where libjvm has no such symbols, or where the file is not the one that is loaded. Reads the
 * file each time (a few ms); allocates nothing, takes no lock. Agent thread. */
FW_HIDDEN bool fw_jvm_lock_name(uintptr_t address, char *name, size_t size);

/* The same for the library with this path and bias (run-time address minus ELF address). */
FW_HIDDEN bool fw_jvm_lock_name_in(const char *path, uintptr_t bias, uintptr_t address, char *name, size_t size);

#endif
