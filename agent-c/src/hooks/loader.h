/* dlsym and dlclose: new code is hooked before anybody gets an address of it, and an address that is asked for by name
 * is the hook's. */
#ifndef FW_HOOKS_LOADER_H
#define FW_HOOKS_LOADER_H

#include "base/sys.h"

FW_HIDDEN extern void *(*fw_original_dlsym)(void *, const char *);
FW_HIDDEN extern int (*fw_original_dlclose)(void *);

/* src/arch: tail-jumps to fw_dlsym, or for RTLD_DEFAULT and RTLD_NEXT to the original, whose answer
 * depends on its caller. */
FW_HIDDEN void *fw_hook_dlsym(void *handle, const char *name);
FW_HIDDEN void *fw_dlsym(void *handle, const char *name);
/* The stub calls it first where something is to be observed; site: its return address. */
FW_HIDDEN void fw_dlsym_called(uintptr_t site);
FW_HIDDEN int fw_hook_dlclose(void *handle);

#endif
