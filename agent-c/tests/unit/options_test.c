/* The option string: each option, each kind of bad value, the placeholders, the help. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/unit.h"

static struct fw_options options;
static char error[512];

static int set_up(void **state)
{
    (void)state;
    fw_options_defaults(&options);
    strcpy(error, "untouched");
    return 0;
}

static void assert_accepted(const char *text)
{
    if (!fw_options_parse(&options, text, error, sizeof error)) {
        fail_msg("%s: refused: %s", text, error);
    }
    assert_string_equal(error, "untouched");
}

/* The error is one line that names the option and what it takes. */
static void assert_refused(const char *text, const char *name, const char *takes)
{
    set_up(NULL);
    if (fw_options_parse(&options, text, error, sizeof error)) {
        fail_msg("%s: accepted", text);
    }
    if (!strstr(error, name) || !strstr(error, takes) || strchr(error, '\n')) {
        fail_msg("%s: the error lacks '%s' or '%s', or is not one line: %s", text, name, takes, error);
    }
}

static void defaults(void **state)
{
    (void)state;
    assert_string_equal(options.reports, "forkwitness-reports");
    assert_string_equal(options.collector, "auto");
    assert_string_equal(options.java, "");
    assert_string_equal(options.pipe, "");
    assert_string_equal(options.guard, "observe");
    assert_string_equal(options.blame_skip, "");
    assert_string_equal(options.suppress, "");
    assert_string_equal(options.java_locks, "off");
    assert_int_equal(options.guard_timeout_ms, 100);
    assert_int_equal(options.snapshot_ms, 10000);
    assert_int_equal(options.exit_wait_ms, 5000);
    assert_int_equal(options.keep_forks, 1000);
    assert_int_equal(options.hang_after_ms, 5000);
    assert_int_equal(options.pipe_wait_ms, 5);
    assert_int_equal(options.spool_max_mib, 256);
    assert_false(options.help);
}

static void each_option_is_read(void **state)
{
    (void)state;
    assert_accepted(
        "reports=/r,collector=/c.jar,java=/j,pipe=/p,guard=wait,keep-forks=7,blame-skip=com.x:libx,"
        "guard-timeout=2s,snapshot=1m,java-locks=on,suppress=/"
        "s,hang-after=300ms,pipe-wait=8,spool-max=9,exit-wait=1s,help");
    assert_string_equal(options.reports, "/r");
    assert_string_equal(options.collector, "/c.jar");
    assert_string_equal(options.java, "/j");
    assert_string_equal(options.pipe, "/p");
    assert_string_equal(options.guard, "wait");
    assert_int_equal(options.guard_timeout_ms, 2000);
    assert_int_equal(options.snapshot_ms, 60000);
    assert_int_equal(options.exit_wait_ms, 1000);
    assert_string_equal(options.java_locks, "on");
    assert_string_equal(options.suppress, "/s");
    assert_string_equal(options.blame_skip, "com.x:libx");
    assert_int_equal(options.keep_forks, 7);
    assert_int_equal(options.hang_after_ms, 300);
    assert_int_equal(options.pipe_wait_ms, 8);
    assert_int_equal(options.spool_max_mib, 9);
    assert_true(options.help);
}

static void nothing_changes_nothing(void **state)
{
    (void)state;
    struct fw_options before = options;
    assert_accepted(NULL);
    assert_accepted("");
    assert_accepted(",,,");
    assert_memory_equal(&options, &before, sizeof before);
}

static void later_ones_win(void **state)
{
    (void)state;
    assert_accepted("keep-forks=3,reports=/first");
    assert_accepted("reports=/second,,keep-forks=4,");
    assert_int_equal(options.keep_forks, 4);
    assert_string_equal(options.reports, "/second");
}

