package org.forkwitness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VerdictCheckTest {
    private static final VerdictCounts NONE = VerdictCounts.NONE;

    @Test
    void theLimitAndWhatIsWorseFail() {
        Report report =
                report(site(1, NONE.plus(Verdict.LATENT, 5), NONE), site(2, NONE.plus(Verdict.UNSAFE, 1), NONE));
        assertFalse(VerdictCheck.of(report, Verdict.DEADLOCKED).failed());
        assertEquals(List.of(2L), ids(VerdictCheck.of(report, Verdict.UNSAFE)));
        assertEquals(List.of(2L, 1L), ids(VerdictCheck.of(report, Verdict.LATENT)));
        assertEquals(
                Optional.of(Verdict.UNSAFE),
                VerdictCheck.of(report, Verdict.DEADLOCKED).worst());
    }

    @Test
    void ofTheSameVerdictTheSiteWithMoreForksIsFirst() {
        Report report =
                report(site(1, NONE.plus(Verdict.UNSAFE, 1), NONE), site(2, NONE.plus(Verdict.UNSAFE, 9), NONE));
        assertEquals(List.of(2L, 1L), ids(VerdictCheck.of(report, Verdict.UNSAFE)));
    }

    @Test
    void unknownAndSafeAreNoFinding() {
        VerdictCounts counts = NONE.plus(Verdict.UNKNOWN, 7).plus(Verdict.SAFE, 7);
        VerdictCheck check = VerdictCheck.of(report(site(1, counts, NONE)), Verdict.LATENT);
        assertFalse(check.failed());
        assertEquals(Optional.empty(), check.worst());
        assertThrows(IllegalArgumentException.class, () -> VerdictCheck.of(report(), Verdict.UNKNOWN));
        assertThrows(IllegalArgumentException.class, () -> VerdictCheck.of(report(), Verdict.SAFE));
    }

    @Test
    void suppressedForksDoNotCountButOthersOfTheSameSiteDo() {
        VerdictCounts three = NONE.plus(Verdict.UNSAFE, 3).plus(Verdict.LATENT, 1);
        Report all = report(site(1, three, NONE.plus(Verdict.UNSAFE, 3)));
        assertFalse(VerdictCheck.of(all, Verdict.UNSAFE).failed());
        assertEquals(
                Optional.of(Verdict.LATENT),
                VerdictCheck.of(all, Verdict.UNSAFE).worst());
        VerdictCheck one = VerdictCheck.of(report(site(1, three, NONE.plus(Verdict.UNSAFE, 2))), Verdict.LATENT);
        assertEquals(2, one.sites().get(0).count());
        assertEquals(Verdict.UNSAFE, one.sites().get(0).verdict());
    }

    @Test
    void aDeadlockIsNeverSuppressed() {
        VerdictCounts one = NONE.plus(Verdict.DEADLOCKED, 1);
        assertTrue(
                VerdictCheck.of(report(site(1, one, one)), Verdict.DEADLOCKED).failed());
        Fork fork = Samples.everyField().fork(3).orElseThrow();
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertFalse(fork.suppressedBy() == null || fork.suppressed());
        assertTrue(Samples.everyField().fork(8).orElseThrow().suppressed());
    }

    @Test
    void verdictsFromTheWorst() {
        assertTrue(Verdict.DEADLOCKED.worseThan(Verdict.UNSAFE));
        assertTrue(Verdict.UNSAFE.worseThan(Verdict.UNKNOWN));
        assertTrue(Verdict.UNKNOWN.worseThan(Verdict.LATENT));
        assertTrue(Verdict.LATENT.worseThan(Verdict.SAFE));
        assertEquals(Optional.of(Verdict.LATENT), Verdict.worst(List.of(Verdict.SAFE, Verdict.LATENT)));
        assertEquals(Optional.empty(), Verdict.worst(List.of()));
        assertEquals(Optional.of(Verdict.UNSAFE), Verdict.of("unsafe"));
    }

    @Test
    void countsOfVerdicts() {
        VerdictCounts counts = VerdictCounts.count(List.of(Verdict.SAFE, Verdict.UNSAFE, Verdict.SAFE));
        assertEquals(new VerdictCounts(0, 1, 0, 2, 0), counts);
        assertEquals(2, counts.of(Verdict.SAFE));
    }

    @Test
    void callsAndTheirSpelling() {
        assertEquals(Optional.of(Call.UNDERSCORE_FORK), Call.of("_Fork"));
        assertEquals(Optional.of(Call.POSIX_SPAWN), Call.of("posix_spawnp"));
        assertEquals(Optional.empty(), Call.of("FORK"));
        assertTrue(Call.SYSTEM.spawns());
        assertFalse(Call.VFORK.spawns());
    }

    private static List<Long> ids(VerdictCheck check) {
        return check.sites().stream().map(m -> m.site().id()).toList();
    }

    private static Site site(long id, VerdictCounts verdicts, VerdictCounts suppressed) {
        Verdict worst = List.of(Verdict.values()).stream()
                .filter(v -> verdicts.of(v) > 0)
                .findFirst()
                .orElseThrow();
        return new Site(
                id,
                worst,
                Call.FORK,
                9,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                null,
                null,
                "why",
                null,
                verdicts,
                suppressed);
    }

    private static Report report(Site... sites) {
        Report sample = Samples.everyField();
        return new Report(
                Report.SCHEMA,
                sample.process(),
                sample.environment(),
                sample.summary(),
                null,
                null,
                List.of(sites),
                null,
                null,
                null);
    }
}
