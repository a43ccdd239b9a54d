#include "crowd.h"

#include "unit.h"

enum { CROWD_MAX = 64 };

struct member {
    pthread_t thread;
    pthread_barrier_t *start;
    void (*body)(void *);
    void *argument;
};

static void *run(void *argument)
{
    struct member *member = argument;
    pthread_barrier_wait(member->start);
    member->body(member->argument);
    return NULL;
}

void crowd_run(unsigned count, void (*body)(void *), void *arguments, size_t size)
{
    struct member members[CROWD_MAX];
    pthread_barrier_t start;
    assert_in_range(count, 1, CROWD_MAX);
    assert_int_equal(pthread_barrier_init(&start, NULL, count), 0);
    for (unsigned i = 0; i < count; i++) {
        members[i] = (struct member){.start = &start, .body = body, .argument = (char *)arguments + i * size};
        assert_int_equal(pthread_create(&members[i].thread, NULL, run, &members[i]), 0);
    }
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(pthread_join(members[i].thread, NULL), 0);
    }
    pthread_barrier_destroy(&start);
}
