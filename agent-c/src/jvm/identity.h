/* Which JVM it is: what fw_jvm_send sends and fw_jvm_home gives. */
#ifndef FW_JVM_IDENTITY_H
#define FW_JVM_IDENTITY_H

#include <jvmti.h>

#include "base/sys.h"

/* Once, at the start: later calls of JVMTI would need a thread that the JVM knows. */
FW_HIDDEN void fw_identity_read(jvmtiEnv *jvmti);

#endif
