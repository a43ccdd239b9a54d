package org.forkwitness.verdict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Call;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;

class TablesTest {
    private static final List<Frame> NATIVE = List.of(Frame.unresolved("libown.so", "0x1", null));

    @Test
    void everyConditionHasOneRuleAndTheLastOneAlwaysHolds() {
        List<String> conditions = RuleTable.read("verdicts.tsv", 5).stream()
                .map(row -> row.get(0))
                .toList();
        assertEquals(
                Arrays.stream(Condition.values()).map(Enum::name).collect(Collectors.toSet()), Set.copyOf(conditions));
        assertEquals(Condition.values().length, conditions.size());
        assertEquals(Condition.CHILD_NOT_SEEN.name(), conditions.get(conditions.size() - 1));
    }

    @Test
    void adviceDependsOnWhoForks() {
        Advice advice = Advice.load();
        List<Frame> processBuilder = List.of(
                Frame.java("java.lang.ProcessImpl", "forkAndExec", null, null), Frame.java("com.x.A", "m", null, null));
        assertTrue(advice.of(Call.FORK, Verdict.UNKNOWN, processBuilder).contains("launchMechanism=POSIX_SPAWN"));
        assertTrue(advice.of(Call.VFORK, Verdict.UNKNOWN, processBuilder).contains("launchMechanism=POSIX_SPAWN"));
        List<Frame> jnr = List.of(Frame.java("com.kenai.jffi.Foreign", "invoke", null, null));
        assertTrue(advice.of(Call.FORK, Verdict.UNKNOWN, jnr).contains("ProcessBuilder"));
        assertTrue(advice.of(Call.FORK, Verdict.UNKNOWN, NATIVE).contains("posix_spawn"));
        assertNull(advice.of(Call.POSIX_SPAWN, Verdict.SAFE, processBuilder));
    }

    @Test
    void allocatorsAreKnownByTheirLibrary() {
        Allocators allocators = new Allocators();
        assertEquals(
                new Allocator(AllocatorName.GLIBC, "2.36", "libc.so.6", ForkProtection.LIBC),
                allocators.of("libc.so.6", "glibc", "2.36"));
        assertEquals(
                ForkProtection.HANDLERS,
                allocators.of("libjemalloc.so.2", "glibc", "2.36").forkProtection());
        assertEquals(
                AllocatorName.TCMALLOC,
                allocators.of("libtcmalloc_minimal.so.4", "glibc", "2.36").name());
        assertEquals(
                ForkProtection.NONE,
                allocators.of("libmimalloc.so.2", "glibc", "2.36").forkProtection());
        assertEquals(
                ForkProtection.LIBC,
                allocators.of("ld-musl-x86_64.so.1", "musl", "1.2.10").forkProtection());
        assertEquals(
                ForkProtection.NONE,
                allocators.of("ld-musl-x86_64.so.1", "musl", "1.1.24").forkProtection());
        assertEquals(
                new Allocator(AllocatorName.UNKNOWN, null, "libown.so", ForkProtection.UNKNOWN),
                allocators.of("libown.so", "glibc", "2.36"));
        assertEquals(AllocatorName.UNKNOWN, allocators.of(null, "glibc", "2.36").name());
    }

    @Test
    void placesReadAsPeopleSayThem() {
        assertEquals("com.x.A.m (A.java:7)", Sentence.place(Frame.java("com.x.A", "m", "A.java", 7)));
        assertEquals("com.x.A.m", Sentence.place(Frame.java("com.x.A", "m", null, null)));
        assertEquals(
                "f (libown.so, own.c:3)",
                Sentence.place(Frame.resolved("libown.so", "f", "/src/own.c", 3, "0x1", null, false)));
        assertEquals("f (libown.so)", Sentence.place(Frame.resolved("libown.so", "f", null, null, "0x1", null, false)));
        assertEquals("libown.so+0x1", Sentence.place(NATIVE.get(0)));
    }

    @Test
    void errorsHaveTheirNames() {
        assertEquals("EAGAIN", Errno.name(11));
        assertEquals("E9999", Errno.name(9999));
    }
}
