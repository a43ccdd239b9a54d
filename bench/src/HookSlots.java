/**
 * The measured JVM's GOT slots, in libforkbench: {@code slots remember} before the agent comes, {@code slots compare} when
 * it is there, which is answered with the number of slots it took, then {@code slots on} and {@code slots off}.
 *
 * <p>Between the two, {@code slots give} leaves the hooks of those functions that give locks back. A thread that waits for
 * a condition when the hooks go takes its lock again in one of them, which records that; from a giving back without hook
 * on, the record would be stale, and all later ones of the thread be made in the slower way of several locks.
 */
final class HookSlots {
    /** The first word of each command. */
    static final String COMMAND = "slots";

    private HookSlots() {}

    private static native void remember();

    private static native int compare();

    private static native void set(boolean takes, boolean gives);

    static double[] run(String what) {
        switch (what) {
            case "remember" -> {
                System.load(System.getProperty("forkbench.library"));
                remember();
            }
            case "compare" -> {
                return new double[] {compare()};
            }
            default -> set(what.equals("on"), !what.equals("off"));
        }
        return new double[] {0};
    }
}
