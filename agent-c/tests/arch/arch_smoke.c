/* What depends on the processor, without a test library, so that it runs under an emulator: the assembly of src/arch,
 * relocation types, the encoder's byte order. Prints one line a check; exits with 1 at the first that fails. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
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

#include "child/process.h"
#include "hooks/clone.h"
#include "hooks/fork.h"
#include "hooks/loader.h"
#include "hooks/spawn.h"
#include "patch/objects.h"
#include "state/self.h"
#include "state/threads.h"
#include "stream/descriptors.h"
#include "stream/stream.h"
#include "support/agent.h"
#include "support/decode.h"

int forker_fork(void);
void *forker_look_up(void *handle, const char *name);

static int ends[2];

static void check(bool condition, const char *what)
{
    printf("%s %s\n", condition ? "ok  " : "FAIL", what);
    fflush(stdout);
    if (!condition) {
        exit(1);
    }
}

/* Everything that is in the pipe, frame by frame: counts each type, and keeps the last frame of it. */
enum { TYPES = 64 };
struct frames {
    unsigned count[TYPES];
    struct decoded last[TYPES];
    bool well_formed;
};

static const struct frames *read_frames(void)
{
    static uint8_t bytes[1 << 16];
    static struct frames frames;
    memset(&frames, 0, sizeof frames);
    ssize_t length = read(ends[0], bytes, sizeof bytes);
    struct decoded frame;
    size_t at = 0;
    while (length > 0 && at < (size_t)length && decode_frame(bytes + at, bytes + length, &frame)) {
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        frames.count[type % TYPES]++;
        frames.last[type % TYPES] = frame;
        at += frame.length;
    }
    frames.well_formed = length > 0 && at == (size_t)length;
    return &frames;
}

static int exit_status_of(pid_t pid)
{
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A caller with values in callee-saved registers and on the stack, as a compiler keeps them over a call that returns
 * twice. */
static void vfork_returns_twice(void)
{
    pid_t (*volatile make)(void) = fw_hook_vfork;
    volatile int first = 11;
    volatile int second = 22;
    volatile bool was_child = false;
    errno = EDOM;
    pid_t pid = make();
    if (pid == 0) {
        was_child = fw_self.vfork_child;
        fw_hook__exit(was_child && errno == EDOM && first == 11 && second == 22 ? 17 : 18);
    }
    int error = errno;
    check(pid > 0, "vfork gives the parent a pid");
    check(exit_status_of(pid) == 17, "vfork's child sees 0, its caller's variables and errno");
    check(first == 11 && second == 22 && error == EDOM, "the parent's variables and errno are as they were");
    check(!fw_self.vfork_child && !fw_self.fork, "the parent is no child afterwards");
    const struct frames *frames = read_frames();
    check(frames->well_formed, "vfork writes whole frames");
    check(frames->count[FW_RECORD_FORK] == 1 && frames->count[FW_RECORD_FORK_RESULT] == 1 &&
              frames->count[FW_RECORD_CHILD] == 1 && frames->count[FW_RECORD_EXIT] == 1,
          "vfork is told from both sides");
    check(decoded_number(&frames->last[FW_RECORD_CHILD], FW_KEY_PID) == (uint64_t)pid &&
              decoded_number(&frames->last[FW_RECORD_FORK_RESULT], FW_KEY_PID) == (uint64_t)pid,
          "with the child's pid");
}

/* In a child that may make no process. Root is not bound by the limit (setrlimit(2)). */
static void vfork_fails_with_errno(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
        if (setrlimit(RLIMIT_NPROC, &none) != 0 || (getuid() == 0 && setresuid(65534, 65534, 65534) != 0)) {
            _exit(3);
        }
        pid_t (*volatile make)(void) = fw_hook_vfork;
        errno = 0;
        pid_t made = make();
        if (made == 0) {
            _exit(4);
        }
        _exit(made == -1 && errno == EAGAIN ? 0 : 5);
    }
    int status = exit_status_of(pid);
    if (status == 3) {
        printf("skip a failing vfork: no right to limit this process\n");
    } else {
        check(status == 0, "a vfork that fails gives -1 and errno");
        const struct frames *frames = read_frames();
        check(decoded_number(&frames->last[FW_RECORD_FORK_RESULT], FW_KEY_ERRNO) == EAGAIN, "and is told");
    }
}

static void dlsym_stub(void)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    void *fork_address = dlsym(RTLD_DEFAULT, "fork");
    check(libc && fork_address, "libc is there");
    check(fw_hook_dlsym(RTLD_DEFAULT, "fork") == fork_address, "dlsym passes through for RTLD_DEFAULT");
    check(fw_hook_dlsym(RTLD_NEXT, "fork") == fork_address, "dlsym passes through for RTLD_NEXT");
    check(fw_hook_dlsym(libc, "fork") == (void *)fw_hook_fork, "dlsym gives the hook for a handle");
    check(fw_hook_dlsym(libc, "getppid") == dlsym(libc, "getppid"), "and the address of what has no hook");
    check(!fw_hook_dlsym(libc, "forkwitness_no_such_function"), "and nothing for what is not there");
    check(forker_look_up(RTLD_NEXT, "forkwitness_no_such_function") == NULL &&
              forker_look_up(libc, "fork") == (void *)fw_hook_fork,
          "a library's own dlsym is the hook");
}

/* In a child the stub records the call first. */
static void dlsym_stub_in_a_child(void)
{
    read_frames();
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
        bool right = fw_hook_dlsym(libc, "fork") == (void *)fw_hook_fork &&
                     fw_hook_dlsym(RTLD_DEFAULT, "fork") == dlsym(RTLD_DEFAULT, "fork");
        fw_hook__exit(right ? 8 : 9);
    }
    check(exit_status_of(pid) == 8, "dlsym in a child gives the same answers");
    const struct frames *frames = read_frames();
    check(frames->count[FW_RECORD_CALL] >= 1, "and is told");
}

