/* What the libraries that stand in for allocators tell. */
#ifndef FW_TESTS_FAKE_ALLOCATOR_H
#define FW_TESTS_FAKE_ALLOCATOR_H

#define FAKE_JEMALLOC_VERSION "5.3.0-0-gfake"
#define FAKE_GPERFTOOLS_VERSION "gperftools 2.10"
#define FAKE_MIMALLOC_NUMBER 209
#define FAKE_ARENAS 17
#define FAKE_ALLOCATED 123456
#define FAKE_MAPPED 999424

#endif
