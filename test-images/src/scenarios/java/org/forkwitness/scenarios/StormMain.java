package org.forkwitness.scenarios;

import java.util.concurrent.CyclicBarrier;

/** {@code 8 threads x 125 forks} at once, each thread through a C function of its own. */
public final class StormMain {
    static final int THREADS = 8;
    static final int FORKS = 125;

    private StormMain() {}

    public static void main(String[] arguments) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        int[][] pids = new int[THREADS][FORKS];
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads[i] = new Thread(() -> run(start, number, pids[number]), "storm-" + i);
            threads[i].start();
        }
        for (int i = 0; i < THREADS; i++) {
            threads[i].join();
            for (int pid : pids[i]) {
                System.out.println("storm" + i + " " + pid);
            }
        }
    }

    private static void run(CyclicBarrier start, int number, int[] pids) {
        try {
            start.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        for (int i = 0; i < pids.length; i++) {
            pids[i] = Storm.fork(number);
        }
    }
}
