/* Slots of real libraries, bound at once under RELRO and lazily, patched and called. */
#include "patch/patch.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "support/images.h"
#include "support/unit.h"

static int (*original_answer)(void);
static int (*original_question)(void);
static void *original_missing;
static int calls;

static int hook_answer(void)
{
    calls++;
    return original_answer() + 1000;
}

static int hook_question(void)
{
    calls++;
    return original_question() + 1000;
}

static const struct fw_hook hooks[] = {
    {"answer", (void *)hook_answer, (void **)&original_answer, false},
    {"question", (void *)hook_question, (void **)&original_question, true},
    {"forkwitness_no_such_function", (void *)hook_answer, &original_missing, false},
};

static int set_up(void **state)
{
    static struct fw_image answers;
    (void)state;
    if (!image_find(ANSWER, &answers)) {
        return 1;
    }
    fw_patch_note(&answers);
    return 0;
}

static void *open_library(const char *path, struct fw_image *image)
{
    calls = 0;
    return image_open(path, RTLD_LAZY | RTLD_LOCAL, image);
}

static size_t patch_all(const struct fw_image *image, const char *path)
{
    return fw_patch_image(image, path, FW_SCOPE_UNKNOWN).slots;
}

static int call(void *library, const char *name)
{
    int (*function)(void) = (int (*)(void))dlsym(library, name);
    assert_non_null(function);
    return function();
}

static void assert_all_hooked(void *library)
{
    calls = 0;
    assert_int_equal(call(library, "call_answer"), 1042);
    assert_int_equal(call(library, "call_by_address"), 1054);
    assert_int_equal(call(library, "call_by_table"), 1042);
    assert_int_equal(call(library, "call_by_variable"), 1042);
    assert_int_equal(calls, 4);
}

static void originals_are_found(void **state)
{
    (void)state;
    assert_ptr_equal(original_answer, dlsym(RTLD_DEFAULT, "answer"));
    assert_null(original_missing);
}

static void a_name_and_its_address_give_the_hook(void **state)
{
    (void)state;
    assert_ptr_equal(fw_patch_replacement("answer", (void *)original_answer), hook_answer);
    assert_null(fw_patch_replacement("answer", (void *)original_question));
    assert_null(fw_patch_replacement("question", NULL));
    assert_null(fw_patch_replacement("answers", (void *)original_answer));
    assert_null(fw_patch_replacement("forkwitness_no_such_function", NULL));
    assert_null(fw_patch_replacement("", (void *)original_answer));
}

static bool in_relro(const struct fw_image *image, void *const *slot)
{
    return (uintptr_t)slot >= image->relro && (uintptr_t)slot < image->relro + image->relro_size;
}

static void full_relro_is_opened_and_closed_again(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_library(CALLER_NOW, &image);
    assert_int_equal(call(library, "call_answer"), 42);
    struct slots slots = image_slots(&image, "answer");
    assert_int_equal(slots.count, 3);
    unsigned protected = 0;
    for (unsigned i = 0; i < slots.count; i++) {
        assert_false(slots.lazy[i]);
        protected += in_relro(&image, slots.at[i]);
        assert_int_equal(is_writable(slots.at[i]), !in_relro(&image, slots.at[i]));
    }
    assert_int_equal(protected, 2); /* the third is the variable */
    assert_int_equal(patch_all(&image, CALLER_NOW), 4);
    assert_all_hooked(library);
    for (unsigned i = 0; i < slots.count; i++) {
        assert_ptr_equal(*slots.at[i], hook_answer);
        assert_int_equal(is_writable(slots.at[i]), !in_relro(&image, slots.at[i]));
    }
    assert_int_equal(patch_all(&image, CALLER_NOW), 0); /* nothing is left to do */
    dlclose(library);
}

static void a_slot_that_is_not_bound_yet_is_patched(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_library(CALLER_LAZY, &image);
    struct slots slots = image_slots(&image, "answer");
    unsigned lazy = 0;
    for (unsigned i = 0; i < slots.count; i++) {
        lazy += slots.lazy[i];
    }
    assert_int_equal(lazy, 1);
    struct fw_patched patched = fw_patch_image(&image, CALLER_LAZY, FW_SCOPE_LATER);
    assert_int_equal(patched.slots, 3);
    assert_true(patched.unbound);
    patched = fw_patch_image(&image, CALLER_LAZY, FW_SCOPE_UNKNOWN);
    assert_int_equal(patched.slots, 1);
    assert_false(patched.unbound);
    assert_all_hooked(library);
    dlclose(library);
}

static void a_slot_that_was_bound_lazily_is_patched(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_library(CALLER_LAZY, &image);
    assert_int_equal(call(library, "call_answer"), 42);
    assert_int_equal(call(library, "call_answer"), 42);
    assert_int_equal(patch_all(&image, CALLER_LAZY), 4);
    assert_all_hooked(library);
    dlclose(library);
}

