package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCounts;
import org.forkwitness.symbols.ResolvedStack;

/** What is counted of one site: all its forks, kept or not. Mutable, for one thread. */
final class SiteTally {
    private static final int MAX_EXAMPLES = 8;

    private final long id;
    private final Call call;
    private final long proc;
    private final Long stack;
    private long count;
    private long firstTime = Long.MAX_VALUE;
    private long lastTime = Long.MIN_VALUE;
    private VerdictCounts verdicts = VerdictCounts.NONE;
    private VerdictCounts suppressed = VerdictCounts.NONE;
    private final Map<Verdict, List<Long>> examples = new EnumMap<>(Verdict.class);
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
        note(fork, verdict);
    }

    /** Another verdict of a fork, or another answer to whether it is suppressed. */
    void change(long fork, Verdict from, boolean wasKnown, Verdict to, boolean known) {
        verdicts = verdicts.plus(from, -1).plus(to, 1);
        suppressed = suppressed.plus(from, wasKnown ? -1 : 0).plus(to, known ? 1 : 0);
        if (from != to) {
            examples.computeIfPresent(from, (verdict, forks) -> {
                forks.remove(fork);
                return forks;
            });
            note(fork, to);
        }
    }

    /** Those of its forks that are suppressed each for a reason of its own. */
    VerdictCounts suppressed() {
        return suppressed;
    }

    /** The oldest and the newest: others may have a verdict that is revised, as their children go on. */
    private void note(long fork, Verdict verdict) {
        List<Long> forks = examples.computeIfAbsent(verdict, v -> new ArrayList<>(1));
        if (forks.size() == MAX_EXAMPLES) {
            forks.remove(1);
        }
        forks.add(fork);
    }

    /**
     * True where the report keeps this fork for the site's sake: its newest one, its newest of the worst, so that what is
     * kept was seen under the present conditions, and those that take its place should its verdict be revised.
     */
    boolean protects(long fork) {
        if (fork == newestFork) {
            return true;
        }
        List<Verdict> worst = Arrays.stream(Verdict.values())
                .filter(verdict -> verdict != Verdict.SAFE && !examples(verdict).isEmpty())
                .limit(2)
                .toList();
        boolean newest = worst.stream().anyMatch(verdict -> examples(verdict).get(0) == fork);
        // Children in flight come and go as unknown.
        boolean oldest = !worst.isEmpty()
                && worst.get(0) != Verdict.UNKNOWN
                && examples.get(worst.get(0)).get(0) == fork;
        return newest || oldest;
    }

    /** Some of its forks with this verdict, the newest first. */
    List<Long> examples(Verdict verdict) {
        List<Long> forks = new ArrayList<>(examples.getOrDefault(verdict, List.of()));
        Collections.reverse(forks);
        return forks;
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

    ResolvedStack resolved() {
        return resolved;
    }

    Frame blame() {
        return blame;
    }
}
