/* Snapshots of what living threads hold. */
#include "watch/snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "child/lock_word.h"
#include "state/clock.h"
#include "state/lock_origins.h"
#include "state/shared.h"
#include "state/threads.h"
#include "stream/stream.h"
#include "support/crowd.h"
#include "support/pipe.h"
#include "support/records.h"
#include "support/unit.h"

static const uint64_t SECOND_US = 1000000;
static const uint64_t US_NS = 1000;
static const uint64_t NOW_US = 5000000000;
static const uintptr_t SITE = 0x5550000;
enum { COLUMNS = 6, HELD_FOR_S = 10 };

/* One row of a snapshot. */
struct row {
    uint64_t thread;
    uint64_t address;
    uint64_t kind;
    uint64_t site;
    uint64_t taken_us;
    uint64_t origin;
};

enum { ROWS_MAX = 1024, PAIRS = 256 };
static struct {
    unsigned frames;
    uint64_t index;
    unsigned rows;
    struct row row[ROWS_MAX];
    unsigned unrecorded; /* numbers */
    uint64_t pairs[PAIRS];
} seen;

static void read_rows(const struct item *locks, const uint8_t *end)
{
    uint64_t above[COLUMNS] = {0};
    const uint8_t *at = locks->bytes;
    assert_int_equal(locks->number % COLUMNS, 0);
    for (uint64_t i = 0; i < locks->number; i++) {
        struct item item;
        at = decode_item(at, end, &item);
        assert_non_null(at);
        above[i % COLUMNS] += (uint64_t)item_signed(&item);
        if (i % COLUMNS == COLUMNS - 1) {
            assert_true(seen.rows < ROWS_MAX);
            seen.row[seen.rows++] = (struct row){above[0], above[1], above[2], above[3], above[4], above[5]};
        }
    }
}

static void read_unrecorded(const struct item *pairs, const uint8_t *end)
{
    const uint8_t *at = pairs->bytes;
    for (uint64_t i = 0; i < pairs->number; i++) {
        struct item item;
        at = decode_item(at, end, &item);
        assert_true(at && seen.unrecorded < PAIRS);
        seen.pairs[seen.unrecorded++] = item.number;
    }
}

/* Takes a snapshot and reads its frames. */
static void take(void)
{
    struct decoded frame;
    bool more = true;
    memset(&seen, 0, sizeof seen);
    errno = EDOM;
    fw_snapshot_send(NOW_US * US_NS, HELD_FOR_S * SECOND_US * US_NS);
    assert_int_equal(errno, EDOM);
    while (more) {
        assert_true(pipe_next(&frame));
        assert_int_equal(decoded_number(&frame, FW_KEY_TYPE), FW_RECORD_SNAPSHOT);
        assert_true(seen.frames == 0 || decoded_number(&frame, FW_KEY_INDEX) == seen.index);
        assert_int_equal(decoded_number(&frame, FW_KEY_EPOCH), 1);
        seen.index = decoded_number(&frame, FW_KEY_INDEX);
        seen.frames++;
        const struct item *locks = decoded_item(&frame, FW_KEY_LOCKS);
        assert_non_null(locks);
        read_rows(locks, locks->bytes + FW_FRAME_MAX);
        const struct item *unrecorded = decoded_item(&frame, FW_KEY_UNRECORDED);
        if (unrecorded) {
            read_unrecorded(unrecorded, unrecorded->bytes + FW_FRAME_MAX);
        }
        more = decoded_number(&frame, FW_KEY_MORE) == 21;
    }
    assert_false(pipe_next(&frame));
}

/* The calling thread's record says that it took this lock so many seconds ago. */
static void record(struct fw_thread *thread, const void *lock, uint8_t kind, uint64_t seconds)
{
    struct fw_held_lock *held = thread->locks[0].address ? &thread->locks[thread->lock_end++] : &thread->locks[0];
    *held = (struct fw_held_lock){
        .address = (uintptr_t)lock, .site = SITE, .taken_kind = (NOW_US - seconds * SECOND_US) << 8 | kind};
}

static struct fw_thread *self;

static int set_up(void **state)
{
    (void)state;
    pipe_open();
    self = fw_threads_self(NULL);
    records_clear(self);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    records_clear(self);
    pipe_close();
    return 0;
}

static void without_locks_there_is_one_frame(void **state)
{
    (void)state;
    take();
    uint64_t index = seen.index;
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.rows, 0);
    assert_int_equal(seen.unrecorded, 0);
    take();
    assert_int_equal(seen.index, index + 1);
}

