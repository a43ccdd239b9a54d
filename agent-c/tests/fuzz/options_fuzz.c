/* Any option string: no crash, and what comes out keeps its promises. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}
#define REQUIRE(condition) require(condition, #condition)
#define REQUIRE_TEXT(field) REQUIRE(memchr(field, '\0', sizeof(field)))

static void check_options(const struct fw_options *options)
{
    REQUIRE_TEXT(options->reports);
    REQUIRE_TEXT(options->collector);
    REQUIRE_TEXT(options->java);
    REQUIRE_TEXT(options->pipe);
    REQUIRE_TEXT(options->blame_skip);
    REQUIRE_TEXT(options->guard);
    REQUIRE_TEXT(options->suppress);
    REQUIRE_TEXT(options->java_locks);
}

static bool is_one_of(const char *text, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, texts[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What the collector is told is read by the same rules, but for what % stands for: that is replaced already. */
static void check_effective(const struct fw_options *options)
{
    char text[FW_OPTION_TEXT];
    char kept[2 * FW_OPTION_TEXT];
    fw_options_effective(options, text, sizeof text);
    REQUIRE_TEXT(text);
    size_t length = 0;
    const char *path = strstr(text, ",suppress=");
    for (const char *at = text; *at; at++) {
        if (*at == '%' && path && at > path) {
            kept[length++] = '%';
        }
        kept[length++] = *at;
    }
    kept[length] = '\0';
    struct fw_options again;
    char error[512];
    fw_options_defaults(&again);
    REQUIRE(fw_options_parse(&again, kept, error, sizeof error));
    REQUIRE(again.keep_forks == options->keep_forks);
    REQUIRE(strcmp(again.guard, options->guard) == 0);
    REQUIRE(strcmp(again.suppress, options->suppress) == 0);
    REQUIRE(strcmp(again.blame_skip, options->blame_skip) == 0);
}

static void check_accepted(const struct fw_options *options)
{
    static const char *const guards[] = {"observe", "wait", "deny", "abort"};
    static const char *const switches[] = {"on", "off"};
    REQUIRE(options->reports[0]);
    REQUIRE(options->collector[0]);
    REQUIRE(is_one_of(options->guard, guards, 4));
    REQUIRE(is_one_of(options->java_locks, switches, 2));
    REQUIRE(options->guard_timeout_ms >= 1 && options->guard_timeout_ms <= 60000);
    REQUIRE(options->snapshot_ms <= 3600000);
    REQUIRE(options->exit_wait_ms <= 60000);
    REQUIRE(options->keep_forks >= 1 && options->keep_forks <= 1000000);
    REQUIRE(options->hang_after_ms >= 100 && options->hang_after_ms <= 3600000);
    REQUIRE(options->pipe_wait_ms <= 1000);
    REQUIRE(options->spool_max_mib <= 1048576);
    check_effective(options);
}

/* The first byte chooses the room for the error. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t room = (size_t)data[0] * 2 + 1;
    char *text = malloc(size);
    char *error = malloc(room);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    error[0] = '\0';

    struct fw_options options;
    fw_options_defaults(&options);
    if (fw_options_parse(&options, text, error, room)) {
        check_accepted(&options);
        REQUIRE(!error[0]);
    } else {
        REQUIRE(memchr(error, '\0', room));
        REQUIRE(room < 16 || strncmp(error, "option '", 8) == 0 || strncmp(error, "unknown option", 14) == 0);
    }
    check_options(&options);
    free(error);
    free(text);
    return 0;
}
