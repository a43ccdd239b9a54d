/* Slots that the loader has not bound yet: patched only where it would put the original there. */
#include <dlfcn.h>

#include "patch/image.h"
#include "patch/patch.h"
#include "support/images.h"
#include "support/unit.h"

static int (*original_answer)(void);
static int (*original_question)(void);
static int (*original_version)(void);

static int hook_version(void)
{
    return original_version() + 1000;
}

static long (*original_a64l)(const char *);

static long hook_a64l(const char *text)
{
    return original_a64l(text) + 1000;
}

static int hook_answer(void)
{
    return original_answer() + 1000;
}

static int hook_question(void)
{
    return original_question() + 1000;
}

static const struct fw_hook hooks[] = {
    {"a64l", (void *)hook_a64l, (void **)&original_a64l, false},
    {"version", (void *)hook_version, (void **)&original_version, false},
    {"answer", (void *)hook_answer, (void **)&original_answer, false},
    {"question", (void *)hook_question, (void **)&original_question, false},
};

static void *open_lazily(const char *path, struct fw_image *image)
{
    return image_open(path, RTLD_LAZY | RTLD_LOCAL, image);
}

/* Of the program's libraries; those stay. */
static struct fw_image answers;
static struct fw_image versions;
static struct fw_image libc;

static int find_libc(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    fw_image_of(info, argument);
    const char *name = fw_image_soname(argument);
    return name && strcmp(name, "libc.so.6") == 0;
}

static int set_up(void **state)
{
    (void)state;
    if (!image_find(ANSWER, &answers) || !image_find(VERSIONED, &versions)) {
        return 1;
    }
    fw_patch_note(&answers);
    fw_patch_note(&versions);
    if (dl_iterate_phdr(find_libc, &libc) != 1) {
        return 1;
    }
    fw_patch_note(&libc);
    return 0;
}

static int call(void *library, const char *name)
{
    int (*function)(void) = (int (*)(void))dlsym(library, name);
    assert_non_null(function);
    return function();
}

static void assert_all_hooked(void *library)
{
    assert_int_equal(call(library, "call_answer"), 1042);
    assert_int_equal(call(library, "call_by_address"), 1054);
    assert_int_equal(call(library, "call_by_table"), 1042);
    assert_int_equal(call(library, "call_by_variable"), 1042);
}

/* The slot wants another function than the hook's original. */
static void a_slot_for_another_version_is_left_alone(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_lazily(VERSION_CALLER, &image);
    struct slots slots = image_slots(&image, "version");
    assert_int_equal(slots.count, 2);
    for (unsigned i = 0; i < slots.count; i++) {
        assert_true(slots.lazy[i]);
    }
    assert_string_equal(slots.versions[0][8] == '1' ? slots.versions[0] : slots.versions[1], "VERSION_1");
    struct fw_patched patched = fw_patch_image(&image, VERSION_CALLER, FW_SCOPE_GLOBAL);
    assert_int_equal(patched.slots, 1);
    assert_true(patched.unbound);
    assert_int_equal(call(library, "call_former"), 1);
    assert_int_equal(call(library, "call_present"), 1002);
    assert_false(fw_patch_image(&image, VERSION_CALLER, FW_SCOPE_GLOBAL).unbound);
    assert_int_equal(call(library, "call_former"), 1);
    dlclose(library);
}

static void a_definition_has_its_version(void **state)
{
    (void)state;
    uintptr_t present = (uintptr_t)original_version;
    assert_int_equal(fw_image_address(&versions, "version", "VERSION_2"), present);
    assert_int_not_equal(fw_image_address(&versions, "version", "VERSION_1"), 0);
    assert_int_not_equal(fw_image_address(&versions, "version", "VERSION_1"), present);
    assert_int_equal(fw_image_address(&versions, "version", "VERSION_3"), 0);
    assert_int_equal(fw_image_address(&versions, "version", NULL), 0); /* the loader has a rule of its own */
    uintptr_t alike = fw_image_address(&versions, "unchanged", "VERSION_2");
    assert_int_not_equal(alike, 0);
    assert_int_equal(fw_image_address(&versions, "unchanged", NULL), alike);
    assert_int_equal(fw_image_address(&answers, "answer", NULL), (uintptr_t)original_answer);
    assert_int_equal(fw_image_address(&answers, "answer", "VERSION_1"), (uintptr_t)original_answer);
    assert_int_equal(fw_image_address(&answers, "version", NULL), 0);
}

static void names_are_looked_up_together(void **state)
{
    (void)state;
    static const char *const names[] = {"answer", "version", "question", "answers", ""};
    bool defines[ARRAY_SIZE(names)];
    fw_image_defines(&answers, names, ARRAY_SIZE(names), defines);
    assert_true(defines[0] && !defines[1] && defines[2] && !defines[3] && !defines[4]);
    fw_image_defines(&versions, names, ARRAY_SIZE(names), defines);
    assert_true(!defines[0] && defines[1] && !defines[2]);
    assert_non_null(strstr(ANSWER, fw_image_soname(&answers)));
}

/* Once the object that has the original is not known, nothing is told about slots that are not bound. */
static void without_the_originals_object_nothing_is_bound_early(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_lazily(CALLER_LAZY, &image);
    fw_patch_forget(&answers);
    assert_true(fw_patch_image(&image, CALLER_LAZY, FW_SCOPE_UNKNOWN).unbound);
    fw_patch_note(&answers);
    assert_false(fw_patch_image(&image, CALLER_LAZY, FW_SCOPE_UNKNOWN).unbound);
    dlclose(library);
}

