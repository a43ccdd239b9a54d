/* A pipe in place of the collector. */
#ifndef FW_TESTS_PIPE_H
#define FW_TESTS_PIPE_H

#include "decode.h"

/* Makes the agent's stream write into a pipe of this process with room for 1 MiB. */
void pipe_open(void);
/* The same for a stream that begins: nothing sent or lost yet, no limit, 5 ms of patience. */
void pipe_open_new(void);
/* Sends the stream nowhere and closes both ends. */
void pipe_close(void);
/* The two ends, for tests that need one. */
int pipe_reading_end(void);
int pipe_writing_end(void);

/* Sends a small frame: STATE with this number in SENT. */
void pipe_send_small(uint64_t value);

/* The next frame of the pipe; false where it is empty. Fails the test at bytes that are no frame. The frame is good
 * until the next call. */
bool pipe_next(struct decoded *frame);
/* The next frame of this record type, skipping others; false where there is none left. */
bool pipe_next_of(uint64_t type, struct decoded *frame);
/* Reads the pipe until it is empty. */
void pipe_drain(void);

#endif
