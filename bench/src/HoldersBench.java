import java.util.concurrent.TimeUnit;

/**
 * The measured JVM of fork-threads: threads that hold two locks each. {@code start COUNT} is answered with how many could
 * be started, {@code fork COUNT PAUSE_MS} with the medians of what so many forks took: ns from before a fork to its
 * child's first code, and processor time, ns.
 */
final class HoldersBench {
    private HoldersBench() {}

    /** Starts threads that take two locks each and keep them; fewer than count where the system gives no more. */
    static native int start(int count);

    /** Forks once: the ns to the child's first code, and those of processor time in parent and child. */
    static native double[] fork();

    public static void main(String[] arguments) throws Exception {
        System.load(System.getProperty("forkbench.library"));
        Answers.serve(words -> words[0].equals("start")
                ? new double[] {start(Integer.parseInt(words[1]))}
                : forkMedians(Integer.parseInt(words[1]), Long.parseLong(words[2])));
    }

    /** The pause lets the collector read what the last fork wrote. */
    private static double[] forkMedians(int count, long pauseMs) throws InterruptedException {
        double[] wall = new double[count];
        double[] cpu = new double[count];
        for (int i = 0; i < count; i++) {
            TimeUnit.MILLISECONDS.sleep(pauseMs);
            double[] taken = fork();
            wall[i] = taken[0];
            cpu[i] = taken[1];
        }
        return new double[] {Figure.median(wall), Figure.median(cpu)};
    }
}
