package org.forkwitness.verdict;

import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCounts;
import org.forkwitness.symbols.ResolvedStack;

/** What is counted of one site: all its forks, kept or not. Mutable, for one thread. */
final class SiteTally {
    private final long id;
    private final Call call;
    private final long proc;
    private final Long stack;
    private long count;
    private long firstTime = Long.MAX_VALUE;
    private long lastTime = Long.MIN_VALUE;
    private VerdictCounts verdicts = VerdictCounts.NONE;
    private VerdictCounts suppressed = VerdictCounts.NONE;
    private long worstFork;
    private Verdict worstForkVerdict;
    private long newestFork;
    private ResolvedStack resolved;
    private Frame blame;
    private SiteTally mergedInto;

    SiteTally(long id, Call call, long proc, Long stack) {
        this.id = id;
        this.call = call;
        this.proc = proc;
        this.stack = stack;
    }

    void add(long fork, long time, Verdict verdict, boolean known) {
        count++;
        firstTime = Math.min(firstTime, time);
        if (time >= lastTime) {
            lastTime = time;
            newestFork = fork;
        }
        verdicts = verdicts.plus(verdict, 1);
        suppressed = suppressed.plus(verdict, known ? 1 : 0);
        noteWorst(fork, verdict);
    }

    /** Another verdict of a fork, or another answer to whether it is suppressed. */
    void change(long fork, Verdict from, boolean wasKnown, Verdict to, boolean known) {
        verdicts = verdicts.plus(from, -1).plus(to, 1);
        suppressed = suppressed.plus(from, wasKnown ? -1 : 0).plus(to, known ? 1 : 0);
        noteWorst(fork, to);
    }

    /** Those of its forks that are suppressed each for a reason of its own. */
    VerdictCounts suppressed() {
        return suppressed;
    }

    /** The newest of the worst, so that what is kept was seen under the present conditions. */
    private void noteWorst(long fork, Verdict verdict) {
        if (worstForkVerdict == null || fork == worstFork || !worstForkVerdict.worseThan(verdict)) {
            worstFork = fork;
            worstForkVerdict = verdict;
        }
    }

    /** True where the report keeps this fork for the site's sake: its newest one, and its newest of the worst. */
    boolean protects(long fork) {
        return fork == newestFork || fork == worstFork;
    }

    void resolved(ResolvedStack newStack, Frame newBlame) {
        resolved = newStack;
        blame = newBlame;
    }

    void mergedInto(SiteTally other) {
        mergedInto = other;
    }

    /** The site that this one is a part of; itself where it stands alone. */
    SiteTally whole() {
        return mergedInto == null ? this : mergedInto;
    }

    long id() {
        return id;
    }

    Call call() {
        return call;
    }

    long proc() {
        return proc;
    }

    Long stack() {
        return stack;
    }

    long count() {
        return count;
    }

    long firstTime() {
        return firstTime;
    }

    long lastTime() {
        return lastTime;
    }

    VerdictCounts verdicts() {
        return verdicts;
    }

    long worstFork() {
        return worstFork;
    }

    ResolvedStack resolved() {
        return resolved;
    }

    Frame blame() {
        return blame;
    }
}