static void a_value_may_hold_an_equals_sign(void **state)
{
    (void)state;
    assert_accepted("reports=/a=b");
    assert_string_equal(options.reports, "/a=b");
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    assert_refused("report=/r", "'report'", "help");
    assert_refused("REPORTS=/r", "'REPORTS'", "help");
    assert_refused("keep-forks=1,nonsense", "'nonsense'", "help");
    assert_refused("=x", "''", "help");
    assert_refused("help=1", "'help'", "help");
    assert_refused("helpful", "'helpful'", "help");
    char name[2000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_refused(name, "nnn", "help");
}

static void an_option_without_value_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"reports",    "collector",  "java",       "pipe",          "guard",
                                        "keep-forks", "blame-skip", "hang-after", "pipe-wait",     "spool-max",
                                        "snapshot",   "java-locks", "suppress",   "guard-timeout", "exit-wait"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        assert_refused(names[i], names[i], "needs a value");
    }
}

static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",   "0", "1000001", "-1",   "+5",  " 5", "5 ",
        "5x", "x", "1e3",     "0x10", "1.5", "%p", "99999999999999999999999999999999999999"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char text[128];
        snprintf(text, sizeof text, "keep-forks=%s", bad[i]);
        assert_refused(text, "'keep-forks'", "1 to 1000000");
    }
    assert_refused("pipe-wait=1001", "'pipe-wait'", "milliseconds from 0 to 1000");
    assert_refused("spool-max=1048577", "'spool-max'", "MiB from 0");
    set_up(NULL);
    assert_accepted("keep-forks=1,pipe-wait=0,spool-max=0");
    assert_accepted("keep-forks=1000000,pipe-wait=1000,spool-max=1048576");
    assert_int_equal(options.keep_forks, 1000000);
}

static void a_time_has_a_unit_or_is_in_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned ms;
    } good[] = {{"100ms", 100},   {"500ms", 500},    {"5s", 5000},           {"5", 5000},   {"1", 1000}, {"2m", 120000},
                {"60m", 3600000}, {"3600", 3600000}, {"3600000ms", 3600000}, {"007s", 7000}};
    static const char *const bad[] = {
        "",     "0",      "99ms",      "0m",           "61m",
        "3601", "3601s",  "3600001ms", "ms",           "s",
        "m",    "5 s",    "5S",        "5sec",         "5h",
        "1.5s", "-5s",    "+5s",       "5s ",          "s5",
        "5ss",  "5mss",   "5mm",       "%p",           "0x10s",
        "500m", "71583m", "4294968s",  "4294967396ms", "99999999999999999999999999999999s"};
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        char text[64];
        snprintf(text, sizeof text, "hang-after=%s", good[i].text);
        assert_accepted(text);
        assert_int_equal(options.hang_after_ms, good[i].ms);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char text[64];
        snprintf(text, sizeof text, "hang-after=%s", bad[i]);
        assert_refused(text, "'hang-after'", "100ms to 60m");
        assert_int_equal(options.hang_after_ms, 5000);
    }
}

static void choices_are_exact(void **state)
{
    (void)state;
    assert_refused("guard=", "'guard'", "observe");
    assert_refused("guard=obs", "'guard'", "observe");
    assert_refused("guard=observes", "'guard'", "observe");
    assert_refused("guard=observe|wait", "'guard'", "observe");
    assert_refused("guard=refuse", "'guard'", "takes observe, wait, deny or abort, not 'refuse'");
    assert_refused("java-locks=yes", "'java-locks'", "takes on or off, not 'yes'");
    static const char *const guards[] = {"observe", "wait", "deny", "abort"};
    for (size_t i = 0; i < ARRAY_SIZE(guards); i++) {
        char text[64];
        snprintf(text, sizeof text, "guard=%s", guards[i]);
        set_up(NULL);
        assert_accepted(text);
        assert_string_equal(options.guard, guards[i]);
    }
    assert_accepted("java-locks=on");
    assert_accepted("java-locks=off");
    assert_string_equal(options.java_locks, "off");
}

