/* The agent without its JVM, for valgrind's callgrind: forkbench-count plain|hooked SHAPE COUNT. Makes so many pairs,
 * through the hooks or without them. Callgrind is told to collect inside hot_pairs alone. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hot.h"
#include "patch/objects.h"
#include "support/agent.h"

static void *wait_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        pause();
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: forkbench-count plain|hooked SHAPE COUNT\n");
        return 2;
    }
    if (strcmp(argv[1], "hooked") == 0) {
        if (!agent_start()) {
            fprintf(stderr, "forkbench-count: the agent does not start\n");
            return 1;
        }
        fw_objects_scan(true);
    }
    /* As in a JVM: the C library saves itself a few instructions in a process without threads. */
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0) {
        perror("forkbench-count: pthread_create");
        return 1;
    }
    hot_pairs((enum hot_shape)strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10));
    return 0;
}
