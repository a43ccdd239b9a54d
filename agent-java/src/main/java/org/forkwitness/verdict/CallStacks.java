package org.forkwitness.verdict;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Verdict;

/**
 * Which stacks of children's calls are written out: thousands of children of one site do the same, and a file in which
 * each says so in full would be too long to be read. A child that came to harm always does. Mutable, for one file.
 */
public final class CallStacks {
    /** So many children of a site are shown with the same stack of a call. */
    private static final int SAME = 20;

    private record Key(Long site, long function, List<Frame> stack) {}

    private final Map<Key, Integer> written = new HashMap<>();
    private Long site;
    private Verdict verdict;

    /** The next calls are those of a fork of this site with this verdict. */
    void next(Long newSite, Verdict newVerdict) {
        site = newSite;
        verdict = newVerdict;
    }

    /** True where this stack is to be written. */
    boolean keeps(long function, List<Frame> stack) {
        boolean harmed = verdict == Verdict.DEADLOCKED || verdict == Verdict.UNSAFE;
        return harmed || stack.isEmpty() || written.merge(new Key(site, function, stack), 1, Integer::sum) <= SAME;
    }
}
