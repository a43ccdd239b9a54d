/* dlopen, dlsym and dlclose: new code is hooked before anybody gets an address of it, and an address that is asked for
 * by name is the hook's. */
#ifndef FW_HOOKS_LOADER_H
#define FW_HOOKS_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

FW_HIDDEN extern void *(*fw_original_dlopen)(const char *, int);
FW_HIDDEN extern void *(*fw_original_dlsym)(void *, const char *);
FW_HIDDEN extern int (*fw_original_dlclose)(void *);

/* src/arch: jumps to fw_dlopen where that may make the call, else to the original. glibc looks at dlopen's caller for
 * two things (elf/dl-open.c, dl_open_worker_begin of 2.31 to 2.39; _dl_map_object of elf/dl-load.c lets go of it after
 * the search, where __RTLD_CALLMAP is set): for a name without '/' its RPATH and RUNPATH count, and for one with '$'
 * its directory may stand for $ORIGIN; and the object comes into its namespace, which is the agent's for all objects
 * that are hooked. musl does not look at the caller. dlmopen stays a stub: what it opens elsewhere is never hooked. */
FW_HIDDEN void *fw_hook_dlopen(const char *name, int mode);
/* For the rest, records the call in a child; site: its return address. */
FW_HIDDEN bool fw_dlopen_is_ours(const char *name, uintptr_t site);
/* The thread is inside of dlopen while it runs constructors, too; what came is hooked before the caller knows of it. */
FW_HIDDEN void *fw_dlopen(const char *name, int mode);

/* src/arch: tail-jumps to fw_dlsym, or for RTLD_DEFAULT and RTLD_NEXT to the original, whose answer
 * depends on its caller. */
FW_HIDDEN void *fw_hook_dlsym(void *handle, const char *name);
FW_HIDDEN void *fw_dlsym(void *handle, const char *name);
/* The stub calls it first where something is to be observed; site: its return address. */
FW_HIDDEN void fw_dlsym_called(uintptr_t site);
FW_HIDDEN int fw_hook_dlclose(void *handle);

#endif
