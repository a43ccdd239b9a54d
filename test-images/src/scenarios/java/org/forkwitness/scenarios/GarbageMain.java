package org.forkwitness.scenarios;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Forks from native state while other threads collect garbage all the time. */
public final class GarbageMain {
    private static final int FORKS = 200;
    private static final int COLLECTIONS = 3;

    private GarbageMain() {}

    public static void main(String[] arguments) throws Exception {
        AtomicBoolean end = new AtomicBoolean();
        CountDownLatch collected = new CountDownLatch(COLLECTIONS);
        Thread collector = new Thread(() -> collect(end, collected), "garbage");
        collector.start();
        collected.await();
        for (int i = 0; i < FORKS; i++) {
            System.out.println("forked " + forkFromJava());
        }
        end.set(true);
        collector.join();
    }

    private static int forkFromJava() {
        return Forks.thenUnderscoreExit(0); // HERE: java-fork-while-collecting
    }

    private static void collect(AtomicBoolean end, CountDownLatch collected) {
        while (!end.get()) {
            byte[][] garbage = new byte[64][];
            for (int i = 0; i < garbage.length; i++) {
                garbage[i] = new byte[16 << 10];
            }
            System.gc();
            collected.countDown();
        }
    }
}
