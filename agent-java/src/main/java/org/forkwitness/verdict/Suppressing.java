package org.forkwitness.verdict;

import org.forkwitness.model.InheritedLock;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.Verdict;
import org.forkwitness.symbols.StackResolver;

/** Decides which forks are bad only by what is marked as known. A proven deadlock never is. For one thread. */
final class Suppressing {
    private final StackResolver resolver;
    private final Marks marks;

    Suppressing(StackResolver resolver, Marks marks) {
        this.resolver = resolver;
        this.marks = marks;
    }

    /** The mark of the first of the things that made the verdict, where all of them have one; else null. */
    String by(Evidence evidence, Decision decision) {
        if (decision.verdict() != Verdict.UNSAFE) {
            return null;
        }
        String first = null;
        for (Decision.Ground ground : decision.reasons()) {
            if (ground.rule().verdict() == Verdict.UNSAFE) {
                String mark = mark(evidence, ground.finding());
                if (mark == null) {
                    return null;
                }
                first = first == null ? mark : first;
            }
        }
        return first;
    }

    private String mark(Evidence evidence, Finding finding) {
        if (finding instanceof Finding.Meeting met) {
            return thread(evidence, met.region().thread());
        }
        if (finding instanceof Finding.LockWait wait) {
            String mark = lock(evidence, wait);
            return mark != null || wait.thread() == null ? mark : thread(evidence, wait.thread());
        }
        return null;
    }

    private String thread(Evidence evidence, long id) {
        ProcessThread thread = evidence.model().thread(evidence.fork().proc(), id);
        return thread == null ? null : marks.thread(thread, evidence.fork().time());
    }

    private String lock(Evidence evidence, Finding.LockWait wait) {
        LockRecords records = new LockRecords(
                evidence.model(),
                resolver,
                marks,
                evidence.fork().proc(),
                evidence.fork().time());
        InheritedLock lock = evidence.inherited(wait.address(), wait.thread());
        HeldLock record = lock == null ? records.of(1, wait) : records.of(1, lock);
        return record.forkAware();
    }
}
