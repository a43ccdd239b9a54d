package org.forkwitness.verdict;

import java.util.Map;

/** Names of signals. Stateless. */
final class Signals {
    /** signal(7): x86 and ARM have the same numbers. */
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(1, "SIGHUP"),
            Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"),
            Map.entry(4, "SIGILL"),
            Map.entry(5, "SIGTRAP"),
            Map.entry(6, "SIGABRT"),
            Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"),
            Map.entry(9, "SIGKILL"),
            Map.entry(10, "SIGUSR1"),
            Map.entry(11, "SIGSEGV"),
            Map.entry(12, "SIGUSR2"),
            Map.entry(13, "SIGPIPE"),
            Map.entry(14, "SIGALRM"),
            Map.entry(15, "SIGTERM"),
            Map.entry(17, "SIGCHLD"),
            Map.entry(18, "SIGCONT"),
            Map.entry(31, "SIGSYS"));

    private Signals() {}

    /** The name of a signal, or "signal" and its number. */
    static String name(long number) {
        String name = number > Integer.MAX_VALUE ? null : NAMES.get((int) number);
        return name == null ? "signal " + number : name;
    }
}
