package org.forkwitness.harness;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Collectors that agents have started: no children of ours, nor of the JVM that they watch. */
public final class Collectors {
    private Collectors() {}

    /** Those of this JVM, by their arguments. */
    public static List<ProcessHandle> of(long pid) {
        List<String> wanted = List.of("collect", "--jvm-pid", Long.toString(pid));
        return ProcessHandle.allProcesses()
                .filter(handle -> handle.info()
                        .arguments()
                        .map(List::of)
                        .filter(arguments -> arguments.containsAll(wanted))
                        .isPresent())
                .toList();
    }

    /** Kills one and waits until it is gone. */
    public static void kill(ProcessHandle collector) {
        collector.destroyForcibly();
        awaitEnd(collector);
    }

    /** Waits until one is gone. */
    public static void awaitEnd(ProcessHandle collector) {
        try {
            collector.onExit().get(Deadline.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("collector " + collector.pid() + " does not end", e);
        }
    }
}
