package org.forkwitness.scenarios;

/** Starts /bin/true by ProcessBuilder: once, or as often as its argument says. */
public final class LaunchMain {
    private LaunchMain() {}

    public static void main(String[] arguments) throws Exception {
        int count = arguments.length == 0 ? 1 : Integer.parseInt(arguments[0]);
        for (int i = 0; i < count; i++) {
            Process process = new ProcessBuilder("/bin/true").start(); // HERE: process-builder
            System.out.println("forked " + process.pid());
            System.out.println("status " + process.waitFor());
        }
    }
}