static void each_time_has_its_own_range(void **state)
{
    (void)state;
    assert_refused("guard-timeout=0", "'guard-timeout'", "1ms to 60s");
    assert_refused("guard-timeout=61s", "'guard-timeout'", "1ms to 60s");
    assert_refused("snapshot=61m", "'snapshot'", "up to 60m");
    assert_refused("exit-wait=61s", "'exit-wait'", "up to 60s");
    set_up(NULL);
    assert_accepted("guard-timeout=1ms,snapshot=0");
    assert_int_equal(options.guard_timeout_ms, 1);
    assert_int_equal(options.snapshot_ms, 0);
    assert_accepted("guard-timeout=60s,snapshot=60m");
    assert_int_equal(options.guard_timeout_ms, 60000);
    assert_int_equal(options.snapshot_ms, 3600000);
}

/* The one line names the option, the file and what to do. */
static void assert_not_there(const char *option, const char *why)
{
    set_up(NULL);
    assert_accepted(option);
    if (fw_options_check(&options, error, sizeof error)) {
        fail_msg("%s: accepted", option);
    }
    if (!strstr(error, "'suppress'") || !strstr(error, options.suppress) || !strstr(error, why) ||
        !strstr(error, "leave the option out") || strchr(error, '\n')) {
        fail_msg("%s: the error is not one line that helps: %s", option, error);
    }
}

static void the_rule_file_must_be_there(void **state)
{
    (void)state;
    char directory[] = "options-test-XXXXXX";
    char rules[64];
    char pipe[64];
    char text[128];
    assert_non_null(mkdtemp(directory));
    snprintf(rules, sizeof rules, "%s/rules", directory);
    snprintf(pipe, sizeof pipe, "%s/pipe", directory);
    assert_true(fw_options_check(&options, error, sizeof error));
    snprintf(text, sizeof text, "suppress=%s", rules);
    assert_not_there(text, "No such file");
    snprintf(text, sizeof text, "suppress=%s", directory);
    assert_not_there(text, "not a regular file");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    snprintf(text, sizeof text, "suppress=%s", pipe);
    assert_not_there(text, "not a regular file");
    FILE *file = fopen(rules, "w");
    assert_non_null(file);
    fclose(file);
    set_up(NULL);
    snprintf(text, sizeof text, "suppress=%s", rules);
    assert_accepted(text);
    assert_true(fw_options_check(&options, error, sizeof error));
    assert_string_equal(error, "untouched");
    unlink(rules);
    unlink(pipe);
    rmdir(directory);
}

static void some_paths_must_not_be_empty(void **state)
{
    (void)state;
    assert_refused("reports=", "'reports'", "a directory");
    assert_refused("collector=", "'collector'", "auto, none or");
    unsetenv("FORKWITNESS_TEST_UNSET");
    assert_refused("reports=%{FORKWITNESS_TEST_UNSET}", "'reports'", "a directory");
    set_up(NULL);
    assert_accepted("java=/j,java=,pipe=/p,pipe=");
    assert_string_equal(options.java, "");
    assert_string_equal(options.pipe, "");
}

static void placeholders_are_replaced_in_paths(void **state)
{
    (void)state;
    char expected[128];
    setenv("FORKWITNESS_TEST", "some where", 1);
    unsetenv("FORKWITNESS_TEST_UNSET");
    snprintf(expected, sizeof expected, "/a/%d/%llu/some where//%%p%%/", fw_getpid(),
             (unsigned long long)fw_process_start_ms());
    assert_accepted("reports=/a/%p/%t/%{FORKWITNESS_TEST}/%{FORKWITNESS_TEST_UNSET}/%%p%%/");
    assert_string_equal(options.reports, expected);
}

static void the_start_time_does_not_move(void **state)
{
    (void)state;
    assert_accepted("reports=%t,pipe=%t");
    assert_string_equal(options.reports, options.pipe);
    assert_int_not_equal(strtoull(options.reports, NULL, 10), 0);
}

