/* The hot pairs, each call through this library's own PLT, so that hooks in its GOT are met. */
#ifndef FORKBENCH_HOT_H
#define FORKBENCH_HOT_H

/* In the order of HotBench.SHAPES. */
enum hot_shape {
    HOT_LOCK_UNLOCK,  /* a mutex that nobody else wants */
    HOT_MALLOC_FREE,  /* one small size, freed at once */
    HOT_MALLOC_MIX,   /* 16 to 1,024 bytes, each freed when 1,024 more live */
    HOT_RWLOCK_READ,  /* a rwlock that nobody else wants, for reading */
    HOT_RWLOCK_WRITE, /* the same for writing */
    HOT_SEMAPHORE,    /* sem_wait and sem_post of a semaphore that is free */
    HOT_SHAPES
};

/* So many pairs of this shape. For one thread at a time. */
void hot_pairs(enum hot_shape shape, long count);

#endif
