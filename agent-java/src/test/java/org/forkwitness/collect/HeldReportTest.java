package org.forkwitness.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.forkwitness.report.LastState;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportReader;
import org.forkwitness.report.ReportSchema;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCheck;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is held, and what of that is known, in a report file. */
class HeldReportTest {
    @TempDir
    private Path directory;

    private Collector collector(StreamBuilder stream) {
        return new Collector(Source.standardInput(stream.stream()), directory, OptionalInt.empty(), 0);
    }

    private Report collect(StreamBuilder stream) throws Exception {
        return read(collector(stream).run());
    }

    private static Report read(Path file) throws Exception {
        ReportSchema.validate(file);
        return ReportReader.read(file);
    }

    private Path ndjson() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".ndjson"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static StreamBuilder usual() {
        return Scenario.forkAndExec(Scenario.start(""), 1, 1L, 10);
    }

    @Test
    void whatIsKnownIsCountedAndShown() throws Exception {
        Path rules = directory.resolve("known.rules");
        Files.writeString(rules, "site blame=com.x.Launcher.start : waits for 3.2\nnonsense\n");
        StreamBuilder stream = ChildStory.dictionary(Scenario.start("suppress=" + rules));
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null);
        new ChildStory(stream, 1).begins(4711).calls("malloc", 2L).ends("_exit", 0);
        Report report = collect(Scenario.bye(stream, 60));
        assertEquals(
                "waits for 3.2 (known.rules:1)", report.fork(1).orElseThrow().suppressedBy());
        assertEquals(1, report.summary().suppressed());
        assertEquals(1, report.summary().verdicts().latent());
        assertEquals(1, report.site(1).orElseThrow().suppressed().latent());
        assertFalse(VerdictCheck.of(report, Verdict.LATENT).failed());
        assertTrue(report.notes().stream().anyMatch(note -> note.startsWith("known.rules:2: ")), "" + report.notes());
        assertTrue(Files.readString(ndjson()).contains("waits for 3.2"));

        Path other = directory.resolve("other.rules");
        Files.writeString(other, "site blame=com.y.* : other\n");
        Collector given = collector(stream).suppress(other);
        assertNull(read(given.run()).fork(1).orElseThrow().suppressedBy(), "the given file holds instead");
    }

    @Test
    void theLastStateOfAProcessThatDied() throws Exception {
        StreamBuilder stream = ChildStory.everything(usual(), 4);
        Report report = collect(stream);
        LastState state = report.lastState();
        assertEquals(3, state.threads().total());
        assertEquals(1, state.locks().size());
        assertEquals("the lock", state.locks().get(0).name());
        assertEquals("it is read only", state.locks().get(0).forkAware());
        assertEquals(7, state.allocator().arenas());
        assertEquals("has a fork handler", report.thread(3).orElseThrow().forkAware());
        assertNull(collect(Scenario.bye(usual(), 60)).lastState());
    }

    @Test
    void moreLocksThanThereIsRoomForAtOnce() throws Exception {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start(""));
        long[][] rows = new long[100][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = ChildStory.lock(3, 0x7200_8000L + i * 64L, LockKind.MUTEX, 0x7200_0511L, 900_000, 0);
        }
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null);
        ChildStory child = new ChildStory(stream, 1).begins(4711);
        for (int i = 0; i < 600; i++) {
            child.heldRows(rows);
        }
        child.execs("/bin/true");
        Report report = collect(Scenario.bye(stream, 60));
        assertEquals(0, report.summary().lost().records());
        assertEquals(rows.length, report.fork(1).orElseThrow().locks().size());
    }
}
