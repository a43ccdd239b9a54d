#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { TEXT, PATH, NUMBER, DURATION, CHOICE };

struct option {
    const char *name;
    enum kind kind;
    size_t offset;
    size_t size;
    unsigned least; /* NUMBER; DURATION, in ms */
    unsigned most;
    const char *choices; /* CHOICE: separated by | */
    const char *takes;   /* for the error and the help */
    const char *fallback;
    const char *meaning;
};

#define FIELD(field) offsetof(struct fw_options, field), sizeof(((struct fw_options *)0)->field)

static const struct option table[] = {
    {"reports", PATH, FIELD(reports), 0, 0, NULL, "a directory", "forkwitness-reports", "where the reports go"},
    {"collector", PATH, FIELD(collector), 0, 0, NULL, "auto, none or the path of forkwitness.jar", "auto",
     "the process that writes them; none: a spool file"},
    {"java", PATH, FIELD(java), 0, 0, NULL, "the path of a java launcher, 17 or newer", "",
     "runs the collector; default: the JVM's own"},
    {"pipe", PATH, FIELD(pipe), 0, 0, NULL, "the path of a named pipe", "",
     "write there, for a collector in another container"},
    {"guard", CHOICE, FIELD(guard), 0, 0, "observe|wait|deny|abort", "observe, wait, deny or abort", "observe",
     "at a fork while other threads hold locks: let it go, hold it back, refuse it (EAGAIN), or end the JVM"},
    {"guard-timeout", DURATION, FIELD(guard_timeout_ms), 1, 60000, NULL,
     "a time from 1ms to 60s: a number with ms, s or m, or of seconds", "100ms",
     "how long guard=wait holds a fork back"},
    {"snapshot", DURATION, FIELD(snapshot_ms), 0, 3600000, NULL,
     "0 (never) or a time up to 60m: a number with ms, s or m, or of seconds", "10s",
     "how often the held locks and the allocator are noted"},
    {"java-locks", CHOICE, FIELD(java_locks), 0, 0, "on|off", "on or off", "off",
     "tell which threads own Java monitors at a fork"},
    {"suppress", PATH, FIELD(suppress), 0, 0, NULL, "the path of a rule file", "",
     "what is known and accepted: shown and counted as suppressed"},
    {"keep-forks", NUMBER, FIELD(keep_forks), 1, 1000000, NULL, "a number from 1 to 1000000", "1000",
     "forks that a report keeps in full"},
    {"blame-skip", TEXT, FIELD(blame_skip), 0, 0, NULL, "prefixes of classes or libraries, separated by ':'", "",
     "frames that are never to blame"},
    {"hang-after", DURATION, FIELD(hang_after_ms), 100, 3600000, NULL,
     "a time from 100ms to 60m: a number with ms, s or m, or of seconds", "5s",
     "how long a child must sleep on a lock to count as hung"},
    {"pipe-wait", NUMBER, FIELD(pipe_wait_ms), 0, 1000, NULL, "milliseconds from 0 to 1000", "5",
     "longest wait on a full pipe"},
    {"spool-max", NUMBER, FIELD(spool_max_mib), 0, 1048576, NULL, "MiB from 0 (no limit) to 1048576", "256",
     "largest spool file"},
    {"exit-wait", DURATION, FIELD(exit_wait_ms), 0, 60000, NULL,
     "0 (not at all) or a time up to 60s: a number with ms, s or m, or of seconds", "5s",
     "longest wait at the JVM's end for a last report that its container or a pipe would take along"},
};
enum { OPTIONS = sizeof table / sizeof table[0] };

static bool fail(char *error, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool fail(char *error, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, size, format, arguments);
    va_end(arguments);
    return false;
}

/* Appends count bytes; false when the buffer is full. */
static bool append(char *to, size_t size, size_t *length, const char *from, size_t count)
{
    if (*length + count >= size) {
        return false;
    }
    memcpy(to + *length, from, count);
    *length += count;
    to[*length] = '\0';
    return true;
}

/* Replaces one %x; returns what follows it in the pattern, NULL if it is not known or does not fit. */
static const char *replace(const char *at, const char *end, char *to, size_t size, size_t *length)
{
    char number[24];
    if (at + 1 >= end) {
        return NULL;
    }
    if (at[1] == '%') {
        return append(to, size, length, "%", 1) ? at + 2 : NULL;
    }
    if (at[1] == 'p' || at[1] == 't') {
        char *stop = fw_decimal(number, at[1] == 'p' ? (uint64_t)fw_getpid() : fw_process_start_ms());
        return append(to, size, length, number, (size_t)(stop - number)) ? at + 2 : NULL;
    }
    const char *close = at[1] == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
    if (!close) {
        return NULL;
    }
    char name[128] = "";
    size_t name_length = 0;
    if (!append(name, sizeof name, &name_length, at + 2, (size_t)(close - at - 2))) {
        return NULL;
    }
    const char *value = getenv(name);
    return !value || append(to, size, length, value, strlen(value)) ? close + 1 : NULL;
}

static bool expand(const char *at, const char *end, char *to, size_t size)
{
    size_t length = 0;
    to[0] = '\0';
    while (at < end) {
        if (*at == '%') {
            at = replace(at, end, to, size, &length);
            if (!at) {
                return false;
            }
        } else if (!append(to, size, &length, at++, 1)) {
            return false;
        }
    }
    return true;
}

static bool read_number(const char *at, const char *end, unsigned least, unsigned most, unsigned *value)
{
    unsigned long long number = 0;
    if (at == end) {
        return false;
    }
    for (; at < end; at++) {
        if (*at < '0' || *at > '9' || (number = number * 10 + (unsigned)(*at - '0')) > most) {
            return false;
        }
    }
    *value = (unsigned)number;
    return number >= least;
}

