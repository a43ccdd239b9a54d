/* The Java frames of a thread that has vanished. In the child it stands still for good, and AsyncGetCallTrace can walk
 * its stack as if it were the running thread: that is the one of which the C library's thread-specific data says so
 * (HotSpot, thread.hpp, Thread::current_or_null_safe), which is changed for the time of the call. */
#ifndef FW_CHILD_JAVA_HOLDER_H
#define FW_CHILD_JAVA_HOLDER_H

#include <jvmti.h>

#include "base/sys.h"
#include "state/threads.h"
#include "stream/stream.h"

/* When the JVM has started, on a thread that it knows. */
FW_HIDDEN void fw_java_holder_init(jvmtiEnv *jvmti, JNIEnv *env);
/* In a child that is not a child's child: adds FRAMES where the thread is a Java thread whose stack can be walked: one
 * that was in native code, in the JVM or waiting. Async-signal-safe; for one thread of the child at a time. */
FW_HIDDEN void fw_java_holder_frames(const struct fw_thread *thread, struct fw_frame *frame);

#endif
