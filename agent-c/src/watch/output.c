#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocator.h"
#include "collector.h"
#include "hello.h"
#include "hooks/api.h"
#include "jvm/jvm.h"
#include "patch/objects.h"
#include "stack/capture.h"
#include "stack/dictionary.h"
#include "state/gate.h"
#include "state/shared.h"
#include "state/thread_records.h"
#include "state/work.h"
#include "stream/descriptors.h"
#include "stream/stream.h"

/* Most that an unprivileged process may have (pipe(7), /proc/sys/fs/pipe-max-size): room for the storm of forks that
 * comes while the collector starts. */
enum { PIPE_BYTES = 1 << 20 };

static char stem[PATH_MAX]; /* directory/forkwitness-<pid>-<start ms> */
static const struct fw_options *kept_options;
/* Whether there is a collector or a spool, or why not, is settled. */
static _Atomic bool started;
/* The process ends: that the collector does, too, is as it should be. */
static _Atomic bool ending;
/* A new reader of the named pipe waits to be told what it missed. */
static bool reader_is_new;

/* mkdir -p */
static bool make_directory(const char *path)
{
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(part, 0755);
        *slash = '/';
    }
    return mkdir(part, 0755) == 0 || errno == EEXIST;
}

static void path_of(const char *suffix, char *path, size_t size)
{
    snprintf(path, size, "%s%s", stem, suffix);
}

/* The directory must exist, be absolute (the application may change its own) and take a file: the collector's log. */
static bool use_directory(struct fw_options *options)
{
    char absolute[PATH_MAX];
    char log[PATH_MAX + 8];
    if (!make_directory(options->reports) || !realpath(options->reports, absolute) ||
        strlen(absolute) >= sizeof options->reports) {
        return false;
    }
    memcpy(options->reports, absolute, strlen(absolute) + 1);
    snprintf(stem, sizeof stem, "%s/forkwitness-%d-%llu", options->reports, fw_getpid(),
             (unsigned long long)fw_process_start_ms());
    path_of(".log", log, sizeof log);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

static bool make_pipe(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    /* It stays open here, so that no write can meet a pipe without reader (SIGPIPE); and what a dead collector left in
     * the pipe can still be saved. */
    fw_stream_keep(FW_PIPE_READER, fw_fd_out_of_the_way(ends[0]));
    int writing = fw_fd_out_of_the_way(ends[1]);
    fcntl(writing, F_SETPIPE_SZ, PIPE_BYTES);
    fcntl(writing, F_SETFL, O_NONBLOCK);
    fw_stream_set_fd(writing);
    return true;
}

/* A reader that comes later, or in the place of another one, shows by its open(2) alone: the agent holds the pipe open
 * at both ends itself. */
static void watch_for_readers(const char *path)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd >= 0 && inotify_add_watch(fd, path, IN_OPEN) >= 0) {
        fw_stream_keep(FW_COLLECTOR_WATCH, fw_fd_out_of_the_way(fd));
    } else if (fd >= 0) {
        close(fd);
    }
}

/* Opened for reading too (fifo(7)): it neither blocks until a reader comes nor fails while there is none. */
static bool open_named_pipe(const char *path)
{
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode)) {
        fw_log("cannot write to the named pipe %s: %s; nothing is recorded (make it with mkfifo, or leave out pipe=)",
               path, fd < 0 ? strerror(errno) : "it is no named pipe");
        return false;
    }
    fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
    fw_stream_set_fd(fw_fd_out_of_the_way(fd));
    watch_for_readers(path);
    return true;
}

bool fw_output_open(struct fw_options *options)
{
    kept_options = options;
    fw_stream_set_patience(options->pipe_wait_ms);
    if (options->pipe[0]) {
        return open_named_pipe(options->pipe);
    }
    if (!use_directory(options)) {
        fw_log("cannot write reports to %s: %s; nothing is recorded (set reports=DIR)", options->reports,
               strerror(errno));
        return false;
    }
    if (!make_pipe()) {
        fw_log("cannot make a pipe: %s; nothing is recorded", strerror(errno));
        return false;
    }
    return true;
}

