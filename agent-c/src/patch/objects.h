/* The loaded objects: each one is reported as a MODULE and patched, those that go are reported too.
 *
 * Libraries that come later are found by whoever can run code of theirs first: the hook of dlopen, where it may stand
 * between dlopen and its caller (hooks/loader.h); the dlsym hook, before it hands out an address; and the agent thread
 * once a second, for those that came otherwise. */
#ifndef FW_PATCH_OBJECTS_H
#define FW_PATCH_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

FW_HIDDEN bool fw_objects_init(void);

/* Looks for objects that came or went and deals with them. Cheap where nothing changed. Does nothing in a child, where
 * another thread is at it, or where a fork is under way and may_wait is false; the next call catches up. Keeps errno;
 * not async-signal-safe. */
FW_HIDDEN void fw_objects_scan(bool may_wait);

/* Counts the scans that found objects which came or went. */
FW_HIDDEN uint32_t fw_objects_changes(void);

/* Sends the MODULE records of all objects again, for a new reader of the stream. */
FW_HIDDEN void fw_objects_send_all(void);

/* The path and the bias (run-time address minus ELF address) of libjvm; false where none is loaded yet. */
FW_HIDDEN bool fw_objects_libjvm(const char **path, uintptr_t *bias);

/* True if address lies in libjvm. Async-signal-safe. */
FW_HIDDEN bool fw_objects_is_libjvm(const void *address);

#endif
