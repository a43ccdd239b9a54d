/* The Java part of the running thread's stack. */
#ifndef FW_STACK_JAVA_H
#define FW_STACK_JAVA_H

#include <jvmti.h>
#include <stdbool.h>

#include "dictionary.h"

/* Java stacks can be taken from now on, or (NULL) no longer. get_call_trace is libjvm's AsyncGetCallTrace, NULL where
 * the JVM has none. */
FW_HIDDEN void fw_java_stack_init(JavaVM *vm, jvmtiEnv *jvmti, void *get_call_trace);
FW_HIDDEN void fw_java_stack_stop(void);

/* Up to FW_JAVA_DEPTH frames, innermost first; 0 for a thread that the JVM does not know, or whose stack cannot be
 * walked now. Calls AsyncGetCallTrace in place: no allocation, no lock, also while the thread is in VM state.
 *
 * context: room for a ucontext_t, too large for the stack of a small native thread.
 *
 * It refuses while a garbage collection stops the world (forte.cpp, ticks_GC_active): the walk is tried again for at
 * most 20 ms, or 200 ms where may_block is true. In a child it is not tried again: a collection that was under way at
 * the fork never ends there. Without AsyncGetCallTrace, JVMTI GetStackTrace is asked where may_block is true. */
FW_HIDDEN uint32_t fw_java_stack(struct fw_java_frame *frames, void *context, bool may_block);

/* The frames of the thread that owns this JNIEnv, as above, in a child in which that thread stands still and libjvm
 * takes it for the running one (child/java_holder.h): 0 where it was running Java code, as its registers are not known.
 * Asks once. */
FW_HIDDEN uint32_t fw_java_stack_of(JNIEnv *env, struct fw_java_frame *frames);

#endif
