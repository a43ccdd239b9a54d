package org.forkwitness.model;

import static org.forkwitness.stream.ChildStory.lock;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.FrameReader;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.forkwitness.stream.StreamRecord;
import org.junit.jupiter.api.Test;

/** What threads hold, whose locks they are, and what else is told from time to time. */
class HoldingModelTest {
    private static final long LOCK = 0x7200_8000L;
    private static final long SITE = 0x7200_0511L;

    private static List<StreamRecord> records(StreamBuilder stream) throws IOException {
        List<StreamRecord> records = new ArrayList<>();
        try (FrameReader reader = new FrameReader(stream.stream())) {
            for (StreamRecord record = reader.next(); record != null; record = reader.next()) {
                records.add(record);
            }
            assertEquals(0, reader.damaged());
        }
        return records;
    }

    private static LiveModel model(StreamBuilder stream) throws IOException {
        LiveModel model = new LiveModel();
        records(stream).forEach(model::accept);
        return model;
    }

    private static ChildRecords child(StreamBuilder stream) throws IOException {
        return model(stream).forks().find(1).child();
    }

    private static StreamBuilder forked() {
        return Scenario.fork(ChildStory.dictionary(Scenario.start("")), 1, Call.FORK, 1L, 10, null);
    }

    @Test
    void rowsAreTheDifferencesToTheRowAbove() throws IOException {
        StreamBuilder stream = forked();
        new ChildStory(stream, 1)
                .begins(5)
                .heldRows(lock(3, LOCK, LockKind.SPINLOCK, SITE, 900, 2), lock(2, LOCK - 64, LockKind.MUTEX, 0, 800, 0))
                .heldShared(3, LOCK + 64, LockKind.SEMAPHORE, SITE)
                .inside(3, "setenv", SITE, 700)
                .allocating(4);
        ChildRecords child = child(stream);
        assertEquals(
                List.of(
                        new InheritedLock(3, LOCK, LockKind.SPINLOCK, false, SITE, 900, 2, 1),
                        new InheritedLock(2, LOCK - 64, LockKind.MUTEX, false, 0, 800, 0, 1),
                        new InheritedLock(3, LOCK + 64, LockKind.SEMAPHORE, true, SITE, 0, 0, 1)),
                List.copyOf(child.locks()));
        assertEquals(List.of(new InheritedRegion(3, ChildStory.number("setenv"), SITE, 700, 1)), child.regions());
        assertEquals(4, child.allocating());
        assertThrows(IndexOutOfBoundsException.class, () -> child.locks().get(3));
    }

    @Test
    void locksThatAreLetGoAreCountedOfThreadsThatAreStillThere() throws IOException {
        StreamBuilder stream = forked();
        new ChildStory(stream, 1)
                .begins(5)
                .heldRows(
                        lock(3, LOCK, LockKind.MUTEX, SITE, 1, 0),
                        lock(3, LOCK + 64, LockKind.MUTEX, SITE, 1, 0),
                        lock(2, LOCK + 128, LockKind.MUTEX, SITE, 1, 0))
                .heldRows(
                        lock(4, LOCK + 192, LockKind.MUTEX, SITE, 1, 0),
                        lock(3, LOCK + 256, LockKind.MUTEX, SITE, 1, 0))
                .unrecorded(3, 5);
        ChildRecords child = child(stream);
        child.shortenLocks(5, address -> false);
        assertEquals(5, child.locks().size(), "they are not too many");
        child.shortenLocks(1, address -> address == LOCK + 192);
        assertEquals(
                List.of(LOCK, LOCK + 192),
                child.locks().stream().map(InheritedLock::address).toList());
        assertEquals(7, child.unrecorded().get(3L), "two of its locks, and five that were never recorded");
        assertFalse(child.unrecorded().containsKey(2L), "none of its locks is kept");
    }

