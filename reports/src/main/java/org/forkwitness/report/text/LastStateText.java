package org.forkwitness.report.text;

import java.time.Duration;
import java.time.Instant;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.LastState;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;

/** What the process was doing when it was last seen: of interest unless it ended as it should. */
final class LastStateText {
    private static final int MOST_LOCKS = 10;

    private LastStateText() {}

    static void write(Page page, Report report) {
        LastState state = report.lastState();
        if (state == null || report.process().end() == ProcessEnd.EXITED) {
            return;
        }
        page.blank();
        page.title("Last seen: " + Words.time(state.at()), before(report, state.at()));
        page.row(2, "threads", Words.alive(state.threads()));
        String figures = AllocatorText.figures(state.allocator());
        if (!figures.isEmpty()) {
            page.row(2, "malloc", figures);
        }
        if (state.locks().isEmpty()) {
            page.row(2, "locks", "none was held for long");
        }
        for (HeldLock lock :
                state.locks().subList(0, Math.min(MOST_LOCKS, state.locks().size()))) {
            page.row(2, "lock", LockText.of(lock));
        }
        if (state.locks().size() > MOST_LOCKS) {
            page.row(2, "", "and " + Words.count(state.locks().size() - MOST_LOCKS, "more lock") + " held for long");
        }
    }

    private static String before(Report report, Instant at) {
        Instant end = report.process().endedAt();
        return end == null || end.isBefore(at)
                ? ""
                : ", " + Words.elapsed(Duration.between(at, end).toMillis()) + " before its end";
    }
}
