/* The agent without its JVM: state, hooks and fork handlers, writing into a pipe. */
#ifndef FW_TESTS_AGENT_H
#define FW_TESTS_AGENT_H

#include <stdbool.h>

/* Once a process. False where the agent refuses to start. */
bool agent_start(void);

#endif
