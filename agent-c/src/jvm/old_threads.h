/* Java threads that are older than the agent: which kernel thread is which Java thread. */
#ifndef FW_JVM_OLD_THREADS_H
#define FW_JVM_OLD_THREADS_H

#include <jvmti.h>

#include "state/threads.h"

/* Threads of HotSpot's own that are older than the agent become threads of the JVM: their start routine was not seen,
 * but HotSpot names them. Kernel names only, so before Java threads get theirs. */
FW_HIDDEN void fw_old_jvm_threads(void);

/* Ties each living Java thread to its slot (JVMTI thread-local storage) and calls found with both.
 *
 * JVMTI does not tell a thread's kernel id. HotSpot describes its own structures in the exported tables
 * gHotSpotVMStructs (src/hotspot/share/runtime/vmStructs.cpp), made for its serviceability agent:
 * java.lang.Thread.eetop is the JavaThread, which has an OSThread, which has the id. Where a name is missing there, old
 * Java threads stay native threads with their kernel's name. */
FW_HIDDEN void fw_old_threads(jvmtiEnv *jvmti, JNIEnv *env, void (*found)(jthread thread, struct fw_thread *slot));

#endif
