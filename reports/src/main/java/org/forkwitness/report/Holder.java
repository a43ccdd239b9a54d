package org.forkwitness.report;

import java.util.List;

/**
 * A thread that held, or was inside of, something at the fork. It does not exist in the child.
 *
 * @param thread id of the {@link ThreadInfo}
 * @param name its name at the fork
 * @param inside the functions with state of their own that it was inside of
 * @param holds ids of the {@link HeldLock}s of this fork that it held
 * @param stack its stack at the fork, innermost frame first; null where not known
 * @param moreLocks how many locks it held beyond those that its record had room for
 */
public record Holder(
        long thread, String name, List<Region> inside, List<Long> holds, List<Frame> stack, int moreLocks) {
    public Holder {
        inside = Fields.list(inside);
        holds = Fields.list(holds);
        stack = Fields.listOrNull(stack);
    }
}
