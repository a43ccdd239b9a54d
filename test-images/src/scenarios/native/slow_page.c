/* A page whose first touch waits: how a thread is stopped inside a function of the C library that reads or writes the
 * caller's memory under its lock. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include "play.h"

static char *page;
static size_t page_size;
static struct sigaction the_jvms;

/* The JVM's handler keeps all faults that are not ours. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    if ((uintptr_t)info->si_addr - (uintptr_t)page < page_size) {
        play_hold();
        mprotect(page, page_size, PROT_READ | PROT_WRITE);
        return;
    }
    the_jvms.sa_sigaction(number, info, context);
}

char *play_slow_page(void)
{
    if (!page) {
        page_size = (size_t)sysconf(_SC_PAGESIZE);
        page = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) {
            perror("play: mmap");
            abort();
        }
    }
    return page;
}

void play_make_slow(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER};
    if (sigaction(SIGSEGV, &action, &the_jvms) != 0 || mprotect(page, page_size, PROT_NONE) != 0) {
        perror("play: slow page");
        abort();
    }
}
