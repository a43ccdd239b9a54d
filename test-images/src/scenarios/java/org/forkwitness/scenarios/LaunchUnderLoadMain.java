package org.forkwitness.scenarios;

/** Starts /bin/true by ProcessBuilder, as often as its argument says, beside threads that allocate. */
public final class LaunchUnderLoadMain {
    private LaunchUnderLoadMain() {}

    /** Entry point. */
    public static void main(String[] arguments) throws Exception {
        Load.start();
        for (int left = Integer.parseInt(arguments[0]); left > 0; left--) {
            Process process = new ProcessBuilder("/bin/true").start(); // HERE: launch-under-load
            System.out.println("status " + process.waitFor());
        }
        Load.stop();
    }
}
