package org.forkwitness.scenarios;

import java.util.ArrayList;
import java.util.List;

/** Starts {@link ForkMain} with its own arguments in a JVM of the same kind, and waits for that. */
public final class ChildJvmMain {
    private ChildJvmMain() {}

    public static void main(String[] arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        command.add("-Dforkwitness.scenarios=" + System.getProperty("forkwitness.scenarios"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ForkMain.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        System.out.println("child " + process.pid());
        System.out.println("status " + process.waitFor());
    }
}
