#include "stubs.h"

#include "jni.h"
#include "observe.h"

void *fw_stub_call(uint32_t function, uintptr_t site)
{
    fw_child_call(function, site);
    return fw_originals[function];
}

void *fw_stub_jni_call(uint32_t entry, uintptr_t site)
{
    fw_child_call(FW_FN_JNI + entry, site);
    return fw_jni_originals[entry];
}