static void bad_placeholders_are_refused(void **state)
{
    (void)state;
    assert_refused("reports=/a/%", "'reports'", "a directory");
    assert_refused("reports=/a/%x", "'reports'", "'/a/%x'");
    assert_refused("reports=/a/%{HOME", "'reports'", "a directory");
    assert_refused("pipe=%P", "'pipe'", "named pipe");
    char text[256] = "reports=%{";
    memset(text + strlen(text), 'V', 200);
    strcpy(text + 210, "}");
    assert_refused(text, "'reports'", "a directory");
}

static void texts_are_taken_as_they_are(void **state)
{
    (void)state;
    assert_accepted("blame-skip=a%p%:b");
    assert_string_equal(options.blame_skip, "a%p%:b");
}

/* length characters of value behind name= */
static const char *with_length(const char *name, size_t length)
{
    static char text[4096];
    size_t prefix = (size_t)snprintf(text, sizeof text, "%s=", name);
    memset(text + prefix, 'v', length);
    text[prefix + length] = '\0';
    return text;
}

static void values_end_at_the_size_of_their_field(void **state)
{
    (void)state;
    static const char *const names[] = {"reports", "collector", "java", "pipe", "blame-skip", "suppress"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        set_up(NULL);
        assert_accepted(with_length(names[i], FW_OPTION_PATH - 1));
        assert_refused(with_length(names[i], FW_OPTION_PATH), names[i], "takes");
    }
    assert_int_equal(strlen(options.guard), strlen("observe"));
}

static void an_expanded_value_ends_there_too(void **state)
{
    (void)state;
    char value[FW_OPTION_PATH + 1];
    memset(value, 'e', FW_OPTION_PATH);
    value[FW_OPTION_PATH] = '\0';
    setenv("FORKWITNESS_TEST", value, 1);
    assert_refused("reports=%{FORKWITNESS_TEST}", "'reports'", "a directory");
    value[FW_OPTION_PATH - 1] = '\0';
    setenv("FORKWITNESS_TEST", value, 1);
    set_up(NULL);
    assert_accepted("reports=%{FORKWITNESS_TEST}");
    assert_refused("reports=%{FORKWITNESS_TEST}%%", "'reports'", "a directory");
}

static void an_error_fits_its_buffer(void **state)
{
    (void)state;
    char small[16];
    memset(small, 'x', sizeof small);
    assert_false(fw_options_parse(&options, with_length("reports", 2000), small, 8));
    assert_int_equal(small[7], '\0');
    assert_int_equal(small[8], 'x');
}

static void help_lists_each_option(void **state)
{
    (void)state;
    static const char *const names[] = {
        "reports",    "collector",  "java",      "pipe",          "guard",    "keep-forks",
        "blame-skip", "hang-after", "pipe-wait", "spool-max",     "help",     "FORKWITNESS_OPTIONS",
        "snapshot",   "java-locks", "suppress",  "guard-timeout", "exit-wait"};
    char text[4096]; /* the size that agent.c gives it */
    fw_options_help(text, sizeof text);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char line[64];
        snprintf(line, sizeof line, "%s ", names[i]);
        if (!strstr(text, line)) {
            fail_msg("help does not name %s", names[i]);
        }
    }
    assert_non_null(strstr(text, "default forkwitness-reports"));
    assert_non_null(strstr(text, "or of seconds; default 5s\n"));
    assert_in_range(strlen(text), 500, sizeof text - 2);
    assert_int_equal(text[strlen(text) - 1], '\n');
}

static void help_is_cut_at_its_buffer(void **state)
{
    (void)state;
    for (size_t size = 1; size < 4096; size += 61) {
        char text[4096];
        memset(text, 'x', sizeof text);
        fw_options_help(text, size);
        assert_in_range(strlen(text), 0, size - 1);
        assert_int_equal(text[size], 'x');
    }
}