/* Moves what is in the pipe to the spool: all of it in one write, so that no frame of another thread comes in between.
 * Frames are whole in the pipe, since each was one write. */
static void drain_pipe(int spool)
{
    int waiting = 0;
    int reading = fw_stream_kept(FW_PIPE_READER);
    if (reading < 0 || ioctl(reading, FIONREAD, &waiting) != 0 || waiting <= 0) {
        return;
    }
    char *bytes = fw_map((size_t)waiting);
    ssize_t length = 0;
    while (bytes && length < waiting) {
        ssize_t got = read(reading, bytes + length, (size_t)(waiting - length));
        if (got <= 0) {
            break;
        }
        length += got;
    }
    if (bytes) {
        if (write(spool, bytes, (size_t)length) != length) {
            fw_log("cannot write the spool: %s", strerror(errno));
        }
        munmap(bytes, (size_t)waiting);
    }
}

static bool spooling;

/* From now on frames go to the spool. A thread that was about to write still writes into the pipe: what comes late is
 * fetched at the next tick. */
static void use_spool(const char *reason)
{
    char path[PATH_MAX + 8];
    char log[PATH_MAX + 8];
    path_of(".spool", path, sizeof path);
    path_of(".log", log, sizeof log);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
        fw_log("no collector (%s) and no spool: %s: %s; nothing is recorded", reason, path, strerror(errno));
        fw_stream_set_fd(-1);
        return;
    }
    fd = fw_fd_out_of_the_way(fd);
    fw_stream_limit_spool((uint64_t)kept_options->spool_max_mib << 20);
    drain_pipe(fd);
    /* vfork's child reads the number in this process's memory, but has not the descriptor. */
    bool gated = fw_gate_enter();
    fw_stream_set_fd(fd);
    if (gated) {
        fw_gate_leave();
    }
    spooling = true;
    drain_pipe(fd);
    struct stat status;
    if (stat(log, &status) == 0 && status.st_size == 0) {
        unlink(log);
    }
    if (strcmp(kept_options->collector, "none") != 0) {
        fw_log("no collector (%s): the stream goes to %s; read it with: forkwitness collect %s", reason, path, path);
    }
}

static void forget_collector(void)
{
    int alive = fw_stream_kept(FW_COLLECTOR_WATCH);
    fw_stream_keep(FW_COLLECTOR_WATCH, -1);
    close(alive);
}

static void start(const struct fw_options *options)
{
    if (options->pipe[0]) {
        return;
    }
    if (strcmp(options->collector, "none") == 0) {
        use_spool("collector=none");
        return;
    }
    int ends[2];
    char log[PATH_MAX + 8];
    path_of(".log", log, sizeof log);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        use_spool(strerror(errno));
        return;
    }
    int alive = fw_fd_out_of_the_way(ends[1]);
    fw_stream_keep(FW_COLLECTOR_SIGN, alive);
    fw_stream_keep(FW_COLLECTOR_WATCH, fw_fd_out_of_the_way(ends[0]));
    struct fw_launch launch = {.options = options, .log = log, .input = fw_stream_kept(FW_PIPE_READER), .alive = alive};
    const char *problem = fw_collector_start(&launch);
    fw_stream_keep(FW_COLLECTOR_SIGN, -1);
    close(alive);
    if (problem) {
        forget_collector();
        use_spool(problem);
    }
}

void fw_output_start(const struct fw_options *options)
{
    start(options);
    atomic_store(&started, true);
}

