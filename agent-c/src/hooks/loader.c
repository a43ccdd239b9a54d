#include "loader.h"

#include "child/observe.h"
#include "patch/objects.h"
#include "patch/patch.h"

void *(*fw_original_dlsym)(void *, const char *);
int (*fw_original_dlclose)(void *);

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
