#include "process.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>

#include "observe.h"
#include "state/children.h"
#include "state/self.h"
#include "stream/descriptors.h"
#include "stream/stream.h"

int (*fw_original_execve)(const char *, char *const[], char *const[]);
int (*fw_original_execv)(const char *, char *const[]);
int (*fw_original_execvp)(const char *, char *const[]);
int (*fw_original_execvpe)(const char *, char *const[], char *const[]);
int (*fw_original_fexecve)(int, char *const[], char *const[]);
int (*fw_original_execveat)(int, const char *, char *const[], char *const[], int);
void *fw_original_execl;
void *fw_original_execlp;
void *fw_original_execle;
void (*fw_original_exit)(int);
void (*fw_original__exit)(int);
void (*fw_original__Exit)(int);
void (*fw_original_quick_exit)(int);
void (*fw_original_abort)(void);
int (*fw_original_close)(int);
fw_close_range_fn *fw_original_close_range;
void (*fw_original_closefrom)(int);
int (*fw_original_dup2)(int, int);
int (*fw_original_dup3)(int, int, int);

/* True in a child; *stack is its own then. Also recognises a child of a fork that nobody saw. */
static bool is_childs_doing(uint32_t *stack)
{
    if (fw_is_calm()) {
        return false;
    }
    /* In a signal handler that came as the child began: nothing is left of it soon. */
    fw_stream_uncork_in_handler();
    if (fw_self.observing) {
        return false;
    }
    *stack = fw_child_stack();
    return fw_in_child();
}

/* vfork's child never stands in the table. */
static void leave_table(void)
{
    struct fw_child_slot *slot = fw_self.vfork_child ? NULL : fw_children_self;
    if (slot) {
        fw_children_self = NULL;
        fw_children_leave(slot);
    }
}

static void enter_table(void)
{
    if (!fw_self.vfork_child && !fw_children_self) {
        fw_children_self = fw_children_enter(fw_stream_proc(), fw_getpid());
    }
}

/* Before the exec, since nothing of the agent is left after it. Every hook ends in failed(): it runs only if the exec
 * came back. */
static void trying(const char *function, const char *path)
{
    uint32_t stack;
    if (is_childs_doing(&stack)) {
        fw_child_summary();
        uint8_t buffer[FW_FRAME_SMALL + 256];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_EXEC);
        fw_frame_text(&frame, FW_KEY_FUNCTION, function, 32);
        fw_frame_text(&frame, FW_KEY_PATH, path ? path : "", FW_FRAME_SMALL);
        fw_frame_some(&frame, FW_KEY_STACK, stack);
        fw_frame_send(&frame);
        leave_table();
    }
}

static int failed(const char *function, int result)
{
    if (fw_in_child() && !fw_self.observing) {
        int error = errno;
        enter_table();
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_EXEC_FAILED);
        fw_frame_text(&frame, FW_KEY_FUNCTION, function, 32);
        fw_frame_uint(&frame, FW_KEY_ERRNO, (uint64_t)error);
        fw_frame_send(&frame);
        errno = error;
    }
    return result;
}

int fw_hook_execve(const char *path, char *const argv[], char *const envp[])
{
    trying("execve", path);
    return failed("execve", fw_original_execve(path, argv, envp));
}

int fw_hook_execv(const char *path, char *const argv[])
{
    trying("execv", path);
    return failed("execv", fw_original_execv(path, argv));
}

int fw_hook_execvp(const char *file, char *const argv[])
{
    FW_CHILD_CALL(execvp);
    trying("execvp", file);
    return failed("execvp", fw_original_execvp(file, argv));
}

int fw_hook_execvpe(const char *file, char *const argv[], char *const envp[])
{
    FW_CHILD_CALL(execvpe);
    trying("execvpe", file);
    return failed("execvpe", fw_original_execvpe(file, argv, envp));
}

/* "/proc/self/fd/N", as fexecve(3) itself names it where there is no execveat. */
int fw_hook_fexecve(int fd, char *const argv[], char *const envp[])
{
    char path[40] = "/proc/self/fd/";
    fw_decimal(path + 14, (uint64_t)(fd < 0 ? 0 : fd));
    trying("fexecve", path);
    return failed("fexecve", fw_original_fexecve(fd, argv, envp));
}

int fw_hook_execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
{
    trying("execveat", path);
    return failed("execveat", fw_original_execveat(fd, path, argv, envp, flags));
}

/* The list forms cannot be passed on as they came: their arguments go into an array on the stack, which is what libc
 * does with them as well (posix/execl.c). */
static size_t count_arguments(va_list *rest)
{
    size_t count = 1;
    while (va_arg(*rest, const char *)) {
        count++;
    }
    return count;
}

static void copy_arguments(char **argv, const char *first, size_t count, va_list *rest)
{
    argv[0] = (char *)first;
    for (size_t i = 1; i <= count; i++) {
        argv[i] = va_arg(*rest, char *);
    }
}

