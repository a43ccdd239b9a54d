/* The hooks of functions that keep state: they pass everything on, and say that the thread is inside for exactly as
 * long as it is. */
#include "state/held.h"

#include <dlfcn.h>
#include <errno.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "hooks/allocator.h"
#include "state/calm.h"
#include "state/threads.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/hooked.h"
#include "support/unit.h"

static uint32_t depth(void)
{
    return fw_threads_self(NULL)->region_depth;
}

/* --- every hook, with a probe in place of its original
 * ----------------------------------------------------------------- */

/* Names by the number of their parameters, a va_list not counted; a void function's after the bar. */
static const char *const by_parameters[] = {
    "clearenv random rand getchar getpwent getgrent | tzset setpwent endpwent setgrent endgrent closelog malloc_stats",
    "putenv unsetenv localtime gmtime mktime timelocal timegm ctime setstate atexit at_quick_exit duplocale "
    "__duplocale "
    "iconv_close gettext textdomain malloc valloc pvalloc malloc_trim fclose fflush fgetc getc _IO_getc putchar puts "
    "gethostbyname getprotobyname getprotobynumber getpwnam getpwuid getgrnam getgrgid vprintf vscanf __isoc99_vscanf "
    "__isoc23_vscanf | srandom srand freelocale "
    "__freelocale free rewind perror",
    "localtime_r gmtime_r ctime_r on_exit __cxa_at_quick_exit setlocale iconv_open dgettext __dgettext bindtextdomain "
    "bind_textdomain_codeset dl_iterate_phdr calloc realloc aligned_alloc memalign malloc_info fopen fopen64 fdopen "
    "ungetc fputc putc _IO_putc fputs vfprintf __vprintf_chk vfscanf __isoc99_vfscanf __isoc23_vfscanf gethostbyname2 "
    "getservbyname "
    "getservbyport initgroups | vsyslog",
    "setenv initstate __cxa_atexit __cxa_thread_atexit_impl newlocale __newlocale dcgettext __dcgettext ngettext "
    "posix_memalign freopen freopen64 fseek fseeko fseeko64 fgets getline __vfprintf_chk "
    "gethostbyaddr | openlog __vsyslog_chk",
    "strftime wcsftime dngettext fread __fgets_chk getdelim __getdelim fwrite getaddrinfo getpwent_r "
    "getgrent_r getgrouplist |",
    "strftime_l __strftime_l wcsftime_l iconv dcngettext __fread_chk getprotobyname_r getprotobynumber_r getpwnam_r "
    "getpwuid_r getgrnam_r getgrgid_r |",
    "gethostbyname_r getservbyname_r getservbyport_r |",
    "getnameinfo gethostbyname2_r |",
    "gethostbyaddr_r |",
};
enum { PARAMETERS_MAX = 8, PROBED = 0x5a5a5a5a, PROBED_ERRNO = 77 };

typedef long any_function(long, long, long, long, long, long, long, long);

static struct {
    long arguments[PARAMETERS_MAX];
    uint32_t depth;
    struct fw_region inside;
    uintptr_t record[2]; /* what its frame leads to */
    unsigned calls;
} probed;

static long probe(long a, long b, long c, long d, long e, long f, long g, long h)
{
    const struct fw_thread *thread = fw_self.thread;
    const long arguments[PARAMETERS_MAX] = {a, b, c, d, e, f, g, h};
    memcpy(probed.arguments, arguments, sizeof arguments);
    probed.depth = thread->region_depth;
    probed.inside = thread->regions[0];
    probed.record[0] = ((const uintptr_t *)probed.inside.frame)[0];
    probed.record[1] = ((const uintptr_t *)probed.inside.frame)[1];
    probed.calls++;
    errno = PROBED_ERRNO;
    return PROBED;
}

/* Room behind each argument, where a va_list is passed by reference. */
static char rooms[PARAMETERS_MAX][64];

/* The hooks that hooks/allocator.h may have put others in the place of. */
#define EXACT(name) FW_HIDDEN void fw_hook_##name(void);
FW_ENTRIES(EXACT)
#undef EXACT

