/* Forked children that the watch from outside looks at, without hooks. */
#ifndef FW_TESTS_CHILDREN_H
#define FW_TESTS_CHILDREN_H

#include <stdint.h>
#include <sys/types.h>

#include "decode.h"
#include "state/children.h"
#include "stream/stream.h"
#include "watch/children.h"

struct child {
    pid_t pid;
    uint32_t fork;
    struct fw_child_slot *slot;
};

/* Forks a child that enters the table, runs body and ends with status 7; returns once it is in the table. It ends with
 * this process. */
struct child child_begin(void (*body)(void));
/* Kills and reaps it, and gives its slot back. */
void child_end(const struct child *child);

/* Waits until this task of the child is blocked in the system call with this number. */
void child_wait_in(pid_t pid, pid_t tid, long number);
/* Waits until the child has ended; it stays to be reaped. */
void child_wait_end(pid_t pid);

/* The agent's look at all children at this age of this one; how many live. */
uint32_t child_look(const struct fw_child_watch *watch, const struct child *child, uint64_t milliseconds);
/* The pipe's next record is of this type, written by this process, about this child. */
void child_expect(const struct child *child, enum fw_record type, struct decoded *frame);
/* The pipe is empty. */
void child_expect_nothing(void);

#endif
