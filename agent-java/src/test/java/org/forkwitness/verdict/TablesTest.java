package org.forkwitness.verdict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.forkwitness.model.Function;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Call;
import org.forkwitness.report.Environment;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.Frame;
import org.forkwitness.report.LibC;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.Category;
import org.junit.jupiter.api.Test;

class TablesTest {
    private static final List<Frame> NATIVE = List.of(Frame.unresolved("libown.so", "0x1", null));

    @Test
    void everyConditionHasOneRuleWorstFirstAndSomeRuleAlwaysDecides() {
        List<Rule> rules = VerdictRules.load().rules();
        assertEquals(
                List.of(Condition.values()),
                rules.stream().map(Rule::condition).toList(),
                "the order of the constants is that of the table");
        List<Verdict> findings = rules.stream()
                .filter(rule -> !rule.alone() && rule.verdict() != null)
                .map(Rule::verdict)
                .toList();
        assertEquals(findings.stream().sorted().toList(), findings);
        Rule last = rules.stream()
                .filter(rule -> rule.verdict() != null)
                .reduce((first, second) -> second)
                .orElseThrow();
        assertEquals(Condition.CHILD_NOT_SEEN, last.condition());
        rules.forEach(rule -> assertTrue(rule.code().matches("[a-z][a-z0-9_-]*"), rule.code()));
    }

    @Test
    void everyStateThatAFunctionUsesHasWordsAndAProtection() {
        Set<String> states = RuleTable.read("resources.tsv", 3).stream()
                .flatMap(row -> Arrays.stream(row.get(1).split(",")))
                .filter(state -> !state.equals("-"))
                .map(state -> state.replace("?", ""))
                .collect(Collectors.toSet());
        Set<String> own = Arrays.stream(Category.values()).map(Category::text).collect(Collectors.toSet());
        RuleTable.read("resources.tsv", 3).stream()
                .map(row -> row.get(0))
                .filter(key -> key.startsWith(States.CATEGORY))
                .forEach(key -> assertTrue(own.remove(key.substring(States.CATEGORY.length())), key));
        states.addAll(own);
        Set<String> words =
                RuleTable.read("states.tsv", 2).stream().map(row -> row.get(0)).collect(Collectors.toSet());
        assertEquals(states, words);
        Set<String> protectedOrNot = RuleTable.read("protection.tsv", 7).stream()
                .filter(row -> row.get(1).equals("glibc"))
                .map(row -> row.get(0))
                .collect(Collectors.toSet());
        protectedOrNot.add(Protection.ALLOCATOR);
        assertEquals(states, protectedOrNot);
    }

    @Test
    void functionsOfTheTableAreThoseOfTheAgent() throws IOException {
        String agents = Files.readString(Path.of("..", "agent-c", "src", "state", "functions.def"));
        for (List<String> row : RuleTable.read("resources.tsv", 3)) {
            for (String function : row.get(0).split(",")) {
                assertTrue(function.startsWith(States.CATEGORY) || agents.contains("(" + function + ", "), function);
            }
        }
    }

    @Test
    void protectionDependsOnLibraryVersionAndCall() {
        Protection protection = Protection.load();
        Environment glibc = environment("glibc", "2.36", ForkProtection.LIBC);
        Environment musl = environment("musl", "1.2.2", ForkProtection.LIBC);
        Environment oldMusl = environment("musl", "1.2.1", ForkProtection.NONE);
        assertTrue(protection.mends("stdio", glibc, Call.FORK));
        assertFalse(protection.mends("stdio", glibc, Call.UNDERSCORE_FORK));
        assertFalse(protection.mends("stdio", glibc, Call.UNOBSERVED));
        assertFalse(protection.mends("stdio", musl, Call.FORK));
        assertFalse(protection.mends("environment", glibc, Call.FORK));
        assertFalse(protection.mends("link-map", glibc, Call.FORK));
        assertTrue(protection.mends("timezone", musl, Call.FORKPTY));
        assertFalse(protection.mends("timezone", oldMusl, Call.FORK));
        assertFalse(protection.mends("timezone", environment("musl", null, ForkProtection.NONE), Call.FORK));
        assertTrue(protection.mends("allocator", glibc, Call.DAEMON));
        assertFalse(protection.mends("allocator", glibc, Call.CLONE));
        assertTrue(protection.mends("allocator", environment("glibc", "2.36", ForkProtection.HANDLERS), Call.FORK));
        assertFalse(protection.mends("allocator", environment("glibc", "2.36", ForkProtection.UNKNOWN), Call.FORK));
        assertFalse(protection.mends("stdio", environment("unknown", null, ForkProtection.UNKNOWN), Call.FORK));
    }

    private static Environment environment(String libc, String version, ForkProtection allocator) {
        return new Environment(
                "x86_64",
                "6.1",
                new LibC(libc, version),
                new Allocator(AllocatorName.UNKNOWN, null, null, allocator, null, null));
    }

