/**
 * The measured JVM's GOT slots, in libforkbench: {@code slots remember} before the agent comes, {@code slots compare} when
 * it is there, which is answered with the number of slots it took, then {@code slots on} and {@code slots off}.
 */
final class HookSlots {
    /** The first word of each command. */
    static final String COMMAND = "slots";

    private HookSlots() {}

    private static native void remember();

    private static native int compare();

    private static native void set(boolean hooked);

    static double[] run(String what) {
        switch (what) {
            case "remember" -> {
                System.load(System.getProperty("forkbench.library"));
                remember();
            }
            case "compare" -> {
                return new double[] {compare()};
            }
            default -> set(what.equals("on"));
        }
        return new double[] {0};
    }
}
