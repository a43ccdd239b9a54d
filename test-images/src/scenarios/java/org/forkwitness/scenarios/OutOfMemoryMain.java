package org.forkwitness.scenarios;

import java.util.ArrayList;
import java.util.List;

/** Runs out of heap. */
public final class OutOfMemoryMain {
    private OutOfMemoryMain() {}

    public static void main(String[] arguments) {
        List<long[]> kept = new ArrayList<>();
        while (kept.size() < Integer.MAX_VALUE) {
            kept.add(new long[1 << 20]);
        }
        System.out.println("kept " + kept.size());
    }
}
