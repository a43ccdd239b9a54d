/* The JNI function table that a forked child gets: each call of it is a return into a JVM without its threads. */
#ifndef FW_CHILD_JNI_H
#define FW_CHILD_JNI_H

#include <jni.h>

#include "base/sys.h"
#include "state/functions.h"

enum fw_jni_entry {
#define FW_JNI(name) FW_JNI_##name,
#include "jni.def"
#undef FW_JNI
    FW_JNI_COUNT
};

/* Numbers of the functions in the stream: FW_FN_JNI + index. */
enum { FW_CALLED_END = FW_FN_JNI + FW_JNI_COUNT };

FW_HIDDEN extern const char *const fw_jni_names[];
FW_HIDDEN extern const unsigned fw_jni_count;

/* When the JVM has started: makes the table, in the JVM's process, so that a child need not copy its pages. */
FW_HIDDEN void fw_jni_init(JavaVM *vm, JNIEnv *env);
/* The JVM says no more when a thread leaves it. */
FW_HIDDEN void fw_jni_stop(void);
/* In a forked child: exchanges the forking thread's table, where the JVM knows that thread. Async-signal-safe: GetEnv
 * for a JNI version reads thread-local storage and nothing else (HotSpot jni.cpp, jni_GetEnv). It is asked only where
 * the thread itself does not know: its code lies on pages that a child has not mapped yet, a fault each. */
FW_HIDDEN void fw_jni_exchange(void);

#endif
