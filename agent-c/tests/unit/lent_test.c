/* A program that is not position-independent, as Debian's python3: it takes the addresses of functions that libraries
 * define, and so lends entries of its own PLT as these addresses to the whole process. */
#include <dlfcn.h>
#include <stdlib.h>

#include "patch/allocator.h"
#include "patch/patch.h"
#include "support/images.h"
#include "support/unit.h"

int answer(void);

/* Set by code, in which such an address is a number that the linker must know. */
static int (*volatile lent_answer)(void);
static void *(*volatile lent_malloc)(size_t);

static int (*original_answer)(void);

static int hook_answer(void)
{
    return original_answer() + 1000;
}

static const struct fw_hook hooks[] = {{"answer", (void *)hook_answer, (void **)&original_answer, false}};

static bool lies_in(const void *address, const struct fw_image *image)
{
    return (uintptr_t)address >= image->start && (uintptr_t)address < image->end;
}

static void the_program_lends_its_own_addresses(void **state)
{
    (void)state;
    struct fw_image answers;
    assert_true(image_find(ANSWER, &answers));
    assert_ptr_equal(dlsym(RTLD_DEFAULT, "answer"), (void *)lent_answer);
    assert_false(lies_in((void *)lent_answer, &answers));
}

static void the_original_is_the_definition(void **state)
{
    (void)state;
    struct fw_image answers;
    assert_true(image_find(ANSWER, &answers));
    fw_patch_init(hooks, 1);
    assert_true(lies_in((void *)original_answer, &answers));
}

/* By its own slot, through which the address that it lends leads as well. */
static void the_programs_calls_are_hooked(void **state)
{
    (void)state;
    struct fw_image answers;
    struct fw_image program;
    int plain = lent_answer();
    assert_true(image_find(ANSWER, &answers));
    assert_true(image_find("", &program));
    fw_patch_note(&answers);
    fw_patch_note(&program);
    assert_true(fw_patch_image(&program, "the program", FW_SCOPE_GLOBAL).slots > 0);
    assert_int_equal(lent_answer(), plain + 1000);
}

static void the_allocator_is_the_librarys(void **state)
{
    (void)state;
    struct fw_allocator allocator;
    assert_true(fw_allocator_find(&allocator));
    assert_true(lies_in((void *)allocator.malloc, &allocator.image));
    assert_ptr_not_equal((void *)allocator.malloc, (void *)lent_malloc);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_GLIBC);
    assert_int_equal(allocator.protection, FW_PROTECTED);
}

int main(void)
{
    lent_answer = answer;
    lent_malloc = malloc;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_lends_its_own_addresses),
        cmocka_unit_test(the_original_is_the_definition),
        cmocka_unit_test(the_programs_calls_are_hooked),
        cmocka_unit_test(the_allocator_is_the_librarys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