static void what_is_held_for_long_is_sent(void **state)
{
    (void)state;
    pthread_mutex_t old = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t young = PTHREAD_MUTEX_INITIALIZER;
    pthread_rwlock_t read = PTHREAD_RWLOCK_INITIALIZER;
    pthread_mutex_lock(&old);
    pthread_mutex_lock(&young);
    pthread_rwlock_rdlock(&read);
    record(self, &old, FW_LOCK_KIND_MUTEX, HELD_FOR_S);
    record(self, &young, FW_LOCK_KIND_MUTEX, HELD_FOR_S - 1);
    record(self, &read, FW_LOCK_KIND_RWLOCK_READ, 77);
    fw_lock_origin_set((uintptr_t)&read, 33);
    take();
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.rows, 2);
    assert_int_equal(seen.row[0].thread, self->id);
    assert_int_equal(seen.row[0].address, (uintptr_t)&old);
    assert_int_equal(seen.row[0].kind, FW_LOCK_KIND_MUTEX);
    assert_int_equal(seen.row[0].site, SITE);
    assert_int_equal(seen.row[0].taken_us, NOW_US - HELD_FOR_S * SECOND_US);
    assert_int_equal(seen.row[0].origin, 0);
    assert_int_equal(seen.row[1].address, (uintptr_t)&read);
    assert_int_equal(seen.row[1].kind, FW_LOCK_KIND_RWLOCK_READ);
    assert_int_equal(seen.row[1].origin, 33);
    fw_lock_origin_set((uintptr_t)&read, 0);
    pthread_rwlock_unlock(&read);
    pthread_mutex_unlock(&young);
    pthread_mutex_unlock(&old);
}

/* Linked in place of the look at the locks' memory (ld(1), --wrap): the thread goes on after it. */
typedef void look(const uintptr_t *locks, const uint8_t *kinds, uint32_t count, struct fw_lock_word *words);
look real_look __asm__("__real_fw_lock_words_afar");
look look_and_go_on __asm__("__wrap_fw_lock_words_afar");
static void (*meanwhile)(void);

void look_and_go_on(const uintptr_t *locks, const uint8_t *kinds, uint32_t count, struct fw_lock_word *words)
{
    real_look(locks, kinds, count, words);
    if (meanwhile) {
        meanwhile();
    }
}

static void take_again(void)
{
    self->locks[0].taken_kind += 1 << 8;
}

static void give_back(void)
{
    records_clear(self);
}

static void go_on_as_another(void)
{
    self->id += 1000;
}

static void what_changes_meanwhile_is_not_sent(void **state)
{
    (void)state;
    static void (*const changes[])(void) = {take_again, give_back, go_on_as_another};
    uint32_t id = self->id;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        records_clear(self);
        record(self, &lock, FW_LOCK_KIND_MUTEX, 60);
        take();
        assert_int_equal(seen.rows, 1);
        meanwhile = changes[i];
        take();
        meanwhile = NULL;
        assert_int_equal(seen.rows, 0);
        self->id = id;
    }
    pthread_mutex_unlock(&lock);
}

static void a_lock_of_several_processes_is_marked(void **state)
{
    (void)state;
    sem_t semaphore;
    assert_int_equal(sem_init(&semaphore, 1, 0), 0);
    record(self, &semaphore, FW_LOCK_KIND_SEMAPHORE, 60);
    take();
    assert_int_equal(seen.rows, 1);
    assert_int_equal(seen.row[0].kind, FW_LOCK_KIND_SEMAPHORE + 16);
    sem_destroy(&semaphore);
}

static void *hold_for_another(void *argument)
{
    pthread_mutex_lock(argument);
    return NULL;
}

