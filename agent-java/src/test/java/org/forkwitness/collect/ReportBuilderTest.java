package org.forkwitness.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Report;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.FrameReader;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;
import org.forkwitness.symbols.Symbolizer;
import org.forkwitness.verdict.Environments;
import org.forkwitness.verdict.ForkLedger;
import org.junit.jupiter.api.Test;

class ReportBuilderTest {
    /** A model with its books, which takes records as the journal does. */
    private static final class Books {
        final LiveModel model = new LiveModel();
        final ForkLedger ledger;
        final ReportBuilder builder;

        Books() {
            Symbolizer symbolizer = new Symbolizer(Scenario.PID, Instant.EPOCH, note -> {}, Runnable::run);
            StackResolver resolver = new StackResolver(model, symbolizer);
            Environments environments = new Environments(model, module -> Optional.empty());
            ledger = new ForkLedger(model, resolver, environments);
            builder = new ReportBuilder(model, resolver, ledger, environments, List.of());
        }

        Books take(List<StreamRecord> records) {
            for (StreamRecord record : records) {
                model.accept(record);
                for (ProcessFork fork : model.forks().takeTouched()) {
                    if (fork.known() || fork.child().first() != null) {
                        ledger.book(fork);
                    }
                }
            }
            return this;
        }

        Report report() {
            return builder.build(Instant.EPOCH, EndState.RUNNING, 0, List.of());
        }
    }

    private static List<StreamRecord> records(StreamBuilder stream) throws IOException {
        List<StreamRecord> records = new ArrayList<>();
        try (FrameReader reader = new FrameReader(stream.stream())) {
            for (StreamRecord record = reader.next(); record != null; record = reader.next()) {
                records.add(record);
            }
        }
        return records;
    }

    private static StreamBuilder eventful() {
        StreamBuilder stream = Scenario.start("");
        Scenario.forkAndExec(stream, 1, 1L, 10);
        Scenario.forkAndExec(stream, 2, 2L, 20);
        ChildStory.everything(stream, 4);
        Scenario.fork(stream, 6, Call.FORK, 1L, 30, null);
        new ChildStory(stream, 6).begins(4716);
        stream.of(
                6,
                RecordType.FORK,
                Key.FORK,
                9,
                Key.CALL,
                1,
                Key.THREAD,
                1,
                Key.TID,
                4716,
                Key.NAME,
                "main",
                Key.STACK,
                2);
        stream.of(9, RecordType.CHILD, Key.PID, 4999);
        stream.add(RecordType.THREAD_NAME, Key.THREAD, 3, Key.NAME, "renamed");
        return stream;
    }

    @Test
    void aReportThatIsKeptUpToDateIsTheOneThatIsMadeAnew() throws IOException {
        List<StreamRecord> records = records(eventful());
        Books kept = new Books();
        for (int i = 0; i < records.size(); i++) {
            kept.take(records.subList(i, i + 1));
            if (kept.model.pid().isPresent()) {
                prepare(kept);
                Report anew = new Books().take(records.subList(0, i + 1)).report();
                assertEquals(anew, kept.report(), "after " + records.get(i));
            }
        }
        assertEquals(6, kept.report().forks().size());
    }

    @Test
    void whatDidNotChangeServesAgain() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.forkAndExec(stream, 1, 1L, 10);
        Scenario.forkAndExec(stream, 2, 1L, 20);
        List<StreamRecord> before = records(stream);
        stream.of(1, RecordType.EXEC_FAILED, Key.FUNCTION, "execve", Key.ERRNO, 2);
        List<StreamRecord> all = records(stream);

        Books books = new Books().take(before);
        prepare(books);
        Report first = books.report();
        books.take(all.subList(before.size(), all.size()));
        prepare(books);
        Report second = books.report();
        assertNotSame(first.forks().get(0), second.forks().get(0));
        assertSame(first.forks().get(1), second.forks().get(1));
        assertSame(first.threads().get(0), second.threads().get(0));
    }

    /** The first call finds the symbols missing and has them looked up, which happens at once here. */
    private static void prepare(Books books) {
        long never = System.nanoTime() + Long.MAX_VALUE / 2;
        boolean atOnce = books.builder.prepare(never);
        assertTrue(atOnce || books.builder.prepare(never));
    }

    @Test
    void aReportIsMadePieceByPiece() throws IOException {
        Books books = new Books().take(records(eventful()));
        assertFalse(books.builder.prepare(System.nanoTime()), "its time is over before it begins");
        prepare(books);
    }
}
