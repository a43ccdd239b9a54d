/* All that is marked by FW_CHILD_PAGE (base/sys.h) lies on one page. */
#include "support/unit.h"

#include "base/sys.h"
#include "state/self.h"

/* By the linker, for a section whose name is one of C (ld, Input Section Example). */
extern const char start[] __asm__("__start_fw_child_page");
extern const char stop[] __asm__("__stop_fw_child_page");

static void is_one_page(void **state)
{
    (void)state;
    assert_int_equal((uintptr_t)start % FW_PAGE, 0);
    assert_in_range((uintptr_t)(stop - start), 1, FW_PAGE);
    assert_in_range((uintptr_t)&fw_is_forked_child, (uintptr_t)start, (uintptr_t)stop - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_one_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
