/* What the tests of Python frames share: a thread that a CPython knows (libs/fake_python.h), and what a capture sends.
 */
#ifndef FW_TESTS_PYTHON_H
#define FW_TESTS_PYTHON_H

#include "libs/fake_python.h"
#include "stack/python.h"

/* Of the running thread; two frames, fork_it and <module>, before each test. */
extern struct fake_state python_own;
extern const char python_two_frames[];

/* Around each test. */
int python_set_up(void **state);
int python_tear_down(void **state);

struct python_seen {
    uint32_t stack;
    uint32_t lines; /* PYTHON_FRAME records */
    uint32_t last_line;
    uint64_t python; /* of the STACK record, 0 where it has none */
    uint32_t ids[FW_PYTHON_DEPTH];
};

/* Reads what a capture sent. */
void python_read_all(struct python_seen *seen);
/* Captures a stack, always from the same place, and reads what that sent. */
struct python_seen python_capture(void);

#endif
