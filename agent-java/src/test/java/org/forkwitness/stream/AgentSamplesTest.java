package org.forkwitness.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Decodes what the agent's own encoder wrote: one frame a record type with all its keys, each value made from the key's
 * number by the rule of agent-c/tests/samples/record_samples.c. A native test holds the file against the encoder.
 */
class AgentSamplesTest {
    private static final Path SAMPLES = Path.of("..", "agent-c", "tests", "samples", "record-samples.bin");

    /** Values that need all 64 bits. */
    private static final Set<Key> LARGE = Set.of(
            Key.TIME,
            Key.WALL,
            Key.START,
            Key.MALLOC,
            Key.BIAS,
            Key.MODULE_START,
            Key.MODULE_END,
            Key.START_ROUTINE,
            Key.METHOD,
            Key.PREPARE,
            Key.PARENT,
            Key.CHILD_HANDLER,
            Key.SENT,
            Key.LOST,
            Key.ADDRESS,
            Key.OBJECT,
            Key.SITE,
            Key.SIGNALS,
            Key.STACK_POINTER,
            Key.FRAME_POINTER,
            Key.ALLOCATED,
            Key.MAPPED);

    /** Components that are not called as their key. */
    private static final Map<String, Key> OTHER_NAMES = Map.of(
            "Jvm.version", Key.VERSION_TEXT,
            "Module.start", Key.MODULE_START,
            "Module.end", Key.MODULE_END,
            "Method.descriptor", Key.CLASS,
            "Monitor.descriptor", Key.CLASS,
            "Allocator.isProtected", Key.PROTECTED,
            "Atfork.child", Key.CHILD_HANDLER);

    private static List<StreamRecord> samples() throws IOException {
        List<StreamRecord> records = new ArrayList<>();
        try (FrameReader reader = new FrameReader(Files.newInputStream(SAMPLES))) {
            for (StreamRecord record = reader.next(); record != null; record = reader.next()) {
                records.add(record);
            }
            assertEquals(0, reader.damaged());
        }
        return records;
    }

    @Test
    void eachRecordTypeIsThereOnce() throws IOException {
        assertEquals(
                Arrays.stream(RecordType.values())
                        .map(type -> type == RecordType.CALL ? "FIRST_CALL" : type.name())
                        .map(name -> name.replace("_", "").toLowerCase(Locale.ROOT))
                        .toList(),
                samples().stream()
                        .map(record -> record.getClass().getSimpleName().toLowerCase(Locale.ROOT))
                        .toList());
    }

    @TestFactory
    List<DynamicTest> everyValueArrives() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        List<StreamRecord> records = samples();
        for (int i = 0; i < records.size(); i++) {
            StreamRecord record = records.get(i);
            long seq = i;
            tests.add(DynamicTest.dynamicTest(record.getClass().getSimpleName(), () -> check(record, seq)));
        }
        return tests;
    }

    private static void check(StreamRecord record, long seq) throws ReflectiveOperationException {
        assertEquals(new StreamRecord.Header(7, seq, (3L << 40) + 3), record.header());
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            if (!component.getName().equals("header")) {
                Object value = component.getAccessor().invoke(record);
                Key key = keyOf(record, component.getName());
                if (expected(key) instanceof long[] numbers) {
                    assertArrayEquals(numbers, (long[]) value, component.getName());
                } else if (expected(key) instanceof byte[] bytes) {
                    assertArrayEquals(bytes, (byte[]) value, component.getName());
                } else {
                    assertEquals(expected(key), value, component.getName());
                }
            }
        }
    }

    private static Key keyOf(StreamRecord record, String component) {
        Key other = OTHER_NAMES.get(record.getClass().getSimpleName() + "." + component);
        return other != null
                ? other
                : Key.valueOf(component.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT));
    }

    private static Object expected(Key key) {
        long k = key.number();
        return switch (key) {
            case VERSION -> 1L;
            case KIND -> ThreadKind.JAVA;
            case CALL -> Call.FORKPTY;
            case LEVEL -> Level.WARN;
            case CATEGORY -> Category.STDIO;
            case LOCK_KIND -> LockKind.RWLOCK_READ;
            case STATE -> ChildState.ENDED;
            case COUNTS, UNRECORDED, PYTHON -> twelve(k).toArray();
            case LOCKS -> sums(k, 6);
            case REGIONS -> sums(k, 4);
            case PCS -> new long[] {k << 40, (k << 40) + 1, (k << 40) + 2, (k << 40) + 3};
            case FRAMES -> new long[] {k << 40, -2, (k << 40) + 1, -1};
            case BUILD_ID, DATA -> bytes(k);
            case GUARD -> GuardAction.TIMED_OUT;
            default -> byKind(key, k);
        };
    }

    private static LongStream twelve(long k) {
        return LongStream.range(0, 12).map(i -> (k << 40) + i);
    }

    /** What the numbers are the differences of. */
    private static long[] sums(long k, int columns) {
        return LongStream.range(0, 12)
                .map(i -> LongStream.rangeClosed(0, i)
                        .filter(above -> above % columns == i % columns)
                        .map(above -> (k << 40) + above)
                        .sum())
                .toArray();
    }

    private static Object byKind(Key key, long k) {
        return switch (key.kind()) {
            case UINT -> LARGE.contains(key) ? (k << 40) + k : k * 1001;
            case INT -> -k;
            case BOOL -> k % 4 == 1;
            case TEXT -> key.name() + " " + k + " \u00e9\u20ac\ud83d\ude00";
            default -> throw new AssertionError(key);
        };
    }

    private static byte[] bytes(long first) {
        byte[] bytes = new byte[20];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return bytes;
    }
}
