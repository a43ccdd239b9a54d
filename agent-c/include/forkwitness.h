/* What a native library can tell the Forkwitness agent of its locks and threads, for the reports and for `guard=`.
 *
 * Nothing is linked: the functions below are inline and look for the agent in the process. Without it, and on other
 * systems than Linux, they do nothing and return 0, at the cost of one load and one branch. For C and C++, GCC and
 * Clang. The code must be position independent, as in every shared library and in programs by the compilers' default;
 * in others (-no-pie) the linker itself puts 0 in the place of the agent.
 *
 * All functions
 *   - may be called by any thread at any time, in signal handlers too: they take no lock, allocate nothing, keep errno;
 *   - copy their texts (UTF-8, cut at FORKWITNESS_TEXT bytes): these need not outlive the call;
 *   - cost a search in a table and one write(2) of a record each: tell what stays so, not what changes with every call;
 *   - return 1 if the agent has taken note, 0 if not: no agent, a full table (4096 marks), an unknown thread, a child
 * of fork (what holds there was said before).
 *
 * The agent finds a library when it is loaded with the JVM, before the first function of it that is looked up by dlsym
 * (JNI_OnLoad, the functions of JNA and jnr-ffi), and else within a second: calls made by the library's constructors,
 * while it is being loaded, come too early and return 0. */
#ifndef FORKWITNESS_H
#define FORKWITNESS_H

#include <pthread.h>

/* Longest text, in bytes without the final NUL. */
#define FORKWITNESS_TEXT 200

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && defined(__linux__)

/* What the agent exports; to be called through the functions below only. */
#define FORKWITNESS_AGENTS extern __attribute__((weak, visibility("default")))
FORKWITNESS_AGENTS int forkwitness_api_lock_name(const volatile void *lock, const char *name);
FORKWITNESS_AGENTS int forkwitness_api_lock_aware(const volatile void *lock, const char *reason);
FORKWITNESS_AGENTS int forkwitness_api_thread_aware(int tid, const char *reason);
FORKWITNESS_AGENTS int forkwitness_api_pthread_aware(pthread_t thread, const char *reason);
#undef FORKWITNESS_AGENTS

/* The call goes through the address that was tested: a direct one would lead through a slot of the PLT, which the
 * loader fills at its own time, and ends at 0 where there is no agent. */
#define FORKWITNESS_CALL(function, arguments)                                                                          \
    __typeof__(&(function)) forkwitness_found = &(function);                                                           \
    __asm__("" : "+r"(forkwitness_found));                                                                             \
    return forkwitness_found ? forkwitness_found arguments : 0
#define FORKWITNESS_INLINE static __inline__ __attribute__((unused))

#else

#define FORKWITNESS_CALL(function, arguments)                                                                          \
    (void)sizeof arguments;                                                                                            \
    return 0
#define FORKWITNESS_INLINE static inline

#endif

/* The lock at this address (a mutex, rwlock, spin lock, semaphore or FILE) has this name in reports, and in what the
 * guard says. NULL takes the name away. Destroying the lock by its pthread_*_destroy or sem_destroy does so, too; who
 * frees its memory without that should say so himself, or the next lock there has the name. */
FORKWITNESS_INLINE int forkwitness_name_lock(const volatile void *lock, const char *name)
{
    FORKWITNESS_CALL(forkwitness_api_lock_name, (lock, name));
}

/* Forks need not fear this lock, though another thread may hold it: because a fork handler makes it free in the child,
 * or no child ever takes it. The report shows the reason with the lock, the guard does not wait for it. NULL: they must
 * again. A child that hangs on it is reported all the same. */
FORKWITNESS_INLINE int forkwitness_lock_is_fork_aware(const volatile void *lock, const char *reason)
{
    FORKWITNESS_CALL(forkwitness_api_lock_aware, (lock, reason));
}

/* Forks need not fear what the calling thread holds or is inside of: a watchdog, say, whose locks nobody else uses. It
 * is counted and shown with the reason. NULL: they must again. The end of the thread ends it. */
FORKWITNESS_INLINE int forkwitness_this_thread_is_fork_aware(const char *reason)
{
    FORKWITNESS_CALL(forkwitness_api_thread_aware, (0, reason));
}

/* The same for a thread of this process by its kernel id (gettid(2)), ... */
FORKWITNESS_INLINE int forkwitness_tid_is_fork_aware(int tid, const char *reason)
{
    FORKWITNESS_CALL(forkwitness_api_thread_aware, (tid, reason));
}

/* ... and by its pthread_t, where the agent saw the thread's creation. */
FORKWITNESS_INLINE int forkwitness_thread_is_fork_aware(pthread_t thread, const char *reason)
{
    FORKWITNESS_CALL(forkwitness_api_pthread_aware, (thread, reason));
}

#undef FORKWITNESS_CALL
#undef FORKWITNESS_INLINE

#ifdef __cplusplus
}
#endif

#endif
