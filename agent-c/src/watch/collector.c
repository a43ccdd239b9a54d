#include "collector.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jvm/jvm.h"

enum { ENVIRONMENT_BYTES = 256 << 10, VARIABLES_MAX = 4096, STACK_BYTES = 64 << 10, ARGUMENTS_MAX = 24 };

/* What the two processes between here and the collector use; the agent's own memory, which clone shares. */
struct work {
    const struct fw_launch *launch;
    int error; /* errno of what failed in there */
    char java[PATH_MAX];
    char jar[PATH_MAX];
    char jvm_pid[24];
    char *arguments[ARGUMENTS_MAX];
    char *variables[VARIABLES_MAX];
    char environment[ENVIRONMENT_BYTES];
    char outer_stack[STACK_BYTES] __attribute__((aligned(16)));
    char inner_stack[STACK_BYTES] __attribute__((aligned(16)));
};

/* Variables that would load the agent into the collector again, or other code that is meant for the application. */
static bool is_ours(const char *variable)
{
    static const char *const removed[] = {
        "JAVA_TOOL_OPTIONS=",   "JDK_JAVA_OPTIONS=", "_JAVA_OPTIONS=",   "LD_PRELOAD=",
        "FORKWITNESS_OPTIONS=", "LD_AUDIT=",         "MALLOC_ARENA_MAX="};
    for (size_t i = 0; i < sizeof removed / sizeof removed[0]; i++) {
        if (strncmp(variable, removed[i], strlen(removed[i])) == 0) {
            return false;
        }
    }
    return true;
}

/* The value, where the variable has this name and the value is not empty. */
static const char *value_of(const char *variable, const char *name)
{
    size_t length = strlen(name);
    bool same = strncmp(variable, name, length) == 0 && variable[length] == '=' && variable[length + 1];
    return same ? variable + length + 1 : NULL;
}

/* In the locale C, that of most containers, Java cannot name a file that is not ASCII (locale(7) for the order). */
static void set_locale(struct work *work, size_t *count)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;
    for (size_t n = 0; !locale && n < sizeof names / sizeof names[0]; n++) {
        for (size_t i = 0; !locale && i < *count; i++) {
            locale = value_of(work->variables[i], names[n]);
        }
    }
    if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0) {
        for (size_t i = 0; i < *count; i++) {
            if (strncmp(work->variables[i], "LC_ALL=", 7) == 0) {
                work->variables[i] = work->variables[--*count];
                break;
            }
        }
        work->variables[(*count)++] = "LC_ALL=C.UTF-8";
    }
}

/* The environment at the process's start, from the kernel: `environ` may be changed by another thread right now. */
static void read_environment(struct work *work)
{
    long length = fw_read_file("/proc/self/environ", work->environment, sizeof work->environment);
    size_t count = 0;
    for (long at = 0; at < length && count < VARIABLES_MAX - 3;) {
        char *variable = work->environment + at;
        at += (long)strlen(variable) + 1;
        if (*variable && is_ours(variable)) {
            work->variables[count++] = variable;
        }
    }
    set_locale(work, &count);
    /* Many arenas cost the small collector more memory than they save it time. */
    work->variables[count++] = "MALLOC_ARENA_MAX=1";
    work->variables[count] = NULL;
}

static const char *find_java(struct work *work)
{
    const char *given = work->launch->options->java;
    if (given[0]) {
        snprintf(work->java, sizeof work->java, "%s", given);
    } else if (fw_jvm_home()[0]) {
        snprintf(work->java, sizeof work->java, "%s/bin/java", fw_jvm_home());
    } else {
        return "the JVM does not tell its home; set java=";
    }
    if (access(work->java, X_OK) == 0) {
        return NULL;
    }
    return given[0] ? "java= names nothing that can be run" : "there is no java launcher in the JVM's home; set java=";
}

