/* What the agent keeps for the running thread in thread-local storage.
 *
 * Initial-exec: the storage is part of the thread's static TLS block, so that no access can call malloc or take a
 * lock, in a signal handler or a child (the dynamic model's __tls_get_addr may do both). */
#ifndef FW_STATE_SELF_H
#define FW_STATE_SELF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

struct fw_thread;
struct fw_tally;

struct fw_self {
    struct fw_thread *thread; /* NULL: not known yet */
    int tid;                  /* the kernel's, as its locks name it; set before thread */
    uint32_t fork;            /* the fork that this thread is making, 0 if none */
    uint32_t stack;           /* its stack, captured by the hook */
    uint8_t call;             /* enum fw_call */
    bool hooked;              /* a hook of that call is on its stack and will see the result */
    bool announced;           /* its FORK record is written */
    bool resulted;            /* its FORK_RESULT record is written */
    bool observing;           /* the agent's own code runs in a child: what it calls is not the child's doing */
    bool ended;               /* the thread has given its slot back, or found none */
    bool vfork_child;         /* between vfork and exec: this thread runs as the child, in the parent's memory */
    int saved_errno;          /* errno of the forking caller */
    int *errno_at;            /* its errno */
    uint32_t vfork_seq;       /* number of the next frame of the vfork child */
    void *jni;                /* its JNIEnv, where the JVM has told this very thread; NULL: not known */
    struct fw_tally *tally;   /* what the vfork child has called; NULL before its first call */
};

FW_HIDDEN extern __thread struct fw_self fw_self __attribute__((tls_model("initial-exec")));

/* This process is a fork's child. Plain memory: fork copies it, vfork's child does not set it. */
FW_HIDDEN extern bool fw_is_forked_child;

/* True where the code runs in a child of any kind. */
static inline bool fw_in_child(void)
{
    return fw_self.vfork_child || fw_is_forked_child;
}

#endif
