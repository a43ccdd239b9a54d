package org.forkwitness.stream;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds streams for tests, record by record: sequence numbers count up by themselves. */
public final class StreamBuilder {
    private final List<byte[]> frames = new ArrayList<>();
    private final Map<Long, Long> nextSeq = new HashMap<>();
    private long time = 1_000_000_000L;

    /** Sets the time of the records that follow, ns. */
    public StreamBuilder at(long nanos) {
        time = nanos;
        return this;
    }

    /** A record of process 0: keys and values in turns; a null value leaves its key out. */
    public StreamBuilder add(RecordType type, Object... keysAndValues) {
        return of(0, type, keysAndValues);
    }

    /** A record of any process. */
    public StreamBuilder of(long proc, RecordType type, Object... keysAndValues) {
        Map<Integer, Object> values = new TreeMap<>();
        values.put(Key.TYPE.number(), type.number());
        values.put(Key.PROC.number(), proc);
        values.put(Key.SEQ.number(), nextSeq.merge(proc, 1L, Long::sum) - 1);
        values.put(Key.TIME.number(), time);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            if (keysAndValues[i + 1] != null) {
                values.put(((Key) keysAndValues[i]).number(), keysAndValues[i + 1]);
            }
        }
        return raw(CborWriter.frame(values));
    }

    /** Any bytes. */
    public StreamBuilder raw(byte[] bytes) {
        frames.add(bytes);
        return this;
    }

    /** Leaves out a sequence number, as a lost record does. */
    public StreamBuilder lose(long proc) {
        nextSeq.merge(proc, 1L, Long::sum);
        return this;
    }

    /** The first record of a process with this id and these options of the agent. */
    public StreamBuilder hello(long pid, String options) {
        return add(
                RecordType.HELLO,
                Key.VERSION,
                1,
                Key.PID,
                pid,
                Key.PPID,
                1,
                Key.WALL,
                1_767_225_600_000_000_000L,
                Key.START,
                1_767_225_599_000L,
                Key.HOST,
                "host",
                Key.KERNEL,
                "6.1.0",
                Key.ARCH,
                "x86_64",
                Key.LIBC_NAME,
                "glibc",
                Key.LIBC_VERSION,
                "2.36",
                Key.MALLOC,
                0x7000_0100L,
                Key.OPTIONS,
                options);
    }

    /** The frames so far. */
    public List<byte[]> frames() {
        return frames;
    }

    /** All bytes so far. */
    public byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        frames.forEach(out::writeBytes);
        return out.toByteArray();
    }

    /** A reader's view of it. */
    public InputStream stream() {
        return new ByteArrayInputStream(bytes());
    }
}