/* The unit is the text behind the digits; none is s. */
static bool read_duration(const char *at, const char *end, unsigned least, unsigned most, unsigned *ms)
{
    static const struct {
        const char *name;
        unsigned ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"", 1000}};
    const char *unit = at;
    while (unit < end && *unit >= '0' && *unit <= '9') {
        unit++;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t length = strlen(units[i].name);
        if ((size_t)(end - unit) == length && memcmp(unit, units[i].name, length) == 0) {
            unsigned number;
            if (!read_number(at, unit, 0, most / units[i].ms, &number) || number * units[i].ms < least) {
                return false;
            }
            *ms = number * units[i].ms;
            return true;
        }
    }
    return false;
}

static bool is_choice(const char *choices, const char *at, size_t length)
{
    for (const char *choice = choices; choice; choice = strchr(choice, '|')) {
        choice += *choice == '|';
        if (strcspn(choice, "|") == length && memcmp(choice, at, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool set(struct fw_options *options, const struct option *option, const char *at, const char *end)
{
    char *field = (char *)options + option->offset;
    size_t length = 0;
    switch (option->kind) {
    case PATH:
        /* A comma out of a variable would end the value for whoever reads the options from the stream. */
        return expand(at, end, field, option->size) && (field[0] || !option->fallback[0]) &&
               !(field == options->suppress && strchr(field, ','));
    case TEXT:
        field[0] = '\0';
        return append(field, option->size, &length, at, (size_t)(end - at));
    case CHOICE:
        field[0] = '\0';
        return is_choice(option->choices, at, (size_t)(end - at)) &&
               append(field, option->size, &length, at, (size_t)(end - at));
    case NUMBER:
        return read_number(at, end, option->least, option->most, (unsigned *)(void *)field);
    case DURATION:
        return read_duration(at, end, option->least, option->most, (unsigned *)(void *)field);
    }
    return false;
}

void fw_options_defaults(struct fw_options *options)
{
    memset(options, 0, sizeof *options);
    for (size_t i = 0; i < OPTIONS; i++) {
        set(options, &table[i], table[i].fallback, table[i].fallback + strlen(table[i].fallback));
    }
}

static const struct option *named(const char *name, size_t length)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static bool parse_one(struct fw_options *options, const char *at, const char *end, char *error, size_t error_size)
{
    const char *equals = memchr(at, '=', (size_t)(end - at));
    const char *name_end = equals ? equals : end;
    int name_length = name_end - at > 64 ? 64 : (int)(name_end - at);
    if (!equals && name_length == 4 && memcmp(at, "help", 4) == 0) {
        options->help = true;
        return true;
    }
    const struct option *option = named(at, (size_t)(name_end - at));
    if (!option) {
        return fail(error, error_size, "unknown option '%.*s'; `help` lists those that there are", name_length, at);
    }
    if (!equals) {
        return fail(error, error_size, "option '%s' needs a value: %s", option->name, option->takes);
    }
    int value_length = end - equals - 1 > 256 ? 256 : (int)(end - equals - 1);
    if (!set(options, option, equals + 1, end)) {
        return fail(error, error_size, "option '%s' takes %s, not '%.*s'", option->name, option->takes, value_length,
                    equals + 1);
    }
    return true;
}

bool fw_options_parse(struct fw_options *options, const char *text, char *error, size_t error_size)
{
    while (text && *text) {
        const char *end = text + strcspn(text, ",");
        if (end > text && !parse_one(options, text, end, error, error_size)) {
            return false;
        }
        text = *end ? end + 1 : end;
    }
    return true;
}

bool fw_options_check(const struct fw_options *options, char *error, size_t error_size)
{
    if (!options->suppress[0]) {
        return true;
    }
    /* A named pipe without a writer must not stop the start. */
    int fd = open(options->suppress, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int reason = errno;
    struct stat status;
    bool is_file = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    if (fd >= 0) {
        close(fd);
        reason = EINVAL;
    }
    return is_file ||
           fail(error, error_size,
                "option 'suppress': cannot read '%.256s': %s; name a rule file that the JVM's user can read, "
                "or leave the option out",
                options->suppress, reason == EINVAL ? "not a regular file" : strerror(reason));
}

void fw_options_help(char *text, size_t size)
{
    int length = snprintf(text, size,
                          "forkwitness: which fork() in this JVM is unsafe, why, and whose code did it\n\n"
                          "  -agentpath:.../libforkwitness.so[=name=value,name=value,...]\n\n");
    for (size_t i = 0; i < OPTIONS && (size_t)length < size; i++) {
        length +=
            snprintf(text + length, size - (size_t)length, "  %-13s %s\n                takes %s%s%s\n", table[i].name,
                     table[i].meaning, table[i].takes, table[i].fallback[0] ? "; default " : "", table[i].fallback);
    }
    if ((size_t)length < size) {
        snprintf(text + length, size - (size_t)length,
                 "  help          prints this and ends the JVM\n\n"
                 "In paths, %%p is the pid, %%t the start time in ms, %%{NAME} a variable of the environment.\n"
                 "The same string is read from FORKWITNESS_OPTIONS first.\n"
                 "Example: -agentpath:/opt/forkwitness/lib/libforkwitness.so=reports=/var/log/forks,keep-forks=5000\n");
    }
}

void fw_options_effective(const struct fw_options *options, char *text, size_t size)
{
    snprintf(text, size, "guard=%s,keep-forks=%u%s%s%s%s", options->guard, options->keep_forks,
             options->blame_skip[0] ? ",blame-skip=" : "", options->blame_skip,
             options->suppress[0] ? ",suppress=" : "", options->suppress);
}