static int interposer(void)
{
    return 7;
}

/* Somebody else's hook stays where it is. */
static void an_interposed_slot_is_left_alone(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_library(CALLER_LAZY, &image);
    struct slots slots = image_slots(&image, "answer");
    for (unsigned i = 0; i < slots.count; i++) {
        if (slots.lazy[i]) {
            *slots.at[i] = (void *)interposer;
        }
    }
    assert_int_equal(patch_all(&image, CALLER_LAZY), 3);
    assert_int_equal(call(library, "call_answer"), 7);
    assert_int_equal(call(library, "call_by_table"), 1042);
    dlclose(library);
}

static void a_library_without_such_imports_stays_as_it_is(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_library(ANSWER, &image);
    assert_int_equal(image_slots(&image, "answer").count, 0);
    assert_int_equal(patch_all(&image, ANSWER), 0);
    assert_int_equal(call(library, "answer"), 42);
    dlclose(library);
}

static int read_build_id(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    if (strcmp(info->dlpi_name, ANSWER) != 0) {
        return 0;
    }
    return (int)fw_image_build_id(info, argument);
}

/* The linker was told this one. */
static void the_build_id_is_read(void **state)
{
    (void)state;
    uint8_t id[64];
    assert_int_equal(dl_iterate_phdr(read_build_id, id), 8);
    assert_memory_equal(id, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
}

static void an_image_spans_its_code_and_data(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_library(CALLER_NOW, &image);
    uintptr_t code = (uintptr_t)dlsym(library, "call_answer");
    assert_in_range(code, image.start, image.end - 1);
    assert_in_range((uintptr_t)image_slots(&image, "answer").at[0], image.start, image.end - 1);
    assert_in_range((uintptr_t)image.dynamic, image.start, image.end - 1);
    assert_false(code >= image.relro && code < image.relro + image.relro_size);
    dlclose(library);
}

static void the_object_around_an_address_is_the_loaders(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_library(CALLER_NOW, &image);
    const void *addresses[] = {dlsym(library, "call_answer"), image.dynamic, (void *)original_answer, (void *)malloc,
                               (void *)set_up};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        Dl_info info;
        assert_int_not_equal(dladdr(addresses[i], &info), 0);
        assert_ptr_equal(fw_image_around(addresses[i]), info.dli_fbase);
    }
    assert_ptr_equal(fw_image_around((void *)image.start), image.start);
    assert_ptr_not_equal(fw_image_around((void *)image.end), image.start);
    assert_null(fw_image_around(NULL));
    assert_null(fw_image_around(&image));
    dlclose(library);
}

static void a_definition_is_found_by_its_name(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_library(ANSWER, &image);
    const ElfW(Sym) *symbol = fw_image_definition(&image, "answer");
    assert_non_null(symbol);
    assert_ptr_equal((void *)(image.bias + symbol->st_value), original_answer);
    assert_null(fw_image_definition(&image, "forkwitness_no_such_function"));
    dlclose(library);
    library = open_library(CALLER_NOW, &image);
    assert_null(fw_image_definition(&image, "answer")); /* imported, not defined */
    dlclose(library);
}

/* Last, since it stays: a library that comes later is bound to the hook by the loader itself. */
static void an_early_hook_is_there_before_a_later_library_runs(void **state)
{
    (void)state;
    struct fw_image answer;
    struct fw_image later;
    void *library = open_library(ANSWER, &answer);
    assert_int_equal(fw_patch_definitions(&answer), 1);
    assert_int_equal(fw_patch_definitions(&answer), 0);
    assert_false(is_writable((void **)(void *)fw_image_definition(&answer, "question")));
    dlclose(library);
    library = open_library(CALLER_NOW, &later);
    assert_ptr_equal(*image_slots(&later, "question").at[0], hook_question);
    assert_ptr_equal(*image_slots(&later, "answer").at[0], original_answer); /* not an early one */
    dlclose(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(originals_are_found),
        cmocka_unit_test(a_name_and_its_address_give_the_hook),
        cmocka_unit_test(full_relro_is_opened_and_closed_again),
        cmocka_unit_test(a_slot_that_is_not_bound_yet_is_patched),
        cmocka_unit_test(a_slot_that_was_bound_lazily_is_patched),
        cmocka_unit_test(an_interposed_slot_is_left_alone),
        cmocka_unit_test(a_library_without_such_imports_stays_as_it_is),
        cmocka_unit_test(the_build_id_is_read),
        cmocka_unit_test(an_image_spans_its_code_and_data),
        cmocka_unit_test(the_object_around_an_address_is_the_loaders),
        cmocka_unit_test(a_definition_is_found_by_its_name),
        cmocka_unit_test(an_early_hook_is_there_before_a_later_library_runs),
    };
    fw_patch_init(hooks, ARRAY_SIZE(hooks));
    return cmocka_run_group_tests_name("patch", tests, set_up, NULL);
}
