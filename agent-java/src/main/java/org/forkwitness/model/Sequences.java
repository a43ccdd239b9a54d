package org.forkwitness.model;

import java.util.HashMap;
import java.util.Map;

/** Which frames of each process have arrived, and so how many have not. For one thread. */
final class Sequences {
    /** No pipe holds back so many frames: a number so far ahead is a damaged one and says nothing about loss. */
    private static final long MAX_AHEAD = 1 << 24;

    private final Map<Long, NumberSet> receivedByProc = new HashMap<>();
    private long retiredMissing;
    private long sent;
    private long unwritten;

    /** Notes a frame; false where it has been here before. */
    boolean received(long proc, long seq) {
        NumberSet set = receivedByProc.computeIfAbsent(proc, p -> new NumberSet());
        return seq > set.greatest() + MAX_AHEAD || set.add(seq);
    }

    /** Notes what STATE and BYE say. */
    void counted(long sentSoFar, long unwrittenSoFar) {
        sent = Math.max(sent, sentSoFar);
        unwritten = Math.max(unwritten, unwrittenSoFar);
    }

    /** Closes the account of a child whose records are not expected any more. */
    void retire(long proc) {
        NumberSet set = receivedByProc.remove(proc);
        if (set != null) {
            retiredMissing += set.greatest() + 1 - set.count();
        }
    }

    /** Numbers of a child that have not arrived although later ones have. */
    long missingOf(long proc) {
        NumberSet set = receivedByProc.get(proc);
        return set == null ? 0 : set.greatest() + 1 - set.count();
    }

    /**
     * Records that are missing. A frame that could not be written has used up its number, so it shows in both counts:
     * the greater one is right, and the numbers alone cannot tell of frames behind the last one that arrived.
     */
    long missing() {
        long gaps = retiredMissing;
        for (Map.Entry<Long, NumberSet> entry : receivedByProc.entrySet()) {
            NumberSet set = entry.getValue();
            long expected = set.greatest() + 1;
            if (entry.getKey() == 0) {
                expected = Math.max(expected, sent);
            }
            gaps += expected - set.count();
        }
        return Math.max(gaps, unwritten);
    }
}
