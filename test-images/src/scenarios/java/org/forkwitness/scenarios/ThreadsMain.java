package org.forkwitness.scenarios;

import java.util.concurrent.CountDownLatch;

/** Threads of all kinds are alive while it forks. */
public final class ThreadsMain {
    private ThreadsMain() {}

    /** Creates the thread that the report is to trace back to this class. */
    static final class Pool {
        private final CountDownLatch started = new CountDownLatch(1);
        private final CountDownLatch renamed = new CountDownLatch(1);
        private final CountDownLatch end = new CountDownLatch(1);
        private final CountDownLatch rename = new CountDownLatch(1);

        Thread start() {
            Thread thread = new Thread(this::run, "first-name");
            thread.start(); // HERE: java-thread-start
            return thread;
        }

        private void run() {
            try {
                started.countDown();
                rename.await();
                Thread.currentThread().setName("a name longer than the kernel keeps");
                renamed.countDown();
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        Pool pool = new Pool();
        Thread thread = pool.start();
        pool.started.await();
        long idle = Threads.startIdle(); // HERE: java-idle-thread
        System.out.println("forked " + Forks.thenUnderscoreExit(0));
        pool.rename.countDown();
        pool.renamed.await();
        System.out.println("forked " + Forks.thenUnderscoreExit(0));
        // The agent reads all threads' names at most once a second: wait until told.
        System.in.read();
        System.out.println("forked " + Forks.thenUnderscoreExit(0));
        pool.end.countDown();
        thread.join();
        Threads.stopIdle(idle);
    }
}
