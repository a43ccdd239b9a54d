/* The dictionary of stacks, and the STACK records that it makes. */
#include "stack/dictionary.h"

#include "stack/capture.h"
#include "state/shared.h"
#include "stream/stream.h"
#include "support/crowd.h"
#include "support/pipe.h"
#include "support/unit.h"

/* Distinct stacks for distinct numbers. */
static void fill(struct fw_capture *capture, uint32_t number, uint32_t native, uint32_t java)
{
    memset(capture, 0, sizeof *capture);
    capture->native = native;
    capture->java = java;
    for (uint32_t i = 0; i < native; i++) {
        capture->pcs[i] = 0x7f0000000000u + (uintptr_t)number * 0x1000u + i;
    }
    for (uint32_t i = 0; i < java; i++) {
        capture->frames[i] =
            (struct fw_java_frame){.bci = (int32_t)i - 3, .method = (void *)(0x550000000000u + (uintptr_t)i * 8u)};
    }
}

static bool holds(const struct fw_stack *stack, const struct fw_capture *capture)
{
    bool same = stack && stack->native == capture->native && stack->java == capture->java;
    for (uint32_t i = 0; same && i < stack->native; i++) {
        same = stack->pcs[i] == capture->pcs[i];
    }
    for (uint32_t i = 0; same && i < stack->java; i++) {
        same = stack->frames[i].method == capture->frames[i].method && stack->frames[i].bci == capture->frames[i].bci;
    }
    same = same && stack->python == capture->python;
    for (uint32_t i = 0; same && i < stack->python; i++) {
        same = stack->lines[i] == capture->lines[i];
    }
    return same;
}

static void the_same_stack_has_the_same_id(void **state)
{
    (void)state;
    struct fw_capture capture;
    bool is_new;
    fill(&capture, 1, 10, 20);
    uint32_t count = fw_dictionary_count();
    uint32_t id = fw_dictionary_enter(&capture, 1, &is_new);
    assert_true(is_new);
    assert_int_equal(id, count + 1);
    assert_int_equal(fw_dictionary_enter(&capture, 1, &is_new), id);
    assert_false(is_new);
    assert_int_equal(fw_dictionary_count(), count + 1);
    const struct fw_stack *stack = fw_dictionary_get(id);
    assert_true(holds(stack, &capture));
    assert_int_equal(stack->id, id);
    assert_int_equal(stack->epoch, 1);
}

static void any_difference_is_another_stack(void **state)
{
    (void)state;
    struct fw_capture base;
    struct fw_capture other;
    uint32_t ids[12];
    bool is_new;
    fill(&base, 2, 5, 5);
    ids[0] = fw_dictionary_enter(&base, 1, &is_new);
    ids[1] = fw_dictionary_enter(&base, 2, &is_new); /* another epoch */
    other = base;
    other.pcs[4]++;
    ids[2] = fw_dictionary_enter(&other, 1, &is_new);
    other = base;
    other.native = 4;
    ids[3] = fw_dictionary_enter(&other, 1, &is_new);
    other = base;
    other.java = 4;
    ids[4] = fw_dictionary_enter(&other, 1, &is_new);
    other = base;
    other.frames[0].bci = 17;
    ids[5] = fw_dictionary_enter(&other, 1, &is_new);
    other = base;
    other.frames[3].method = &other;
    ids[6] = fw_dictionary_enter(&other, 1, &is_new);
    other = base;
    other.in_signal = true;
    ids[7] = fw_dictionary_enter(&other, 1, &is_new);
    other = base;
    other.python = 1;
    other.lines[0] = 1;
    ids[8] = fw_dictionary_enter(&other, 1, &is_new);
    other.lines[0] = 2;
    ids[9] = fw_dictionary_enter(&other, 1, &is_new);
    other.python = 2;
    other.lines[1] = 1;
    ids[10] = fw_dictionary_enter(&other, 1, &is_new);
    other.lines[0] = 1;
    other.lines[1] = 2;
    ids[11] = fw_dictionary_enter(&other, 1, &is_new);
    assert_true(fw_dictionary_get(ids[7])->in_signal);
    assert_false(fw_dictionary_get(ids[0])->in_signal);
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        assert_int_not_equal(ids[i], 0);
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(ids[i], ids[k]);
        }
    }
}

