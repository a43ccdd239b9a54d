/* Roles: what glibc's fork makes whole again, streams and its own allocator; and an allocator that nobody makes whole.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>

#include "own_malloc.h"
#include "play.h"

/* Reads and writes of such a stream come here, under the stream's lock. */
static ssize_t read_nothing(void *cookie, char *buffer, size_t size)
{
    (void)cookie, (void)buffer, (void)size;
    play_hold();
    return 0;
}

static ssize_t write_nowhere(void *cookie, const char *buffer, size_t size)
{
    (void)cookie, (void)buffer;
    play_hold();
    return (ssize_t)size;
}

static FILE *stream;

static void open_stream(void)
{
    stream = fopencookie(NULL, "r", (cookie_io_functions_t){.read = read_nothing});
}

static void hold_stream(void)
{
    char byte;
    size_t count = fread(&byte, 1, 1, stream); /* HERE: hold-stream */
    (void)count;
}

/* Not the same as the one before: the compiler makes one function of two that are. */
static void read_stream(void)
{
    char bytes[2];
    size_t count = fread(bytes, 1, sizeof bytes, stream); /* HERE: read-stream */
    (void)count;
}

/* malloc_stats prints what it finds in each arena to stderr while it holds the arena's lock, the main arena's first
 * (glibc, malloc/malloc.c). The variable stderr may be assigned to. */
static FILE *slow_error;

static void open_slow_error(void)
{
    slow_error = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_nowhere});
    setvbuf(slow_error, NULL, _IONBF, 0);
}

static void hold_arena(void)
{
    FILE *kept = stderr;
    stderr = slow_error;
    malloc_stats(); /* HERE: hold-arena */
    stderr = kept;
}

/* Needs the main arena's lock whichever arena the thread allocates from. */
static void trim_arenas(void)
{
    malloc_trim(0); /* HERE: trim-arenas */
    STAY();
}

/* The compiler may drop an allocation that is only freed. */
static void *volatile memory;

static void hold_own_malloc(void)
{
    void (*volatile * inside)(void) = dlsym(RTLD_DEFAULT, "own_malloc_inside");
    if (!inside) {
        fprintf(stderr, "play: own-malloc is not preloaded\n");
        abort();
    }
    *inside = play_hold;
    memory = malloc(OWN_MALLOC_BYTES); /* HERE: hold-own-malloc */
    free(memory);
    *inside = NULL;
}

static void allocate(void)
{
    memory = malloc(OWN_MALLOC_BYTES); /* HERE: allocate */
    free(memory);
}

const struct play_role play_stream_roles[] = {
    {"open-stream", open_stream},         {"hold-stream", hold_stream}, {"read-stream", read_stream},
    {"open-slow-error", open_slow_error}, {"hold-arena", hold_arena},   {"trim-arenas", trim_arenas},
    {"hold-own-malloc", hold_own_malloc}, {"allocate", allocate},       {NULL, NULL},
};
