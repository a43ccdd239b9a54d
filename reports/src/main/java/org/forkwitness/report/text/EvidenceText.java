package org.forkwitness.report.text;

import java.util.List;
import java.util.stream.Collectors;
import org.forkwitness.report.Child;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Report;
import org.forkwitness.report.UnsafeCall;

/** What proves the verdict of one fork: the guard, holders, locks, the child's calls and what it waits for. */
final class EvidenceText {
    /** So many calls are shown with their places where not all is asked for. */
    private static final int MOST_CALLS = 5;

    private EvidenceText() {}

    /** True where there is something to write. */
    static boolean any(Fork fork) {
        Child child = fork.child();
        return !fork.holders().isEmpty()
                || !fork.locks().isEmpty()
                || fork.guard() != null
                || child != null && (!child.calls().isEmpty() || child.blockedOn() != null);
    }

    /** Writes it; {@code whole} with all stacks. */
    static void write(Page page, int indent, Report report, Fork fork, boolean whole) {
        if (fork.guard() != null) {
            page.row(indent, "guard", GuardText.of(fork.guard()));
        }
        HolderText.write(page, indent, report, fork, whole);
        Child child = fork.child();
        if (child == null) {
            return;
        }
        if (!child.calls().isEmpty()) {
            calls(page, indent, child.calls(), whole);
        }
        if (child.blockedOn() != null) {
            page.row(indent, "blocked", "child " + ChildText.blocked(fork, child.blockedOn()));
            page.stack(indent + 4, child.blockedOn().stack(), null, whole ? StackText.WHOLE : StackText.FOLDED, "");
        }
    }

    private static void calls(Page page, int indent, List<UnsafeCall> calls, boolean whole) {
        if (!whole) {
            for (UnsafeCall call : calls.subList(0, Math.min(MOST_CALLS, calls.size()))) {
                page.row(indent, "called", call.function() + times(call) + from(call));
            }
            if (calls.size() > MOST_CALLS) {
                List<UnsafeCall> rest = calls.subList(MOST_CALLS, calls.size());
                page.row(
                        indent,
                        "",
                        "and " + rest.stream().map(c -> c.function() + times(c)).collect(Collectors.joining(", ")));
            }
            return;
        }
        for (UnsafeCall call : calls) {
            String first = call.firstAtMs() == null ? "" : ", first after " + Words.elapsed(call.firstAtMs());
            page.row(indent, "called", call.function() + " (" + call.category() + ") x" + call.count() + first);
            page.stack(indent + 4, call.stack(), null, StackText.WHOLE, "");
        }
    }

    private static String times(UnsafeCall call) {
        return call.count() == 1 ? "" : " x" + call.count();
    }

    /** The frame that made the call, where the stack begins with the function itself or not. */
    private static String from(UnsafeCall call) {
        return call.stack().stream()
                .filter(frame -> !call.function().equals(frame.function()))
                .findFirst()
                .map(frame -> " in " + FrameText.of(frame))
                .orElse("");
    }
}
