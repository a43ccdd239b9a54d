/* Names of the JVM's locks, from the symbol table of a library that stands in for libjvm. */
#include "watch/jvm_locks.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libs/named_locks.h"
#include "support/images.h"
#include "support/unit.h"

/* Owner, mutex, condition */
static const size_t LOCK = sizeof(void *) + sizeof(pthread_mutex_t) + sizeof(pthread_cond_t);
enum { LOCKS_BYTES = 8 * 128 };

/* Locks side by side, as malloc may place them. */
static char heap[LOCKS_BYTES];
static char name[128];
static uintptr_t bias;

static int set_up(void **state)
{
    (void)state;
    struct fw_image image;
    assert_true(image_find(NAMED_LOCKS, &image));
    bias = image.bias;
    named_locks_set((struct named_locks){
        .threads = heap, .chunk = heap + LOCK, .terminate = heap + 3 * LOCK, .another = heap + 5 * LOCK});
    memset(name, 'x', sizeof name);
    return 0;
}

static bool find(const char *path, const void *address)
{
    return fw_jvm_lock_name_in(path, bias, (uintptr_t)address, name, sizeof name);
}

static void assert_named(size_t offset, const char *expected)
{
    assert_true(find(NAMED_LOCKS, heap + offset));
    assert_string_equal(name, expected);
}

static void each_kind_of_variable_names_its_lock(void **state)
{
    (void)state;
    errno = EDOM;
    assert_named(0, "Threads_lock");
    assert_named(8, "Threads_lock");
    assert_named(LOCK - 1, "Threads_lock");
    assert_named(LOCK, "chunk_monitor");
    assert_named(3 * LOCK + 56, "VMThread::_terminate_lock");
    assert_int_equal(errno, EDOM);
}

/* A lock that begins inside the reach of the one before it. */
static void the_nearest_one_counts(void **state)
{
    (void)state;
    named_locks_set((struct named_locks){.threads = heap, .chunk = heap + 64, .terminate = heap + 32});
    assert_named(31, "Threads_lock");
    assert_named(32, "VMThread::_terminate_lock");
    assert_named(64, "chunk_monitor");
    assert_named(64 + LOCK - 1, "chunk_monitor");
}

static void what_is_no_lock_has_no_name(void **state)
{
    (void)state;
    assert_false(find(NAMED_LOCKS, heap + 2 * LOCK));
    assert_false(find(NAMED_LOCKS, heap + 4 * LOCK));
    assert_false(find(NAMED_LOCKS, heap + 5 * LOCK));
    assert_false(find(NAMED_LOCKS, NULL));
    named_locks_set((struct named_locks){.threads = NULL});
    assert_false(find(NAMED_LOCKS, heap));
    assert_false(find(NAMED_LOCKS, NULL));
}

static void a_name_that_does_not_fit_is_not_given(void **state)
{
    (void)state;
    char small[] = "0123456789ab";
    assert_false(fw_jvm_lock_name_in(NAMED_LOCKS, bias, (uintptr_t)heap, small, strlen(small)));
    assert_string_equal(small, "0123456789ab");
    assert_true(fw_jvm_lock_name_in(NAMED_LOCKS, bias, (uintptr_t)heap, small, sizeof small));
    assert_string_equal(small, "Threads_lock");
}

/* A copy of the library with one byte changed. */
static void change_copy(const char *path, long at)
{
    static char bytes[1 << 20];
    FILE *from = fopen(NAMED_LOCKS, "rb");
    FILE *to = fopen(path, "wb");
    assert_true(from && to);
    size_t length = fread(bytes, 1, sizeof bytes, from);
    assert_in_range(length, 1, sizeof bytes - 1);
    if (at >= 0) {
        bytes[at] ^= 1;
    }
    assert_int_equal(fwrite(bytes, 1, length, to), length);
    fclose(from);
    fclose(to);
}

static long note_offset(void)
{
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;
    long offset = -1;
    FILE *file = fopen(NAMED_LOCKS, "rb");
    assert_non_null(file);
    assert_int_equal(fread(&header, sizeof header, 1, file), 1);
    assert_int_equal(fseek(file, (long)header.e_phoff, SEEK_SET), 0);
    for (int i = 0; i < header.e_phnum; i++) {
        assert_int_equal(fread(&segment, sizeof segment, 1, file), 1);
        if (segment.p_type == PT_NOTE) {
            offset = (long)(segment.p_offset + segment.p_filesz - 1);
        }
    }
    fclose(file);
    assert_true(offset > 0);
    return offset;
}

static void a_file_that_is_not_the_loaded_one_names_nothing(void **state)
{
    (void)state;
    char path[] = "named-locks-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    change_copy(path, -1);
    assert_true(find(path, heap));
    change_copy(path, note_offset()); /* its build-id */
    assert_false(find(path, heap));
    change_copy(path, EI_PAD); /* nobody reads it */
    assert_false(find(path, heap));
    assert_int_equal(truncate(path, 40), 0);
    assert_false(find(path, heap));
    unlink(path);
    assert_false(find(path, heap));
    assert_false(find("/proc/self/cmdline", heap));
    /* Nothing is loaded there. */
    assert_false(fw_jvm_lock_name_in(NAMED_LOCKS, 4096, (uintptr_t)heap, name, sizeof name));
}

static void without_a_jvm_there_are_no_names(void **state)
{
    (void)state;
    assert_false(fw_jvm_lock_name((uintptr_t)heap, name, sizeof name));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_variable_names_its_lock),
        TEST(the_nearest_one_counts),
        TEST(what_is_no_lock_has_no_name),
        TEST(a_name_that_does_not_fit_is_not_given),
        TEST(a_file_that_is_not_the_loaded_one_names_nothing),
        TEST(without_a_jvm_there_are_no_names),
    };
    return cmocka_run_group_tests_name("jvm_locks", tests, NULL, NULL);
}
