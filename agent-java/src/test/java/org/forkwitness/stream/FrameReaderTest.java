package org.forkwitness.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FrameReaderTest {
    private static FrameReader reader(byte[] bytes) {
        return new FrameReader(new ByteArrayInputStream(bytes));
    }

    private static List<StreamRecord> all(FrameReader reader) throws IOException {
        List<StreamRecord> records = new ArrayList<>();
        for (StreamRecord record = reader.next(); record != null; record = reader.next()) {
            records.add(record);
        }
        return records;
    }

    private static long[] numbersOf(List<StreamRecord> records) {
        return records.stream().mapToLong(r -> r.header().seq()).toArray();
    }

    private static StreamBuilder numbered(int count) {
        StreamBuilder stream = new StreamBuilder();
        for (int i = 0; i < count; i++) {
            stream.add(RecordType.LOG, Key.LEVEL, 1, Key.TEXT, "text " + i);
        }
        return stream;
    }

    @Test
    void readsEveryTypeOfRecord() throws IOException {
        StreamBuilder stream = Scenario.start("");
        Scenario.forkAndExec(stream, 1, 1L, 10);
        stream.of(1, RecordType.EXEC_FAILED, Key.FUNCTION, "execve", Key.ERRNO, 2);
        stream.of(1, RecordType.EXIT, Key.FUNCTION, "_exit", Key.STATUS, -1);
        stream.add(RecordType.MODULE_GONE, Key.MODULE, 3, Key.EPOCH, 2);
        stream.add(RecordType.THREAD_NAME, Key.THREAD, 3, Key.NAME, "new", Key.KIND, 1);
        stream.add(RecordType.THREAD_END, Key.THREAD, 3);
        stream.add(RecordType.STATE, Key.SENT, 5, Key.LOST, 0);
        stream.add(RecordType.LOG, Key.LEVEL, 0, Key.TEXT, "t");
        ChildStory.everything(stream, 2);
        Scenario.bye(stream, 20);

        FrameReader reader = reader(stream.bytes());
        List<StreamRecord> records = all(reader);

        assertEquals(stream.frames().size(), records.size());
        assertEquals(0, reader.damaged());
        assertEquals(
                StreamRecord.class.getPermittedSubclasses().length - 1,
                records.stream().map(StreamRecord::getClass).distinct().count(),
                "all types but Unknown");
    }

    @Test
    void keepsAllBitsOfUnsignedNumbersAndTheSignOfOthers() throws IOException {
        StreamBuilder stream = new StreamBuilder()
                .add(
                        RecordType.MODULE,
                        Key.MODULE,
                        7,
                        Key.PATH,
                        "/lib/ä.so",
                        Key.BUILD_ID,
                        new byte[] {1, 2},
                        Key.BIAS,
                        -4096L,
                        Key.MODULE_START,
                        1,
                        Key.MODULE_END,
                        2,
                        Key.EPOCH,
                        3)
                .add(RecordType.STACK, Key.STACK, 1, Key.EPOCH, 1, Key.FRAMES, new long[] {5, -3}, Key.MORE, false);
        List<StreamRecord> records = all(reader(stream.bytes()));
        StreamRecord.Module module = assertInstanceOf(StreamRecord.Module.class, records.get(0));
        assertEquals(-4096L, module.bias());
        assertEquals("/lib/ä.so", module.path());
        assertArrayEquals(new byte[] {1, 2}, module.buildId());
        assertArrayEquals(
                new long[] {5, -3},
                assertInstanceOf(StreamRecord.Stack.class, records.get(1)).frames());
    }

    @Test
    void toleratesTypesAndKeysOfANewerAgent() throws IOException {
        byte[] frame = CborWriter.frame(Map.of(0, 999, 1, 0, 2, 0, 3, 1, 500, Map.of(1, "x"), 501, new long[] {1}));
        byte[] log =
                CborWriter.frame(Map.of(0, 21, 1, 0, 2, 1, 3, 1, 18, "t", 56, 77, 500, Map.of(1, Map.of(2, true))));
        FrameReader reader = reader(new StreamBuilder().raw(frame).raw(log).bytes());
        List<StreamRecord> records = all(reader);
        assertEquals(
                999,
                assertInstanceOf(StreamRecord.Unknown.class, records.get(0)).type());
        assertEquals(
                "t", assertInstanceOf(StreamRecord.Log.class, records.get(1)).text());
        assertEquals(0, reader.damaged());
    }

    @Test
    void toleratesNumbersOfANewerAgent() throws IOException {
        StreamBuilder stream = new StreamBuilder()
                .add(RecordType.FUNCTIONS, Key.INDEX, 1, Key.CATEGORY, 99, Key.TEXT, "f g")
                .of(1, RecordType.BLOCKED, Key.CALLED, 5000, Key.ADDRESS, -8L, Key.LOCK_KIND, 99)
                .add(RecordType.OUTSIDE, Key.FORK, 1, Key.STATE, 99);
        List<StreamRecord> records = all(reader(stream.bytes()));
        assertEquals(
                Category.OTHER,
                assertInstanceOf(StreamRecord.Functions.class, records.get(0)).category());
        StreamRecord.Blocked blocked = assertInstanceOf(StreamRecord.Blocked.class, records.get(1));
        assertEquals(null, blocked.lockKind());
        assertEquals(-8L, blocked.address());
        assertEquals(
                null,
                assertInstanceOf(StreamRecord.Outside.class, records.get(2)).state());
    }

    @Test
    void findsTheNextFrameAfterDamage() throws IOException {
        for (int damagedByte = 0; damagedByte < numbered(5).frames().get(2).length; damagedByte++) {
            StreamBuilder stream = numbered(5);
            stream.frames().get(2)[damagedByte] ^= (byte) 0xff;
            FrameReader reader = reader(stream.bytes());
            List<Long> numbers = Arrays.stream(numbersOf(all(reader))).boxed().toList();
            assertTrue(numbers.containsAll(List.of(0L, 1L)), "byte " + damagedByte);
            assertTrue(numbers.contains(4L), "byte " + damagedByte + ": " + numbers);
        }
    }

    @Test
    void countsAStretchOfGarbageOnce() throws IOException {
        StreamBuilder stream = numbered(1);
        stream.raw("garbage with a mark \u00d9 in it".getBytes(StandardCharsets.ISO_8859_1));
        stream.raw(numbered(1).bytes());
        FrameReader reader = reader(stream.bytes());
        assertEquals(2, all(reader).size());
        assertEquals(1, reader.damaged());
        assertFalse(reader.truncated());
    }

    @Test
    void keepsWhatStandsBeforeACutAndCountsTheCut() throws IOException {
        byte[] bytes = numbered(3).bytes();
        int third = numbered(2).bytes().length;
        for (int length = third + 1; length < bytes.length; length++) {
            FrameReader reader = reader(Arrays.copyOf(bytes, length));
            assertArrayEquals(new long[] {0, 1}, numbersOf(all(reader)), "length " + length);
            assertEquals(1, reader.damaged());
            assertTrue(reader.truncated());
        }
    }

    @Test
    void readsFramesThatArriveInAnyPieces() throws IOException {
        byte[] bytes = numbered(200).bytes();
        InputStream dribble = new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] buffer, int offset, int length) {
                return super.read(buffer, offset, Math.min(length, 7));
            }
        };
        assertArrayEquals(IntStream.range(0, 200).asLongStream().toArray(), numbersOf(all(new FrameReader(dribble))));
    }

    @Test
    void takesTheLongestFrameAndNoLongerOne() throws IOException {
        int overhead = new StreamBuilder()
                        .add(RecordType.LOG, Key.LEVEL, 1, Key.TEXT, "x".repeat(1000))
                        .bytes()
                        .length
                - 1000;
        for (int surplus = 0; surplus <= 1; surplus++) {
            StreamBuilder stream = new StreamBuilder()
                    .add(
                            RecordType.LOG,
                            Key.LEVEL,
                            1,
                            Key.TEXT,
                            "x".repeat(FrameScanner.MAX_FRAME - overhead + surplus))
                    .raw(numbered(1).bytes());
            FrameReader reader = reader(stream.bytes());
            assertEquals(2 - surplus, all(reader).size());
            assertEquals(surplus, reader.damaged());
        }
    }

    @Test
    void believesNoClaimedLength() throws IOException {
        byte[] claims = {
            (byte) 0xd9, (byte) 0xd9, (byte) 0xf7, (byte) 0xa1, 0x12, 0x7b, 0x7f, -1, -1, -1, -1, -1, -1, -1
        };
        FrameReader reader =
                reader(new StreamBuilder().raw(claims).raw(numbered(1).bytes()).bytes());
        assertEquals(1, all(reader).size());
        assertEquals(1, reader.damaged());
    }

    @Test
    void replacesBytesOfANameThatAreNotUtf8() throws IOException {
        StreamBuilder stream = numbered(1);
        byte[] frame = stream.frames().get(0);
        byte[] text = "text".getBytes(StandardCharsets.UTF_8);
        int at = new String(frame, StandardCharsets.ISO_8859_1).indexOf("text");
        frame[at + text.length - 1] = (byte) 0xe4;
        List<StreamRecord> records = all(reader(stream.bytes()));
        assertEquals("tex? 0", ((StreamRecord.Log) records.get(0)).text());
    }

    @Test
    void aFrameWithoutItsKeysOrWithImpossibleValuesIsDamaged() throws IOException {
        StreamBuilder stream = new StreamBuilder()
                .add(RecordType.LOG, Key.LEVEL, 1)
                .add(RecordType.CHILD, Key.PID, 0)
                .add(RecordType.FORK_RESULT, Key.FORK, 1)
                .add(RecordType.STACK, Key.STACK, 1, Key.EPOCH, 1, Key.FRAMES, new long[] {1}, Key.MORE, false)
                .add(RecordType.HELD, Key.LOCKS, new long[] {1, 2, 3}, Key.EPOCH, 1)
                .add(RecordType.INSIDE, Key.REGIONS, new long[] {1, 2, 3}, Key.EPOCH, 1)
                .add(RecordType.INSIDE, Key.REGIONS, new long[] {1, 2, 3, 4, -2, 0, 0, 0}, Key.EPOCH, 1)
                .add(RecordType.HELD, Key.LOCKS, new long[] {1, 2, 3, 4, 5, -1}, Key.EPOCH, 1)
                .add(RecordType.HELD, Key.LOCKS, new long[0], Key.UNRECORDED, new long[] {1}, Key.EPOCH, 1)
                .add(RecordType.SNAPSHOT, Key.INDEX, 1, Key.LOCKS, new long[5], Key.EPOCH, 1, Key.MORE, false)
                .add(RecordType.SLICE, Key.THREAD, 1, Key.ADDRESS, 1)
                .add(RecordType.SLICE, Key.THREAD, 0, Key.ADDRESS, 1, Key.DATA, new byte[1])
                .add(RecordType.PYTHON_FRAME, Key.PYTHON_FRAME, 1, Key.FILE, "f", Key.LINE, 1L << 40, Key.NAME, "n")
                .add(RecordType.CALLS, Key.COUNTS, new long[] {1, 2, 3})
                .add(RecordType.CALL, Key.CALLED, 0)
                .add(RecordType.FUNCTIONS, Key.INDEX, 1L << 40, Key.CATEGORY, 1, Key.TEXT, "malloc")
                .add(RecordType.HUNG, Key.FORK, 1, Key.PID, 0, Key.ADDRESS, 1, Key.SHARED, true)
                .add(RecordType.LOG, Key.LEVEL, 1, Key.TEXT, 5);
        FrameReader reader = reader(stream.bytes());
        assertEquals(List.of(), all(reader));
        assertEquals(1, reader.damaged(), "one stretch of damage");
    }

    @Test
    void refusesAnotherVersion() {
        StreamBuilder stream = new StreamBuilder()
                .add(
                        RecordType.HELLO,
                        Key.VERSION,
                        2,
                        Key.PID,
                        1,
                        Key.PPID,
                        0,
                        Key.WALL,
                        1,
                        Key.HOST,
                        "h",
                        Key.KERNEL,
                        "k",
                        Key.ARCH,
                        "a",
                        Key.LIBC_NAME,
                        "n",
                        Key.LIBC_VERSION,
                        "v",
                        Key.OPTIONS,
                        "");
        FrameReader reader = reader(stream.bytes());
        StreamVersionException e = assertThrows(StreamVersionException.class, reader::next);
        assertEquals(2, e.version());
        assertTrue(e.getMessage().contains("version 2"), e::getMessage);
    }

    @Test
    void endsWithTheStream() throws IOException {
        FrameReader reader = reader(new byte[0]);
        assertNull(reader.next());
        assertNull(reader.next());
        assertEquals(0, reader.damaged());
    }
}
