package org.forkwitness.stream;

/**
 * Finds the end of one frame by the rules for well-formedness of RFC 8949, section 3 and appendix C, without decoding
 * it: so that the decoder only ever sees a whole item, and no length that the data claims is believed beyond the bytes
 * that are there. Stateless.
 */
final class FrameScanner {
    /** PIPE_BUF of Linux (pipe(7)): the agent writes no longer frame. */
    static final int MAX_FRAME = 4096;

    /** The frame may be whole once more bytes are there. */
    static final int INCOMPLETE = 0;

    /** No frame begins here. */
    static final int MALFORMED = -1;

    /** Tag 55799 (RFC 8949, 3.4.6): the mark that each frame begins with. */
    static final byte[] MARK = {(byte) 0xd9, (byte) 0xd9, (byte) 0xf7};

    private static final int MAX_DEPTH = 8;
    private static final int MAJOR_UINT = 0;
    private static final int MAJOR_BYTES = 2;
    private static final int MAJOR_TEXT = 3;
    private static final int MAJOR_ARRAY = 4;
    private static final int MAJOR_MAP = 5;
    private static final int MAJOR_TAG = 6;

    private final byte[] buffer;
    private final int end;
    private int at;
    private boolean incomplete;

    private FrameScanner(byte[] buffer, int start, int end) {
        this.buffer = buffer;
        this.at = start;
        this.end = end;
    }

    /**
     * The length in bytes of the frame that begins at {@code start}, or {@link #INCOMPLETE} or {@link #MALFORMED}.
     * Bytes of its texts that are not UTF-8 are replaced by '?' in the buffer: file names need not be UTF-8.
     */
    static int scan(byte[] buffer, int start, int end) {
        int limit = Math.min(end, start + MAX_FRAME);
        int mark = markPrefix(buffer, start, limit);
        if (mark < MARK.length) {
            return mark == limit - start && limit == end ? INCOMPLETE : MALFORMED;
        }
        FrameScanner scanner = new FrameScanner(buffer, start + MARK.length, limit);
        if (scanner.frame()) {
            return scanner.at - start;
        }
        return scanner.incomplete && limit - start < MAX_FRAME ? INCOMPLETE : MALFORMED;
    }

    /** How many bytes from {@code start} agree with the mark. */
    private static int markPrefix(byte[] buffer, int start, int limit) {
        int length = 0;
        while (length < MARK.length && start + length < limit && buffer[start + length] == MARK[length]) {
            length++;
        }
        return length;
    }

    private boolean frame() {
        if (at >= end) {
            incomplete = true;
            return false;
        }
        return major(buffer[at]) == MAJOR_MAP && item(0);
    }

    private static int major(byte initial) {
        return (initial & 0xff) >>> 5;
    }

    /** Skips one data item; false where it is malformed or does not end before {@link #end}. */
    private boolean item(int depth) {
        if (depth > MAX_DEPTH) {
            return false;
        }
        if (at >= end) {
            incomplete = true;
            return false;
        }
        int major = major(buffer[at]);
        long argument = argument();
        if (argument < 0) {
            return false;
        }
        switch (major) {
            case MAJOR_BYTES:
                return skip(argument);
            case MAJOR_TEXT:
                return text(argument);
            case MAJOR_ARRAY:
                return items(argument, depth, false);
            case MAJOR_MAP:
                return items(argument, depth, true);
            case MAJOR_TAG:
                return item(depth + 1);
            default:
                return true;
        }
    }

    private boolean items(long count, int depth, boolean map) {
        // Each item has a byte at least, so a greater count cannot be true.
        if (count > MAX_FRAME) {
            return false;
        }
        for (long i = 0; i < count; i++) {
            if (map && !key()) {
                return false;
            }
            if (!item(depth + 1)) {
                return false;
            }
        }
        return true;
    }

    private boolean key() {
        if (at >= end) {
            incomplete = true;
            return false;
        }
        return major(buffer[at]) == MAJOR_UINT && argument() >= 0;
    }

    private boolean skip(long length) {
        if (length > MAX_FRAME) {
            return false;
        }
        if (length > end - at) {
            incomplete = true;
            return false;
        }
        at += (int) length;
        return true;
    }

    private boolean text(long length) {
        int start = at;
        if (!skip(length)) {
            return false;
        }
        // A text that holds the mark has swallowed the next frame: the mark is not UTF-8.
        return !Utf8.repair(buffer, start, at, MARK);
    }

    /**
     * Reads a head and returns its argument; for values of 64 bits that are no lengths only its sign is meaningless,
     * so they count as 0. Returns -1 for a reserved, indefinite or incomplete head.
     */
    private long argument() {
        int major = major(buffer[at]);
        int info = buffer[at] & 0x1f;
        if (info < 24) {
            at++;
            return info;
        }
        if (info > 27) {
            return -1;
        }
        int bytes = 1 << (info - 24);
        if (end - at <= bytes) {
            incomplete = true;
            return -1;
        }
        long value = 0;
        for (int i = 1; i <= bytes; i++) {
            value = value << 8 | (buffer[at + i] & 0xff);
        }
        at += 1 + bytes;
        boolean length = major >= MAJOR_BYTES && major <= MAJOR_MAP;
        if (!length) {
            return 0;
        }
        return value < 0 ? -1 : value;
    }
}