static void *region_hook_of(uint32_t function)
{
#define EXACT(name)                                                                                                    \
    if (function == FW_FN_##name) {                                                                                    \
        return (void *)fw_hook_##name;                                                                                 \
    }
    FW_ENTRIES(EXACT)
#undef EXACT
    return hook_of(function);
}

static void check_hook(uint32_t function, unsigned parameters, bool is_void)
{
    void *original = fw_originals[function];
    void *hook = region_hook_of(function);
    long arguments[PARAMETERS_MAX];
    for (unsigned i = 0; i < PARAMETERS_MAX; i++) {
        arguments[i] = (long)rooms[i];
    }
    memset(&probed, 0, sizeof probed);
    fw_originals[function] = (void *)probe;
    errno = 0;
    long result = ((any_function *)hook)(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                                         arguments[5], arguments[6], arguments[7]);
    int error = errno;
    fw_originals[function] = original;
    assert_int_equal(probed.calls, 1);
    assert_int_equal(error, PROBED_ERRNO);
    if (!is_void) {
        assert_int_equal((int)result, PROBED);
    }
    for (unsigned i = 0; i < parameters && i < PARAMETERS_MAX; i++) {
        /* Some are of 32 bits. */
        assert_int_equal((uint32_t)probed.arguments[i], (uint32_t)arguments[i]);
    }
    Dl_info site;
    Dl_info self;
    assert_int_equal(probed.depth, 1);
    assert_int_equal(probed.inside.function, function);
    assert_true(dladdr((const void *)probed.inside.site, &site) && dladdr((const void *)check_hook, &self));
    assert_ptr_equal(site.dli_fbase, self.dli_fbase);
    /* A frame record. */
    assert_int_equal(probed.record[0], (uintptr_t)__builtin_frame_address(0));
    assert_int_equal(probed.record[1], probed.inside.site);
    assert_int_equal(depth(), 0);
}

static uint32_t function_named(const char *name, size_t length)
{
    for (uint32_t n = 1; n < FW_FN_END; n++) {
        if (strlen(fw_function_names[n]) == length && memcmp(fw_function_names[n], name, length) == 0) {
            return n;
        }
    }
    fail_msg("no function has the name %.*s", (int)length, name);
    return FW_FN_NONE;
}

static void check_hooks(bool *checked)
{
    for (unsigned parameters = 0; parameters < ARRAY_SIZE(by_parameters); parameters++) {
        bool is_void = false;
        size_t length;
        for (const char *at = by_parameters[parameters]; *at; at += length + (at[length] == ' ')) {
            length = strcspn(at, " ");
            if (*at == '|') {
                is_void = true;
            } else {
                uint32_t function = function_named(at, length);
                check_hook(function, parameters, is_void);
                checked[function] = true;
            }
        }
    }
}

static bool is_variadic(uint32_t function)
{
    static const uint32_t variadic[] = {
        FW_FN_printf,         FW_FN_fprintf,         FW_FN___printf_chk,   FW_FN___fprintf_chk,
        FW_FN_scanf,          FW_FN_fscanf,          FW_FN___isoc99_scanf, FW_FN___isoc99_fscanf,
        FW_FN___isoc23_scanf, FW_FN___isoc23_fscanf, FW_FN_syslog,         FW_FN___syslog_chk,
    };
    for (size_t i = 0; i < ARRAY_SIZE(variadic); i++) {
        if (variadic[i] == function) {
            return true;
        }
    }
    return false;
}

/* The hooks of locks and of waits have tests of their own. */
static bool is_region(uint32_t function, const char *kind)
{
    uint8_t category = fw_function_categories[function];
    if (function == FW_FN_flockfile || function == FW_FN_ftrylockfile || function == FW_FN_funlockfile) {
        return false;
    }
    return strcmp(kind, "HOOK") == 0 && category != FW_CATEGORY_LOCK && category != FW_CATEGORY_SEMAPHORE &&
           category != FW_CATEGORY_CONDITION && category != FW_CATEGORY_THREAD;
}

