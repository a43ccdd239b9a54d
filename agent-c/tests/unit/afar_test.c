/* Reading memory that may not be there, in each of its ways. */
#include "child/afar.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/unit.h"

enum { PAGES = 5, HOLE = 2, SECRET = 4 };

/* Pages with each its number in every byte; one is not mapped, and the last may not be read. */
static uint8_t *pages(void)
{
    uint8_t *area = mmap(NULL, (size_t)PAGES * FW_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(area != MAP_FAILED);
    for (int i = 0; i < PAGES; i++) {
        memset(area + (size_t)i * FW_PAGE, i + 1, FW_PAGE);
    }
    assert_int_equal(munmap(area + (size_t)HOLE * FW_PAGE, FW_PAGE), 0);
    assert_int_equal(mprotect(area + (size_t)SECRET * FW_PAGE, FW_PAGE, PROT_NONE), 0);
    return area;
}

static bool reads_what_is_there(const uint8_t *area)
{
    uint8_t bytes[64];
    uintptr_t start = (uintptr_t)area;
    errno = 77;
    bool good = fw_afar_read(start + FW_PAGE - 8, bytes, 16) && bytes[7] == 1 && bytes[8] == 2;
    good = good && fw_afar_read(start + 3, bytes, 1) && bytes[0] == 1;
    good = good && !fw_afar_read(start + (size_t)HOLE * FW_PAGE, bytes, 1);
    good = good && !fw_afar_read(start + (size_t)HOLE * FW_PAGE - 1, bytes, 2);
    good = good && !fw_afar_read(start + (size_t)SECRET * FW_PAGE, bytes, 4);
    good = good && !fw_afar_read(0, bytes, 4) && !fw_afar_read(UINTPTR_MAX - 2, bytes, 8);
    return good && errno == 77;
}

static bool reads_up_to_the_hole(const uint8_t *area)
{
    static uint8_t bytes[PAGES * FW_PAGE];
    errno = 77;
    bool good = fw_afar_read_until((uintptr_t)area + 100, bytes, sizeof bytes) == HOLE * FW_PAGE - 100;
    good = good && bytes[0] == 1 && bytes[HOLE * FW_PAGE - 101] == HOLE;
    good = good && fw_afar_read_until((uintptr_t)area + (size_t)HOLE * FW_PAGE, bytes, 10) == 0;
    good = good && fw_afar_read_until((uintptr_t)area + 10, bytes, 20) == 20;
    return good && errno == 77;
}

/* Its bytes where they are, or in the room. */
static bool sees_up_to_the_hole(const uint8_t *area, bool in_place)
{
    static uint8_t room[PAGES * FW_PAGE];
    const uint8_t *from = area + 100;
    const void *at = NULL;
    memset(room, 0, sizeof room);
    errno = 77;
    bool good = fw_afar_see_until((uintptr_t)from, room, sizeof room, &at) == HOLE * FW_PAGE - 100;
    good = good && at == (in_place ? from : room) && memcmp(at, from, HOLE * FW_PAGE - 100) == 0;
    good = good && fw_afar_see_until((uintptr_t)area + (size_t)SECRET * FW_PAGE, room, 10, &at) == 0;
    return good && errno == 77;
}

/* Holes at the first, two behind one another, and the last. */
static bool goes_on_behind_holes(const uint8_t *area)
{
    static const struct {
        unsigned page;
        unsigned bytes;
    } wanted[] = {{HOLE, 4}, {0, 20}, {HOLE, 12}, {SECRET, 8}, {1, 4}, {3, 32}, {HOLE, 4}};
    enum { COUNT = sizeof wanted / sizeof wanted[0] };
    struct iovec pieces[COUNT];
    uint8_t bytes[256];
    memset(bytes, 0xee, sizeof bytes);
    for (int i = 0; i < COUNT; i++) {
        pieces[i] = (struct iovec){.iov_base = (void *)(uintptr_t)(area + (size_t)wanted[i].page * FW_PAGE + 64),
                                   .iov_len = wanted[i].bytes};
    }
    bool good = fw_afar_read_pieces(pieces, COUNT, bytes) == (1u << 1 | 1u << 4 | 1u << 5);
    return good && bytes[4] == 1 && bytes[23] == 1 && bytes[24 + 20] == 2 && bytes[24 + 24] == 4 &&
           bytes[24 + 24 + 31] == 4 && bytes[24 + 24 + 32 + 4] == 0xee;
}

static bool reads(void)
{
    const uint8_t *area = pages();
    return reads_what_is_there(area) && reads_up_to_the_hole(area) && goes_on_behind_holes(area);
}

static void by_the_kernels_copy(void **state)
{
    (void)state;
    assert_true(reads());
    assert_true(sees_up_to_the_hole(pages(), false));
}

static void alone(void **state)
{
    (void)state;
    fw_afar_alone(true);
    bool good = reads() && sees_up_to_the_hole(pages(), true);
    fw_afar_alone(false);
    assert_true(good);
}

/* What was readable once is not looked at again, but only for as long as nobody can take it away. */
static void a_new_time_alone(void **state)
{
    (void)state;
    uint8_t byte;
    uint8_t *page = mmap(NULL, FW_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(page != MAP_FAILED);
    fw_afar_alone(true);
    bool before = fw_afar_read((uintptr_t)page, &byte, 1);
    fw_afar_alone(false);
    munmap(page, FW_PAGE);
    fw_afar_alone(true);
    bool after = fw_afar_read((uintptr_t)page, &byte, 1);
    fw_afar_alone(false);
    assert_true(before);
    assert_false(after);
}

static bool refuse_the_copy(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* As in a container whose rules forbid process_vm_readv. */
static void where_the_kernel_forbids_it(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(!refuse_the_copy() ? 2 : reads() ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_kernels_copy),
        cmocka_unit_test(alone),
        cmocka_unit_test(a_new_time_alone),
        cmocka_unit_test(where_the_kernel_forbids_it),
    };
    return cmocka_run_group_tests_name("afar", tests, NULL, NULL);
}
