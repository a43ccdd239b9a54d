#include "process.h"

#include <errno.h>
#include <stdarg.h>

#include "state/self.h"
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
int (*fw_original_close)(int);
int (*fw_original_close_range)(unsigned, unsigned, int);
void (*fw_original_closefrom)(int);

/* Before the exec, since nothing of the agent is left after it. Every hook ends in failed(): it runs only if the exec
 * came back. */
static void trying(const char *function, const char *path)
{
    if (fw_in_child()) {
        uint8_t buffer[FW_FRAME_SMALL + 256];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_EXEC);
        fw_frame_text(&frame, FW_KEY_FUNCTION, function, 32);
        fw_frame_text(&frame, FW_KEY_PATH, path ? path : "", FW_FRAME_SMALL);
        fw_frame_send(&frame);
    }
}

static int failed(const char *function, int result)
{
    if (fw_in_child()) {
        int error = errno;
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
    trying("execvp", file);
    return failed("execvp", fw_original_execvp(file, argv));
}

int fw_hook_execvpe(const char *file, char *const argv[], char *const envp[])
{
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
    if (fw_in_child()) {
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_EXIT);
        fw_frame_text(&frame, FW_KEY_FUNCTION, function, 32);
        fw_frame_int(&frame, FW_KEY_STATUS, status);
        fw_frame_send(&frame);
    }
}

void fw_hook_exit(int status)
{
    ending("exit", status);
    fw_original_exit(status);
    __builtin_unreachable();
}

void fw_hook__exit(int status)
{
    ending("_exit", status);
    fw_original__exit(status);
    __builtin_unreachable();
}

void fw_hook__Exit(int status)
{
    ending("_Exit", status);
    fw_original__Exit(status);
    __builtin_unreachable();
}

void fw_hook_quick_exit(int status)
{
    ending("quick_exit", status);
    fw_original_quick_exit(status);
    __builtin_unreachable();
}

/* Programs that close all descriptors (the JDK's launcher, every daemon) would close the stream: for them its
 * descriptor is closed already. It is close-on-exec, so that no other program ever has it. */
int fw_hook_close(int fd)
{
    if (fd >= 0 && fd == fw_stream_fd()) {
        return 0;
    }
    return fw_original_close(fd);
}

int fw_hook_close_range(unsigned first, unsigned last, int flags)
{
    int kept = fw_stream_fd();
    unsigned fd = (unsigned)kept;
    if (kept < 0 || fd < first || fd > last) {
        return fw_original_close_range(first, last, flags);
    }
    int result = 0;
    if (fd > first) {
        result = fw_original_close_range(first, fd - 1, flags);
    }
    if (result == 0 && fd < last) {
        result = fw_original_close_range(fd + 1, last, flags);
    }
    return result;
}

void fw_hook_closefrom(int first)
{
    int kept = fw_stream_fd();
    if (kept >= first) {
        for (int fd = first < 0 ? 0 : first; fd < kept; fd++) {
            fw_original_close(fd);
        }
        first = kept + 1;
    }
    fw_original_closefrom(first);
}
