package org.forkwitness.scenarios;

import java.util.concurrent.CountDownLatch;
import java.util.zip.Deflater;

/** Starts /bin/true by ProcessBuilder, as often as its argument says, beside threads that allocate as compression does. */
public final class LaunchUnderLoadMain {
    private static final int THREADS = 3;

    private static volatile boolean over;

    private LaunchUnderLoadMain() {}

    /** Entry point. */
    public static void main(String[] arguments) throws Exception {
        CountDownLatch busy = new CountDownLatch(THREADS);
        for (int i = 0; i < THREADS; i++) {
            new Thread(() -> allocate(busy), "deflater-" + i).start();
        }
        busy.await();
        for (int left = Integer.parseInt(arguments[0]); left > 0; left--) {
            Process process = new ProcessBuilder("/bin/true").start(); // HERE: launch-under-load
            System.out.println("status " + process.waitFor());
        }
        over = true;
    }

    /** zlib takes a few blocks by malloc for each stream. */
    private static void allocate(CountDownLatch busy) {
        new Deflater().end();
        busy.countDown();
        while (!over) {
            new Deflater().end();
        }
    }
}
