package org.forkwitness.report;

import java.util.List;

/**
 * A function that is not async-signal-safe and that the child called before exec or _exit.
 *
 * @param function the function
 * @param category as in {@link Region#category}
 * @param count how often
 * @param firstAtMs milliseconds from the fork to the first call; null where not known
 * @param stack stack of the first call, innermost frame first
 */
public record UnsafeCall(String function, String category, long count, Double firstAtMs, List<Frame> stack) {
    public UnsafeCall {
        Fields.required(function, "child.calls[].function");
        Fields.required(category, "child.calls[].category");
        stack = Fields.list(stack);
    }
}