static struct {
    const char *name;
    int mode;
    uintptr_t site;
    uint32_t depth;
} opened;

static void *note_open(const char *name, int mode)
{
    opened.name = name;
    opened.mode = mode;
    opened.site = (uintptr_t)__builtin_return_address(0);
    opened.depth = fw_threads_self(NULL)->region_depth;
    return (void *)name;
}

static __attribute__((noinline)) bool open_by_hook(const char *name)
{
    void *result = fw_hook_dlopen(name, RTLD_LAZY);
    return result == name && opened.name == name && opened.mode == RTLD_LAZY;
}

static void dlopen_stub(void)
{
    enum { MORE_THAN_THE_FUNCTION = 512 };
    void *(*original)(const char *, int) = fw_original_dlopen;
    fw_original_dlopen = note_open;
    check(open_by_hook("libx.so") && opened.depth == 0, "dlopen passes through for a name without a path");
    check(opened.site - (uintptr_t)open_by_hook < MORE_THAN_THE_FUNCTION, "and sees its caller");
    check(open_by_hook("/libx.so") && opened.depth == 1, "dlopen is a region for a path");
    check(open_by_hook(NULL) && opened.depth == 1, "and for the program");
    fw_original_dlopen = original;
}

static int run_clone(void *argument)
{
    return fw_in_child() ? *(int *)argument : 99;
}

static char clone_stack[64 << 10] __attribute__((aligned(16)));

static void children_without_handlers(void)
{
    static const int flags[] = {SIGCHLD, SIGCHLD | CLONE_VM | CLONE_VFORK};
    int status = 21;
    read_frames();
    for (int i = 0; i < 2; i++) {
        pid_t cloned = fw_hook_clone(run_clone, clone_stack + sizeof clone_stack, flags[i], &status);
        check(exit_status_of(cloned) == 21, "clone runs its function in the child");
        check(!fw_in_child() && read_frames()->count[FW_RECORD_FORK_RESULT] == 1, "and is told");
    }
    errno = EDOM;
    pid_t pid = (pid_t)fw_hook_syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
    if (pid == 0) {
        fw_hook__exit(fw_is_forked_child && errno == EDOM ? 22 : 23);
    }
    check(exit_status_of(pid) == 22, "a fork by its number forks");
    const struct frames *frames = read_frames();
    check(decoded_number(&frames->last[FW_RECORD_CHILD], FW_KEY_PID) == (uint64_t)pid &&
              decoded_number(&frames->last[FW_RECORD_FORK], FW_KEY_CALL) == FW_CALL_SYSCALL,
          "and is told");
}

static void syscall_stub(void)
{
    char expected = 0;
    long page = sysconf(_SC_PAGESIZE);
    int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    check(pread(own, &expected, 1, page) == 1, "this program is a file");
    char *mapped =
        (char *)fw_hook_syscall(SYS_mmap, NULL, (size_t)page, (long)PROT_READ, (long)MAP_PRIVATE, (long)own, page);
    check(mapped != MAP_FAILED && *mapped == expected, "a system call gets its six arguments");
    check(fw_hook_syscall(SYS_close, (long)own) == 0 && fcntl(own, F_GETFD) < 0, "a descriptor is closed by number");
    check(fw_hook_syscall(SYS_close, (long)fw_stream_fd()) == 0 && fcntl(fw_stream_fd(), F_GETFD) >= 0,
          "but not the stream's");
    errno = 0;
    check(fw_hook_syscall(SYS_clone3, NULL, 0L) == -1 && (errno == EINVAL || errno == ENOSYS),
          "clone3 without arguments is the kernel's affair");
}

static void slots_are_patched(void)
{
    read_frames();
    pid_t pid = forker_fork();
    if (pid == 0) {
        fw_hook__exit(6);
    }
    check(exit_status_of(pid) == 6, "a library's fork forks");
    const struct frames *frames = read_frames();
    /* The result's pid is known to a hook alone, not to a fork handler. */
    check(frames->count[FW_RECORD_FORK] == 1 &&
              decoded_number(&frames->last[FW_RECORD_FORK_RESULT], FW_KEY_PID) == (uint64_t)pid,
          "its slot leads to the hook");
}

static void encoder(void)
{
    uint8_t bytes[64];
    struct fw_cbor out = {.bytes = bytes, .capacity = sizeof bytes};
    fw_cbor_uint(&out, UINT64_C(0x0102030405060708));
    fw_cbor_int(&out, -500);
    fw_cbor_text(&out, "\xc3\xa9\xff", 3, 3);
    static const char expected[] = "\x1b\x01\x02\x03\x04\x05\x06\x07\x08\x39\x01\xf3\x63\xc3\xa9?";
    check(!out.overflow && out.length == sizeof expected - 1 && memcmp(bytes, expected, out.length) == 0,
          "CBOR is big-endian");
}

int main(void)
{
    encoder();
    check(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0, "a pipe");
    fw_stream_set_fd(ends[1]);
    check(agent_start(), "the agent's parts start");
    fw_objects_scan(true);
    check(read_frames()->count[FW_RECORD_MODULE] > 2, "loaded objects are found");
    vfork_returns_twice();
    vfork_fails_with_errno();
    dlsym_stub();
    dlsym_stub_in_a_child();
    dlopen_stub();
    children_without_handlers();
    syscall_stub();
    slots_are_patched();
    return 0;
}
