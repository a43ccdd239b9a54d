/* The soak: threads that fork, each child of a kind drawn at random whose verdict is known beforehand, while other
 * threads lock and unlock mutexes. A child that would deadlock sees that in its own copy of the mutex, as the kernel
 * will when it sleeps there for ever. */
#include <fcntl.h>
#include <jni.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

enum { LOCKS = 32, LOCKERS = 8, FORKERS_MAX = 64 };

/* Longest time that a child may take before it counts as hung, and how often a forker looks at one that may block. */
enum { HUNG_MS = 30000, LOOK_NS = 50000 };
#define HUNG_NS ((uint64_t)HUNG_MS * 1000000u)

/* One of LOCKER_SLEEPS turns of a locker is a sleep with its locks taken, so that the forkers have the processors. */
enum { LOCKER_SLEEPS = 4, LOCKER_SLEEP_NS = 100000 };

/* In the order of SoakBench.KINDS and SoakBench.VERDICTS. */
enum kind { ENDS, ALLOCATES, TAKES_LOCK, EXECS, KINDS };
enum verdict { DEADLOCKED, LATENT, SAFE, VERDICTS };

/* A child and what its verdict must be: its parent knows, or it finds out by itself, in memory that both share. */
struct child {
    _Atomic int pid;
    _Atomic int kind;
    _Atomic int verdict;
    _Atomic bool blocks; /* it is about to wait for a lock that nobody will give back */
};

static struct child *children;
static uint32_t capacity;
static _Atomic uint32_t count;
static _Atomic uint64_t hung;
static _Atomic uint64_t crashed;
static pthread_mutex_t locks[LOCKS];
static uint64_t seeds[FORKERS_MAX];

/* xorshift64* (Vigna 2016); never 0 as long as the state is not. */
static uint32_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * 0x2545f4914f6cdd1du >> 32);
}

static uint64_t seed_of(uint64_t seed, uint32_t thread)
{
    uint64_t state = (seed + thread + 1) * 0x9e3779b97f4a7c15u;
    return state ? state : 1;
}

static void nap(long ns)
{
    struct timespec time = {.tv_sec = 0, .tv_nsec = ns};
    nanosleep(&time, NULL);
}

/* One mutex, or two in rising order. */
static void *lock_for_ever(void *argument)
{
    uint64_t random = *(uint64_t *)argument;
    for (;;) {
        uint32_t first = next(&random) % LOCKS;
        uint32_t second = first + 1 + next(&random) % LOCKS;
        pthread_mutex_lock(&locks[first]);
        if (second < LOCKS) {
            pthread_mutex_lock(&locks[second]);
        }
        if (next(&random) % LOCKER_SLEEPS == 0) {
            nap(LOCKER_SLEEP_NS);
        }
        if (second < LOCKS) {
            pthread_mutex_unlock(&locks[second]);
        }
        pthread_mutex_unlock(&locks[first]);
    }
    return NULL;
}

static struct child *new_child(enum kind kind)
{
    uint32_t index = atomic_fetch_add(&count, 1);
    if (index >= capacity) {
        abort();
    }
    atomic_store(&children[index].kind, kind);
    return &children[index];
}

/* Reaps a child that has ended or is being killed. */
static void reap(pid_t pid, bool killed)
{
    int status = 0;
    if (waitpid(pid, &status, 0) != pid) {
        abort();
    }
    bool expected =
        killed ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL : WIFEXITED(status) && !WEXITSTATUS(status);
    if (!expected) {
        atomic_fetch_add(&crashed, 1);
    }
}

static void reap_hung(pid_t pid)
{
    atomic_fetch_add(&hung, 1);
    kill(pid, SIGKILL);
    reap(pid, true);
}

/* True once the child sleeps in futex(2) on this address (proc(5), /proc/PID/syscall). */
static bool sleeps_on(pid_t pid, const void *address)
{
    char path[40];
    char text[160];
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        close(fd);
    }
    if (length <= 0) {
        return false;
    }
    text[length] = '\0';
    char *rest = NULL;
    long number = strtol(text, &rest, 10);
    return rest != text && number == SYS_futex && strtoull(rest, NULL, 16) == (uintptr_t)address;
}

/* Waits for a child that ends by itself. */
static void await_end(struct child *child, pid_t pid)
{
    atomic_store(&child->pid, pid);
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    if (end.fd < 0) {
        abort();
    }
    int ended = poll(&end, 1, HUNG_MS);
    close(end.fd);
    if (ended == 1) {
        reap(pid, false);
    } else {
        reap_hung(pid);
    }
}

static bool has_ended(pid_t pid)
{
    siginfo_t ended = {.si_pid = 0};
    return waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == pid;
}

/* Waits for a child that ends by itself, or blocks on this lock and then has to be killed. */
static void await_lock(struct child *child, pid_t pid, const pthread_mutex_t *lock)
{
    atomic_store(&child->pid, pid);
    for (uint64_t limit = now_ns() + HUNG_NS; now_ns() < limit; nap(LOOK_NS)) {
        if (has_ended(pid)) {
            reap(pid, false);
            return;
        }
        if (atomic_load(&child->blocks) && sleeps_on(pid, lock)) {
            kill(pid, SIGKILL);
            reap(pid, true);
            return;
        }
    }
    reap_hung(pid);
}

