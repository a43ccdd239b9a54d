#include "hello.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "child/jni.h"
#include "patch/image.h"
#include "state/functions.h"
#include "stream/stream.h"

static const struct fw_options *options;
static bool attached;
/* Looked up once: that takes locks of the loader, which a fork must not find taken. */
static uintptr_t malloc_address;
static const char *(*libc_version)(void);

static uint64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void put_libc(struct fw_frame *frame)
{
    if (libc_version) {
        fw_frame_text(frame, FW_KEY_LIBC_NAME, "glibc", 16);
        fw_frame_text(frame, FW_KEY_LIBC_VERSION, libc_version(), 32);
    } else {
        /* musl tells no version to programs. */
        fw_frame_text(frame, FW_KEY_LIBC_NAME, "unknown", 16);
        fw_frame_text(frame, FW_KEY_LIBC_VERSION, "unknown", 16);
    }
}

static void send_arguments(void)
{
    enum { PART = 3000, ALL = 64 << 10 };
    char *line = fw_map(ALL);
    long length = line ? fw_read_file("/proc/self/cmdline", line, ALL) : 0;
    unsigned index = 0;
    for (long at = 0; at < length; index++) {
        size_t size = strlen(line + at);
        size_t sent = 0;
        do {
            size_t part = size - sent > PART ? PART : size - sent;
            uint8_t buffer[FW_FRAME_MAX];
            struct fw_frame frame;
            char rest = line[at + (long)(sent + part)];
            line[at + (long)(sent + part)] = '\0';
            fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_ARGUMENT);
            fw_frame_uint(&frame, FW_KEY_INDEX, index);
            fw_frame_text(&frame, FW_KEY_TEXT, line + at + sent, PART);
            fw_frame_send(&frame);
            line[at + (long)(sent + part)] = rest;
            sent += part;
        } while (sent < size);
        at += (long)size + 1;
    }
}

enum { NAMES_MAX = 3500 };

/* What is to be sent of the functions that follow each other in one category. */
struct functions {
    uint32_t first;
    uint32_t category;
    size_t length;
    char names[NAMES_MAX];
};

static void send_functions(struct functions *functions)
{
    if (functions->length) {
        uint8_t buffer[FW_FRAME_MAX];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_FUNCTIONS);
        fw_frame_uint(&frame, FW_KEY_INDEX, functions->first);
        fw_frame_uint(&frame, FW_KEY_CATEGORY, functions->category);
        fw_frame_text(&frame, FW_KEY_TEXT, functions->names, NAMES_MAX);
        fw_frame_send(&frame);
    }
    functions->length = 0;
}

static void add_function(struct functions *functions, uint32_t number, uint32_t category, const char *name)
{
    size_t size = strlen(name);
    if (functions->category != category || functions->length + 1 + size + 1 > NAMES_MAX) {
        send_functions(functions);
    }
    if (functions->length == 0) {
        functions->first = number;
        functions->category = category;
    } else {
        functions->names[functions->length++] = ' ';
    }
    memcpy(functions->names + functions->length, name, size + 1);
    functions->length += size;
}

static void send_all_functions(void)
{
    struct functions functions = {.length = 0};
    for (uint32_t n = FW_FN_NONE + 1; n < FW_FN_END; n++) {
        add_function(&functions, n, fw_function_categories[n], fw_function_names[n]);
    }
    for (uint32_t n = 0; n < fw_jni_count; n++) {
        add_function(&functions, FW_FN_JNI + n, FW_CATEGORY_JVM, fw_jni_names[n]);
    }
    send_functions(&functions);
}

void fw_hello_init(const struct fw_options *the_options, bool came_by_attach)
{
    options = the_options;
    attached = came_by_attach;
    libc_version = (const char *(*)(void))dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    malloc_address = (uintptr_t)fw_image_function("malloc");
}

void fw_hello_send(void)
{
    struct utsname system;
    char effective[FW_OPTION_TEXT];
    uname(&system);
    fw_options_effective(options, effective, sizeof effective);
    uint8_t buffer[FW_FRAME_MAX];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_HELLO);
    fw_frame_uint(&frame, FW_KEY_VERSION, 1);
    fw_frame_uint(&frame, FW_KEY_PID, (uint64_t)fw_getpid());
    fw_frame_uint(&frame, FW_KEY_PPID, (uint64_t)getppid());
    fw_frame_uint(&frame, FW_KEY_WALL, wall_ns());
    fw_frame_some(&frame, FW_KEY_START, fw_process_start_ms());
    fw_frame_text(&frame, FW_KEY_HOST, system.nodename, 256);
    fw_frame_text(&frame, FW_KEY_KERNEL, system.release, 128);
    fw_frame_text(&frame, FW_KEY_ARCH, system.machine, 32);
    put_libc(&frame);
    fw_frame_some(&frame, FW_KEY_MALLOC, malloc_address);
    fw_frame_text(&frame, FW_KEY_OPTIONS, effective, FW_OPTION_TEXT);
    fw_frame_bool(&frame, FW_KEY_ATTACHED, attached);
    fw_frame_send(&frame);
    send_arguments();
    send_all_functions();
}
