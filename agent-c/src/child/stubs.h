/* The hooks of functions that matter only in a child, in src/arch: each compares one word and jumps to the original,
 * with registers and stack as they came, so that any signature will do and the original sees its own caller. */
#ifndef FW_CHILD_STUBS_H
#define FW_CHILD_STUBS_H

#include <stdint.h>

#include "base/sys.h"
#include "state/functions.h"

/* The stub of function n begins at fw_stubs + n * FW_STUB_BYTES; that of entry n of the JNI table likewise. */
FW_HIDDEN extern const char fw_stubs[];
FW_HIDDEN extern const char fw_jni_stubs[];
FW_HIDDEN extern void *fw_jni_originals[];

/* Called by the stubs in a child: returns what to jump to. site: the caller's return address. */
FW_HIDDEN void *fw_stub_call(uint32_t function, uintptr_t site);
FW_HIDDEN void *fw_stub_jni_call(uint32_t entry, uintptr_t site);

#endif