    @Test
    void functionsUseTheirCategoryUnlessTheTableSaysOtherwise() {
        States states = States.load();
        assertEquals(List.of("environment"), states.of(new Function(1, "setenv", Category.ENVIRONMENT)));
        assertEquals(List.of(), states.of(new Function(1, "getenv", Category.ENVIRONMENT)));
        assertEquals(List.of("link-map"), states.of(new Function(1, "dl_iterate_phdr", Category.LOADER)));
        assertEquals(List.of("atexit", "stdio"), states.of(new Function(1, "exit", Category.ATEXIT)));
        assertEquals(List.of("allocator"), states.of(new Function(1, "opendir", Category.DIRECTORY)));
        assertEquals(List.of(), states.of(new Function(1, "pthread_mutex_lock", Category.LOCK)));
    }

    @Test
    void adviceDependsOnWhoForksAndWhy() {
        Advice advice = Advice.load();
        List<Frame> processBuilder = List.of(
                Frame.java("java.lang.ProcessImpl", "forkAndExec", null, null), Frame.java("com.x.A", "m", null, null));
        for (Call call : new Call[] {Call.FORK, Call.VFORK}) {
            assertTrue(advice.of(call, Verdict.LATENT, Reason.NOT_ASYNC_SIGNAL_SAFE, processBuilder)
                    .contains("launchMechanism=POSIX_SPAWN"));
        }
        List<Frame> jnr = List.of(Frame.java("com.kenai.jffi.Foreign", "invoke", null, null));
        assertTrue(advice.of(Call.FORK, Verdict.UNKNOWN, null, jnr).contains("ProcessBuilder"));
        List<Frame> python = List.of(Frame.unresolved("libpython3.11.so.1.0", "0x1", null));
        assertTrue(advice.of(Call.FORK, Verdict.DEADLOCKED, Reason.HELD_LOCK, python)
                .contains("multiprocessing"));
        List<Frame> r = List.of(Frame.unresolved("parallel.so", "0x1", null), Frame.unresolved("libR.so", "0x1", null));
        assertTrue(advice.of(Call.FORK, Verdict.LATENT, Reason.IN_REGION, r).contains("makePSOCKcluster"));
        assertTrue(
                advice.of(Call.FORK, Verdict.UNSAFE, Reason.JVM_REENTRY, NATIVE).contains("new JVM"));
        assertTrue(advice.of(Call.UNDERSCORE_FORK, Verdict.DEADLOCKED, Reason.HELD_LOCK, NATIVE)
                .contains("pthread_atfork"));
        assertTrue(
                advice.of(Call.FORK, Verdict.UNSAFE, Reason.IN_REGION, NATIVE).contains("execve"));
        assertTrue(advice.of(Call.FORK, Verdict.DEADLOCKED, Reason.LOST_SIGNAL, NATIVE)
                .contains("SIG_DFL"));
        assertTrue(
                advice.of(Call.FORK, Verdict.UNKNOWN, Reason.UNOBSERVED, NATIVE).startsWith("where a program"));
        assertNull(advice.of(Call.POSIX_SPAWN, Verdict.SAFE, Reason.SPAWN, processBuilder));
    }

    @Test
    void allocatorsAreKnownByTheirLibrary() {
        Allocators allocators = new Allocators();
        assertEquals(
                new Allocator(
                        AllocatorName.GLIBC,
                        "2.36",
                        "libc.so.6",
                        ForkProtection.LIBC,
                        "glibc 2.36 posix/fork.c: __malloc_fork_lock_parent, __malloc_fork_unlock_child",
                        null),
                allocators.of("libc.so.6", "glibc", "2.36"));
        assertEquals(
                ForkProtection.HANDLERS,
                allocators.of("libjemalloc.so.2", "glibc", "2.36").forkProtection());
        assertEquals(
                AllocatorName.TCMALLOC,
                allocators.of("libtcmalloc_minimal.so.4", "glibc", "2.36").name());
        assertEquals(
                ForkProtection.NONE,
                allocators.of("libtcmalloc_minimal_debug.so.4", "glibc", "2.36").forkProtection());
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
                new Allocator(AllocatorName.UNKNOWN, null, "libown.so", ForkProtection.UNKNOWN, null, null),
                allocators.of("libown.so", "glibc", "2.36"));
        assertEquals(AllocatorName.UNKNOWN, allocators.of(null, "glibc", "2.36").name());
    }

    @Test
    void placesReadAsPeopleSayThem() {
        assertEquals("com.x.A.m (A.java:7)", Places.of(Frame.java("com.x.A", "m", "A.java", 7)));
        assertEquals("com.x.A.m", Places.of(Frame.java("com.x.A", "m", null, null)));
        assertEquals(
                "f (libown.so, own.c:3)",
                Places.of(Frame.resolved("libown.so", "f", "/src/own.c", 3, "0x1", null, false)));
        assertEquals("f (libown.so)", Places.of(Frame.resolved("libown.so", "f", null, null, "0x1", null, false)));
        assertEquals("libown.so+0x1", Places.of(NATIVE.get(0)));
        Frame python = Frame.python(null, "work", "/srv/app.py", 12);
        assertEquals("work (app.py:12)", Places.of(python));
        assertEquals("app.py:12, work", Places.caller(python));
        assertEquals("work", Places.of(Frame.python(null, "work", null, null)));
    }

    @Test
    void errorsHaveTheirNames() {
        assertEquals("EAGAIN", Errno.name(11));
        assertEquals("E9999", Errno.name(9999));
    }
}
