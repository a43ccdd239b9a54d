#include "named_locks.h"

/* Variables as HotSpot has them: of the whole program, of one file, of a class. Mangled as C++ would (Itanium C++ ABI,
 * 5.1). */
void *Threads_lock;
static void *chunk __asm__("_ZL13chunk_monitor") __attribute__((used));
static void *terminate __asm__("_ZN8VMThread15_terminate_lockE") __attribute__((used));
/* None of these is a lock: by its name, by its size, by its kind, by its name again. */
void *another;
unsigned small_lock;
static void *odd __asm__("_ZNK3odd5_lockEv") __attribute__((used));
void function_lock(void);

void function_lock(void) {}

void named_locks_set(struct named_locks locks)
{
    Threads_lock = locks.threads;
    chunk = locks.chunk;
    terminate = locks.terminate;
    another = locks.another;
    odd = locks.another;
}
