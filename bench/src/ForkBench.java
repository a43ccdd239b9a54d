import java.util.Arrays;

/**
 * The measured JVM: {@code ForkBench THREADS FORKS} prints the median ns of a fork, then waits for a line on standard
 * input.
 */
final class ForkBench {
    private ForkBench() {}

    static native void startThreads(int count);

    static native long[] fork(int count);

    public static void main(String[] arguments) throws Exception {
        System.load(System.getProperty("forkbench.library"));
        startThreads(Integer.parseInt(arguments[0]));
        int forks = Integer.parseInt(arguments[1]);
        fork(Math.max(1, forks / 10));
        long[] times = fork(forks);
        Arrays.sort(times);
        System.out.println(times[times.length / 2]);
        System.in.read();
    }
}
