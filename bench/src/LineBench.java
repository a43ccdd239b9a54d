import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.concurrent.TimeUnit;

/**
 * The JVM of exec-to-line: {@code LineBench PERIOD_MS THREADS} starts so many {@link HoldersBench threads}, forks as often
 * as each line on standard input says, once a period, and prints for each child its pid and when it reached its exec or
 * its end.
 */
final class LineBench {
    private LineBench() {}

    /** CLOCK_MONOTONIC, ns. */
    static native long now();

    static native long[] fork(boolean execs);

    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.load(System.getProperty("forkbench.library"));
        int threads = Integer.parseInt(arguments[1]);
        if (HoldersBench.start(threads) != threads) {
            throw new IllegalStateException("cannot start " + threads + " threads");
        }
        long period = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[0]));
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            fork(Integer.parseInt(line), period);
        }
    }

    private static void fork(int forks, long period) throws InterruptedException {
        long next = System.nanoTime();
        for (int i = 0; i < forks; i++) {
            long[] child = fork(i % 2 == 0);
            System.out.println(child[0] + " " + child[1]);
            next += period;
            TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
        }
    }
}