    @Test
    void aHoldersStackComesInParts() throws IOException {
        StreamBuilder stream = forked();
        new ChildStory(stream, 1)
                .begins(5)
                .holder(3, SITE, 0x9000_0000L, new byte[] {1, 2})
                .slice(3, 0x9000_0100L, new byte[] {3})
                .slice(3, 0xffff_0000_0000_0000L, new byte[] {5})
                .slice(3, 0x9000_0002L, new byte[] {4})
                .slice(2, 0x9100_0000L, new byte[] {9});
        List<StreamRecord> records = records(stream);
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(records, new Random(seed));
            LiveModel model = new LiveModel();
            records.forEach(model::accept);
            HolderStacks stacks = model.forks().find(1).child().holders();
            List<HolderStack> all = List.copyOf(stacks.all());
            assertEquals(1, all.size(), "a stack without its HOLDER says nothing");
            HolderStack stack = all.get(0);
            assertEquals(3, stack.thread());
            assertEquals(SITE, stack.site());
            assertEquals(0x9000_0000L, stack.stackPointer());
            assertEquals(0, stack.lock());
            assertArrayEquals(new long[] {2, 17}, stack.javaFrames());
            assertArrayEquals(new long[] {1}, stack.python());
            assertEquals(
                    List.of(0x9000_0000L, 0x9000_0002L, 0x9000_0100L, 0xffff_0000_0000_0000L),
                    stack.slices().stream().map(StackSlice::address).toList());
            assertEquals(0x9000_0002L, stack.slices().get(0).end());
            stacks.drop();
            assertEquals(List.of(), List.copyOf(stacks.all()));
        }
    }

    @Test
    void stacksThatNobodyLooksAtAreGivenUp() throws IOException {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start(""));
        int forks = 1200;
        for (int id = 1; id <= forks; id++) {
            Scenario.fork(stream, id, Call.FORK, 1L, id, null);
            new ChildStory(stream, id).begins(5000 + id).holder(3, SITE, 0x9000_0000L, new byte[3500]);
        }
        LiveModel model = model(stream);
        long bytes = 0;
        for (ProcessFork fork : model.forks().all()) {
            bytes += fork.child().holders().bytes();
        }
        assertTrue(bytes > 1 << 20 && bytes <= 2 << 20, "bytes " + bytes);
        assertEquals(0, model.forks().find(1).child().holders().bytes());
        assertEquals(3500, model.forks().find(forks).child().holders().bytes(), "the oldest are given up first");
    }

    @Test
    void oneChildsStacksAreLimited() throws IOException {
        StreamBuilder stream = forked();
        ChildStory child = new ChildStory(stream, 1).begins(5);
        for (int i = 0; i < 200; i++) {
            child.slice(3, 0x9000_0000L + i * 4000L, new byte[3500]);
        }
        int bytes = child(stream).holders().bytes();
        assertTrue(bytes > 1 << 18 && bytes <= 1 << 19, "bytes " + bytes);
    }

    private static StreamBuilder snapshot(StreamBuilder stream, long index, long address, boolean more) {
        return stream.add(
                RecordType.SNAPSHOT,
                Key.INDEX,
                index,
                Key.LOCKS,
                lock(3, address, LockKind.MUTEX, SITE, 1, 0),
                Key.EPOCH,
                1,
                Key.MORE,
                more);
    }

    @Test
    void theLastSnapshotThatIsWhole() throws IOException {
        StreamBuilder stream = Scenario.start("");
        assertNull(model(stream).snapshots().last());
        snapshot(snapshot(stream.at(2_000_000_000L), 1, LOCK, true).at(2_000_500_000L), 1, LOCK + 64, false);
        snapshot(stream.at(3_000_000_000L), 2, LOCK + 128, true);
        Snapshots.State state = model(stream).snapshots().last();
        assertEquals(2_000_000_000L, state.time());
        assertEquals(
                List.of(LOCK, LOCK + 64),
                state.locks().stream().map(InheritedLock::address).toList());
        StreamBuilder empty = stream.at(4_000_000_000L)
                .add(RecordType.SNAPSHOT, Key.INDEX, 3, Key.LOCKS, new long[0], Key.EPOCH, 1, Key.MORE, false);
        assertEquals(List.of(), model(empty).snapshots().last().locks());
    }

    @Test
    void namesOfLocksAreLimited() {
        LockNames names = new LockNames();
        for (long i = 0; i < 20_000; i++) {
            names.add(new StreamRecord.LockName(new StreamRecord.Header(0, i, i), i * 8, "lock " + i, null));
        }
        assertNull(names.nameAt(0, Long.MAX_VALUE));
        assertEquals("lock 19999", names.nameAt(19_999 * 8, Long.MAX_VALUE));
        assertNull(names.nameAt(19_999 * 8, 19_998), "not yet");
    }

    @Test
    void ofTheAllocatorOnlyWhatAForkNeedsIsKept() {
        AllocatorHistory history = new AllocatorHistory();
        for (long time = 1; time <= 10_000; time++) {
            boolean another = history.add(
                    new StreamRecord.Allocator(
                            new StreamRecord.Header(0, time, time), "glibc", null, null, true, "r", time, null, null),
                    () -> LongStream.of(0, 77));
            assertEquals(time == 1, another);
        }
        assertEquals(77, history.at(77).arenas());
        assertEquals(77, history.at(78).arenas(), "what no fork needs is gone");
        assertNull(history.at(0));
        assertEquals(10_000, history.last().arenas());
    }

    @Test
    void pythonFramesAreThoseOfAllProcesses() throws IOException {
        StreamBuilder stream = ChildStory.pythonFrame(forked(), 1, "app.py", 12, "work");
        stream.of(1, RecordType.PYTHON_FRAME, Key.PYTHON_FRAME, 2, Key.FILE, "own.py", Key.LINE, 3, Key.NAME, "f");
        stream.add(RecordType.STACK, Key.STACK, 9, Key.EPOCH, 1, Key.PYTHON, new long[] {1, 1}, Key.MORE, false);
        LiveModel model = model(stream);
        assertEquals("app.py", model.stacks().pythonFrame(1).file());
        assertEquals("own.py", model.stacks().pythonFrame(2).file());
        assertEquals(2, model.stacks().find(9).python().length);
    }

    @Test
    void aThreadIsForkAwareFromThenOn() throws IOException {
        StreamBuilder stream =
                Scenario.start("").at(2_000_000_000L).add(RecordType.THREAD_AWARE, Key.THREAD, 3, Key.REASON, "known");
        stream.at(3_000_000_000L).add(RecordType.THREAD_AWARE, Key.THREAD, 3, Key.REASON, "");
        ProcessThread thread = model(stream).thread(0, 3);
        assertNull(thread.forkAwareAt(1_999_999_999L));
        assertEquals("known", thread.forkAwareAt(2_000_000_000L));
        assertNull(thread.forkAwareAt(3_000_000_000L));
    }
}