static const char *find_jar(struct work *work)
{
    const char *given = work->launch->options->collector;
    bool is_given = strcmp(given, "auto") != 0;
    if (is_given) {
        snprintf(work->jar, sizeof work->jar, "%s", given);
    } else {
        Dl_info info;
        if (!dladdr((const void *)find_jar, &info) || !realpath(info.dli_fname, work->jar)) {
            return "the agent does not find itself";
        }
        char *slash = strrchr(work->jar, '/');
        snprintf(slash, sizeof work->jar - (size_t)(slash - work->jar), "/forkwitness.jar");
    }
    if (access(work->jar, R_OK) == 0) {
        return NULL;
    }
    return is_given ? "collector= names no file that can be read"
                    : "forkwitness.jar is not beside the agent; set collector=";
}

/* Small before fast: a young generation of 2 MiB, and only what is really hot is compiled. Not smaller: a JVM without
 * C2 keeps soft references for a second a whole MiB that was free after the last collection, so for none where that was
 * less (HotSpot's referencePolicy.cpp, LRUCurrentHeapPolicy); and Java 17's Locale breaks where its cache loses one
 * just then (JDK-8289220). */
static void set_arguments(struct work *work)
{
    char *const arguments[] = {work->java,
                               "-XX:+UseSerialGC",
                               "-XX:TieredStopAtLevel=1",
                               "-Xshare:auto",
                               "-Xms3m",
                               "-Xmx48m",
                               "-Xmn2m",
                               "-XX:MinHeapFreeRatio=5",
                               "-XX:MaxHeapFreeRatio=10",
                               "-XX:CompileThresholdScaling=8",
                               "-Xss512k",
                               "-XX:-UsePerfData",
                               "-XX:+DisableAttachMechanism",
                               "-jar",
                               work->jar,
                               "collect",
                               "--jvm-pid",
                               work->jvm_pid,
                               "--reports",
                               (char *)work->launch->options->reports,
                               "-",
                               NULL};
    _Static_assert(sizeof arguments <= sizeof work->arguments, "room for all");
    memcpy(work->arguments, arguments, sizeof arguments);
    fw_decimal(work->jvm_pid, (uint64_t)fw_getpid());
}

/* From here on to execve, code runs in a process that shares this one's memory while the agent thread waits. */

static void reset_signals(void)
{
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) {
        sigaction(signal, &fallback, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors of the application that are not close-on-exec must not live on in the collector. */
static void close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 0) == 0) {
        return;
    }
#endif
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = first; fd < (int)limit.rlim_cur; fd++) {
        close(fd);
    }
}

static int open_high(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return fd < 0 ? fd : fw_fd_out_of_the_way(fd);
}

static int inner(void *argument)
{
    struct work *work = argument;
    const struct fw_launch *launch = work->launch;
    int log = open_high(launch->log);
    int null = open_high("/dev/null");
    if (dup2(launch->input, 0) < 0 || dup2(launch->alive, 3) < 0 || dup2(null, 1) < 0 ||
        dup2(log < 0 ? null : log, 2) < 0) {
        work->error = errno;
        _exit(1);
    }
    close_from(4);
    reset_signals();
    /* The application comes first where there is one core for both. */
    setpriority(PRIO_PROCESS, 0, 5);
    execve(work->java, work->arguments, work->variables);
    work->error = errno;
    _exit(1);
}

static int outer(void *argument)
{
    struct work *work = argument;
    /* A session of its own: Ctrl-C at the terminal ends the JVM, and the collector is to report that. */
    setsid();
    if (clone(inner, work->inner_stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, work) < 0) {
        work->error = errno;
    }
    _exit(0);
}

static const char *launch_with(struct work *work)
{
    const char *problem = find_java(work);
    if (!problem) {
        problem = find_jar(work);
    }
    if (problem) {
        return problem;
    }
    read_environment(work);
    set_arguments(work);
    int pid = clone(outer, work->outer_stack + STACK_BYTES, CLONE_VM | CLONE_VFORK, work);
    if (pid < 0) {
        return strerror(errno);
    }
    while (waitpid(pid, NULL, __WCLONE) < 0 && errno == EINTR) {
    }
    return work->error ? strerror(work->error) : NULL;
}

const char *fw_collector_start(const struct fw_launch *launch)
{
    struct work *work = fw_map(sizeof *work);
    if (!work) {
        return "no memory";
    }
    work->launch = launch;
    const char *problem = launch_with(work);
    munmap(work, sizeof *work);
    return problem;
}
