package org.forkwitness.verdict;

import static org.forkwitness.verdict.Judged.WORKER;
import static org.forkwitness.verdict.Judged.codes;
import static org.forkwitness.verdict.Judged.sentence;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.forkwitness.model.LiveModel;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.AllocatorFigures;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.junit.jupiter.api.Test;

/** The allocator: who was inside of it, whether it protects itself, what it says of itself. */
class AllocatorVerdictTest {
    private static final long SITE = 0x7200_0511L;

    private static Fork fork(StreamBuilder before, Call call, long allocating) {
        return Judged.fork(before, call, child -> child.allocating(allocating).calls("malloc", 2L));
    }

    private static Fork fork(Call call, long allocating) {
        return fork(Scenario.start(""), call, allocating);
    }

    @Test
    void threadsInsideOfAnAllocatorThatIsNotProtected() {
        Fork fork = fork(Call.UNDERSCORE_FORK, 2);
        assertEquals(Verdict.UNSAFE, fork.verdict());
        assertEquals(List.of("in-region", "not-async-signal-safe"), codes(fork));
        assertEquals(
                "child 4711 called malloc (libc.so.6+0x210) while 2 other threads were inside the allocator: glibc 2.36"
                        + " does not protect the allocator across _Fork",
                sentence(fork));
        assertEquals(2, fork.allocator().threadsInside());
        assertTrue(sentence(fork(Call.UNDERSCORE_FORK, 1)).contains("while 1 other thread was inside"));
        assertEquals(Verdict.LATENT, fork(Call.UNDERSCORE_FORK, 0).verdict());
        Fork mended = fork(Call.FORK, 2);
        assertEquals(Verdict.LATENT, mended.verdict(), "fork() makes it whole");
        assertTrue(
                sentence(mended)
                        .endsWith("; 2 other threads were inside the allocator, but glibc 2.36 protects the allocator"
                                + " across fork"),
                sentence(mended));
        Fork beside = Judged.fork(Call.FORK, child -> child.allocating(2).calls("tzset", 2L));
        assertTrue(sentence(beside).endsWith("; nothing that they use was held this time"), sentence(beside));
    }

    @Test
    void aThreadWithARecordOfItsOwnIsNamedInstead() {
        Fork fork = Judged.fork(
                Call.UNDERSCORE_FORK,
                child -> child.inside(WORKER, "malloc", SITE).allocating(1).calls("malloc", 2L));
        assertTrue(sentence(fork).contains("while thread 'worker' was inside malloc"), sentence(fork));
        assertEquals(List.of("in-region", "not-async-signal-safe"), codes(fork));
        assertEquals(2, fork.allocator().threadsInside());
    }

    @Test
    void hangsInTheAllocator() {
        Fork fork = Judged.fork(
                Call.UNDERSCORE_FORK,
                child -> child.allocating(3).calls("malloc", 2L).hangs(0x7000_9000L, false));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals(
                "child 4711 hangs in malloc (libc.so.6+0x210), for 3 other threads were inside the allocator at the fork:"
                        + " glibc 2.36 does not protect the allocator across _Fork",
                sentence(fork));
        assertEquals(List.of("in-region", "not-async-signal-safe"), codes(fork));
        assertEquals("malloc", fork.child().blockedOn().function());
        Fork mended = Judged.fork(
                Call.FORK, child -> child.allocating(3).calls("malloc", 2L).hangs(0x7000_9000L, false));
        assertEquals("lost-thread", codes(mended).get(0), "the allocator is not to blame");
    }

    private static StreamBuilder told(String name, Boolean isProtected) {
        return ChildStory.allocator(Scenario.start(""), name, isProtected, 4);
    }

    @Test
    void theAgentsWordCounts() {
        assertEquals(Verdict.UNSAFE, fork(told("mimalloc", false), Call.FORK, 2).verdict());
        assertEquals(Verdict.LATENT, fork(told("jemalloc", true), Call.FORK, 2).verdict());
        assertEquals(
                Verdict.LATENT, fork(told("unknown", null), Call.FORK, 2).verdict(), "what is not known is no finding");
    }

    private static Allocator environment(StreamBuilder stream) {
        LiveModel model = new Judged(stream).model();
        return new Environments(model, module -> Optional.empty()).now().allocator();
    }

    @Test
    void theEnvironmentSaysHowItIsKnown() {
        Allocator jemalloc = environment(told("jemalloc", true));
        assertEquals(AllocatorName.JEMALLOC, jemalloc.name());
        assertEquals("5.3.0", jemalloc.version());
        assertEquals("libjemalloc.so.2", jemalloc.library());
        assertEquals(ForkProtection.HANDLERS, jemalloc.forkProtection());
        assertEquals("it was seen to register its handlers", jemalloc.knownBy());
        assertEquals(1000, jemalloc.figures().allocatedBytes());
        assertEquals(4096, jemalloc.figures().mappedBytes());
        assertEquals(ForkProtection.LIBC, environment(told("glibc", true)).forkProtection());
        assertEquals(ForkProtection.NONE, environment(told("glibc", false)).forkProtection());
        Allocator byTable = environment(told("mimalloc", null));
        assertEquals(ForkProtection.NONE, byTable.forkProtection());
        assertTrue(byTable.knownBy().startsWith("mimalloc 2.1 src/"), byTable.knownBy());
        Allocator old = environment(Scenario.start(""));
        assertEquals(ForkProtection.LIBC, old.forkProtection());
        assertNull(old.figures());
    }

    @Test
    void aForkHasTheFiguresOfItsTime() {
        StreamBuilder stream = told("jemalloc", true);
        ChildStory.allocator(stream.at(1_004_000_000L), "jemalloc", true, 5);
        ChildStory.allocator(stream.at(1_011_000_000L), "jemalloc", true, 6);
        Fork fork = fork(stream, Call.FORK, 0);
        AllocatorFigures figures = fork.allocator().figures();
        assertEquals(5, figures.arenas());
        assertEquals(fork.at().minusMillis(6), figures.at());
        assertEquals(6, environment(stream).figures().arenas());
        StreamBuilder silent = Scenario.start("").add(RecordType.ALLOCATOR, Key.NAME, "glibc");
        assertNull(fork(silent, Call.FORK, 0).allocator().figures(), "it tells nothing");
    }
}
