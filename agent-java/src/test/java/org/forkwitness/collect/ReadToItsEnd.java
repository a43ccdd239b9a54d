package org.forkwitness.collect;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;

/** A stream that tells when its reader has seen the end. */
final class ReadToItsEnd extends FilterInputStream {
    private final CountDownLatch end = new CountDownLatch(1);

    ReadToItsEnd(InputStream in) {
        super(in);
    }

    void awaitEnd() throws InterruptedException {
        end.await();
    }

    @Override
    public int read() throws IOException {
        return told(super.read());
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        return told(super.read(buffer, offset, length));
    }

    private int told(int read) {
        if (read < 0) {
            end.countDown();
        }
        return read;
    }
}
