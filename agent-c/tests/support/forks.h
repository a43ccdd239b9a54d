/* What the tests of hooks share: a pipe around each test, and what parent and child tell of one fork. */
#ifndef FW_TESTS_FORKS_H
#define FW_TESTS_FORKS_H

#include <sys/types.h>

#include "stream/stream.h"
#include "support/pipe.h"

/* Around each test: a pipe, and afterwards nothing lost and no trace of a fork on this thread. */
int forks_set_up(void **state);
int forks_tear_down(void **state);

/* Waits for the child; its wait status. */
int status_of(pid_t pid);

/* Reads up to the FORK record of the next fork, which this thread made; its id. */
uint64_t expect_fork(enum fw_call call);

struct story {
    unsigned results;
    unsigned children;
    uint64_t result_pid;
    uint64_t result_errno;
    uint64_t child_pid;
    struct decoded last; /* the child's last frame; its texts are gone */
    uint64_t next_seq;
    unsigned frames; /* of the child, less those of stacks */
};

/* Reads everything that parent and child tell of this fork: their frames come in any order, each one's in its own. */
void read_story(uint64_t fork, struct story *story);

#endif
