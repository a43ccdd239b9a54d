package org.forkwitness.collect;

import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** What a line says; where that changes, there is a new line. */
    private record Written(Object verdict, List<String> codes, Object outcome, Object exec) {
        static Written of(Fork fork) {
            return new Written(
                    fork.verdict(),
                    fork.reasons().stream().map(Reason::code).toList(),
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
            if (!fork.known()) {
                continue;
            }
            ledger.book(fork);
            if (settled(fork)) {
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
        for (ProcessFork fork : model.forks().takeTouched()) {
            ledger.book(fork);
        }
        for (ProcessFork fork : List.copyOf(model.forks().all())) {
            if (!ledger.booked(fork)) {
                ledger.book(fork);
            }
            write(fork, true);
        }
        dueByWaiting.clear();
    }

    private static boolean settled(ProcessFork fork) {
        return fork.errno() != null
                || fork.childDone()
                || fork.returned() && Calls.of(fork.record().call()).spawns();
    }

    private void write(ProcessFork fork, boolean ended) throws IOException {
        Fork line = ledger.fork(fork, ended);
        Written now = Written.of(line);
        Written before = written.get(fork.id());
        if (!Objects.equals(before, now)) {
            writer.append(line, before != null);
            written.put(fork.id(), now);
        }
    }

    /** Keeps the newest forks, and of the others those that a site is shown by. */
    private void shrink() throws IOException {
        int surplus = model.forks().all().size() - keepForks;
        if (surplus <= 0) {
            return;
        }
        List<ProcessFork> oldest = List.copyOf(model.forks().all());
        for (boolean protectSites : new boolean[] {true, false}) {
            for (int i = 0; i < oldest.size() && surplus > 0; i++) {
                ProcessFork fork = oldest.get(i);
                if (fork.known() && model.forks().find(fork.id()) != null && !(protectSites && ledger.protects(fork))) {
                    forget(fork);
                    surplus--;
                }
            }
        }
    }

    private void forget(ProcessFork fork) throws IOException {
        write(fork, false);
        written.remove(fork.id());
        dueByWaiting.remove(fork);
        ledger.forget(fork);
        model.forget(fork);
    }
}