static pid_t require_fork(pid_t pid)
{
    if (pid < 0) {
        perror("soak: fork");
        abort();
    }
    return pid;
}

/* Each kind forks in a function of its own, by which the report's sites are told apart. Waiting in there as well keeps
 * the function on the stack: no tail call. */
#define FORKS __attribute__((noinline, noclone)) static void

FORKS soak_ends(void)
{
    struct child *child = new_child(ENDS);
    atomic_store(&child->verdict, SAFE);
    pid_t pid = require_fork(fork());
    if (pid == 0) {
        _exit(0);
    }
    await_end(child, pid);
}

FORKS soak_allocates(void)
{
    struct child *child = new_child(ALLOCATES);
    atomic_store(&child->verdict, LATENT);
    pid_t pid = require_fork(fork());
    if (pid == 0) {
        void *volatile block = malloc(100);
        const char *volatile value = getenv("PATH");
        (void)value;
        free(block);
        _exit(0);
    }
    await_end(child, pid);
}

/* nptl/pthread_mutex_lock.c: the owner is stored just after the lock is taken, and cleared just before it is given
 * back. */
FORKS soak_takes_lock(pthread_mutex_t *lock)
{
    struct child *child = new_child(TAKES_LOCK);
    pid_t pid = require_fork(fork());
    if (pid == 0) {
        const volatile int *word = &lock->__data.__lock;
        const volatile int *owner = &lock->__data.__owner;
        if (*word && !*owner) {
            atomic_store(&child->verdict, SAFE);
            _exit(0);
        }
        atomic_store(&child->verdict, *word ? DEADLOCKED : LATENT);
        atomic_store(&child->blocks, *word != 0);
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
        _exit(0);
    }
    await_lock(child, pid, lock);
}

FORKS soak_execs(void)
{
    struct child *child = new_child(EXECS);
    atomic_store(&child->verdict, SAFE);
    pid_t pid = require_fork(fork());
    if (pid == 0) {
        char *const arguments[] = {"true", NULL};
        execv("/bin/true", arguments);
        _exit(127);
    }
    await_end(child, pid);
}

static void start_locker(uint64_t seed, uint32_t index)
{
    static uint64_t states[LOCKERS];
    pthread_t thread;
    states[index] = seed_of(seed, FORKERS_MAX + index);
    if (pthread_create(&thread, NULL, lock_for_ever, &states[index]) != 0) {
        abort();
    }
}

/* For so many forks in all. Starts the lockers, which stay until the process ends. Forkers are numbered from 0. */
JNIEXPORT void JNICALL Java_SoakBench_start(JNIEnv *env, jclass type, jlong seed, jint forks)
{
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK,
                                PTHREAD_MUTEX_ADAPTIVE_NP};
    (void)env;
    (void)type;
    capacity = (uint32_t)forks;
    size_t bytes = capacity * sizeof *children;
    children = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (children == MAP_FAILED) {
        abort();
    }
    for (uint32_t i = 0; i < LOCKS; i++) {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, types[i % (sizeof types / sizeof types[0])]);
        pthread_mutex_init(&locks[i], &attributes);
        pthread_mutexattr_destroy(&attributes);
    }
    for (uint32_t i = 0; i < FORKERS_MAX; i++) {
        seeds[i] = seed_of((uint64_t)seed, i);
    }
    for (uint32_t i = 0; i < LOCKERS; i++) {
        start_locker((uint64_t)seed, i);
    }
}

/* Forks so many times, each child of a kind drawn at random, one after the other. */
JNIEXPORT void JNICALL Java_SoakBench_fork(JNIEnv *env, jclass type, jint forker, jint forks)
{
    (void)env;
    (void)type;
    for (jint i = 0; i < forks; i++) {
        uint32_t drawn = next(&seeds[forker]);
        switch (drawn % KINDS) {
        case ENDS:
            soak_ends();
            break;
        case ALLOCATES:
            soak_allocates();
            break;
        case TAKES_LOCK:
            soak_takes_lock(&locks[drawn / KINDS % LOCKS]);
            break;
        default:
            soak_execs();
        }
    }
}

/* Pid, kind and verdict of each child, in the order of the forks: one after the other wherever a pid came twice. */
JNIEXPORT jintArray JNICALL Java_SoakBench_children(JNIEnv *env, jclass type)
{
    (void)type;
    jsize known = (jsize)atomic_load(&count);
    jintArray result = (*env)->NewIntArray(env, 3 * known);
    for (jsize i = 0; result && i < known; i++) {
        jint row[] = {children[i].pid, children[i].kind, children[i].verdict};
        (*env)->SetIntArrayRegion(env, result, 3 * i, 3, row);
    }
    return result;
}

/* Children that neither ended nor blocked where that was foreseen. */
JNIEXPORT jlong JNICALL Java_SoakBench_hung(JNIEnv *env, jclass type)
{
    (void)env;
    (void)type;
    return (jlong)atomic_load(&hung);
}

/* Children that ended in another way than they should. */
JNIEXPORT jlong JNICALL Java_SoakBench_crashed(JNIEnv *env, jclass type)
{
    (void)env;
    (void)type;
    return (jlong)atomic_load(&crashed);
}
