/* The native methods of org.forkwitness.api.ForkAware. HotSpot looks for native methods in agent libraries as well, by
 * the names of the JNI specification (nativeLookup.cpp): nothing is registered, and without the agent there are none.
 */
#ifndef FW_HOOKS_API_JAVA_H
#define FW_HOOKS_API_JAVA_H

#include <jni.h>

#include "base/sys.h"

/* boolean works(): whether the agent is at work in this process. */
FW_EXPORT JNIEXPORT jboolean JNICALL Java_org_forkwitness_api_ForkAware_works(JNIEnv *env, jclass type);
/* Of the running thread; reason null: forks must fear it again. Whether the agent has taken note. */
FW_EXPORT JNIEXPORT jboolean JNICALL Java_org_forkwitness_api_ForkAware_mark(JNIEnv *env, jclass type, jstring reason);

#endif