/* From here on a second object defines `answer`: whether the loader gives the one or the other shows once it has. */
static void a_name_with_two_meanings_waits_for_the_loader(void **state)
{
    (void)state;
    struct fw_image image;
    static struct fw_image own;
    void *library = open_lazily(CALLER_OWN, &image);
    assert_true(image_find(OWN_ANSWER, &own));
    fw_patch_note(&own);
    struct fw_patched patched = fw_patch_image(&image, CALLER_OWN, FW_SCOPE_UNKNOWN);
    assert_int_equal(patched.slots, 3);
    assert_true(patched.unbound);
    assert_int_equal(call(library, "call_answer"), 42);
    patched = fw_patch_image(&image, CALLER_OWN, FW_SCOPE_UNKNOWN);
    assert_int_equal(patched.slots, 1);
    assert_false(patched.unbound);
    assert_all_hooked(library);
    dlclose(library);
}

/* The program's own scope is the one in which the original was found. */
static void two_meanings_are_one_in_the_global_scope(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_lazily(CALLER_LAZY, &image);
    assert_int_equal(fw_patch_image(&image, CALLER_LAZY, FW_SCOPE_GLOBAL).slots, 4);
    assert_all_hooked(library);
    dlclose(library);
}

/* Its own definition is what all of its calls mean, bound or not. */
static void a_plugins_own_definition_stays_its_own(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they refuse RTLD_DEEPBIND */
#else
    struct fw_image image;
    void *library = image_open(CALLER_OWN, RTLD_LAZY | RTLD_DEEPBIND, &image);
    struct fw_patched patched = fw_patch_image(&image, CALLER_OWN, FW_SCOPE_UNKNOWN);
    assert_int_equal(patched.slots, 1); /* question is nobody's but the original's */
    assert_true(patched.unbound);
    assert_int_equal(call(library, "call_answer"), 7);
    assert_int_equal(call(library, "call_by_table"), 7);
    assert_int_equal(call(library, "call_by_address"), 1054);
    patched = fw_patch_image(&image, CALLER_OWN, FW_SCOPE_UNKNOWN);
    assert_int_equal(patched.slots, 0);
    assert_false(patched.unbound);
    dlclose(library);
#endif
}

static long call_long(void *library, const char *name)
{
    long (*function)(void) = (long (*)(void))dlsym(library, name);
    assert_non_null(function);
    return function();
}

/* As with an allocator under LD_PRELOAD: all are meant to use it. */
static void what_stands_before_the_c_library_is_hooked_at_once(void **state)
{
    (void)state;
    struct fw_image image;
    void *library = open_lazily(LIBC_CALLER, &image);
    struct fw_patched patched = fw_patch_image(&image, LIBC_CALLER, FW_SCOPE_UNKNOWN);
    assert_int_equal(patched.slots, 2);
    assert_false(patched.unbound);
    assert_int_equal(call_long(library, "call_at_first_use"), 1077);
    assert_int_equal(call_long(library, "call_by_table"), 1077);
    dlclose(library);
}

/* But who is seen to be bound to the C library's own stays with that. */
static void who_has_the_c_librarys_own_keeps_it(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they refuse RTLD_DEEPBIND */
#else
    struct fw_image image;
    void *library = image_open(LIBC_CALLER, RTLD_LAZY | RTLD_DEEPBIND, &image);
    struct fw_patched patched = fw_patch_image(&image, LIBC_CALLER, FW_SCOPE_UNKNOWN);
    assert_int_equal(patched.slots, 0);
    assert_true(patched.unbound);
    assert_int_equal(call_long(library, "call_at_first_use"), 1);
    assert_int_equal(call_long(library, "call_by_table"), 1);
    assert_false(fw_patch_image(&image, LIBC_CALLER, FW_SCOPE_UNKNOWN).unbound);
    dlclose(library);
#endif
}

/* Whose hash table the agent does not read: the loader's answer is taken for it. */
static void a_definition_of_an_old_library_is_known(void **state)
{
    (void)state;
    struct fw_definition definition;
    assert_true(fw_image_defining("old_hash", &definition));
    assert_int_equal(definition.address, (uintptr_t)dlsym(RTLD_DEFAULT, "old_hash"));
    assert_non_null(strstr(definition.path, "old-hash"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_for_another_version_is_left_alone),
        cmocka_unit_test(a_definition_has_its_version),
        cmocka_unit_test(names_are_looked_up_together),
        cmocka_unit_test(without_the_originals_object_nothing_is_bound_early),
        cmocka_unit_test(a_name_with_two_meanings_waits_for_the_loader),
        cmocka_unit_test(two_meanings_are_one_in_the_global_scope),
        cmocka_unit_test(a_plugins_own_definition_stays_its_own),
        cmocka_unit_test(what_stands_before_the_c_library_is_hooked_at_once),
        cmocka_unit_test(who_has_the_c_librarys_own_keeps_it),
        cmocka_unit_test(a_definition_of_an_old_library_is_known),
    };
    fw_patch_init(hooks, ARRAY_SIZE(hooks));
    return cmocka_run_group_tests_name("binding", tests, set_up, NULL);
}
