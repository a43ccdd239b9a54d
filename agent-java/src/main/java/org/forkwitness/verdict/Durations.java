package org.forkwitness.verdict;

import java.util.Locale;
import org.forkwitness.model.ProcessFork;

/** Times from a fork on. Stateless. */
final class Durations {
    private static final double NANOS_PER_MS = 1e6;
    private static final long NANOS_PER_US = 1000;
    private static final double MS_PER_S = 1000;

    private Durations() {}

    /** Milliseconds from the call to a time of the stream; null where the call was not seen. */
    static Double since(ProcessFork fork, long time) {
        return fork.known() ? Math.max(0, time - fork.time()) / NANOS_PER_MS : null;
    }

    /** Milliseconds from the call to what the child came to; null where it has not, or that was not seen. */
    static Double whole(ProcessFork fork) {
        if (fork.exit() != null) {
            return since(fork, fork.exit().header().time());
        }
        if (fork.exec() != null) {
            return since(fork, fork.exec().header().time());
        }
        boolean spawned = fork.known() && Calls.of(fork.record().call()).spawns();
        return fork.watch().reaped() == null || spawned
                ? null
                : since(fork, fork.watch().reaped().header().time());
    }

    /** Milliseconds with one decimal from a time in us to one in ns; null for 0, which is a time that is not known. */
    static Double sinceUs(long us, long ns) {
        return us == 0 ? null : Math.round(Math.max(0, ns / NANOS_PER_US - us) / 100.0) / 10.0;
    }

    /** As a person says it: {@code 12.5 s}. */
    static String spoken(double ms) {
        return ms < MS_PER_S ? text(ms) + " ms" : String.format(Locale.ROOT, "%.1f s", ms / MS_PER_S);
    }

    /** With three digits or so; empty for null. */
    static String text(Double ms) {
        return ms == null ? "" : String.format(Locale.ROOT, ms < 0.1 ? "%.2f" : ms < 100 ? "%.1f" : "%.0f", ms);
    }
}
