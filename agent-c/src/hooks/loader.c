#include "loader.h"

#include <string.h>

#include "child/observe.h"
#include "patch/objects.h"
#include "patch/patch.h"
#include "region.h"

void *(*fw_original_dlopen)(const char *, int);
void *(*fw_original_dlsym)(void *, const char *);
int (*fw_original_dlclose)(void *);

bool fw_dlopen_is_ours(const char *name, uintptr_t site)
{
    bool ours = !name || (strchr(name, '/') && !strchr(name, '$'));
    if (!ours && !fw_is_calm()) {
        fw_child_call(FW_FN_dlopen, site);
    }
    return ours;
}

void *fw_dlopen(const char *name, int mode)
{
    void *handle;
    {
        FW_INSIDE(dlopen);
        handle = fw_original_dlopen(name, mode);
    }
    /* A failure has to stay the last one for dlerror, which the scan's own calls would forget. */
    if (handle) {
        fw_objects_scan(false);
    }
    return handle;
}

void fw_dlsym_called(uintptr_t site)
{
    fw_child_call(FW_FN_dlsym, site);
}

void *fw_dlsym(void *handle, const char *name)
{
    fw_objects_scan(false);
    void *address = fw_original_dlsym(handle, name);
    void *hook = address ? fw_patch_replacement(name, address) : NULL;
    return hook ? hook : address;
}

int fw_hook_dlclose(void *handle)
{
    FW_CHILD_CALL(dlclose);
    int result = fw_original_dlclose(handle);
    if (result == 0) {
        fw_objects_scan(false);
    }
    return result;
}
