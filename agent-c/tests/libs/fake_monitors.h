/* What jvm.c and monitors.c ask of a JVM, beside what fake_jvm.h has. */
#ifndef FW_TESTS_FAKE_MONITORS_H
#define FW_TESTS_FAKE_MONITORS_H

#include <stdbool.h>

#include "fake_jvm.h"

enum { FAKE_OWNED_MAX = 1200, FAKE_HASH = 0x1000, FAKE_METHOD = 0x4000 };

/* Monitor and depth of what each thread owns. The monitor's hash is FAKE_HASH + monitor. */
struct fake_owner {
    int count;
    struct {
        int monitor;
        int depth;
    } owned[FAKE_OWNED_MAX];
};
extern struct fake_owner fake_owners[FAKE_THREADS];
/* Calls of GetOwnedMonitorStackDepthInfo. */
extern int fake_asked;
/* Called when a frame is asked for, if not NULL: the thread goes on. */
extern void (*fake_on_frame)(void);
/* What SetEventCallbacks was given. */
extern jvmtiEventCallbacks fake_callbacks;
/* False: the capabilities are refused. */
extern bool fake_is_capable;

/* Its GetEnv gives fake_jni and fake_jvmti, with these functions as well. */
JavaVM *fake_vm(void);

#endif
