package org.forkwitness.collect;

import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.forkwitness.stream.FrameReader;
import org.forkwitness.stream.StreamRecord;

/**
 * Reads the stream on a thread of its own, so that a slow look for symbols does not hold up the pipe and the report can
 * be written while nothing arrives. One thread may take records.
 */
final class StreamPump {
    /** Records that may wait; a pipe holds about as many again. */
    private static final int CAPACITY = 32 * 1024;

    /** KiB that the long lists and stacks among them may have together: those are few, but large. */
    private static final int ROOM = 2048;

    private static final int KIB = 1024;

    /** Goes through the queue to end a wait. */
    private static final Object WAKE = new Object();

    private final Semaphore room = new Semaphore(ROOM);
    private final BlockingQueue<Object> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final FrameReader reader;
    private boolean ended;
    private IOException failure;
    private Counts counts = new Counts(0, 0, false);

    /** What the reader counted, as it was at the end. */
    record Counts(long records, long damaged, boolean truncated) {}

    /** Goes through the queue behind the last record. */
    private record End(IOException failure, Counts counts) {}

    StreamPump(FrameReader reader) {
        this.reader = reader;
    }

    /** Starts to read. The thread does not keep the JVM alive. */
    void start() {
        Thread thread = new Thread(this::run, "stream");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        IOException problem = null;
        try {
            StreamRecord record = reader.next();
            while (record != null) {
                queue.put(admit(record));
                record = reader.next();
            }
        } catch (IOException e) {
            problem = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        end(problem);
    }

    /**
     * Waits for room. A stack of a holder is a comfort, for which no other record is to be lost: where there is no room for
     * it, its bytes are left out, as the child does where the pipe is full.
     */
    private StreamRecord admit(StreamRecord record) throws InterruptedException {
        int weight = weight(record);
        if (record instanceof StreamRecord.Slice slice && !room.tryAcquire(weight)) {
            return new StreamRecord.Slice(slice.header(), slice.thread(), slice.address(), new byte[0]);
        }
        if (!(record instanceof StreamRecord.Slice)) {
            room.acquire(weight);
        }
        return record;
    }

    /** No frame makes more than a fraction of the room. */
    private static int weight(StreamRecord record) {
        if (record instanceof StreamRecord.Held held) {
            return held.locks().length * Long.BYTES / KIB;
        }
        if (record instanceof StreamRecord.Snapshot snapshot) {
            return snapshot.locks().length * Long.BYTES / KIB;
        }
        return record instanceof StreamRecord.Slice slice ? slice.data().length / KIB : 0;
    }

    private void end(IOException problem) {
        Counts last = new Counts(reader.records(), reader.damaged(), reader.truncated());
        try {
            queue.put(new End(problem, last));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Moves waiting records to {@code batch}; waits so long for the first, or until {@link #wake}. */
    void take(Collection<StreamRecord> batch, int most, long timeoutMs) throws InterruptedException {
        Object next = queue.poll(timeoutMs, TimeUnit.MILLISECONDS);
        while (next != null) {
            if (next instanceof End end) {
                ended = true;
                failure = end.failure;
                counts = end.counts;
                return;
            }
            if (next instanceof StreamRecord record) {
                batch.add(record);
                room.release(weight(record));
            }
            next = batch.size() < most ? queue.poll() : null;
        }
    }

    /** Ends a wait for records, the present one or the next. For any thread. */
    void wake() {
        // Where the queue is full nobody waits.
        queue.offer(WAKE);
    }

    /** True once the stream has ended and all records were taken. */
    boolean ended() {
        return ended;
    }

    /** Why the stream could not be read to its end, or null. */
    IOException failure() {
        return failure;
    }

    /** Valid once the stream has ended; what is known so far is not told before. */
    Counts counts() {
        return counts;
    }
}
