package org.forkwitness.collect;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A stream whose second part comes once something has happened: a process that goes on while it is watched. */
final class Stages extends InputStream {
    private static final long LOOK_EVERY_NS = 1_000_000;

    private final ByteArrayInputStream first;
    private final ByteArrayInputStream second;
    private final BooleanSupplier happened;

    Stages(byte[] first, byte[] second, BooleanSupplier happened) {
        this.first = new ByteArrayInputStream(first);
        this.second = new ByteArrayInputStream(second);
        this.happened = happened;
    }

    @Override
    public int read() {
        throw new UnsupportedOperationException("read in blocks");
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        if (first.available() > 0) {
            return first.read(buffer, offset, length);
        }
        while (second.available() > 0 && !happened.getAsBoolean()) {
            LockSupport.parkNanos(LOOK_EVERY_NS);
        }
        return second.read(buffer, offset, length);
    }
}
