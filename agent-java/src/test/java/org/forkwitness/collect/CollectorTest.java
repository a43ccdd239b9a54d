package org.forkwitness.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.forkwitness.model.StackTrace;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportReader;
import org.forkwitness.report.ReportSchema;
import org.forkwitness.report.Site;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.Mutation;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CollectorTest {
    private static final int FUZZED = 300;

    @TempDir
    Path directory;

    private Path run(byte[] bytes, OptionalInt pid) throws CollectException, InterruptedException {
        return run(new ByteArrayInputStream(bytes), pid);
    }

    private Path run(InputStream in, OptionalInt pid) throws CollectException, InterruptedException {
        return new Collector(Source.standardInput(in), directory, pid, 50).run();
    }

    private Report collect(StreamBuilder stream) throws Exception {
        return read(run(stream.bytes(), OptionalInt.empty()));
    }

    private static Report read(Path file) throws Exception {
        ReportSchema.validate(file);
        return ReportReader.read(file);
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(directory.resolve("forkwitness-4000-1767225599000.ndjson"));
    }

    private static StreamBuilder usual() {
        StreamBuilder stream = Scenario.start("");
        Scenario.forkAndExec(stream, 1, 1L, 10);
        Scenario.forkAndExec(stream, 2, 2L, 20);
        Scenario.forkAndExec(stream, 3, 1L, 30);
        return stream;
    }

    @Test
    void reportsForksByTheirSites() throws Exception {
        Report report = collect(Scenario.bye(usual(), 40));

        assertEquals("exited", report.process().end().text());
        assertTrue(report.summary().complete());
        assertEquals(3, report.summary().forks());
        assertEquals(2, report.sites().size());
        Site site = report.site(1).orElseThrow();
        assertEquals(List.of(1L, 3L), site.forks());
        assertEquals("com.x.Launcher", site.blame().className());
        assertEquals(42, site.blame().line());
        assertEquals("libown.so", report.site(2).orElseThrow().blame().module());
        Fork fork = report.fork(1).orElseThrow();
        assertEquals(
                "child 4701 reached exec of /bin/true 1.7 ms after fork() in com.x.Launcher.start (Launcher.java:42);"
                        + " what it called before that was not observed",
                fork.reasons().get(0).message());
        assertEquals(Verdict.UNKNOWN, fork.verdict());
        assertEquals(Outcome.EXEC, fork.child().outcome());
        assertEquals(1.7, fork.child().durationMs());
        assertEquals(3, fork.alive().total());
        assertEquals(3, report.threads().size());
        assertEquals("libown.so", report.thread(3).orElseThrow().createdFrom());
        assertEquals("libown.so", report.forkHandlers().get(0).library());
        assertEquals("glibc", report.environment().allocator().name().text());
        assertEquals(3, lines().size());
        assertEquals(
                run(usual().bytes(), OptionalInt.empty()).getFileName(),
                Files.readSymbolicLink(directory.resolve("latest.json")));
    }

    @Test
    void aStackThatIsDeeperThanTheRecordIsANote() throws Exception {
        StreamBuilder stream = Scenario.start("");
        int[] depths = {StackTrace.JAVA_DEPTH - 1, StackTrace.JAVA_DEPTH};
        for (long id = 11; id <= 12; id++) {
            long[] java = new long[2 * depths[(int) id - 11]];
            for (int i = 0; i < java.length; i += 2) {
                java[i] = 1;
                java[i + 1] = i;
            }
            stream.add(RecordType.STACK, Key.STACK, id, Key.EPOCH, 1, Key.FRAMES, java, Key.MORE, false);
            Scenario.forkAndExec(stream, id, id, id);
        }
        long[] pcs = new long[StackTrace.NATIVE_DEPTH];
        stream.add(RecordType.STACK, Key.STACK, 13, Key.EPOCH, 1, Key.PCS, pcs, Key.MORE, false);
        Scenario.forkAndExec(stream, 13, 13L, 13);
        assertEquals(
                List.of(
                        "stacks are recorded up to 128 native and 256 Java frames: further out, frames may be missing at"
                                + " sites 2, 3"),
                collect(Scenario.bye(stream, 40)).notes());
    }

    @Test
    void stacksThatReadTheSameAreOneSite() throws Exception {
        StreamBuilder stream = Scenario.start("");
        long[] java = {1, -3, 2, 17};
        for (long id = 11; id <= 12; id++) {
            stream.add(RecordType.STACK, Key.STACK, id, Key.EPOCH, 1, Key.FRAMES, java, Key.MORE, false);
            Scenario.forkAndExec(stream, id, id, id);
        }
        Report report = collect(Scenario.bye(stream, 40));
        assertEquals(1, report.sites().size());
        assertEquals(2, report.sites().get(0).count());
        assertEquals(List.of(11L, 12L), report.sites().get(0).forks());
        assertEquals(1, report.fork(12).orElseThrow().site());
    }

    @Test
    void theSpawnFamilyIsSafeAndAFailedForkHasNoChild() throws Exception {
        StreamBuilder stream = Scenario.start("");
        Scenario.fork(stream, 1, org.forkwitness.stream.Call.POSIX_SPAWNP, 1L, 10, "ls")
                .add(RecordType.FORK_RESULT, Key.FORK, 1, Key.PID, 4711);
        Scenario.fork(stream, 2, org.forkwitness.stream.Call.SYSTEM, 1L, 10, "ls -l")
                .add(RecordType.FORK_RESULT, Key.FORK, 2, Key.PID, 0);
        Scenario.fork(stream, 3, org.forkwitness.stream.Call.FORK, 1L, 10, null)
                .add(RecordType.FORK_RESULT, Key.FORK, 3, Key.ERRNO, 11);
        Report report = collect(Scenario.bye(stream, 40));
        Fork spawn = report.fork(1).orElseThrow();
        assertEquals(Call.POSIX_SPAWN, spawn.call());
        assertEquals(Verdict.SAFE, spawn.verdict());
        assertEquals("spawn", spawn.reasons().get(0).code());
        assertEquals("ls", spawn.child().exec());
        assertEquals("/bin/sh", report.fork(2).orElseThrow().child().exec());
        assertNull(report.fork(2).orElseThrow().child().pid());
        Fork failed = report.fork(3).orElseThrow();
        assertEquals(Verdict.SAFE, failed.verdict());
        assertEquals("fork-failed", failed.reasons().get(0).code());
        assertEquals("EAGAIN", failed.errno());
        assertNull(failed.child());
        assertEquals(3, report.summary().verdicts().safe());
    }

    @Test
    void aChildThatWentOnIsUnknownOnceTheStreamHasEnded() throws Exception {
        StreamBuilder stream = Scenario.start("");
        Scenario.fork(stream, 1, org.forkwitness.stream.Call.FORK, 1L, 10, null);
        stream.of(1, RecordType.CHILD, Key.PID, 4711);
        Scenario.fork(stream, 2, org.forkwitness.stream.Call.FORK, 1L, 10, null);
        stream.of(2, RecordType.CHILD, Key.PID, 4712);
        stream.of(2, RecordType.EXIT, Key.FUNCTION, "_exit", Key.STATUS, 3);
        Report report = collect(Scenario.bye(stream, 40));
        assertEquals(Outcome.UNKNOWN, report.fork(1).orElseThrow().child().outcome());
        assertEquals(
                Outcome.UNDERSCORE_EXIT, report.fork(2).orElseThrow().child().outcome());
        assertEquals(3, report.fork(2).orElseThrow().child().status());
    }

    @Test
    void aForkOfAChildNamesItsParent() throws Exception {
        StreamBuilder stream = usual();
        stream.of(
                1,
                RecordType.FORK,
                Key.FORK,
                9,
                Key.CALL,
                1,
                Key.THREAD,
                1,
                Key.TID,
                4701,
                Key.NAME,
                "main",
                Key.STACK,
                2);
        stream.of(9, RecordType.CHILD, Key.PID, 4999);
        Report report = collect(Scenario.bye(stream, 40));
        Fork inner = report.fork(9).orElseThrow();
        assertEquals(1, inner.parentFork());
        assertEquals(4701, inner.parent().pid());
        assertEquals(1, inner.alive().total());
    }

    @Test
    void aChildWhoseForkWasLostIsReported() throws Exception {
        StreamBuilder stream = usual().lose(0);
        stream.of(7, RecordType.CHILD, Key.PID, 4777);
        Report report = collect(Scenario.bye(stream, 40));
        assertEquals(Call.UNOBSERVED, report.fork(7).orElseThrow().call());
        assertEquals(1, report.summary().lost().records());
        assertFalse(report.summary().complete());
    }

    @Test
    void keepsNoMoreForksThanAskedButCountsAll() throws Exception {
        StreamBuilder stream = Scenario.start("keep-forks=3,guard=observe");
        Scenario.forkAndExec(stream, 1, 2L, 5);
        for (long id = 2; id <= 40; id++) {
            Scenario.forkAndExec(stream, id, 1L, 5 + id);
        }
        Report report = collect(Scenario.bye(stream, 100));
        assertEquals(
                List.of(1L, 39L, 40L), report.forks().stream().map(Fork::id).toList());
        assertEquals(40, report.summary().forks());
        assertEquals(39, report.site(2).orElseThrow().count());
        assertEquals(40, lines().size());
        assertTrue(report.summary().complete());
    }

    @Test
    void anExecThatFailsLaterIsRevised() throws Exception {
        StreamBuilder stream = usual();
        byte[] before = stream.bytes();
        byte[] all = Scenario.bye(
                        stream.of(1, RecordType.EXEC_FAILED, Key.FUNCTION, "execve", Key.ERRNO, 2)
                                .of(1, RecordType.EXIT, Key.FUNCTION, "_exit", Key.STATUS, 127),
                        60)
                .bytes();
        byte[] after = Arrays.copyOfRange(all, before.length, all.length);
        InputStream in = new Stages(before, after, () -> ndjsonLines() >= 3);
        Report report = read(run(in, OptionalInt.empty()));
        assertEquals(
                Outcome.UNDERSCORE_EXIT, report.fork(1).orElseThrow().child().outcome());
        assertEquals(4, lines().size());
        assertTrue(lines().get(3).contains("\"revised\":true"));
        assertTrue(lines().get(3).contains("\"id\":1,"));
    }

    @Test
    void reportsWhatChildrenSaid() throws Exception {
        Report report = collect(Scenario.bye(ChildStory.everything(usual(), 4), 40));
        Fork hung = report.fork(4).orElseThrow();
        assertEquals(Verdict.DEADLOCKED, hung.verdict());
        assertEquals(
                List.of(
                        "held-lock",
                        "lost-signal",
                        "in-region",
                        "held-lock",
                        "jvm-reentry",
                        "not-async-signal-safe",
                        "guard"),
                hung.reasons().stream().map(Reason::code).toList());
        assertEquals(Outcome.SIGNAL, hung.child().outcome());
        Fork ended = report.fork(5).orElseThrow();
        assertEquals(Verdict.UNSAFE, ended.verdict());
        assertEquals(Outcome.EXIT, ended.child().outcome());
        assertEquals(1, ended.child().status());
        assertEquals(1, report.summary().verdicts().deadlocked());
        Site site = report.site(hung.site()).orElseThrow();
        assertEquals(Verdict.DEADLOCKED, site.verdict());
        assertEquals(hung.reasons().get(0).message(), site.reason());
    }

    @Test
    void aDeadlockIsWrittenWhileItLastsAndRevisedWhenItEnds() throws Exception {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start(""));
        Scenario.fork(stream, 1, org.forkwitness.stream.Call.FORK, 1L, 10, null);
        ChildStory child =
                new ChildStory(stream, 1).begins(4711).blocks("pthread_mutex_lock", 64, LockKind.MUTEX, 3L, 9L);
        byte[] before = stream.bytes();
        child.execs("/bin/true");
        byte[] all = Scenario.bye(stream, 60).bytes();
        InputStream in =
                new Stages(before, Arrays.copyOfRange(all, before.length, all.length), () -> ndjsonLines() >= 1);
        Report report = read(run(in, OptionalInt.empty()));
        assertEquals(Verdict.UNSAFE, report.fork(1).orElseThrow().verdict());
        assertTrue(lines().get(0).contains("\"verdict\":\"deadlocked\""), lines().get(0));
        assertTrue(lines().get(1).contains("\"verdict\":\"unsafe\""), lines().get(1));
        assertTrue(lines().get(1).contains("\"revised\":true"), lines().get(1));
        assertEquals(2, lines().size());
    }

    @Test
    void aChildThatNobodyMadeIsReportedWhileItLives() throws Exception {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start(""));
        new ChildStory(stream, 8).begins(4711).hangs(64, false);
        byte[] before = stream.bytes();
        byte[] all = Scenario.bye(stream, 60).bytes();
        InputStream in =
                new Stages(before, Arrays.copyOfRange(all, before.length, all.length), () -> ndjsonLines() >= 1);
        Report report = read(run(in, OptionalInt.empty()));
        assertEquals(1, lines().size());
        assertEquals(Call.UNOBSERVED, report.fork(8).orElseThrow().call());
        assertEquals(Verdict.DEADLOCKED, report.fork(8).orElseThrow().verdict());
    }

    @Test
    void aChildThatLivesIsNotForgottenForTheSakeOfOthers() throws Exception {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start("keep-forks=2"));
        for (long id = 1; id <= 3; id++) {
            Scenario.fork(stream, id, org.forkwitness.stream.Call.FORK, 2L, 1, null);
            new ChildStory(stream, id).begins(4710 + id);
        }
        for (long id = 4; id <= 32; id++) {
            Scenario.forkAndExec(stream, id, 2L, id);
        }
        byte[] before = stream.bytes();
        new ChildStory(stream, 1).hangs(64, false);
        byte[] all = Scenario.bye(stream, 60).bytes();
        InputStream in =
                new Stages(before, Arrays.copyOfRange(all, before.length, all.length), () -> ndjsonLines() >= 29);
        Report report = read(run(in, OptionalInt.empty()));
        assertEquals(Verdict.DEADLOCKED, report.fork(1).orElseThrow().verdict());
        assertEquals(1, report.summary().verdicts().deadlocked());
    }

    @Test
    void thousandsOfLikeStacksAreNotAllWritten() throws Exception {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start(""));
        for (long id = 1; id <= 60; id++) {
            Scenario.fork(stream, id, org.forkwitness.stream.Call.FORK, 2L, id, null);
            ChildStory child = new ChildStory(stream, id).begins(4700 + id);
            if (id > 30) {
                child.inside(3, "malloc", 9).inside(3, "setenv", 9);
            }
            child.calls(id > 30 ? "setenv" : "malloc", 2L).execs("/bin/true");
        }
        Report report = collect(Scenario.bye(stream, 100));
        assertEquals(
                50,
                report.forks().stream()
                        .filter(f -> !f.child().calls().get(0).stack().isEmpty())
                        .count(),
                "twenty that did no harm, and all thirty that did");
        assertEquals(50, lines().stream().filter(line -> line.contains("0x410")).count());
    }

    private long ndjsonLines() {
        try {
            return lines().size();
        } catch (IOException e) {
            return 0;
        }
    }

    @Test
    void writesAReportWhileTheProcessRuns() throws Exception {
        byte[] before = usual().bytes();
        byte[] all = Scenario.bye(usual(), 60).bytes();
        Path file = directory.resolve("forkwitness-4000-1767225599000.json");
        Set<String> ends = new HashSet<>();
        InputStream in = new Stages(before, Arrays.copyOfRange(all, before.length, all.length), () -> {
            if (Files.exists(file)) {
                ends.add(readUnchecked(file).process().end().text());
            }
            return ends.contains("running");
        });
        assertEquals(
                "exited", read(run(in, OptionalInt.empty())).process().end().text());
    }

    private static Report readUnchecked(Path file) {
        try {
            return read(file);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static int deadProcess() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("cat").start();
        process.destroyForcibly().waitFor();
        return (int) process.pid();
    }

    @Test
    void aProcessThatIsGoneWithoutAWordWasKilled() throws Exception {
        Report report = read(run(usual().bytes(), OptionalInt.of(deadProcess())));
        assertEquals("killed", report.process().end().text());
        assertFalse(report.summary().complete());
        assertEquals(3, report.summary().forks());
    }

    @Test
    void childrenThatHoldThePipeAreNotWaitedForForEver() throws Exception {
        Process child = new ProcessBuilder("cat").start();
        InputStream neverEnds = new SequenceInputStream(
                new ByteArrayInputStream(Scenario.bye(usual(), 40).bytes()), child.getInputStream());
        Report report = read(run(neverEnds, OptionalInt.of(deadProcess())));
        child.destroyForcibly().waitFor();
        assertEquals("exited", report.process().end().text());
        assertEquals(3, report.summary().forks());
        assertFalse(report.summary().complete());
        assertTrue(report.notes().stream().anyMatch(n -> n.contains("outlived")), () -> "" + report.notes());
    }

    @Test
    void aSpoolWithoutTheEndIsLostAndSaysThatItIsCut() throws Exception {
        byte[] bytes = usual().bytes();
        Path spool = Files.write(
                directory.resolve("forkwitness-4000-1767225599000.spool"), Arrays.copyOf(bytes, bytes.length - 5));
        Report report = read(new Collector(Source.of(spool), directory, OptionalInt.empty(), 50).run());
        assertEquals("lost", report.process().end().text());
        assertFalse(report.summary().complete());
        assertTrue(report.notes().get(0).contains("cut off"), () -> "" + report.notes());
        assertEquals(3, report.summary().forks());
    }

    @Test
    void aSpoolWithoutItsFirstRecordIsKnownByItsName() throws Exception {
        StreamBuilder stream = usual();
        stream.frames().remove(0);
        Path spool = Files.write(directory.resolve("forkwitness-4000-1767225599000.spool"), stream.bytes());
        Report report = read(new Collector(Source.of(spool), directory, OptionalInt.empty(), 50).run());
        assertEquals(4000, report.process().pid());
        assertEquals(3, report.summary().forks());
        assertTrue(report.notes().get(0).contains("first record"), () -> "" + report.notes());
        CollectException e = assertThrows(CollectException.class, () -> run(stream.bytes(), OptionalInt.empty()));
        assertTrue(e.getMessage().contains("--jvm-pid"), e::getMessage);
    }

    @Test
    void theEmptyLogGoesAndAnotherStays() throws Exception {
        Path log = Files.createFile(directory.resolve("forkwitness-4000-1767225599000.log"));
        collect(usual());
        assertFalse(Files.exists(log));
        Files.writeString(log, "a warning\n");
        collect(usual());
        assertTrue(Files.exists(log));
    }

    @Test
    void whateverDamageTheStreamHasTheReportFollowsTheSchema() throws Exception {
        byte[] whole = Scenario.bye(ChildStory.everything(usual(), 4), 40).bytes();
        int reports = 0;
        for (int seed = 0; seed < FUZZED; seed++) {
            Path own = directory.resolve("" + seed);
            Source source = Source.standardInput(new ByteArrayInputStream(Mutation.of(whole, seed)));
            try {
                ReportSchema.validate(new Collector(source, own, OptionalInt.empty(), 50).run());
                reports++;
            } catch (CollectException e) {
                assertFalse(e.getMessage().isBlank());
            }
        }
        assertTrue(reports > FUZZED * 3 / 4, "reports: " + reports);
    }
}
