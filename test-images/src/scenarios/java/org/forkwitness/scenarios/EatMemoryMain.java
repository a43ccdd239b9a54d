package org.forkwitness.scenarios;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Forks, waits for a line, and takes memory until somebody ends it. */
public final class EatMemoryMain {
    private static final int CHUNK = 1 << 20;

    private EatMemoryMain() {}

    public static void main(String[] arguments) throws Exception {
        System.out.println("forked " + Forks.thenUnderscoreExit(0));
        System.in.read();
        List<byte[]> kept = new ArrayList<>();
        while (kept.size() < Integer.MAX_VALUE) {
            byte[] chunk = new byte[CHUNK];
            // Memory counts once it is written.
            Arrays.fill(chunk, (byte) 1);
            kept.add(chunk);
        }
        System.out.println("kept " + kept.size());
    }
}
