package org.forkwitness.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.FrameReader;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.stream.ThreadKind;
import org.junit.jupiter.api.Test;

class LiveModelTest {
    private static List<StreamRecord> records(StreamBuilder stream) throws IOException {
        List<StreamRecord> records = new ArrayList<>();
        FrameReader reader = new FrameReader(stream.stream());
        for (StreamRecord record = reader.next(); record != null; record = reader.next()) {
            records.add(record);
        }
        assertEquals(0, reader.damaged());
        return records;
    }

    private static LiveModel model(StreamBuilder stream) throws IOException {
        LiveModel model = new LiveModel();
        records(stream).forEach(model::accept);
        return model;
    }

    @Test
    void joinsArgumentsAndStackParts() throws IOException {
        LiveModel model = model(Scenario.start(""));
        assertEquals(List.of("java", "Launcher"), model.command());
        StackTrace stack = model.stacks().find(1);
        assertTrue(stack.complete());
        assertEquals(2, stack.pcs().length);
        assertEquals(4, stack.javaFrames().length);
    }

    @Test
    void theOrderOfArrivalDoesNotMatter() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.forkAndExec(stream, 1, 1L, 10);
        List<StreamRecord> records = new ArrayList<>(records(stream));
        // Texts of one argument are joined as they arrive: that alone depends on it.
        records.removeIf(r -> r instanceof StreamRecord.Argument);
        for (int seed = 0; seed < 200; seed++) {
            Collections.shuffle(records, new Random(seed));
            LiveModel model = new LiveModel();
            records.forEach(model::accept);
            ProcessFork fork = model.forks().find(1);
            assertEquals("/bin/true", fork.exec().path());
            assertEquals(4701, fork.childPid());
            assertEquals(Call.FORK, fork.record().call());
            assertTrue(model.stacks().find(1).complete());
            assertEquals(3, model.missing(), "the three parts of arguments that were left out");
            assertEquals(1, model.threads().alive(0, ThreadKind.JAVA, fork.time()));
        }
    }

    @Test
    void countsWhatIsMissingOfEachProcess() throws IOException {
        StreamBuilder stream = Scenario.start("").lose(0).lose(0);
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null).lose(1);
        stream.of(1, RecordType.CHILD, Key.PID, 5);
        LiveModel model = model(stream);
        assertEquals(3, model.missing());
        model.forget(model.forks().find(1));
        assertEquals(3, model.missing(), "a forgotten fork's loss stays counted");
    }

    @Test
    void takesTheGreaterOfBothViewsOfLoss() throws IOException {
        StreamBuilder stream = new StreamBuilder().hello(1, "").lose(0);
        assertEquals(
                7, model(stream.add(RecordType.STATE, Key.SENT, 3, Key.LOST, 7)).missing());
        StreamBuilder cut = new StreamBuilder().hello(1, "").add(RecordType.STATE, Key.SENT, 10, Key.LOST, 0);
        assertEquals(8, model(cut).missing(), "two of ten arrived");
    }

    @Test
    void anImpossibleNumberIsNoLoss() throws IOException {
        LiveModel model = new LiveModel();
        model.accept(new StreamRecord.Child(new StreamRecord.Header(0, 0, 1), 5));
        model.accept(new StreamRecord.Child(new StreamRecord.Header(0, 1L << 40, 1), 5));
        assertEquals(0, model.missing());
    }

    @Test
    void takesAFrameOnce() throws IOException {
        StreamBuilder stream = new StreamBuilder().hello(1, "");
        stream.add(RecordType.ARGUMENT, Key.INDEX, 0, Key.TEXT, "x");
        stream.raw(stream.frames().get(1));
        assertEquals(List.of("x"), model(stream).command());
    }

    @Test
    void anExecThatFailedIsNone() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.forkAndExec(stream, 1, 1L, 10);
        stream.of(1, RecordType.EXEC_FAILED, Key.FUNCTION, "execve", Key.ERRNO, 2);
        ProcessFork failed = model(stream).forks().find(1);
        assertNull(failed.exec());
        assertFalse(failed.childDone());
        stream.of(1, RecordType.EXEC, Key.FUNCTION, "execve", Key.PATH, "/usr/bin/true");
        assertEquals("/usr/bin/true", model(stream).forks().find(1).exec().path());
    }

    @Test
    void threadsChangeNameAndKindAndEnd() throws IOException {
        StreamBuilder stream = new StreamBuilder().at(100);
        Scenario.thread(stream, 1, 10, "Thread-0", ThreadKind.NATIVE, null);
        stream.at(200).add(RecordType.THREAD_NAME, Key.THREAD, 1, Key.NAME, "pool-1", Key.KIND, 1);
        Scenario.thread(stream, 2, 11, "x", ThreadKind.NATIVE, null);
        stream.at(300).add(RecordType.THREAD_END, Key.THREAD, 1);
        LiveModel model = model(stream);
        ProcessThread thread = model.threads().find(0, 1);
        assertEquals("pool-1", thread.name());
        assertEquals(ThreadKind.JAVA, thread.kind());
        assertEquals(0, model.threads().alive(0, ThreadKind.JAVA, 99));
        assertEquals(1, model.threads().alive(0, ThreadKind.JAVA, 100));
        assertEquals(0, model.threads().alive(0, ThreadKind.JAVA, 300));
        assertEquals(1, model.threads().alive(0, ThreadKind.NATIVE, 300));
    }

    /** A thread begins with its creator's name, and gives itself its own when it runs. */
    @Test
    void aNativeThreadsNameAtATime() throws IOException {
        StreamBuilder stream = new StreamBuilder().at(100);
        Scenario.thread(stream, 1, 10, "java", ThreadKind.NATIVE, null);
        assertEquals("java", model(stream).threads().find(0, 1).nameAt(150, ""));
        stream.at(200).add(RecordType.THREAD_NAME, Key.THREAD, 1, Key.NAME, "VM Thread", Key.KIND, 2);
        stream.at(300).add(RecordType.THREAD_NAME, Key.THREAD, 1, Key.NAME, "later");
        ProcessThread thread = model(stream).threads().find(0, 1);
        assertEquals("VM Thread", thread.nameAt(150, ""));
        assertEquals("VM Thread", thread.nameAt(250, ""));
        assertEquals("later", thread.nameAt(350, ""));
        assertEquals("kernel's", thread.nameAt(150, "kernel's"));
    }

    @Test
    void aThreadThatWasOnlyFoundIsOlderThanItsRecord() throws IOException {
        StreamBuilder stream = new StreamBuilder()
                .at(100)
                .add(RecordType.THREAD, Key.THREAD, 1, Key.TID, 10, Key.NAME, "x", Key.KIND, 2, Key.SEEN, false);
        assertEquals(1, model(stream).threads().alive(0, ThreadKind.JVM, 50));
    }

    @Test
    void recordsOfAForgottenForkDoNotBringItBack() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null);
        LiveModel model = model(stream);
        model.forget(model.forks().find(1));
        model.accept(new StreamRecord.Child(new StreamRecord.Header(1, 0, 5), 77));
        assertNull(model.forks().find(1));
    }

    @Test
    void aWaitCallIsOfTheNewestForkWithThatPid() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null).add(RecordType.FORK_RESULT, Key.FORK, 1, Key.PID, 50);
        stream.at(1_020_000_000L).add(RecordType.REAPED, Key.PID, 50, Key.STATUS, 256);
        Scenario.fork(stream, 2, Call.FORK, 1L, 30, null);
        stream.of(2, RecordType.CHILD, Key.PID, 50);
        stream.at(1_040_000_000L).add(RecordType.REAPED, Key.PID, 50, Key.STATUS, 512);
        Scenario.fork(stream, 3, Call.FORK, 1L, 50, null).add(RecordType.FORK_RESULT, Key.FORK, 3, Key.PID, 50);
        List<StreamRecord> records = records(stream);
        for (int seed = 0; seed < 300; seed++) {
            LiveModel model = new LiveModel();
            Collections.shuffle(records, new Random(seed));
            records.forEach(model::accept);
            assertEquals(1, model.forks().find(1).watch().exitStatus(), "seed " + seed);
            assertEquals(2, model.forks().find(2).watch().exitStatus(), "seed " + seed);
            assertNull(model.forks().find(3).watch().reaped(), "seed " + seed);
        }
    }

    @Test
    void whatAChildSaysOfOtherForksIsTheirs() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null);
        stream.of(1, RecordType.CHILD, Key.PID, 51);
        stream.of(1, RecordType.FORK, Key.FORK, 2, Key.CALL, 1, Key.THREAD, 1, Key.TID, 51, Key.NAME, "main");
        stream.of(1, RecordType.FORK_RESULT, Key.FORK, 2, Key.PID, 52);
        stream.of(1, RecordType.KILL, Key.FORK, 2, Key.SIGNAL, 15);
        stream.of(1, RecordType.REAPED, Key.PID, 52, Key.STATUS, 15);
        ProcessFork inner = model(stream).forks().find(2);
        assertEquals(15, inner.watch().endSignal());
        assertEquals(15, inner.watch().kill().signal());
        ProcessFork outer = model(stream).forks().find(1);
        assertNull(outer.watch().reaped());
        assertNull(outer.watch().kill());
        assertTrue(outer.child().wentOnAfter(outer.child().first()));
    }

    @Test
    void onlyWhatAChildDoesShowsThatItWentOn() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null);
        ChildStory child = new ChildStory(stream, 1).begins(5).blocks("sem_wait", 64, LockKind.SEMAPHORE, 3L, null);
        child.stack(2, new long[] {1}, new long[0]);
        stream.add(RecordType.STATE, Key.SENT, 1, Key.LOST, 0);
        stream.of(1, RecordType.HOLDER, Key.THREAD, 3, Key.SITE, 1, Key.STACK_POINTER, 64, Key.EPOCH, 0);
        stream.of(1, RecordType.SLICE, Key.THREAD, 3, Key.ADDRESS, 64, Key.DATA, new byte[8]);
        ChildRecords records = model(stream).forks().find(1).child();
        assertFalse(records.wentOnAfter(records.blocked().get(0)));
        child.counts("malloc", 3);
        records = model(stream).forks().find(1).child();
        assertTrue(records.wentOnAfter(records.blocked().get(0)));
    }

    /** As the second child of a site does: its sibling has met the same stacks before. */
    @Test
    void aStackThatOneProcessExplainsIsThatOfAll() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null);
        new ChildStory(stream, 1).begins(51).stack(9, new long[] {1, 2}, new long[0]);
        Scenario.fork(stream, 2, Call.FORK, 1L, 10, null);
        new ChildStory(stream, 2).begins(52).stack(9, new long[] {1, 2}, new long[0]);
        LiveModel model = model(stream);
        model.forget(model.forks().find(1));
        assertArrayEquals(new long[] {1, 2}, model.stacks().find(9).pcs());
    }

    @Test
    void manyGapsDoNotGrowTheSetWithoutBound() {
        NumberSet set = new NumberSet();
        for (long i = 0; i < 100_000; i += 2) {
            assertTrue(set.add(i));
        }
        assertEquals(50_000, set.count());
        assertEquals(99_998, set.greatest());
        assertTrue(set.contains(99_998));
        assertFalse(set.contains(99_997));
    }
}
