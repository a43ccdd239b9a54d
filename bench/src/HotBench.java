import java.util.List;

/** The measured JVM of the hot pairs: {@code SHAPE COUNT} is answered with the ns of processor time a
 * pair. */
final class HotBench {
    /** In the order of enum hot_shape (hot.h). */
    static final List<String> SHAPES =
            List.of("lock-unlock", "malloc-free", "malloc-mix", "rwlock-read", "rwlock-write", "semaphore");

    private HotBench() {}

    static native double run(int shape, long count);

    public static void main(String[] arguments) throws Exception {
        System.load(System.getProperty("forkbench.library"));
        Answers.serve(words -> new double[] {run(SHAPES.indexOf(words[0]), Long.parseLong(words[1]))});
    }
}