static void a_stack_of_python_frames_alone_has_an_id(void **state)
{
    (void)state;
    struct fw_capture capture;
    bool is_new;
    fill(&capture, 4, 0, 0);
    capture.python = 3; /* an odd number of half words */
    capture.lines[0] = 7;
    capture.lines[1] = 5;
    capture.lines[2] = 7;
    uint32_t id = fw_dictionary_enter(&capture, 1, &is_new);
    assert_true(is_new);
    assert_true(holds(fw_dictionary_get(id), &capture));
    /* The next one is not written over it. */
    fill(&capture, 5, 2, 2);
    uint32_t next = fw_dictionary_enter(&capture, 1, &is_new);
    assert_int_equal((uintptr_t)fw_dictionary_get(next)->pcs % sizeof(uintptr_t), 0);
    assert_true(holds(fw_dictionary_get(next), &capture));
    assert_int_equal(fw_dictionary_get(id)->lines[2], 7);
}

static void an_empty_stack_has_no_id(void **state)
{
    (void)state;
    struct fw_capture capture;
    bool is_new = true;
    fill(&capture, 3, 0, 0);
    assert_int_equal(fw_dictionary_enter(&capture, 1, &is_new), 0);
    assert_false(is_new);
    assert_null(fw_dictionary_get(0));
    assert_null(fw_dictionary_get(fw_dictionary_count() + 1));
    assert_null(fw_dictionary_get(UINT32_MAX));
}

/* Puts the parts of one stack, in the order of arrival, together again. */
static unsigned join(uint32_t id, struct fw_capture *joined)
{
    struct decoded frame;
    struct item item;
    unsigned parts = 0;
    bool more = true;
    memset(joined, 0, sizeof *joined);
    while (more) {
        assert_true(pipe_next_of(FW_RECORD_STACK, &frame));
        assert_int_equal(decoded_number(&frame, FW_KEY_STACK), id);
        const struct item *pcs = decoded_item(&frame, FW_KEY_PCS);
        const struct item *frames = decoded_item(&frame, FW_KEY_FRAMES);
        const uint8_t *at = pcs ? pcs->bytes : NULL;
        for (uint64_t i = 0; pcs && i < pcs->number; i++) {
            at = decode_item(at, at + 9, &item);
            joined->pcs[joined->native++] = item.number;
        }
        const struct item *python = decoded_item(&frame, FW_KEY_PYTHON);
        at = python ? python->bytes : NULL;
        for (uint64_t i = 0; python && i < python->number; i++) {
            at = decode_item(at, at + 9, &item);
            joined->lines[joined->python++] = (uint32_t)item.number;
        }
        at = frames ? frames->bytes : NULL;
        for (uint64_t i = 0; frames && i < frames->number; i += 2) {
            at = decode_item(at, at + 9, &item);
            joined->frames[joined->java].method = (void *)(uintptr_t)item.number;
            at = decode_item(at, at + 9, &item);
            joined->frames[joined->java++].bci = (int32_t)item_signed(&item);
        }
        more = decoded_number(&frame, FW_KEY_MORE) == 21;
        parts++;
    }
    return parts;
}

static void a_stack_travels_in_the_parts_that_it_needs(void **state)
{
    (void)state;
    static const struct {
        uint32_t native;
        uint32_t java;
        uint32_t python;
        unsigned parts;
    } sizes[] = {{1, 0, 0, 1},
                 {0, 1, 0, 1},
                 {0, 0, 1, 1},
                 {FW_NATIVE_DEPTH, 0, FW_PYTHON_DEPTH, 1},
                 {FW_NATIVE_DEPTH, FW_JAVA_DEPTH, 0, 2},
                 {FW_NATIVE_DEPTH, FW_JAVA_DEPTH, FW_PYTHON_DEPTH, 2}};
    pipe_open();
    for (uint32_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        static struct fw_capture capture;
        static struct fw_capture joined;
        bool is_new;
        fill(&capture, 100 + i, sizes[i].native, sizes[i].java);
        for (uint32_t k = 0; k < capture.java; k++) {
            capture.frames[k].bci = INT32_MAX - (int32_t)k; /* the widest */
        }
        capture.python = sizes[i].python;
        for (uint32_t k = 0; k < capture.python; k++) {
            capture.lines[k] = UINT32_MAX - k;
        }
        uint32_t id = fw_dictionary_enter(&capture, 4, &is_new);
        fw_capture_send(fw_dictionary_get(id));
        assert_int_equal(join(id, &joined), sizes[i].parts);
        assert_int_equal(joined.native, capture.native);
        assert_int_equal(joined.java, capture.java);
        assert_int_equal(joined.python, capture.python);
        assert_true(holds(fw_dictionary_get(id), &joined));
    }
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
    pipe_close();
}

