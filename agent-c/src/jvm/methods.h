/* Turns the jmethodIDs of the stack dictionary into METHOD and LINE records, once each. */
#ifndef FW_JVM_METHODS_H
#define FW_JVM_METHODS_H

#include <jvmti.h>
#include <stdbool.h>

#include "stack/dictionary.h"

FW_HIDDEN bool fw_methods_init(void);
/* One thread at a time; in native state, attached. last: nobody will ask again, so that nothing may wait for its turn.
 */
FW_HIDDEN void fw_methods_resolve(jvmtiEnv *jvmti, JNIEnv *env, bool last);
/* One method and line; as above. */
FW_HIDDEN void fw_methods_resolve_one(jvmtiEnv *jvmti, JNIEnv *env, const struct fw_java_frame *frame);
FW_HIDDEN void fw_methods_forget(void);

#endif
