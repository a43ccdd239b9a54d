package org.forkwitness.stream;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** No bytes make the reader throw or go on for ever. */
class FrameReaderFuzzTest {
    private static final int STREAMS = 40_000;

    private static byte[] wholeStream() {
        StreamBuilder stream = Scenario.start("keep-forks=10");
        Scenario.forkAndExec(stream, 1, 1L, 10);
        Scenario.fork(stream, 2, Call.SYSTEM, 2L, 20, "ls").add(RecordType.FORK_RESULT, Key.FORK, 2, Key.ERRNO, 11);
        ChildStory.everything(stream, 3);
        return Scenario.bye(stream, 30).bytes();
    }

    /** Reads to the end; a version that damage has made up is a proper answer. */
    private static long read(byte[] bytes) throws IOException {
        FrameReader reader = new FrameReader(new ByteArrayInputStream(bytes));
        long records = 0;
        try {
            while (reader.next() != null) {
                records++;
                assertTrue(records <= bytes.length, "more records than bytes");
            }
        } catch (StreamVersionException e) {
            return records;
        }
        assertTrue(reader.damaged() <= bytes.length);
        return records;
    }

    @Test
    void mutatedStreams() throws IOException {
        byte[] whole = wholeStream();
        long perStream = read(whole);
        long records = 0;
        for (int seed = 0; seed < STREAMS; seed++) {
            records += read(Mutation.of(whole, seed));
        }
        assertTrue(records > STREAMS * perStream / 2, "most of a damaged stream is still read, " + records);
    }

    @Test
    void noise() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < STREAMS / 10; i++) {
            byte[] noise = new byte[random.nextInt(6000)];
            random.nextBytes(noise);
            for (int at = 0; at + 4 < noise.length; at += 1 + random.nextInt(500)) {
                System.arraycopy(FrameScanner.MARK, 0, noise, at, 3);
                noise[at + 3] = (byte) (0xa0 + random.nextInt(32));
            }
            read(noise);
        }
    }
}
