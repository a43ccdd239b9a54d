package org.forkwitness.report.text;

import org.forkwitness.report.Guard;
import org.forkwitness.report.WaitedFor;

/** What the guard did. */
final class GuardText {
    private GuardText() {}

    static String of(Guard guard) {
        String waited = Words.elapsed(guard.waitedMs());
        String did = switch (guard.action()) {
            case WAITED -> "held the fork back for " + waited;
            case TIMED_OUT -> "held the fork back for " + waited + ", in vain, and let it go";
            case DENIED -> "denied the fork" + after(guard, waited);
            case ABORTED -> "ended the process" + after(guard, waited);
        };
        return guard.waitedFor() == null ? did : did + ": " + reason(guard.waitedFor());
    }

    private static String after(Guard guard, String waited) {
        return guard.waitedMs() > 0 ? " after " + waited : "";
    }

    private static String reason(WaitedFor first) {
        String text = Words.thread(first.name());
        if (first.function() != null) {
            text += " was inside " + first.function();
        } else {
            text += first.lock() == null ? " held a lock" : " held the lock at " + first.lock();
        }
        if (first.at() == null) {
            return text;
        }
        return text + (first.function() == null ? ", taken at " : ", called at ") + FrameText.of(first.at());
    }
}
