package org.forkwitness.verdict;

import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Call;
import org.forkwitness.report.Outcome;
import org.forkwitness.stream.StreamRecord;

/** What a child came to. Stateless. */
final class Outcomes {
    private static final String SHELL = "/bin/sh";
    private static final String EXIT = "exit";
    private static final String ABORT = "abort";
    private static final int SIGABRT = 6;

    private Outcomes() {}

    /** The outcome as far as it is known now; {@code processEnded}: nothing more will be seen. */
    static Outcome of(Evidence evidence, boolean processEnded) {
        ProcessFork fork = evidence.fork();
        boolean execed = program(fork) != null;
        if (!execed && fork.watch().endSignal() != null) {
            return Outcome.SIGNAL;
        }
        if (evidence.obstacle() != null) {
            return Outcome.DEADLOCKED;
        }
        StreamRecord.Exit exit = fork.exit();
        if (exit != null) {
            return exit.function().equals(ABORT)
                    ? Outcome.SIGNAL
                    : exit.function().equals(EXIT) ? Outcome.EXIT : Outcome.UNDERSCORE_EXIT;
        }
        if (execed || fork.watch().execed() || spawned(fork) && fork.returned()) {
            return Outcome.EXEC;
        }
        if (fork.watch().exitStatus() != null && evidence.wholly()) {
            // Without a word: by the system call itself, for exit(3) would have been seen.
            return Outcome.UNDERSCORE_EXIT;
        }
        return processEnded || fork.watch().ended() ? Outcome.UNKNOWN : Outcome.RUNNING;
    }

    /** Exit status, or the number of the signal that ended the child; null where not known. */
    static Integer status(Evidence evidence, Outcome outcome) {
        ProcessFork fork = evidence.fork();
        if (outcome == Outcome.SIGNAL) {
            return fork.watch().endSignal() == null
                    ? Integer.valueOf(SIGABRT)
                    : fork.watch().endSignal();
        }
        if (fork.watch().exitStatus() != null) {
            return fork.watch().exitStatus();
        }
        return fork.exit() == null || outcome == Outcome.EXEC
                ? null
                : (int) fork.exit().status();
    }

    private static boolean spawned(ProcessFork fork) {
        return fork.known() && Calls.of(fork.record().call()).spawns();
    }

    /**
     * The program that a child became; null where it did not, or not known. posix_spawn(3), popen(3) and system(3) return
     * without an error only once the exec has succeeded; the last two start the shell.
     */
    static String program(ProcessFork fork) {
        if (fork.exec() != null) {
            return fork.exec().path();
        }
        if (fork.watch().execed()) {
            return fork.watch().outside().path();
        }
        if (!spawned(fork) || !fork.returned()) {
            return null;
        }
        return Calls.of(fork.record().call()) == Call.POSIX_SPAWN
                ? fork.record().command()
                : SHELL;
    }
}