static void each_hook_passes_on_and_says_so(void **state)
{
    (void)state;
    static const char *const kinds[FW_FN_END] = {
#define FW_FUNCTION(name, category, kind) [FW_FN_##name] = #kind,
#include "state/functions.def"
#undef FW_FUNCTION
    };
    bool checked[FW_FN_END] = {false};
    fw_threads_self(NULL);
    check_hooks(checked);
    for (uint32_t n = 1; n < FW_FN_END; n++) {
        if (checked[n] != (is_region(n, kinds[n]) && !is_variadic(n))) {
            fail_msg("%s", fw_function_names[n]);
        }
    }
    /* While another thread's vfork child runs, the same by another way. */
    fw_calm_vfork_begin();
    check_hooks(checked);
    fw_calm_vfork_end();
}

/* --- real calls ------------------------------------------------------------------------------------------------------
 */

static void results_are_the_originals(void **state)
{
    (void)state;
    errno = 0;
    assert_int_equal(HOOKED(setenv)("FW_REGION", "here", 1), 0);
    assert_string_equal(getenv("FW_REGION"), "here");
    assert_int_equal(HOOKED(setenv)("A=B", "", 1), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(HOOKED(unsetenv)("FW_REGION"), 0);
    assert_null(getenv("FW_REGION"));

    srandom(7);
    long expected = random();
    HOOKED(srandom)(7);
    assert_int_equal(HOOKED(random)(), expected);

    time_t moment = 365 * 86400L;
    char text[64];
    struct tm parts;
    assert_ptr_equal(HOOKED(gmtime_r)(&moment, &parts), &parts);
    assert_int_equal(HOOKED(timegm)(&parts), moment);
    assert_int_equal(HOOKED(strftime)(text, sizeof text, "%Y-%m-%d", &parts), 10);
    assert_string_equal(text, "1971-01-01");

    iconv_t conversion = HOOKED(iconv_open)("UTF-16LE", "UTF-8");
    char source[] = "ab";
    char *in = source;
    char *out = text;
    size_t in_left = 2;
    size_t out_left = 8;
    assert_int_equal(HOOKED(iconv)(conversion, &in, &in_left, &out, &out_left), 0);
    assert_memory_equal(text, "a\0b", 4);
    assert_int_equal(out_left, 4);
    assert_int_equal(HOOKED(iconv_close)(conversion), 0);

    errno = 0;
    assert_null(HOOKED(fopen)("no such file", "r"));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(depth(), 0);
}

static void the_allocator(void **state)
{
    (void)state;
    char *block = HOOKED(malloc)(10);
    assert_non_null(block);
    memcpy(block, "123456789", 10);
    block = HOOKED(realloc)(block, 100000);
    assert_string_equal(block, "123456789");
    HOOKED(free)(block);
    HOOKED(free)(NULL);
    char *zeroed = HOOKED(calloc)(3, 5);
    const char zeros[15] = {0};
    assert_memory_equal(zeroed, zeros, 15);
    HOOKED(free)(zeroed);
    void *aligned = NULL;
    assert_int_equal(HOOKED(posix_memalign)(&aligned, 256, 1), 0);
    assert_int_equal((uintptr_t)aligned % 256, 0);
    HOOKED(free)(aligned);
    assert_int_equal(depth(), 0);
}

/* What a thread without a slot does: the table is full, or it ends. */
static void without_a_slot(void **state)
{
    (void)state;
    struct fw_self saved = fw_self;
    fw_self.thread = NULL;
    fw_self.ended = true;
    void *block = HOOKED(malloc)(10);
    assert_non_null(block);
    HOOKED(free)(block);
    assert_int_equal(HOOKED(unsetenv)("FW_REGION"), 0);
    assert_null(fw_self.thread);
    fw_self = saved;
}

/* --- variadic functions
 * ----------------------------------------------------------------------------------------------- */

/* Lets this descriptor lead into a file of memory until given_back. */
static int borrow(int fd, int *kept)
{
    int file = memfd_create("output", 0);
    assert_true(file >= 0);
    *kept = dup(fd);
    assert_int_equal(dup2(file, fd), fd);
    return file;
}

static void give_back(int fd, int kept, int file, char *text, size_t size)
{
    dup2(kept, fd);
    close(kept);
    ssize_t length = pread(file, text, size - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    close(file);
}

#define PRINTED "%d %s %.2f %ld %c %d %d %d %.1f %.1f %.1f %.1f %.1f %.1f %.1f %.1f\n"
#define VALUES 1, "two", 3.5, 4L, '5', 6, 7, 8, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5
#define TEXT "1 two 3.50 4 5 6 7 8 1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5\n"

static void what_is_printed(void **state)
{
    (void)state;
    int (*print_checked)(int, const char *, ...) = (int (*)(int, const char *, ...))hook_of(FW_FN___printf_chk);
    int (*print_file_checked)(FILE *, int, const char *, ...) =
        (int (*)(FILE *, int, const char *, ...))hook_of(FW_FN___fprintf_chk);
    int results[4];
    int kept;
    char text[512];
    fflush(stdout);
    int file = borrow(STDOUT_FILENO, &kept);
    results[0] = HOOKED(printf)(PRINTED, VALUES);
    results[1] = HOOKED(fprintf)(stdout, PRINTED, VALUES);
    results[2] = print_checked(1, PRINTED, VALUES);
    results[3] = print_file_checked(stdout, 1, PRINTED, VALUES);
    fflush(stdout);
    give_back(STDOUT_FILENO, kept, file, text, sizeof text);
    assert_string_equal(text, TEXT TEXT TEXT TEXT);
    for (unsigned i = 0; i < ARRAY_SIZE(results); i++) {
        assert_int_equal(results[i], strlen(TEXT));
    }
    assert_int_equal(depth(), 0);
}

static void what_is_scanned(void **state)
{
    (void)state;
    int (*scan_c99)(FILE *, const char *, ...) = (int (*)(FILE *, const char *, ...))hook_of(FW_FN___isoc99_fscanf);
    char source[] = "12 word 2.5 13 more 3.5";
    FILE *file = fmemopen(source, sizeof source, "r");
    int number;
    char word[8];
    double fraction;
    assert_int_equal(scan_c99(file, "%d %7s %lf", &number, word, &fraction), 3);
    assert_int_equal(number, 12);
    assert_string_equal(word, "word");
    assert_true(fraction == 2.5);
    assert_int_equal(HOOKED(fscanf)(file, "%d %7s %lf", &number, word, &fraction), 3);
    assert_int_equal(number, 13);
    assert_string_equal(word, "more");
    assert_true(fraction == 3.5);
    fclose(file);
    assert_int_equal(depth(), 0);
}

static void what_is_logged(void **state)
{
    (void)state;
    void (*log_checked)(int, int, const char *, ...) =
        (void (*)(int, int, const char *, ...))hook_of(FW_FN___syslog_chk);
    int kept;
    char text[512];
    int file = borrow(STDERR_FILENO, &kept);
    HOOKED(openlog)("regions", LOG_PERROR, LOG_USER);
    HOOKED(syslog)(LOG_DEBUG, PRINTED, VALUES);
    log_checked(LOG_DEBUG, 1, PRINTED, VALUES);
    HOOKED(closelog)();
    give_back(STDERR_FILENO, kept, file, text, sizeof text);
    assert_string_equal(text, "regions: " TEXT "regions: " TEXT);
    assert_int_equal(depth(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_hook_passes_on_and_says_so),
        TEST(results_are_the_originals),
        TEST(the_allocator),
        TEST(without_a_slot),
        TEST(what_is_printed),
        TEST(what_is_scanned),
        TEST(what_is_logged),
    };
    fw_functions_init();
    return agent_start() ? cmocka_run_group_tests_name("regions", tests, NULL, NULL) : 1;
}
