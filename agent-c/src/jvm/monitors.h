/* Which Java threads own which monitors when a fork is about to happen (java-locks=on): MONITOR records.
 *
 * A picture taken thread by thread, just before the fork: a monitor that is in it was owned then, and may have been
 * given back since. Platform threads only: what a virtual thread owns is not among the monitors of the thread that
 * carries it (JVMTI, GetOwnedMonitorStackDepthInfo and GetAllThreads, since JDK 21). */
#ifndef FW_JVM_MONITORS_H
#define FW_JVM_MONITORS_H

#include <jvmti.h>
#include <stdbool.h>
#include <stdint.h>

#include "stream/stream.h"

/* java-locks=on, before fw_jvm_init: the capabilities cost the JVM some optimisations of locks. */
FW_HIDDEN void fw_monitors_want(void);

/* Takes the capabilities, where they are wanted; a LOG record says where the JVM refuses, as HotSpot does an agent that
 * comes by attach. */
FW_HIDDEN void fw_monitors_init(JavaVM *vm, jvmtiEnv *jvmti);

/* The JVM is live: learns how to tell a thread's state. On a thread that the JVM knows. */
FW_HIDDEN void fw_monitors_live(jvmtiEnv *jvmti, JNIEnv *env);

/* For a hook that the running thread called to fork and that holds nothing yet; not for a fork handler. Sends the
 * monitors for those calls whose child goes on in a copy of the JVM's memory. Does nothing in a child, and nothing
 * where the running thread is not a Java thread in native code: in any other state no JVMTI may be called (code of the
 * JVM's own, critical natives of the FFM API). HotSpot's own word for the thread's state says which it is.
 *
 * Stops after 1,000 monitors or 200 ms, with a LOG record; a thread that takes its time to come to a safepoint is
 * waited for. Keeps errno. */
FW_HIDDEN void fw_monitors_send(uint32_t fork, enum fw_call call);
/* Another time than 200 ms. */
FW_HIDDEN void fw_monitors_set_patience(unsigned milliseconds);

#endif
