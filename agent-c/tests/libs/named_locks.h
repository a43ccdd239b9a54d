/* A library with locks that its symbol table names. */
#ifndef FW_TESTS_NAMED_LOCKS_H
#define FW_TESTS_NAMED_LOCKS_H

struct named_locks {
    void *threads;
    void *chunk;
    void *terminate;
    void *another; /* in variables that are no locks by their names */
};

void named_locks_set(struct named_locks locks);

#endif
