package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Fork;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Names and marks that libraries and Java give by the API, and rule files: shown and counted, never hiding a deadlock. */
@EveryJdk
class KnownAndAcceptedTest {
    private static final String NAME = "the treasure";
    private static final String REASON = "the child makes it anew";

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory);
    }

    private static HeldLock named(Expect fork) {
        return fork.fork().locks().stream()
                .filter(l -> NAME.equals(l.name()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(fork.fork().toString()));
    }

    @Test
    void lockHasTheNameThatItsLibraryGaveIt() {
        script().act("make-named")
                .nativeThread("holder", "hold-named")
                .fork("want-named")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE)
                .waitsFor("mutex", NAME, "holder", "hold-named");
    }

    /** A proven deadlock is not suppressed, whatever the mark says. */
    @Test
    void markedLockThatTheChildHangsOn() {
        Expect fork = script().act("make-named")
                .act("mark-named")
                .nativeThread("holder", "hold-named")
                .fork("want-named")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE);
        assertEquals(REASON, named(fork).forkAware());
        assertNull(fork.fork().suppressedBy());
        assertEquals(0, fork.report().summary().suppressed());
    }

    @Test
    void markedThread() {
        Expect fork = script().act("make-named")
                .nativeThread("holder", "hold-marked")
                .fork("exec")
                .ends()
                .safe();
        assertEquals(
                "children leave it alone",
                fork.report()
                        .thread(named(fork).holder().thread())
                        .orElseThrow()
                        .forkAware());
    }

    /** guard= does not wait for what is marked. */
    @Test
    void guardPassesMarkedLocks() {
        Expect fork = script().options("guard=wait", "guard-timeout=60s")
                .act("make-named")
                .act("mark-named")
                .nativeThread("holder", "hold-named")
                .fork("exec")
                .ends()
                .safe();
        assertTrue(
                fork.fork().guard() == null
                        || !"holder".equals(fork.fork().guard().waitedFor().name()),
                fork.fork()::toString);
    }

    @Test
    void nothingIsSaidWithoutTheAgent() {
        script().withoutAgent()
                .act("make-named")
                .act("mark-named")
                .nativeThread("holder", "hold-marked")
                .release("holder")
                .runWithoutReport();
    }

    private PlayScript ruled(String... rules) throws IOException {
        Path file = directory.resolve("accepted.rules");
        Files.writeString(file, String.join("\n", rules) + "\n");
        return script().options("suppress=" + file);
    }

    /** The child returns into Java: unsafe, and here accepted. */
    @Test
    void acceptedSite() throws IOException {
        Expect fork = ruled("site blame=by_fork* : TICKET-7, goes away with the next release")
                .act("take-checked")
                .fork("give-checked-back-and-exit")
                .ends()
                .verdict(Verdict.UNSAFE, Reason.HELD_LOCK);
        assertNotNull(fork.fork().suppressedBy());
        assertTrue(fork.fork().suppressedBy().contains("TICKET-7"), fork.fork()::toString);
        assertEquals(1, fork.report().summary().suppressed());
        assertEquals(1, fork.report().summary().verdicts().unsafe());
    }

    @Test
    void otherSite() throws IOException {
        Fork fork = ruled("site blame=somebody_else : known")
                .act("take-checked")
                .fork("give-checked-back-and-exit")
                .ends()
                .verdict(Verdict.UNSAFE, Reason.HELD_LOCK)
                .fork();
        assertNull(fork.suppressedBy());
    }

    @Test
    void deadlockAtAnAcceptedSite() throws IOException {
        Expect fork = ruled("site blame=by_fork* : known", "lock name=g_lock* : known", "thread name=holder : known")
                .nativeThread("holder", "hold-mutex")
                .fork("want-mutex")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE);
        assertNull(fork.fork().suppressedBy());
        assertEquals(0, fork.report().summary().suppressed());
    }

    /** The good rules hold; the bad one is named in a note, with its line. */
    @Test
    void badRule() throws IOException {
        Expect fork = ruled("# what we know", "site blame= nothing", "site blame=by_fork* : TICKET-7")
                .act("take-checked")
                .fork("give-checked-back-and-exit")
                .ends();
        assertTrue(fork.fork().suppressedBy().contains("TICKET-7"), fork.fork()::toString);
        assertTrue(
                fork.report().notes().stream().anyMatch(n -> n.contains("accepted.rules:2")),
                fork.report().notes()::toString);
    }

    @Test
    void missingRuleFileStopsTheJvm() {
        script().options("suppress=" + directory.resolve("missing.rules")).failsToStart("suppress");
    }
}
