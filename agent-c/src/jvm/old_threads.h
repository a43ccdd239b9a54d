/* Java threads that are older than the agent: which kernel thread is which Java thread. */
#ifndef FW_JVM_OLD_THREADS_H
#define FW_JVM_OLD_THREADS_H

#include <jvmti.h>

#include "state/threads.h"

/* Threads of HotSpot's own that are older than the agent become threads of the JVM: their start routine was not seen,
 * but HotSpot names them. Kernel names only, so before Java threads get theirs. */
FW_HIDDEN void fw_old_jvm_threads(void);

/* Ties each living Java thread to its slot (JVMTI thread-local storage), which gets its JNIEnv, and calls found with
 * both. On a thread that the JVM knows.
 *
 * JVMTI does not tell a thread's kernel id. HotSpot describes its own structures (vm_structs.h):
 * java.lang.Thread.eetop is the JavaThread, which has an OSThread, which has the id. Where a name is missing there, old
 * Java threads stay native threads with their kernel's name. */
FW_HIDDEN void fw_old_threads(jvmtiEnv *jvmti, JNIEnv *env, void (*found)(jthread thread, struct fw_thread *slot));

/* Where HotSpot keeps the state of a Java thread (JavaThread::_thread_state, in the same tables): bytes from its
 * JNIEnv, and the value of a thread in native code, which alone may call JVMTI. find on a thread that the JVM knows;
 * false where the tables lack it. is_native: for the running thread's own JNIEnv; async-signal-safe. */
struct fw_thread_state_place {
    int64_t from_jni;
    int32_t in_native;
};
FW_HIDDEN bool fw_thread_state_find(jvmtiEnv *jvmti, JNIEnv *env, struct fw_thread_state_place *place);
FW_HIDDEN bool fw_thread_state_is_native(JNIEnv *env, const struct fw_thread_state_place *place);

#endif
