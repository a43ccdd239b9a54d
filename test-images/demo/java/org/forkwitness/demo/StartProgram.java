package org.forkwitness.demo;

import java.io.IOException;

/**
 * Starts {@code /bin/true} by ProcessBuilder. How the JDK makes the process is up to the system property
 * {@code jdk.lang.Process.launchMechanism}.
 */
public final class StartProgram {
    private StartProgram() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("/bin/true").start();
        System.out.println("started process " + process.pid() + ", its status is " + process.waitFor());
    }
}
