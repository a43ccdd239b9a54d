/** Processor time, in libforkbench. */
final class Cpu {
    private Cpu() {}

    /** What a process has used so far, user and system, ns; -1 where there is no such process. */
    static native long ns(long pid);
}
