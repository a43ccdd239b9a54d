/* What all scenarios do with a child, and the names of JNI functions. */
#ifndef SCENARIO_CHILD_H
#define SCENARIO_CHILD_H

#include <jni.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define NATIVE(type, class, method) JNIEXPORT type JNICALL Java_org_forkwitness_scenarios_##class##_##method

/* Status by which a child says that its exec failed. */
enum { EXEC_FAILED = 127 };

/* Waits for the child's end and returns its pid; -1 where there is none (a failed fork). *status as by waitpid(2), may
 * be NULL. */
pid_t scenario_reap(pid_t pid, int *status);

#endif
