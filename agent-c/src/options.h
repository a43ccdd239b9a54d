/* The agent's option string: name=value,name=value,... */
#ifndef FW_OPTIONS_H
#define FW_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

enum { FW_OPTION_PATH = 1024, FW_OPTION_TEXT = 2304 };

struct fw_options {
    char reports[FW_OPTION_PATH];   /* report directory */
    char collector[FW_OPTION_PATH]; /* "auto", "none" or the path of a forkwitness.jar */
    char java[FW_OPTION_PATH];      /* the collector's java, "" for the JVM's own */
    char pipe[FW_OPTION_PATH];      /* a named pipe instead of a collector of our own, or "" */
    char blame_skip[FW_OPTION_PATH];
    char suppress[FW_OPTION_PATH]; /* rule file of what is known and accepted, or "" */
    char guard[16];                /* observe, wait, deny or abort */
    char java_locks[4];            /* on or off */
    unsigned guard_timeout_ms;     /* longest hold of a fork */
    unsigned snapshot_ms;          /* between two snapshots; 0: none */
    unsigned keep_forks;
    unsigned hang_after_ms; /* a child that sleeps on a lock for so long counts as hung */
    unsigned pipe_wait_ms;
    unsigned spool_max_mib;
    unsigned exit_wait_ms; /* longest wait for the last report where the collector ends with this process; 0: none */
    bool help;
};

/* Sets the defaults. */
FW_HIDDEN void fw_options_defaults(struct fw_options *options);

/* Reads text (may be NULL) over what is in options. %p (pid), %t (start of the process, ms since 1970), %{NAME}
 * (environment) and %% are replaced in paths. Returns false with one line in error, which names the option and what it
 * takes; options may be changed partly then. */
FW_HIDDEN bool fw_options_parse(struct fw_options *options, const char *text, char *error, size_t error_size);

/* Whether what the options name is there, as far as only the start can tell: the rule file is one that can be read.
 * False with one line in error, which names the option and what to do. */
FW_HIDDEN bool fw_options_check(const struct fw_options *options, char *error, size_t error_size);

/* All options with their meaning and defaults, for `help`. */
FW_HIDDEN void fw_options_help(char *text, size_t size);

/* The options that the collector needs, as name=value,... */
FW_HIDDEN void fw_options_effective(const struct fw_options *options, char *text, size_t size);

#endif
