/* As much of a JVM as old_threads.c reads: exported tables of HotSpot's own structures, JNI, JVMTI. */
#ifndef FW_TESTS_FAKE_JVM_H
#define FW_TESTS_FAKE_JVM_H

#include <jvmti.h>

enum { FAKE_THREADS = 3, FAKE_IN_NATIVE = 40, FAKE_IN_JAVA = 80 };

/* The tid of each Java thread: 0 has no OSThread, -1 no JavaThread. */
extern int fake_tids[FAKE_THREADS];
/* What SetThreadLocalStorage was given for each. */
extern const void *fake_storage[FAKE_THREADS];
/* Local references that were not deleted, and memory that was not deallocated. */
extern int fake_references;

/* Names OSThread._thread_id in the tables, or not. */
void fake_jvm_describe(int thread_id);
/* The running thread's, which is none of the FAKE_THREADS. */
JNIEnv *fake_jni(void);
/* Where the JNIEnv of one of those is. */
const void *fake_jni_of(int index);
jvmtiEnv *fake_jvmti(void);
/* The state of the running thread. */
void fake_be_in(int state);
/* The tables behind these, for more functions. */
struct JNINativeInterface_ *fake_jni_functions(void);
struct jvmtiInterface_1_ *fake_jvmti_functions(void);
int fake_index(jthread thread);

#endif