/* Given back by another thread, taken by another thread since, no longer there, not known when. */
static void what_the_lock_itself_denies_is_not_sent(void **state)
{
    (void)state;
    pthread_t other;
    pthread_mutex_t released = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t anothers = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t undated = PTHREAD_MUTEX_INITIALIZER;
    assert_int_equal(pthread_create(&other, NULL, hold_for_another, &anothers), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    void *gone = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_int_equal(munmap(gone, 4096), 0);
    pthread_mutex_lock(&undated);
    record(self, &released, FW_LOCK_KIND_MUTEX, 60);
    record(self, &anothers, FW_LOCK_KIND_MUTEX, 60);
    record(self, gone, FW_LOCK_KIND_MUTEX, 60);
    record(self, &undated, FW_LOCK_KIND_MUTEX, 60);
    self->locks[self->lock_end - 1].taken_kind = FW_LOCK_KIND_MUTEX;
    record(self, NULL, FW_LOCK_KIND_MUTEX, 60);
    take();
    assert_int_equal(seen.rows, 0);
    pthread_mutex_unlock(&undated);
}

/* More than a frame has room for: each row arrives once, and each thread whose record has no room. */
static void many_go_into_several_frames(void **state)
{
    (void)state;
    enum { THREADS = 60 };
    static sem_t locks[THREADS][FW_LOCKS_MAX];
    struct fw_thread *threads[THREADS];
    for (unsigned t = 0; t < THREADS; t++) {
        threads[t] = fw_threads_claim();
        assert_non_null(threads[t]);
        fw_threads_live(threads[t], fw_gettid());
        threads[t]->lock_more = t + 1;
        for (unsigned i = 0; i < FW_LOCKS_MAX; i++) {
            sem_init(&locks[t][i], 0, 0);
            record(threads[t], &locks[t][i], FW_LOCK_KIND_SEMAPHORE, 1000 + t * FW_LOCKS_MAX + i);
        }
    }
    take();
    assert_true(seen.frames > 1);
    assert_int_equal(seen.rows, THREADS * FW_LOCKS_MAX);
    assert_int_equal(seen.unrecorded, 2 * THREADS);
    for (unsigned t = 0; t < THREADS; t++) {
        for (unsigned i = 0; i < FW_LOCKS_MAX; i++) {
            const struct row *row = &seen.row[(size_t)t * FW_LOCKS_MAX + i];
            assert_int_equal(row->thread, threads[t]->id);
            assert_int_equal(row->address, (uintptr_t)&locks[t][i]);
            assert_int_equal(row->taken_us, NOW_US - (1000 + t * FW_LOCKS_MAX + i) * SECOND_US);
            sem_destroy(&locks[t][i]);
        }
        assert_int_equal(seen.pairs[2 * (size_t)t], threads[t]->id);
        assert_int_equal(seen.pairs[2 * (size_t)t + 1], t + 1);
    }
    for (unsigned t = 0; t < THREADS; t++) {
        fw_threads_release(threads[t]);
    }
}

/* --- while threads take and give back --------------------------------------------------------------------------------
 */

enum { WORKERS = 4, SNAPSHOTS = 200 };
static _Atomic bool finished;
static pthread_mutex_t kept[WORKERS];

struct worker {
    unsigned number;
};

/* Keeps one lock, and takes and gives back others above it in its record, as the hooks do. */
static void work(struct worker *worker)
{
    static pthread_mutex_t others[WORKERS][FW_LOCKS_MAX];
    struct fw_thread *thread = fw_threads_self(NULL);
    pthread_mutex_t *locks = others[worker->number];
    pthread_mutex_lock(&kept[worker->number]);
    record(thread, &kept[worker->number], FW_LOCK_KIND_MUTEX, 60);
    while (!finished) {
        for (unsigned i = 1; i < FW_LOCKS_MAX; i++) {
            pthread_mutex_lock(&locks[i]);
            record(thread, &locks[i], FW_LOCK_KIND_MUTEX, 0);
        }
        for (unsigned i = FW_LOCKS_MAX - 1; i > 0; i--) {
            thread->lock_end = i;
            pthread_mutex_unlock(&locks[i]);
        }
    }
    records_clear(thread);
    pthread_mutex_unlock(&kept[worker->number]);
    fw_threads_release(thread);
}

static void look_on(void)
{
    for (unsigned i = 0; i < SNAPSHOTS; i++) {
        take();
        for (unsigned row = 0; row < seen.rows; row++) {
            const uint64_t address = seen.row[row].address;
            assert_true(address >= (uintptr_t)kept && address < (uintptr_t)(kept + WORKERS));
        }
    }
    finished = true;
}

static void run(void *argument)
{
    struct worker *worker = argument;
    if (worker->number == WORKERS) {
        look_on();
    } else {
        work(worker);
    }
}

static void only_what_stays_is_seen_while_threads_work(void **state)
{
    (void)state;
    struct worker workers[WORKERS + 1];
    for (unsigned i = 0; i <= WORKERS; i++) {
        workers[i].number = i;
        if (i < WORKERS) {
            pthread_mutex_init(&kept[i], NULL);
        }
    }
    finished = false;
    crowd_run(WORKERS + 1, run, workers, sizeof workers[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_locks_there_is_one_frame),           TEST(what_is_held_for_long_is_sent),
        TEST(what_changes_meanwhile_is_not_sent),         TEST(a_lock_of_several_processes_is_marked),
        TEST(what_the_lock_itself_denies_is_not_sent),    TEST(many_go_into_several_frames),
        TEST(only_what_stays_is_seen_while_threads_work),
    };
    return fw_shared_init() && fw_threads_init(1024) ? cmocka_run_group_tests_name("snapshot", tests, NULL, NULL) : 1;
}
