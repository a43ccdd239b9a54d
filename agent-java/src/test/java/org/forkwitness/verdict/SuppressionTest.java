package org.forkwitness.verdict;

import static org.forkwitness.verdict.Judged.WORKER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Site;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.forkwitness.suppress.Suppressions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is marked as known is counted and shown as such, and never hides a proven deadlock. */
class SuppressionTest {
    private static final long LOCK = 0x7200_8000L;
    private static final long SITE = 0x7200_0511L;
    private static final String REASON = "has a fork handler";

    @TempDir
    private Path directory;

    private static StreamBuilder threadAware() {
        return Scenario.start("").add(RecordType.THREAD_AWARE, Key.THREAD, WORKER, Key.REASON, REASON);
    }

    private static StreamBuilder lockAware() {
        return Scenario.start("").add(RecordType.LOCK_NAME, Key.ADDRESS, LOCK, Key.REASON, REASON);
    }

    private static ChildStory region(ChildStory child) {
        return child.inside(WORKER, "setenv", SITE).calls("setenv", 2L);
    }

    private static ChildStory failed(ChildStory child) {
        return child.held(WORKER, LOCK, LockKind.MUTEX, SITE)
                .lockFails("pthread_mutex_timedlock", LOCK, LockKind.MUTEX, 110, WORKER, SITE);
    }

    private static Fork fork(StreamBuilder before, Consumer<ChildStory> story) {
        return Judged.fork(before, Call.FORK, story);
    }

    @Test
    void aThreadThatForksNeedNotFear() {
        Fork fork = fork(threadAware(), SuppressionTest::region);
        assertEquals(Verdict.UNSAFE, fork.verdict());
        assertEquals(REASON, fork.suppressedBy());
        assertNull(fork(Scenario.start(""), SuppressionTest::region).suppressedBy());
        assertEquals(REASON, fork(threadAware(), SuppressionTest::failed).suppressedBy(), "whatever it holds");
        StreamBuilder takenBack =
                threadAware().at(1_001_000_000L).add(RecordType.THREAD_AWARE, Key.THREAD, WORKER, Key.REASON, "");
        assertNull(fork(takenBack, SuppressionTest::region).suppressedBy());
    }

    @Test
    void aLockThatForksNeedNotFear() {
        Fork fork = fork(lockAware(), SuppressionTest::failed);
        assertEquals(Verdict.UNSAFE, fork.verdict());
        assertEquals(REASON, fork.suppressedBy());
        assertEquals(REASON, fork.locks().get(0).forkAware());
        assertNull(fork(lockAware(), child -> failed(region(child))).suppressedBy(), "there is more against it");
    }

    @Test
    void whatHasNoMarkIsNotSuppressed() {
        Fork reentered = fork(threadAware(), child -> region(child).jvmCalls("malloc"));
        assertEquals(Verdict.UNSAFE, reentered.verdict());
        assertNull(reentered.suppressedBy());
        Fork latent = fork(threadAware(), child -> child.calls("malloc", 2L));
        assertEquals(Verdict.LATENT, latent.verdict());
        assertNull(latent.suppressedBy());
    }

    @Test
    void aProvenDeadlockNeverIs() throws IOException {
        Consumer<ChildStory> blocked = child -> child.held(WORKER, LOCK, LockKind.MUTEX, SITE)
                .blocks("pthread_mutex_lock", LOCK, LockKind.MUTEX, WORKER, SITE);
        for (StreamBuilder before : new StreamBuilder[] {threadAware(), lockAware()}) {
            Judged judged = new Judged(
                    Judged.stream(before, Call.FORK, blocked),
                    rules("site blame=com.x.* : known", "lock kind=* : known"));
            Fork fork = judged.report(Judged.FORK);
            assertEquals(Verdict.DEADLOCKED, fork.verdict());
            assertNull(fork.suppressedBy());
            assertEquals(1, judged.sites().get(0).verdicts().deadlocked());
            assertEquals(0, judged.sites().get(0).suppressed().deadlocked());
        }
    }

    private Suppressions rules(String... lines) throws IOException {
        Path file = directory.resolve("known.rules");
        Files.write(file, List.of(lines));
        Suppressions rules = Suppressions.read(file);
        assertEquals(List.of(), rules.notes());
        return rules;
    }

    private Fork fork(Consumer<ChildStory> story, String... lines) throws IOException {
        return new Judged(Judged.stream(Scenario.start(""), Call.FORK, story), rules(lines)).report(Judged.FORK);
    }

    @Test
    void aRuleOnASite() throws IOException {
        String rule = "site blame=com.x.Launcher.start call=fork : waits for 3.2";
        String text = "waits for 3.2 (known.rules:1)";
        assertEquals(text, fork(SuppressionTest::region, rule).suppressedBy());
        assertEquals(text, fork(child -> child.calls("malloc", 2L), rule).suppressedBy());
        assertNull(fork(child -> child.execs("/bin/true"), rule).suppressedBy(), "there is nothing to suppress");
        assertNull(fork(SuppressionTest::region, "site blame=com.y.* : other").suppressedBy());
    }

    @Test
    void aRuleOnAThreadOrALock() throws IOException {
        assertEquals(
                "known (known.rules:1)",
                fork(SuppressionTest::region, "thread name=work* library=libown.so : known")
                        .suppressedBy());
        assertNull(fork(SuppressionTest::region, "thread name=other : known").suppressedBy());
        Fork lock = fork(SuppressionTest::failed, "lock kind=mutex : known");
        assertEquals("known (known.rules:1)", lock.suppressedBy());
        assertEquals("known (known.rules:1)", lock.locks().get(0).forkAware());
    }

    @Test
    void sitesCountThem() throws IOException {
        StreamBuilder stream = Judged.stream(threadAware(), Call.FORK, SuppressionTest::region);
        Scenario.fork(stream, 2, Call.FORK, 1L, 20, null);
        region(new ChildStory(stream, 2).begins(4712)).jvmCalls("malloc");
        Scenario.fork(stream, 3, Call.FORK, 1L, 30, null);
        new ChildStory(stream, 3).begins(4713).calls("malloc", 2L);
        Site site = new Judged(stream).sites().get(0);
        assertEquals(2, site.verdicts().unsafe());
        assertEquals(1, site.suppressed().unsafe());
        assertEquals(0, site.suppressed().latent());
        Site ruled =
                new Judged(stream, rules("site blame=com.x.* : known")).sites().get(0);
        assertEquals(2, ruled.suppressed().unsafe());
        assertEquals(1, ruled.suppressed().latent());
    }
}