static void the_collector_gets_what_it_needs(void **state)
{
    (void)state;
    char text[FW_OPTION_TEXT];
    fw_options_effective(&options, text, sizeof text);
    assert_string_equal(text, "guard=observe,keep-forks=1000");
    assert_accepted("blame-skip=a:b,keep-forks=5");
    fw_options_effective(&options, text, sizeof text);
    assert_string_equal(text, "guard=observe,keep-forks=5,blame-skip=a:b");
    assert_accepted("guard=deny,suppress=/rules");
    fw_options_effective(&options, text, sizeof text);
    assert_string_equal(text, "guard=deny,keep-forks=5,blame-skip=a:b,suppress=/rules");
}

/* Nothing of the longest values is cut. */
static void the_collector_gets_all_of_it(void **state)
{
    (void)state;
    char text[FW_OPTION_TEXT];
    assert_accepted(with_length("blame-skip", FW_OPTION_PATH - 1));
    assert_accepted(with_length("suppress", FW_OPTION_PATH - 1));
    assert_accepted("guard=observe,keep-forks=1000000");
    fw_options_effective(&options, text, sizeof text);
    size_t length = strlen(text);
    assert_in_range(length, 2 * (FW_OPTION_PATH - 1), FW_OPTION_TEXT - 2);
    assert_string_equal(text + length - (FW_OPTION_PATH - 1), options.suppress);
}

/* The meanings and what each option takes stand in one column. */
static void help_is_aligned(void **state)
{
    (void)state;
    char text[4096];
    fw_options_help(text, sizeof text);
    unsigned options_seen = 0;
    for (char *line = strtok(strstr(text, "  reports"), "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, "  ", 2) != 0) {
            break;
        }
        assert_in_range(strlen(line), 17, 120);
        assert_int_equal(line[15], ' ');
        assert_int_not_equal(line[16], ' ');
        options_seen += line[2] != ' ';
    }
    assert_int_equal(options_seen, 16);
}

/* What the collector is told is separated by commas. */
static void a_rule_file_has_no_comma_in_its_path(void **state)
{
    (void)state;
    struct fw_options options;
    char error[256];
    fw_options_defaults(&options);
    setenv("FORKWITNESS_TEST_COMMA", "a,b", 1);
    assert_false(fw_options_parse(&options, "suppress=%{FORKWITNESS_TEST_COMMA}", error, sizeof error));
    assert_non_null(strstr(error, "'suppress'"));
    assert_true(fw_options_parse(&options, "reports=%{FORKWITNESS_TEST_COMMA}", error, sizeof error));
    unsetenv("FORKWITNESS_TEST_COMMA");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rule_file_has_no_comma_in_its_path),
        TEST(defaults),
        TEST(each_option_is_read),
        TEST(nothing_changes_nothing),
        TEST(later_ones_win),
        TEST(a_value_may_hold_an_equals_sign),
        TEST(unknown_names_are_refused),
        TEST(an_option_without_value_is_refused),
        TEST(numbers_out_of_range_are_refused),
        TEST(a_time_has_a_unit_or_is_in_seconds),
        TEST(choices_are_exact),
        TEST(each_time_has_its_own_range),
        TEST(the_rule_file_must_be_there),
        TEST(some_paths_must_not_be_empty),
        TEST(placeholders_are_replaced_in_paths),
        TEST(the_start_time_does_not_move),
        TEST(bad_placeholders_are_refused),
        TEST(texts_are_taken_as_they_are),
        TEST(values_end_at_the_size_of_their_field),
        TEST(an_expanded_value_ends_there_too),
        TEST(an_error_fits_its_buffer),
        TEST(help_lists_each_option),
        TEST(help_is_cut_at_its_buffer),
        TEST(help_is_aligned),
        TEST(the_collector_gets_what_it_needs),
        TEST(the_collector_gets_all_of_it),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
