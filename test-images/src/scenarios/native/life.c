/* Roles of children: how they go on, and how they end. */
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "play.h"

/* Those that a program which closes all its descriptors usually tries: 3 to 1023. */
enum { FIRST_DESCRIPTOR = 3, END_OF_DESCRIPTORS = 1024, SMALL = 24 };

/* The compiler may drop an allocation that is only freed. */
static void *volatile memory;

static void nothing(void) {}

static void exec(void)
{
    execl("/bin/true", "true", (char *)NULL); /* HERE: play-exec */
    _exit(EXEC_FAILED);
}

/* The status that the application gets from waitpid. */
static void exec_with_status(void)
{
    execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
    _exit(EXEC_FAILED);
}

static void close_each_then_exec(void)
{
    for (int descriptor = FIRST_DESCRIPTOR; descriptor < END_OF_DESCRIPTORS; descriptor++) {
        close(descriptor);
    }
    exec();
}

static void close_range_then_exec(void)
{
    close_range(FIRST_DESCRIPTOR, ~0U, 0);
    exec();
}

static void closefrom_then_exec(void)
{
    closefrom(FIRST_DESCRIPTOR);
    exec();
}

static void dup2_over_each_then_exec(void)
{
    for (int descriptor = FIRST_DESCRIPTOR; descriptor < END_OF_DESCRIPTORS; descriptor++) {
        dup2(STDOUT_FILENO, descriptor);
    }
    exec();
}

/* The allocations of children stand in the forking thread's own cache, whatever a thread that shares its arena does.
 * More than one, as the compiler makes one function of two that are the same. */
static void warm_allocator(void)
{
    for (int i = 0; i < 2; i++) {
        memory = malloc(SMALL);
        free(memory);
    }
}

static void allocate_small(void)
{
    memory = malloc(SMALL); /* HERE: allocate-small */
    free(memory);
}

static void allocate_then_exec(void)
{
    allocate_small();
    exec();
}

static void fail_exec_then_allocate(void)
{
    execl("/nonexistent/program", "program", (char *)NULL);
    allocate_small();
    _exit(EXEC_FAILED);
}

/* exit(3) runs the JVM's own exit handlers, for which the child has no threads. The handler that was registered last
 * runs first and ends the child by the bare system call. */
static bool leaves;

static void leave_child(void)
{
    if (leaves) {
        syscall(SYS_exit_group, 4);
    }
}

static void prepare_exit(void)
{
    atexit(leave_child);
}

static void leave_by_exit(void)
{
    leaves = true;
    exit(4); /* HERE: leave-by-exit */
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    STAY();
}

static void *idle(void *argument)
{
    return argument;
}

static void start_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, idle, NULL) != 0) { /* HERE: start-thread */
        _exit(1);
    }
    pthread_join(thread, NULL);
}

/* The usual way into the background: the child's child has no terminal and is nobody's child. The write end that it
 * holds tells the parent that it has ended. */
static void fork_again(void)
{
    setsid();
    pid_t pid = fork(); /* HERE: fork-again */
    if (pid == 0) {
        play_ready();
        _exit(6);
    }
    _exit(5);
}

static void fork_and_reap(void)
{
    pid_t pid = fork(); /* HERE: fork-and-reap */
    if (pid == 0) {
        allocate_small();
        _exit(6);
    }
    scenario_reap(pid, NULL);
    _exit(5);
}

const struct play_role play_life_roles[] = {
    {"nothing", nothing},
    {"exec", exec},
    {"exec-with-status", exec_with_status},
    {"close-each-then-exec", close_each_then_exec},
    {"close-range-then-exec", close_range_then_exec},
    {"closefrom-then-exec", closefrom_then_exec},
    {"dup2-over-each-then-exec", dup2_over_each_then_exec},
    {"warm-allocator", warm_allocator},
    {"allocate-small", allocate_small},
    {"allocate-then-exec", allocate_then_exec},
    {"fail-exec-then-allocate", fail_exec_then_allocate},
    {"prepare-exit", prepare_exit},
    {"leave-by-exit", leave_by_exit},
    {"die", die},
    {"start-thread", start_thread},
    {"fork-again", fork_again},
    {"fork-and-reap", fork_and_reap},
    {NULL, NULL},
};
