#include "python.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "python_frames.h"
#include "python_layout.h"
#include "state/self.h"
#include "stream/descriptors.h"
#include "stream/stream.h"

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1u
#endif

/* 100 frames (MAX_FRAME_DEPTH of Python/traceback.c) with names of a usual length; what is longer is cut. */
#define TEXT_BYTES (128u << 10)

/* Functions of CPython's API; a PyThreadState is an address here. dump is NULL where python_layout.h reads it. */
static struct cpython {
    void (*dump)(int fd, void *tstate);
    void *(*this_thread)(void);     /* PyGILState_GetThisThreadState: the thread-specific value, or NULL */
    void *(*main)(void);            /* PyInterpreterState_Main and the two below read a pointer each */
    void *(*first)(void *interp);   /* PyInterpreterState_ThreadHead */
    void *(*next)(void *tstate);    /* PyThreadState_Next */
    void *(*current)(void);         /* _PyThreadState_UncheckedGet: the one that may run Python code, up to 3.11 */
    int (*holds_interpreter)(void); /* PyGILState_Check: whether that one is the caller's */
    bool current_is_callers;        /* from 3.12 on it is kept by thread (Python/pystate.c) */
} python;
static _Atomic bool found;

/* The thread whose stack is being read: the address of its fw_self. Signals are blocked meanwhile, so that no handler
 * finds it at it. */
static _Atomic(const void *) reader FW_CHILD_PAGE;

/* The text, mapped, and where CPython writes it, the file that it is: that of a process that forks is its child's no
 * longer. */
static char *text;
static dev_t device;
static ino_t inode;
static bool is_own FW_CHILD_PAGE;
static uint32_t dumps_in_child FW_CHILD_PAGE;

/* PyThreadState.thread_id (a pthread_t, as a number) and, from 3.11 on, native_thread_id behind it: bytes from the
 * start of the structure, 0 where not known yet. */
static _Atomic uint32_t thread_id_at;
static _Atomic bool has_native_id;

bool fw_python_init(void)
{
    return fw_python_frames_init();
}

