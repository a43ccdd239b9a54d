package org.forkwitness.scenarios;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Waits for commands on its standard input: a line each. End-of-file ends it. */
public final class AttachMain {
    private AttachMain() {}

    public static void main(String[] arguments) throws Exception {
        // Both libraries are loaded, and one has the address of fork, before the first command.
        int loaded = Prefetched.fork() + Forks.thenUnderscoreExit(0);
        long idle = Threads.startIdle();
        System.out.println("ready " + (loaded > 0));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String command = in.readLine(); command != null; command = in.readLine()) {
            System.out.println(command + " " + run(command));
        }
        Threads.stopIdle(idle);
    }

    private static int run(String command) {
        return switch (command) {
            case "prefetched" -> Prefetched.fork(); // HERE: java-prefetched
            case "fork" -> Forks.thenUnderscoreExit(0);
            default -> throw new IllegalArgumentException(command);
        };
    }
}
