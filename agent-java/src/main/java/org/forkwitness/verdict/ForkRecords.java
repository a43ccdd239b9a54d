package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.report.Alive;
import org.forkwitness.report.Call;
import org.forkwitness.report.Child;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ForkAllocator;
import org.forkwitness.report.ForkParent;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.ThreadKind;

/** Makes the report's record of a fork. For one thread. */
final class ForkRecords {
    private static final String SHELL = "/bin/sh";

    private final LiveModel model;

    ForkRecords(LiveModel model) {
        this.model = model;
    }

    Fork fork(ProcessFork fork, long site, Verdict verdict, List<Reason> reasons, boolean processEnded) {
        return new Fork(
                fork.id(),
                site,
                model.clock().instant(fork.time()),
                fork.known() ? Calls.of(fork.record().call()) : Call.UNOBSERVED,
                parent(fork),
                fork.proc() == 0 ? null : fork.proc(),
                false,
                verdict,
                reasons,
                null,
                alive(fork),
                List.of(),
                List.of(),
                new ForkAllocator(null),
                fork.errno() == null ? child(fork, processEnded) : null,
                fork.errno() == null ? null : Errno.name(fork.errno()));
    }

    private ForkParent parent(ProcessFork fork) {
        long pid = model.pid().orElseThrow();
        ProcessFork outer = model.forks().find(fork.proc());
        if (outer != null && outer.childPid() != null) {
            pid = outer.childPid();
        }
        if (!fork.known()) {
            return new ForkParent(pid, pid, null);
        }
        ProcessThread thread = model.threads().find(fork.proc(), fork.record().thread());
        if (thread == null) {
            // A child's own thread is the copy of one of the process that forked it.
            thread = model.threads().find(0, fork.record().thread());
        }
        String kernelName = fork.record().name();
        String name = thread == null ? kernelName : thread.nameAt(fork.time(), kernelName);
        return new ForkParent(pid, fork.record().tid(), name);
    }

    /** Threads at the fork. The calling one was there, whatever is known of the others. */
    private Alive alive(ProcessFork fork) {
        int java = model.threads().alive(fork.proc(), ThreadKind.JAVA, fork.time());
        int jvm = model.threads().alive(fork.proc(), ThreadKind.JVM, fork.time());
        int nativeThreads = model.threads().alive(fork.proc(), ThreadKind.NATIVE, fork.time());
        int total = java + jvm + nativeThreads;
        return total == 0 ? new Alive(1, 0, 0, 1) : new Alive(total, java, jvm, nativeThreads);
    }

    private static Child child(ProcessFork fork, boolean processEnded) {
        Outcome outcome = outcome(fork, processEnded);
        return new Child(
                fork.childPid(),
                outcome,
                outcome == Outcome.EXEC ? program(fork) : null,
                fork.exit() == null ? null : (int) fork.exit().status(),
                Sentence.durationMs(fork),
                List.of(),
                null,
                null,
                List.of());
    }

    private static boolean spawned(ProcessFork fork) {
        return fork.known() && Calls.of(fork.record().call()).spawns();
    }

    /** posix_spawn(3), popen(3) and system(3) return without an error only once the exec has succeeded. */
    private static Outcome outcome(ProcessFork fork, boolean processEnded) {
        if (fork.exit() != null) {
            return fork.exit().function().equals("exit") ? Outcome.EXIT : Outcome.UNDERSCORE_EXIT;
        }
        if (fork.exec() != null || spawned(fork) && fork.returned()) {
            return Outcome.EXEC;
        }
        return processEnded ? Outcome.UNKNOWN : Outcome.RUNNING;
    }

    /** What runs now: system(3) and popen(3) start the shell. */
    private static String program(ProcessFork fork) {
        if (fork.exec() != null) {
            return fork.exec().path();
        }
        return Calls.of(fork.record().call()) == Call.POSIX_SPAWN
                ? fork.record().command()
                : SHELL;
    }
}
