package org.forkwitness.collect;

import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Reason;
import org.forkwitness.report.ReportWriter;
import org.forkwitness.verdict.Calls;
import org.forkwitness.verdict.ForkLedger;

/**
 * Writes the ndjson file: a line a fork once nothing that decides about it is outstanding, another one should it change
 * after all; and keeps no more forks than the report is to show. For one thread.
 */
final class ForkJournal {
    /**
     * How long a line waits for the names of its stack. The agent sends them with the fork or just after; it is well
     * below the 100 ms that a reader of the file is promised.
     */
    private static final long NAMES_GRACE_NS = 60_000_000;

    /** The agent watches no more children at once (state/children.h, FW_CHILDREN_MAX). */
    private static final int MAX_LIVING = 4096;

    /** What a line says; where that changes, there is a new line. */
    private record Written(Object verdict, List<String> codes, boolean suppressed, Object outcome, Object exec) {
        static Written of(Fork fork) {
            return new Written(
                    fork.verdict(),
                    fork.reasons().stream().map(Reason::code).toList(),
                    fork.suppressed(),
                    fork.child() == null ? null : fork.child().outcome(),
                    fork.child() == null ? null : fork.child().exec());
        }
    }

    private final LiveModel model;
    private final ForkLedger ledger;
    private final ReportWriter writer;
    private final int keepForks;
    private final Map<Long, Written> written = new HashMap<>();
    private final Map<ProcessFork, Long> dueByWaiting = new LinkedHashMap<>();

    ForkJournal(LiveModel model, ForkLedger ledger, ReportWriter writer, int keepForks) {
        this.model = model;
        this.ledger = ledger;
        this.writer = writer;
        this.keepForks = keepForks;
    }

    /** Takes what has changed in the model; {@code now} is {@link System#nanoTime()}. */
    void update(long now) throws IOException {
        for (ProcessFork fork : model.forks().takeTouched()) {
            // The FORK record is written before there is a child: where only the child speaks, none will come.
            if (!fork.known() && fork.child().first() == null) {
                continue;
            }
            ledger.book(fork);
            if (ledger.settled(fork)) {
                dueByWaiting.putIfAbsent(fork, now + NAMES_GRACE_NS);
            }
        }
        for (Iterator<Map.Entry<ProcessFork, Long>> i = dueByWaiting.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<ProcessFork, Long> entry = i.next();
            if (entry.getValue() - now <= 0 || ledger.named(entry.getKey())) {
                i.remove();
                write(entry.getKey(), false);
            }
        }
        shrink();
    }

    /** True where lines wait for names. */
    boolean waiting() {
        return !dueByWaiting.isEmpty();
    }

    /** Writes the lines of all forks that have none yet: nothing more will come. */
    void finish() throws IOException {
        model.forks().takeTouched();
        for (ProcessFork fork : List.copyOf(model.forks().all())) {
            ledger.book(fork);
            write(fork, true);
        }
        dueByWaiting.clear();
    }

    private void write(ProcessFork fork, boolean ended) throws IOException {
        Fork line = ledger.line(fork, ended);
        Written now = Written.of(line);
        Written before = written.get(fork.id());
        if (!Objects.equals(before, now)) {
            writer.append(line, before != null);
            written.put(fork.id(), now);
        }
    }

    /**
     * Keeps the newest forks, and of the others those that a site is shown by; beyond that, within bounds, those whose
     * child has come to nothing yet, for it may still turn out to hang.
     */
    private void shrink() throws IOException {
        int surplus = model.forks().all().size() - keepForks;
        if (surplus <= 0) {
            return;
        }
        List<ProcessFork> oldest = List.copyOf(model.forks().all());
        surplus = forget(oldest, surplus, fork -> isOver(fork) && !ledger.protects(fork));
        surplus = forget(oldest, surplus, this::isOver);
        forget(oldest, surplus - MAX_LIVING, fork -> true);
    }

    /** Nothing more is expected: there is no child, or it reached exec or its end. */
    private boolean isOver(ProcessFork fork) {
        return fork.childDone()
                || fork.errno() != null
                || fork.known() && Calls.of(fork.record().call()).spawns();
    }

    /** Forgets up to so many of those that fit; returns how many are left to forget. */
    private int forget(List<ProcessFork> oldest, int surplus, Predicate<ProcessFork> fits) throws IOException {
        int left = surplus;
        for (int i = 0; i < oldest.size() && left > 0; i++) {
            ProcessFork fork = oldest.get(i);
            if (ledger.booked(fork) && fits.test(fork)) {
                forget(fork);
                left--;
            }
        }
        return left;
    }

    private void forget(ProcessFork fork) throws IOException {
        write(fork, false);
        written.remove(fork.id());
        dueByWaiting.remove(fork);
        ledger.forget(fork);
        model.forget(fork);
    }
}