enum { THREADS = 8, STACKS = 1000 };

struct entered {
    uint32_t first; /* every thread begins with another stack */
    uint32_t ids[STACKS];
    bool is_new[STACKS];
};

static void enter_all(void *argument)
{
    struct entered *entered = argument;
    struct fw_capture capture;
    for (uint32_t i = 0; i < STACKS; i++) {
        uint32_t number = (entered->first + i) % STACKS;
        fill(&capture, 10000 + number, 30, 10);
        entered->ids[number] = fw_dictionary_enter(&capture, 9, &entered->is_new[number]);
    }
}

/* A thread that is stopped between taking a bucket and naming the id makes others enter the stack once more: what holds
 * always is that each id has the right content, that exactly one thread was told to send it, and that in the end every
 * thread gets one and the same id. */
static void eight_threads_enter_the_same_stacks(void **state)
{
    (void)state;
    static struct entered entered[THREADS];
    static unsigned senders[THREADS * STACKS];
    uint32_t before = fw_dictionary_count();
    for (uint32_t i = 0; i < THREADS; i++) {
        entered[i].first = i % 2 ? 0 : i * 50;
    }
    crowd_run(THREADS, enter_all, entered, sizeof entered[0]);
    uint32_t count = fw_dictionary_count();
    assert_in_range(count - before, STACKS, THREADS * STACKS);
    for (uint32_t number = 0; number < STACKS; number++) {
        struct fw_capture capture;
        bool is_new;
        fill(&capture, 10000 + number, 30, 10);
        for (uint32_t i = 0; i < THREADS; i++) {
            uint32_t id = entered[i].ids[number];
            assert_in_range(id, before + 1, count);
            assert_true(holds(fw_dictionary_get(id), &capture));
            senders[id - before - 1] += entered[i].is_new[number];
        }
        uint32_t settled = fw_dictionary_enter(&capture, 9, &is_new);
        assert_false(is_new);
        assert_int_equal(fw_dictionary_enter(&capture, 9, &is_new), settled);
    }
    for (uint32_t i = 0; i < count - before; i++) {
        assert_int_equal(senders[i], 1);
    }
    assert_int_equal(fw_dictionary_count(), count);
}

/* Last: there is no room after it. */
static void a_full_dictionary_refuses_and_counts(void **state)
{
    (void)state;
    struct fw_capture capture;
    bool is_new = true;
    uint32_t refused = fw_dictionary_refused();
    assert_int_equal(refused, 0);
    uint32_t id = 1;
    for (uint32_t number = 100000; id; number++) {
        fill(&capture, number, 1, 0);
        id = fw_dictionary_enter(&capture, 1, &is_new);
        assert_true(number < 200000);
    }
    assert_false(is_new);
    assert_int_equal(fw_dictionary_refused(), 1);
    uint32_t count = fw_dictionary_count();
    assert_non_null(fw_dictionary_get(count));
    /* Known stacks are still known. */
    fill(&capture, 1, 10, 20);
    assert_int_not_equal(fw_dictionary_enter(&capture, 1, &is_new), 0);
    assert_false(is_new);
    assert_int_equal(fw_dictionary_count(), count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_stack_has_the_same_id),
        cmocka_unit_test(any_difference_is_another_stack),
        cmocka_unit_test(a_stack_of_python_frames_alone_has_an_id),
        cmocka_unit_test(an_empty_stack_has_no_id),
        cmocka_unit_test(a_stack_travels_in_the_parts_that_it_needs),
        cmocka_unit_test(eight_threads_enter_the_same_stacks),
        cmocka_unit_test(a_full_dictionary_refuses_and_counts),
    };
    return fw_shared_init() && fw_capture_init() ? cmocka_run_group_tests_name("dictionary", tests, NULL, NULL) : 1;
}
