/* HotSpot's description of its own structures: exported tables gHotSpotVMStructs and gHotSpotVMIntConstants
 * (src/hotspot/share/runtime/vmStructs.cpp), made for its serviceability agent. Not async-signal-safe. */
#ifndef FW_JVM_VM_STRUCTS_H
#define FW_JVM_VM_STRUCTS_H

#include <jni.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

struct fw_vm_structs {
    void *libjvm;
    const char *structs;
    uint64_t stride;
    uint64_t type_name;
    uint64_t field_name;
    uint64_t offset;
};

/* Finds the tables of the JVM that env belongs to; false where it has none. Close it in any case. */
FW_HIDDEN bool fw_vm_structs_open(JNIEnv *env, struct fw_vm_structs *structs);
FW_HIDDEN void fw_vm_structs_close(struct fw_vm_structs *structs);

/* Offset of a field in bytes, -1 where the table does not have it. type NULL is any type. */
FW_HIDDEN int64_t fw_vm_structs_offset(const struct fw_vm_structs *structs, const char *type, const char *field);

/* The value of an enumeration's constant; false where the table does not have it. */
FW_HIDDEN bool fw_vm_structs_constant(const struct fw_vm_structs *structs, const char *name, int32_t *value);

#endif
