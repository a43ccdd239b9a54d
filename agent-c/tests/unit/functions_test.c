/* The table of functions that are not async-signal-safe, the hooks that stand in for them, and the records that name
 * them. */
#include "state/functions.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "child/jni.h"
#include "child/stubs.h"
#include "hooks/allocator.h"
#include "hooks/hooks.h"
#include "options.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"
#include "watch/hello.h"

enum kind { STUB, HOOK, NAMED };
static const uint8_t kinds[FW_FN_END] = {
#define FW_FUNCTION(name, category, kind) [FW_FN_##name] = (kind),
#include "state/functions.def"
#undef FW_FUNCTION
};

/* This program's own, in place of the C library's: see interposed_variadic_functions_keep_their_stubs. */
void syslog(int priority, const char *format, ...)
{
    (void)priority;
    (void)format;
}

static const struct fw_hook *hook_of(const char *name)
{
    for (size_t i = 0; i < fw_function_hook_count; i++) {
        if (strcmp(fw_function_hooks[i].name, name) == 0) {
            return &fw_function_hooks[i];
        }
    }
    return NULL;
}

static bool is_named_hook(const char *name)
{
    for (size_t i = 0; i < fw_hook_count; i++) {
        if (strcmp(fw_hooks[i].name, name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < fw_operator_hook_count; i++) {
        if (strcmp(fw_operator_hooks[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void *stub_of(uint32_t function)
{
    return (void *)(fw_stubs + (size_t)FW_STUB_BYTES * function);
}

static void each_function_stands_once_and_with_its_category(void **state)
{
    (void)state;
    bool begun[FW_CATEGORY_OTHER + 1] = {false};
    for (uint32_t n = 1; n < FW_FN_END; n++) {
        uint8_t category = fw_function_categories[n];
        assert_in_range(category, FW_CATEGORY_ALLOCATOR, FW_CATEGORY_OTHER);
        assert_int_not_equal(category, FW_CATEGORY_JVM);
        if (category != fw_function_categories[n - 1]) {
            assert_false(begun[category]);
            begun[category] = true;
        }
        for (uint32_t k = 1; k < n; k++) {
            assert_string_not_equal(fw_function_names[n], fw_function_names[k]);
        }
    }
}

static void each_function_has_the_hook_of_its_kind(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < FW_FN_END; n++) {
        const char *name = fw_function_names[n];
        const struct fw_hook *hook = hook_of(name);
        assert_int_equal(is_named_hook(name), kinds[n] == NAMED);
        assert_int_equal(hook == NULL, kinds[n] == NAMED);
        if (hook) {
            assert_ptr_equal(hook->original, &fw_originals[n]);
            assert_false(hook->early);
            assert_non_null(hook->replacement);
        }
        if (kinds[n] == STUB) {
            assert_ptr_equal(hook->replacement, stub_of(n));
        }
    }
}

/* signal-safety(7), POSIX.1-2008. */
static const char safe[] =
    " _Exit _exit abort accept access aio_error aio_return aio_suspend alarm bind cfgetispeed cfgetospeed cfsetispeed "
    "cfsetospeed chdir chmod chown clock_gettime close connect creat dup dup2 execl execle execv execve faccessat "
    "fchdir "
    "fchmod fchmodat fchown fchownat fcntl fdatasync fexecve ffs fork fstat fstatat fsync ftruncate futimens getegid "
    "geteuid getgid getgroups getpeername getpgrp getpid getppid getsockname getsockopt getuid htonl htons kill link "
    "linkat listen longjmp lseek lstat memccpy memchr memcmp memcpy memmove memset mkdir mkdirat mkfifo mkfifoat mknod "
    "mknodat ntohl ntohs open openat pause pipe poll posix_trace_event pselect pthread_kill pthread_self "
    "pthread_sigmask "
    "raise read readlink readlinkat recv recvfrom recvmsg rename renameat rmdir select sem_post send sendmsg sendto "
    "setgid setpgid setsid setsockopt setuid shutdown sigaction sigaddset sigdelset sigemptyset sigfillset sigismember "
    "siglongjmp signal sigpause sigpending sigprocmask sigqueue sigset sigsuspend sleep sockatmark socket socketpair "
    "stat stpcpy stpncpy strcat strchr strcmp strcpy strcspn strlen strncat strncmp strncpy strnlen strpbrk strrchr "
    "strspn strstr strtok_r symlink symlinkat tcdrain tcflow tcflush tcgetattr tcgetpgrp tcsendbreak tcsetattr "
    "tcsetpgrp time timer_getoverrun timer_gettime timer_settime times umask uname unlink unlinkat utime utimensat "
    "utimes wait waitpid wcpcpy wcpncpy wcscat wcschr wcscmp wcscpy wcscspn wcslen wcsncat wcsncmp wcsncpy wcsnlen "
    "wcspbrk wcsrchr wcsspn wcsstr wcstok wmemchr wmemcmp wmemcpy wmemmove wmemset write ";

static void no_function_is_async_signal_safe(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < FW_FN_END; n++) {
        char word[64];
        snprintf(word, sizeof word, " %s ", fw_function_names[n]);
        assert_null(strstr(safe, word));
    }
}

static void the_c_library_has_nearly_all(void **state)
{
    (void)state;
    unsigned found = 0;
    for (uint32_t n = 1; n < FW_FN_END; n++) {
        void *address = dlsym(RTLD_DEFAULT, fw_function_names[n]);
        found += address != NULL;
        if (kinds[n] != NAMED) {
            assert_ptr_equal(fw_originals[n], address);
        }
    }
    assert_true(found >= (FW_FN_END - 1) * 9 / 10);
    /* Of several versions that the library has, the one that the linker takes. */
    assert_ptr_equal(fw_originals[FW_FN_pthread_cond_wait], (void *)pthread_cond_wait);
    assert_ptr_equal(fw_originals[FW_FN_realpath], (void *)realpath);
}

static void a_stub_leads_to_its_original(void **state)
{
    (void)state;
    char *(*get)(const char *) = (char *(*)(const char *))hook_of("getenv")->replacement;
    int (*print)(char *, size_t, const char *, ...) =
        (int (*)(char *, size_t, const char *, ...))hook_of("snprintf")->replacement;
    char text[64];
    assert_ptr_equal(get("PATH"), getenv("PATH"));
    assert_int_equal(print(text, sizeof text, "%d %s %.2f %ld %d %d %d", 1, "two", 3.5, 4L, 5, 6, 7), 18);
    assert_string_equal(text, "1 two 3.50 4 5 6 7");
}

static void interposed_variadic_functions_keep_their_stubs(void **state)
{
    (void)state;
    assert_ptr_equal(dlsym(RTLD_DEFAULT, "syslog"), (void *)syslog);
    assert_ptr_equal(hook_of("syslog")->replacement, stub_of(FW_FN_syslog));
    assert_ptr_not_equal(hook_of("vsyslog")->replacement, stub_of(FW_FN_vsyslog));
    /* glibc has both of these. */
    assert_ptr_not_equal(hook_of("__syslog_chk")->replacement, stub_of(FW_FN___syslog_chk));
}

/* Compares the names of one record with the two tables; returns the number that follows. */
static uint32_t expect_names(const struct decoded *frame, uint32_t expected)
{
    const struct item *text = decoded_item(frame, FW_KEY_TEXT);
    assert_non_null(text);
    assert_int_equal(decoded_number(frame, FW_KEY_INDEX), expected);
    const char *at = (const char *)text->bytes;
    const char *end = at + text->number;
    for (; at < end; expected++) {
        bool is_jni = expected >= FW_FN_JNI;
        assert_true(expected < FW_CALLED_END);
        const char *name = is_jni ? fw_jni_names[expected - FW_FN_JNI] : fw_function_names[expected];
        int category = is_jni ? FW_CATEGORY_JVM : fw_function_categories[expected];
        size_t length = strlen(name);
        assert_true(length <= (size_t)(end - at));
        assert_memory_equal(at, name, length);
        assert_int_equal(decoded_number(frame, FW_KEY_CATEGORY), category);
        at += length;
        assert_true(at == end || *at == ' ');
        at += at < end;
    }
    return expected;
}

static void the_records_name_all_functions(void **state)
{
    (void)state;
    struct decoded frame;
    struct fw_options options;
    fw_options_defaults(&options);
    fw_hello_init(&options, false);
    fw_hello_send();
    uint32_t expected = 1;
    unsigned records = 0;
    for (; pipe_next_of(FW_RECORD_FUNCTIONS, &frame); records++) {
        expected = expect_names(&frame, expected);
    }
    assert_int_equal(expected, FW_CALLED_END);
    assert_in_range(records, FW_CATEGORY_OTHER, 2 * FW_CATEGORY_OTHER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_function_stands_once_and_with_its_category),
        TEST(each_function_has_the_hook_of_its_kind),
        TEST(no_function_is_async_signal_safe),
        TEST(the_c_library_has_nearly_all),
        TEST(a_stub_leads_to_its_original),
        TEST(interposed_variadic_functions_keep_their_stubs),
        TEST(the_records_name_all_functions),
    };
    fw_functions_init();
    return agent_start() ? cmocka_run_group_tests_name("functions", tests, NULL, NULL) : 1;
}