static bool open_text(void)
{
    is_own = false;
    int fd = (int)syscall(SYS_memfd_create, "forkwitness", MFD_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    fd = fw_fd_out_of_the_way(fd);
    /* In a child in the place of its parent's. */
    int place = text ? MAP_FIXED : 0;
    void *at = mmap(text, TEXT_BYTES, PROT_READ, MAP_SHARED | place, fd, 0);
    struct stat status;
    if (at == MAP_FAILED || fstat(fd, &status) != 0) {
        fw_close(fd);
        return false;
    }
    text = at;
    device = status.st_dev;
    inode = status.st_ino;
    is_own = true;
    fw_stream_keep(FW_PYTHON_TEXT, fd);
    return true;
}

/* An application may close it by ways that no hook sees, and open another file under its number. */
static bool is_text(int fd)
{
    struct stat status;
    return fd >= 0 && fstat(fd, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

/* Forked, the process has its parent's file still, and with it the place where both write. */
static bool make_own(void)
{
    int inherited = fw_stream_kept(FW_PYTHON_TEXT);
    bool is_parents = is_text(inherited);
    bool made = open_text();
    if (is_parents) {
        fw_close(inherited);
    }
    if (!made) {
        fw_stream_keep(FW_PYTHON_TEXT, -1);
    }
    return made;
}

static void *address(const struct fw_image *image, const char *name)
{
    return (void *)fw_image_address(image, name, NULL);
}

/* Keeps the object in memory for good; false where it is gone. */
static bool pin(const struct fw_image *image, const char *path)
{
    void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    struct link_map *map = NULL;
    bool same = handle && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map && map->l_addr == image->bias;
    if (handle) {
        dlclose(handle);
    }
    return same;
}

static void find(const struct fw_image *image)
{
    const unsigned long *version = address(image, "Py_Version"); /* since 3.11: 0x030B00F0 */
    python = (struct cpython){.dump = (void (*)(int, void *))address(image, "_Py_DumpTraceback"),
                              .this_thread = (void *(*)(void))address(image, "PyGILState_GetThisThreadState"),
                              .main = (void *(*)(void))address(image, "PyInterpreterState_Main"),
                              .first = (void *(*)(void *))address(image, "PyInterpreterState_ThreadHead"),
                              .next = (void *(*)(void *))address(image, "PyThreadState_Next"),
                              .current = (void *(*)(void))address(image, "_PyThreadState_UncheckedGet"),
                              .holds_interpreter = (int (*)(void))address(image, "PyGILState_Check"),
                              .current_is_callers = version && *version >= 0x030C0000};
}

static bool find_layout(const struct fw_image *image)
{
    struct fw_python_exports exports = {.version = (const char *(*)(void))address(image, "Py_GetVersion"),
                                        .runtime = address(image, "_PyRuntime"),
                                        .code_type = address(image, "PyCode_Type"),
                                        .frame_line = (int (*)(void *))address(image, "PyFrame_GetLineNumber"),
                                        .interpreter_frame_line =
                                            (int (*)(void *))address(image, "PyUnstable_InterpreterFrame_GetLine")};
    return fw_python_layout_find(&exports);
}

void fw_python_note(const struct fw_image *image, const char *path)
{
    static bool seen;
    if (seen || !address(image, "PyGILState_GetThisThreadState") || (path && !pin(image, path))) {
        return;
    }
    seen = true;
    find(image);
    if (!python.dump && !find_layout(image)) {
        fw_stream_note(FW_LEVEL_INFO, "Python frames cannot be read from this version of CPython: stacks are without");
    } else if (!(python.dump ? open_text() : (text = fw_map(TEXT_BYTES)) != NULL)) {
        fw_stream_note(FW_LEVEL_WARN, "there is no memory for Python frames: stacks are without");
    } else {
        atomic_store_explicit(&found, true, memory_order_release);
    }
}

/* Another thread has it for the time of a dump, or was stopped at it. */
static bool take(void)
{
    const uint64_t patience_ns = 2000000;
    uint64_t deadline = 0;
    const void *nobody = NULL;
    while (!atomic_compare_exchange_strong(&reader, &nobody, &fw_self)) {
        uint64_t now = fw_now_ns();
        deadline = deadline ? deadline : now + patience_ns;
        if (now >= deadline) {
            return false;
        }
        sched_yield();
        nobody = NULL;
    }
    return true;
}

/* A write beyond this limit is a signal to the program (setrlimit(2), RLIMIT_FSIZE). */
static bool may_write(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
           (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > (rlim_t)8 * TEXT_BYTES);
}

/* write(2) is a cancellation point where a fork is none (pthreads(7)). */
static size_t dump(void *tstate)
{
    size_t length = 0;
    int fd = fw_stream_borrow(FW_PYTHON_TEXT);
    if (may_write() && is_text(fd) && lseek(fd, 0, SEEK_SET) == 0) {
        int before;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
        python.dump(fd, tstate);
        pthread_setcancelstate(before, &before);
        off_t end = lseek(fd, 0, SEEK_CUR);
        length = end < 0 ? 0 : end < (off_t)TEXT_BYTES ? (size_t)end : TEXT_BYTES;
    }
    fw_stream_give_back();
    return length;
}

static size_t write_text(void *tstate)
{
    if (!python.dump) {
        return fw_python_layout_dump(tstate, text, TEXT_BYTES);
    }
    return is_own || make_own() ? dump(tstate) : 0;
}

static uint32_t read_stack(void *tstate, uint32_t *ids, uint8_t *buffer)
{
    uint32_t count = 0;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (take()) {
        const char *at = text;
        size_t length = write_text(tstate);
        struct fw_python_line line;
        while (count < FW_PYTHON_DEPTH && fw_python_text_next(&at, text + length, &line)) {
            uint32_t id = fw_python_frames_enter(&line, buffer);
            if (id) {
                ids[count++] = id;
            }
        }
        atomic_store(&reader, NULL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return count;
}

/* The member is where the running thread's own structure has its own id: no API tells it of another's. */
static void learn_thread_id(const void *tstate)
{
    /* PyThreadState is larger in every version. */
    enum { WORDS = 32 };
    const uintptr_t *words = tstate;
    for (uint32_t i = 1; i < WORDS - 1; i++) {
        if (words[i] == (uintptr_t)pthread_self()) {
            atomic_store(&has_native_id, words[i + 1] == (uintptr_t)fw_gettid());
            atomic_store(&thread_id_at, i * (uint32_t)sizeof words[0]);
            return;
        }
    }
}

static bool is_of(const void *tstate, const struct fw_thread *thread)
{
    const uintptr_t *id = (const uintptr_t *)((const char *)tstate + atomic_load(&thread_id_at));
    uintptr_t tid = (uintptr_t)fw_thread_tid(thread);
    return (thread->handle && id[0] == thread->handle) || (atomic_load(&has_native_id) && tid && id[1] == tid);
}

bool fw_python_is_found(void)
{
    return atomic_load_explicit(&found, memory_order_acquire);
}

static bool is_possible(void)
{
    /* Far fewer than a second's work in all, where a child of long life waits often. */
    enum { IN_CHILD_MAX = 1000 };
    if (!fw_python_is_found() || fw_self.vfork_child) {
        return false;
    }
    /* The descriptors of such a child are its parent's as well. */
    return !fw_is_forked_child || (!fw_stream_shares_files() && dumps_in_child++ < IN_CHILD_MAX);
}

uint32_t fw_python_stack(uint32_t *ids, uint8_t *buffer)
{
    if (!is_possible()) {
        return 0;
    }
    void *tstate = python.this_thread();
    if (tstate && !atomic_load(&thread_id_at)) {
        learn_thread_id(tstate);
    }
    return tstate ? read_stack(tstate, ids, buffer) : 0;
}

/* Only the thread that has the interpreter (its "GIL") changes its frames. Where the child's own thread has it, all
 * others waited for it or were in C code of which the interpreter knows. */
static bool stood_still(const void *tstate)
{
    if (python.current_is_callers) {
        return python.holds_interpreter && python.holds_interpreter();
    }
    return python.current && python.current() != tstate;
}

uint32_t fw_python_stack_of(const struct fw_thread *thread, uint32_t *ids, uint8_t *buffer)
{
    /* Also the end of a list that a thread was changing. */
    enum { THREADS_MAX = 10000 };
    if (!is_possible() || !atomic_load(&thread_id_at) || !python.main || !python.first || !python.next) {
        return 0;
    }
    void *interpreter = python.main();
    void *tstate = interpreter ? python.first(interpreter) : NULL;
    for (int i = 0; tstate && i < THREADS_MAX; i++) {
        if (is_of(tstate, thread)) {
            return stood_still(tstate) ? read_stack(tstate, ids, buffer) : 0;
        }
        tstate = python.next(tstate);
    }
    return 0;
}

void fw_python_reset(void)
{
    atomic_store(&reader, NULL);
    is_own = false;
    dumps_in_child = 0;
}
