/* Roles: functions of the C library that keep state under a lock of their own. A thread is stopped inside each for
 * certain, and children call the same. */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "play.h"

/* dl_iterate_phdr runs a callback under dl_load_write_lock. */
static int hold_in_callback(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)info, (void)size, (void)data;
    play_hold();
    return 1;
}

static void hold_objects(void)
{
    dl_iterate_phdr(hold_in_callback, NULL); /* HERE: hold-objects */
    STAY();
}

static int stop(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)info, (void)size, (void)data;
    return 1;
}

static void list_objects(void)
{
    dl_iterate_phdr(stop, NULL); /* HERE: list-objects */
    STAY();
}

/* tzset opens the file that TZ names and reads it under tzset_lock (glibc, time/tzset.c, tzfile.c). The file is a named
 * pipe: opening its other end succeeds no sooner than tzset has opened it, and no byte ever comes. */
static char time_zone[512];
static int other_end = -1;

static void make_time_zone(void)
{
    const char *directory = getenv("SCENARIO_DIRECTORY");
    if (!directory || snprintf(time_zone, sizeof time_zone, ":%s/zone", directory) >= (int)sizeof time_zone ||
        mkfifo(time_zone + 1, 0600) != 0 || setenv("TZ", time_zone, 1) != 0) {
        perror("play: time zone");
        abort();
    }
}

static void hold_time_zone(void)
{
    play_say();
    tzset(); /* HERE: hold-time-zone */
    STAY();
}

static void open_other_end(void)
{
    other_end = open(time_zone + 1, O_WRONLY | O_CLOEXEC);
}

static void close_other_end(void)
{
    close(other_end);
    unlink(time_zone + 1);
}

static void set_time_zone(void)
{
    tzset(); /* HERE: set-time-zone */
    STAY();
}

/* setenv compares its name with each entry of environ under envlock (glibc, stdlib/setenv.c): one of them lies in the
 * slow page, put there by putenv, which keeps the caller's string. */
static void enter_slow_variable(void)
{
    strcpy(play_slow_page(), "FORKWITNESS_SLOW=1");
    putenv(play_slow_page());
}

static void hold_environment(void)
{
    enter_slow_variable();
    play_make_slow();
    setenv("FORKWITNESS_HOLDER", "1", 1); /* HERE: hold-environment */
    STAY();
}

static int hold_environment_in_callback(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)info, (void)size, (void)data;
    hold_environment();
    return 1;
}

static void hold_nested(void)
{
    dl_iterate_phdr(hold_environment_in_callback, NULL); /* HERE: hold-nested */
    STAY();
}

static void set_variable(void)
{
    setenv("FORKWITNESS_CHILD", "1", 1); /* HERE: set-variable */
    STAY();
}

/* initstate fills the caller's buffer under its lock (glibc, stdlib/random.c). The page stays mapped: it is the state
 * from then on. */
static void hold_random(void)
{
    enum { STATE_BYTES = 64 };
    char *state = play_slow_page();
    play_make_slow();
    initstate(1, state, STATE_BYTES); /* HERE: hold-random */
    STAY();
}

static void draw_random(void)
{
    random(); /* HERE: draw-random */
    STAY();
}

/* __cxa_atexit allocates room for 32 more functions by calloc under __exit_funcs_lock (glibc, stdlib/cxa_atexit.c): the
 * preloaded library slow-calloc calls back from there. */
static volatile bool called_back;

static void no_work(void) {}

static void hold_in_calloc(void)
{
    play_hold();
    called_back = true;
}

static void hold_exit_functions(void)
{
    enum { MORE_THAN_A_BLOCK = 64 };
    void (**slow_calloc)(void) = dlsym(RTLD_DEFAULT, "slow_calloc_inside");
    if (!slow_calloc) {
        fprintf(stderr, "play: slow-calloc is not preloaded\n");
        abort();
    }
    *slow_calloc = hold_in_calloc;
    for (int i = 0; i < MORE_THAN_A_BLOCK && !called_back; i++) {
        atexit(no_work); /* HERE: hold-exit-functions */
    }
    *slow_calloc = NULL;
}

static void add_exit_function(void)
{
    atexit(no_work); /* HERE: add-exit-function */
    STAY();
}

/* dlopen runs constructors under dl_load_lock. */
__attribute__((visibility("default"))) void scenario_constructor_waits(void);

void scenario_constructor_waits(void)
{
    play_hold();
}

static void hold_loader(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s/libslow-constructor.so", play_directory);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL); /* HERE: hold-loader */
    if (library) {
        dlclose(library);
    }
}

static void load_library(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s/libplugin-a.so", play_directory);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL); /* HERE: load-library */
    if (!library) {
        _exit(1);
    }
}

/* C++'s new and delete (Itanium C++ ABI, 5.1.5): there where an allocator that has its own is preloaded. */
void *_Znwm(size_t size) __attribute__((weak));
void _ZdlPv(void *block) __attribute__((weak));

static void call_new(void)
{
    void *block = _Znwm(100); /* HERE: call-new */
    _ZdlPv(block);
}

const struct play_role play_region_roles[] = {
    {"call-new", call_new},
    {"hold-objects", hold_objects},
    {"list-objects", list_objects},
    {"make-time-zone", make_time_zone},
    {"hold-time-zone", hold_time_zone},
    {"open-other-end", open_other_end},
    {"close-other-end", close_other_end},
    {"set-time-zone", set_time_zone},
    {"hold-environment", hold_environment},
    {"hold-nested", hold_nested},
    {"set-variable", set_variable},
    {"hold-random", hold_random},
    {"draw-random", draw_random},
    {"hold-exit-functions", hold_exit_functions},
    {"add-exit-function", add_exit_function},
    {"hold-loader", hold_loader},
    {"load-library", load_library},
    {NULL, NULL},
};
