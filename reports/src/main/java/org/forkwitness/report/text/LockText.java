package org.forkwitness.report.text;

import java.util.List;
import org.forkwitness.report.Frame;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.LockHolder;

/** Locks. */
final class LockText {
    private static final String MONITOR = "monitor";

    private LockText() {}

    /** A lock with all that is known of it but its stacks. */
    static String of(HeldLock lock) {
        String text = lock.kind() + " " + (lock.name() == null ? "" : lock.name() + " ") + at(lock);
        if (Boolean.TRUE.equals(lock.processShared())) {
            text += " (shared with other processes: no fork deadlock)";
        }
        text += lock.holder() == null ? ", holder not known" : ", held by " + holder(lock.holder());
        if (lock.heldMs() != null) {
            text += " for " + Words.elapsed(lock.heldMs());
        }
        if (lock.acquiredAt() != null) {
            text += ", taken at " + FrameText.of(lock.acquiredAt());
        }
        if (lock.initializedBy() != null && !lock.initializedBy().isEmpty()) {
            text += ", initialised at " + FrameText.of(initialized(lock));
        }
        return lock.forkAware() == null ? text : text + "; known: " + lock.forkAware();
    }

    /** A lock in a few words. */
    static String name(HeldLock lock) {
        return lock.name() == null ? "the " + lock.kind() + " " + at(lock) : lock.name();
    }

    static String holder(LockHolder holder) {
        return Words.thread(holder.name()) + " (tid " + holder.tid() + ")";
    }

    private static String at(HeldLock lock) {
        return (lock.kind().equals(MONITOR) ? "with identity hash " : "at ") + lock.address();
    }

    /** Who wanted the lock, not the library's function that made it. */
    private static Frame initialized(HeldLock lock) {
        List<Frame> stack = lock.initializedBy();
        return StackText.culprit(stack).orElse(stack.get(0));
    }
}
