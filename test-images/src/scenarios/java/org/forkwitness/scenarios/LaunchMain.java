package org.forkwitness.scenarios;

/** Starts /bin/true by ProcessBuilder. */
public final class LaunchMain {
    private LaunchMain() {}

    public static void main(String[] arguments) throws Exception {
        Process process = new ProcessBuilder("/bin/true").start(); // HERE: process-builder
        System.out.println("forked " + process.pid());
        System.out.println("status " + process.waitFor());
    }
}
