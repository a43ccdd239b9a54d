package org.forkwitness.verdict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.forkwitness.report.Call;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;

/** Which forks a site is told by. */
class SiteTallyTest {
    private final SiteTally site = new SiteTally(1, Call.FORK, 0, 1L);

    private void add(long fork, Verdict verdict) {
        site.add(fork, fork, verdict, false);
    }

    private void change(long fork, Verdict from, Verdict to) {
        site.change(fork, from, false, to, false);
    }

    @Test
    void forkWithRevisedVerdictDoesNotDisplaceTheWorst() {
        add(1, Verdict.LATENT);
        add(2, Verdict.UNKNOWN);
        add(3, Verdict.SAFE);
        assertTrue(site.protects(1));
        change(2, Verdict.UNKNOWN, Verdict.SAFE);
        add(4, Verdict.SAFE);
        assertEquals(List.of(1L), site.examples(Verdict.LATENT));
        assertTrue(site.protects(1));
        assertTrue(site.protects(4));
    }

    @Test
    void norDoesOneThatWasTakenForDeadlocked() {
        add(1, Verdict.DEADLOCKED);
        add(2, Verdict.DEADLOCKED);
        assertTrue(site.protects(1));
        change(2, Verdict.DEADLOCKED, Verdict.UNSAFE);
        add(3, Verdict.SAFE);
        assertEquals(List.of(1L), site.examples(Verdict.DEADLOCKED));
        assertTrue(site.protects(1));
    }

    @Test
    void newestOfTheWorstComesFirst() {
        LongStream.rangeClosed(1, 100).forEach(fork -> add(fork, Verdict.UNSAFE));
        add(101, Verdict.SAFE);
        assertEquals(100, site.examples(Verdict.UNSAFE).get(0));
        assertTrue(site.protects(100));
        assertTrue(site.protects(1));
        assertFalse(site.protects(50));
    }
}