int fw_hook_execl(const char *path, const char *argument, ...)
{
    va_list arguments;
    va_start(arguments, argument);
    size_t count = count_arguments(&arguments);
    va_end(arguments);
    char *argv[count + 1];
    va_start(arguments, argument);
    copy_arguments(argv, argument, count, &arguments);
    va_end(arguments);
    trying("execl", path);
    return failed("execl", fw_original_execv(path, argv));
}

int fw_hook_execlp(const char *file, const char *argument, ...)
{
    FW_CHILD_CALL(execlp);
    va_list arguments;
    va_start(arguments, argument);
    size_t count = count_arguments(&arguments);
    va_end(arguments);
    char *argv[count + 1];
    va_start(arguments, argument);
    copy_arguments(argv, argument, count, &arguments);
    va_end(arguments);
    trying("execlp", file);
    return failed("execlp", fw_original_execvp(file, argv));
}

int fw_hook_execle(const char *path, const char *argument, ...)
{
    va_list arguments;
    va_start(arguments, argument);
    size_t count = count_arguments(&arguments);
    va_end(arguments);
    char *argv[count + 1];
    va_start(arguments, argument);
    copy_arguments(argv, argument, count, &arguments);
    char *const *envp = va_arg(arguments, char *const *);
    va_end(arguments);
    trying("execle", path);
    return failed("execle", fw_original_execve(path, argv, envp));
}

static void ending(const char *function, int status)
{
    uint32_t stack;
    if (is_childs_doing(&stack)) {
        fw_child_summary();
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_EXIT);
        fw_frame_text(&frame, FW_KEY_FUNCTION, function, 32);
        fw_frame_int(&frame, FW_KEY_STATUS, status);
        fw_frame_some(&frame, FW_KEY_STACK, stack);
        fw_frame_send(&frame);
    }
}

void fw_child_ends(const char *function, int status)
{
    ending(function, status);
    if (fw_in_child() && !fw_self.observing) {
        leave_table();
    }
}

/* exit and quick_exit run handlers, abort a signal's: there the child may still hang, and stays in the table. */
void fw_hook_exit(int status)
{
    FW_CHILD_CALL(exit);
    ending("exit", status);
    fw_original_exit(status);
    __builtin_unreachable();
}

void fw_hook__exit(int status)
{
    fw_child_ends("_exit", status);
    fw_original__exit(status);
    __builtin_unreachable();
}

void fw_hook__Exit(int status)
{
    fw_child_ends("_Exit", status);
    fw_original__Exit(status);
    __builtin_unreachable();
}

void fw_hook_quick_exit(int status)
{
    FW_CHILD_CALL(quick_exit);
    ending("quick_exit", status);
    fw_original_quick_exit(status);
    __builtin_unreachable();
}

void fw_hook_abort(void)
{
    ending("abort", SIGABRT);
    fw_original_abort();
    __builtin_unreachable();
}

/* Programs that close all descriptors (the JDK's launcher, every daemon) would close the stream: for them the agent's
 * descriptors are closed already. They are close-on-exec, so that no other program ever has them. */
int fw_hook_close(int fd)
{
    return fw_stream_owns(fd) ? 0 : fw_original_close(fd);
}

/* The lowest descriptor of the agent's in first..last, -1 if there is none. */
static int lowest_owned(unsigned first, unsigned last)
{
    int lowest = -1;
    for (int role = -1; role < FW_DESCRIPTORS; role++) {
        int fd = role < 0 ? fw_stream_fd() : fw_stream_kept((enum fw_descriptor)role);
        if (fd >= 0 && (unsigned)fd >= first && (unsigned)fd <= last && (lowest < 0 || fd < lowest)) {
            lowest = fd;
        }
    }
    return lowest;
}

int fw_close_range_around(fw_close_range_fn *close_range, unsigned first, unsigned last, int flags)
{
    int owned;
    while ((owned = lowest_owned(first, last)) >= 0) {
        unsigned fd = (unsigned)owned;
        if (fd > first) {
            int result = close_range(first, fd - 1, flags);
            if (result != 0) {
                return result;
            }
        }
        if (fd == last) {
            return 0;
        }
        first = fd + 1;
    }
    return close_range(first, last, flags);
}

int fw_hook_close_range(unsigned first, unsigned last, int flags)
{
    return fw_close_range_around(fw_original_close_range, first, last, flags);
}

void fw_hook_closefrom(int first)
{
    int owned;
    first = first < 0 ? 0 : first;
    while ((owned = lowest_owned((unsigned)first, INT_MAX)) >= 0) {
        for (int fd = first; fd < owned; fd++) {
            fw_original_close(fd);
        }
        first = owned + 1;
    }
    fw_original_closefrom(first);
}

int fw_hook_dup2(int from, int to)
{
    if (from != to) {
        fw_stream_make_way(to);
    }
    return fw_original_dup2(from, to);
}

int fw_hook_dup3(int from, int to, int flags)
{
    if (from != to) {
        fw_stream_make_way(to);
    }
    return fw_original_dup3(from, to, flags);
}