/* A new reader has seen nothing: everything that later records refer to is sent again. */
static void introduce_again(void)
{
    fw_hello_send();
    fw_jvm_send();
    fw_objects_send_all();
    fw_thread_send_all();
    fw_allocator_send();
    fw_api_send_all();
    for (uint32_t id = 1; id <= fw_dictionary_count(); id++) {
        const struct fw_stack *stack = fw_dictionary_get(id);
        if (stack) {
            fw_capture_send(stack);
        }
    }
    fw_jvm_forget();
}

/* Somebody reads where less is in the pipe than before, or nothing of what was sent. */
static void look_for_reader(void)
{
    static int before;
    int waiting = 0;
    if (ioctl(fw_stream_fd(), FIONREAD, &waiting) == 0) {
        if (waiting < before || (!waiting && fw_stream_sent())) {
            fw_work_has_reader();
        }
        before = waiting;
    }
}

/* What it is told has to get into the pipe: it begins to read some time after it has opened it. */
static void watch_readers(void)
{
    char events[sizeof(struct inotify_event) * 16];
    int fd = fw_stream_kept(FW_COLLECTOR_WATCH);
    while (fd >= 0 && read(fd, events, sizeof events) > 0) {
        reader_is_new = true;
    }
    if (reader_is_new && fw_stream_is_at_ease()) {
        reader_is_new = false;
        introduce_again();
    }
}

void fw_output_watch(void)
{
    if (kept_options->pipe[0]) {
        look_for_reader();
        watch_readers();
        return;
    }
    if (spooling) {
        drain_pipe(fw_stream_fd());
    }
    /* It reads end-of-file when the collector is gone. */
    struct pollfd alive = {.fd = fw_stream_kept(FW_COLLECTOR_WATCH), .events = POLLIN};
    if (alive.fd >= 0 && poll(&alive, 1, 0) > 0 && !atomic_load(&ending)) {
        forget_collector();
        use_spool("it ended");
        introduce_again();
    }
}

/* With the first process of a PID namespace the kernel kills all others (pid_namespaces(7)), and an init that runs one
 * program ends with it. The first namespace of all has a fixed number (linux/proc_ns.h, PROC_PID_INIT_INO). */
static bool collector_ends_with_us(void)
{
    char name[32] = "";
    return getppid() <= 1 && readlink("/proc/self/ns/pid", name, sizeof name - 1) > 0 &&
           strcmp(name, "pid:[4026531836]") != 0;
}

/* What is in a pipe dies with its last holder (pipe(7)). Whoever takes some of it holds it, and gets the rest as well.
 */
static void end_pipe(uint64_t deadline)
{
    int waiting = 0;
    for (int before = 0; ioctl(fw_stream_fd(), FIONREAD, &waiting) == 0 && waiting > 0; before = waiting) {
        if (waiting < before) {
            return;
        }
        if (fw_now_ns() >= deadline) {
            fw_log("nobody reads the named pipe %s: what is in it is lost", kept_options->pipe);
            return;
        }
        fw_pause();
    }
}

static void end_collector(uint64_t deadline)
{
    while (!atomic_load(&started) && fw_now_ns() < deadline) {
        fw_pause();
    }
    struct pollfd alive = {.fd = fw_stream_kept(FW_COLLECTOR_WATCH), .events = POLLIN};
    if (alive.fd < 0) {
        return;
    }
    atomic_store(&ending, true);
    /* The collector writes its last report when the stream ends. */
    fw_stream_end();
    for (uint64_t now = fw_now_ns(); now < deadline; now = fw_now_ns()) {
        if (poll(&alive, 1, (int)((deadline - now) / 1000000u) + 1) >= 0 || errno != EINTR) {
            return;
        }
    }
}

void fw_output_end(void)
{
    if (!kept_options || !kept_options->exit_wait_ms) {
        return;
    }
    uint64_t deadline = fw_now_ns() + kept_options->exit_wait_ms * 1000000ull;
    if (kept_options->pipe[0]) {
        end_pipe(deadline);
    } else if (collector_ends_with_us()) {
        end_collector(deadline);
    }
}
