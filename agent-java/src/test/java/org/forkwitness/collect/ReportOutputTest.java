package org.forkwitness.collect;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.forkwitness.report.Report;
import org.forkwitness.report.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReportOutputTest {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<Report> written = Collections.synchronizedList(new ArrayList<>());

    private final Report first = Samples.everyField();
    private final Report second = Samples.everyField();
    private final Report third = Samples.everyField();

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private void assertWritten(Report... expected) {
        assertEquals(expected.length, written.size());
        for (int i = 0; i < expected.length; i++) {
            assertSame(expected[i], written.get(i));
        }
    }

    @Test
    void writesInTheOrderOfArrival() {
        ReportOutput output = new ReportOutput(written::add, tasks::add);
        output.offer(first);
        assertTrue(output.pending());
        runTasks();
        assertFalse(output.pending());
        output.offer(second);
        runTasks();
        assertWritten(first, second);
    }

    @Test
    void aNewerReportTakesThePlaceOfOneThatWaits() {
        ReportOutput output = new ReportOutput(written::add, tasks::add);
        output.offer(first);
        output.offer(second);
        output.offer(third);
        assertEquals(1, tasks.size());
        runTasks();
        assertWritten(third);
    }

    @Test
    void theLastReportReplacesOneThatWaits() throws Exception {
        ReportOutput output = new ReportOutput(written::add, tasks::add);
        output.offer(first);
        output.finish(second);
        runTasks();
        assertWritten(second);
        assertFalse(output.pending());
    }

    @Test
    void theLastReportIsWrittenAfterOneThatHasBegun() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        ReportOutput.Target slow = report -> {
            if (report == first) {
                begun.countDown();
                assertDoesNotThrow(() -> mayGoOn.await());
            }
            written.add(report);
        };
        ExecutorService thread = Executors.newSingleThreadExecutor();
        ReportOutput output = new ReportOutput(slow, thread);
        output.offer(first);
        begun.await();
        output.offer(second);
        Thread finishing = new Thread(() -> assertDoesNotThrow(() -> output.finish(third)));
        finishing.start();
        while (finishing.getState() != Thread.State.WAITING && finishing.isAlive()) {
            Thread.onSpinWait();
        }
        assertWritten();
        mayGoOn.countDown();
        finishing.join();
        thread.shutdown();
        assertWritten(first, third);
    }

    @Test
    void aReportThatCannotBeWrittenIsToldOnceAndTheNextOneIsWritten() {
        ReportOutput output = new ReportOutput(
                report -> {
                    if (report == first) {
                        throw new IOException("disk full");
                    }
                    written.add(report);
                },
                tasks::add);
        output.offer(first);
        runTasks();
        assertEquals("disk full", assertThrows(IOException.class, output::check).getMessage());
        assertDoesNotThrow(output::check);
        output.offer(second);
        runTasks();
        assertDoesNotThrow(output::check);
        assertWritten(second);
    }

    @Test
    void aDefectOfTheWriterIsNotSwallowed() {
        ReportOutput output = new ReportOutput(
                report -> {
                    throw new IllegalStateException("defect");
                },
                tasks::add);
        output.offer(first);
        runTasks();
        assertThrows(IllegalStateException.class, output::check);
        assertFalse(output.pending());
    }

    @Test
    void whereTheLastReportCannotBeWrittenTheCallerHearsOfIt() {
        ReportOutput output = new ReportOutput(
                report -> {
                    throw new IOException("disk full");
                },
                tasks::add);
        output.offer(first);
        runTasks();
        assertEquals(
                "disk full",
                assertThrows(IOException.class, () -> output.finish(second)).getMessage());
    }
}
