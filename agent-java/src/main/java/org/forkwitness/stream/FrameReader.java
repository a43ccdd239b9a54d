package org.forkwitness.stream;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads the records of a stream, whatever its bytes are: a frame that is damaged is counted and the next one is found
 * by its mark. Holds one buffer of a fixed size. For one thread.
 */
public final class FrameReader implements Closeable {
    /** The version of the stream that this reader understands. */
    public static final int VERSION = 1;

    private static final int BUFFER = 64 * 1024;

    private final InputStream in;
    private final FrameDecoder decoder = new FrameDecoder();
    private final byte[] buffer = new byte[BUFFER];
    private int start;
    private int end;
    private boolean ended;
    private boolean inDamage;
    private long records;
    private long damaged;
    private boolean truncated;

    /** A reader of {@code in}, which it closes when it is closed. */
    public FrameReader(InputStream in) {
        this.in = in;
    }

    /**
     * The next record, or null at the end of the stream. Waits for bytes as the stream does.
     *
     * @throws StreamVersionException where the stream's first record names another version
     * @throws IOException where the stream itself cannot be read
     */
    public StreamRecord next() throws IOException {
        while (true) {
            int length = FrameScanner.scan(buffer, start, end);
            if (length == FrameScanner.INCOMPLETE && fill()) {
                continue;
            }
            if (length > 0) {
                StreamRecord record = decode(length);
                if (record != null) {
                    return record;
                }
            } else if (start == end) {
                return null;
            } else {
                truncated |= length == FrameScanner.INCOMPLETE;
                skipToMark();
            }
        }
    }

    /** Frames, or stretches of bytes between two frames, that could not be read so far. */
    public long damaged() {
        return damaged;
    }

    /** Records that were read so far. */
    public long records() {
        return records;
    }

    /** True where the stream ended within a frame. */
    public boolean truncated() {
        return truncated;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private StreamRecord decode(int length) throws StreamVersionException {
        StreamRecord record;
        try {
            record = RecordDecoder.decode(decoder.decode(buffer, start, length));
        } catch (DamagedFrameException e) {
            // Its length is not believed either: it may have swallowed the frame that follows.
            skipToMark();
            return null;
        }
        start += length;
        inDamage = false;
        records++;
        if (record instanceof StreamRecord.Hello hello && hello.version() != VERSION) {
            throw new StreamVersionException(hello.version());
        }
        return record;
    }

    /** Counts the damage once and moves to the next byte that may begin a frame. */
    private void skipToMark() {
        if (!inDamage) {
            inDamage = true;
            damaged++;
        }
        do {
            start++;
        } while (start < end && buffer[start] != FrameScanner.MARK[0]);
    }

    /** Reads more bytes behind those that are there; false at the end of the stream. */
    private boolean fill() throws IOException {
        if (ended) {
            return false;
        }
        if (buffer.length - end < FrameScanner.MAX_FRAME) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count < 0) {
            ended = true;
            return false;
        }
        end += count;
        return true;
    }
}
