package org.forkwitness.report.text;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.forkwitness.report.BlockedOn;
import org.forkwitness.report.Child;
import org.forkwitness.report.Fork;
import org.forkwitness.report.GuardAction;
import org.forkwitness.report.SeenBy;

/** What became of children. */
final class ChildText {
    private ChildText() {}

    /** The outcomes of some forks, the most frequent first: {@code exec /bin/true x3, fork failed: EAGAIN}. */
    static String outcomes(List<Fork> forks) {
        Map<String, Long> counts = forks.stream()
                .collect(Collectors.groupingBy(ChildText::outcome, LinkedHashMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(e -> e.getValue() == 1 ? e.getKey() : e.getKey() + " x" + e.getValue())
                .collect(Collectors.joining(", "));
    }

    /** The outcome of one fork in a few words. */
    static String outcome(Fork fork) {
        if (fork.failed()) {
            boolean denied = fork.guard() != null && fork.guard().action() == GuardAction.DENIED;
            return fork.call().text() + (denied ? " denied by the guard (" : " failed (") + fork.errno() + ")";
        }
        Child child = fork.child();
        if (child == null) {
            return "not seen";
        }
        String status = child.status() == null ? "" : "(" + child.status() + ")";
        return switch (child.outcome()) {
            case EXEC -> child.exec() == null ? "exec" : "exec " + child.exec();
            case EXIT -> "exit" + status;
            case UNDERSCORE_EXIT -> "_exit" + status;
            case SIGNAL -> "ended by signal " + (child.status() == null ? "" : Words.signal(child.status()));
            case RUNNING -> "still running";
            case DEADLOCKED -> "deadlocked";
            case UNKNOWN -> "not seen";
        };
    }

    /** What a child waits for, as a sentence without its end. */
    static String blocked(Fork fork, BlockedOn blocked) {
        StringBuilder text = new StringBuilder("waits");
        if (blocked.function() != null) {
            text.append(" in ").append(blocked.function());
        }
        if (blocked.lostThread() != null) {
            text.append(" for the thread ")
                    .append(Words.thread(blocked.lostThread()))
                    .append(", which was not copied");
        } else if (blocked.lock() == null && blocked.holder() == null) {
            text.append(blocked.address() == null ? "" : " at " + blocked.address())
                    .append(", and nobody in it can wake it");
        } else {
            text.append(" on ").append(lockName(fork, blocked));
            if (blocked.holder() != null) {
                text.append(", held by ")
                        .append(LockText.holder(blocked.holder()))
                        .append(", which was not copied");
            }
        }
        return text + " (seen from " + (blocked.seenBy() == SeenBy.INSIDE ? "inside" : "outside") + ")";
    }

    private static String lockName(Fork fork, BlockedOn blocked) {
        String address = blocked.address() == null ? "a lock" : "the lock at " + blocked.address();
        return fork.locks().stream()
                .filter(l -> blocked.lock() != null && l.id() == blocked.lock() && l.name() != null)
                .findFirst()
                .map(l -> l.name() + " (" + l.address() + ")")
                .orElse(address);
    }
}
