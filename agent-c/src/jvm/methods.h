/* Turns the jmethodIDs of the stack dictionary into METHOD and LINE records, once each. */
#ifndef FW_JVM_METHODS_H
#define FW_JVM_METHODS_H

#include <jvmti.h>
#include <stdbool.h>

#include "base/sys.h"

FW_HIDDEN bool fw_methods_init(void);
/* One thread at a time; in native state, attached. */
FW_HIDDEN void fw_methods_resolve(jvmtiEnv *jvmti, JNIEnv *env);
FW_HIDDEN void fw_methods_forget(void);

#endif
