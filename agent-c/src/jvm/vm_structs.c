#include "vm_structs.h"

#include <dlfcn.h>
#include <string.h>

static bool number(void *libjvm, const char *name, uint64_t *value)
{
    const uint64_t *at = dlsym(libjvm, name);
    if (at) {
        *value = *at;
    }
    return at != NULL;
}

static const char *table(void *libjvm, const char *name)
{
    const char *const *at = dlsym(libjvm, name);
    return at ? *at : NULL;
}

bool fw_vm_structs_open(JNIEnv *env, struct fw_vm_structs *structs)
{
    Dl_info info;
    void *libjvm =
        dladdr((const void *)(*env)->GetVersion, &info) ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    structs->libjvm = libjvm;
    structs->structs = libjvm ? table(libjvm, "gHotSpotVMStructs") : NULL;
    return structs->structs && number(libjvm, "gHotSpotVMStructEntryArrayStride", &structs->stride) &&
           number(libjvm, "gHotSpotVMStructEntryTypeNameOffset", &structs->type_name) &&
           number(libjvm, "gHotSpotVMStructEntryFieldNameOffset", &structs->field_name) &&
           number(libjvm, "gHotSpotVMStructEntryOffsetOffset", &structs->offset);
}

void fw_vm_structs_close(struct fw_vm_structs *structs)
{
    if (structs->libjvm) {
        dlclose(structs->libjvm);
        structs->libjvm = NULL;
    }
}

int64_t fw_vm_structs_offset(const struct fw_vm_structs *structs, const char *type, const char *field)
{
    for (const char *entry = structs->structs;; entry += structs->stride) {
        const char *type_name = *(const char *const *)(entry + structs->type_name);
        const char *field_name = *(const char *const *)(entry + structs->field_name);
        if (!type_name) {
            return -1;
        }
        if (field_name && strcmp(field_name, field) == 0 && (!type || strcmp(type_name, type) == 0)) {
            return *(const int64_t *)(entry + structs->offset);
        }
    }
}

bool fw_vm_structs_constant(const struct fw_vm_structs *structs, const char *name, int32_t *value)
{
    uint64_t stride;
    uint64_t name_at;
    uint64_t value_at;
    const char *entry = table(structs->libjvm, "gHotSpotVMIntConstants");
    if (!entry || !number(structs->libjvm, "gHotSpotVMIntConstantEntryArrayStride", &stride) ||
        !number(structs->libjvm, "gHotSpotVMIntConstantEntryNameOffset", &name_at) ||
        !number(structs->libjvm, "gHotSpotVMIntConstantEntryValueOffset", &value_at)) {
        return false;
    }
    for (;; entry += stride) {
        const char *entry_name = *(const char *const *)(entry + name_at);
        if (!entry_name) {
            return false;
        }
        if (strcmp(entry_name, name) == 0) {
            *value = *(const int32_t *)(entry + value_at);
            return true;
        }
    }
}
