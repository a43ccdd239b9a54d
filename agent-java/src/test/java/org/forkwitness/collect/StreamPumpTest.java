package org.forkwitness.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.forkwitness.stream.FrameReader;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.StreamBuilder;
import org.forkwitness.stream.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody takes records until the whole stream has been read: whatever is in it must not hold up the pipe. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StreamPumpTest {
    private static final int SLICES = 2_000;
    private static final int BYTES = 3 * 1024;

    private static List<StreamRecord> pumped(StreamBuilder stream) throws Exception {
        ReadToItsEnd input = new ReadToItsEnd(stream.stream());
        StreamPump pump = new StreamPump(new FrameReader(input));
        pump.start();
        input.awaitEnd();
        List<StreamRecord> records = new ArrayList<>();
        while (!pump.ended()) {
            pump.take(records, 1024, 1000);
        }
        return records;
    }

    private static long bytesOf(List<StreamRecord> records) {
        return records.stream()
                .filter(StreamRecord.Slice.class::isInstance)
                .mapToLong(record -> ((StreamRecord.Slice) record).data().length)
                .sum();
    }

    private static StreamBuilder slices(int count) {
        StreamBuilder stream = new StreamBuilder().hello(1, "");
        for (int i = 0; i < count; i++) {
            stream.of(1, RecordType.SLICE, Key.THREAD, 2L, Key.ADDRESS, (long) i * BYTES, Key.DATA, new byte[BYTES]);
        }
        return stream;
    }

    @Test
    void stacksWithoutRoomAreLeftOutAndNoRecordIs() throws Exception {
        List<StreamRecord> records = pumped(slices(SLICES));
        assertEquals(SLICES + 1, records.size());
        long bytes = bytesOf(records);
        assertTrue(bytes > 1 << 20 && bytes <= 3 << 20, () -> "bytes " + bytes);
    }

    @Test
    void allOfAFewStacksAreThere() throws Exception {
        assertEquals(100L * BYTES, bytesOf(pumped(slices(100))));
    }

    @Test
    void aWaitIsEndedByWhoeverWakes() throws Exception {
        StreamPump pump = new StreamPump(new FrameReader(new StreamBuilder().stream()));
        pump.wake();
        List<StreamRecord> records = new ArrayList<>();
        pump.take(records, 1024, TimeUnit.HOURS.toMillis(1));
        assertEquals(List.of(), records);
    }
}
