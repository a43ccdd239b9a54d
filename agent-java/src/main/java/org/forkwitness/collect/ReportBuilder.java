package org.forkwitness.collect;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.LoadedModule;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.StackTrace;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ForkHandler;
import org.forkwitness.report.Frame;
import org.forkwitness.report.JvmInfo;
import org.forkwitness.report.Lost;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.ProcessInfo;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.report.Summary;
import org.forkwitness.report.VerdictCounts;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;
import org.forkwitness.verdict.Environments;
import org.forkwitness.verdict.ForkLedger;
import org.forkwitness.verdict.LastStates;
import org.forkwitness.verdict.Round;

/**
 * Makes the report of what is known now. Piece by piece, where that must hold up nothing else: what it shows of threads
 * and forks is made by {@link #prepare}, and serves again until something changes. For one thread.
 */
final class ReportBuilder {
    private static final String NO_HELLO =
            "the stream's first record is missing: times count from the machine's start, shown as if that had been 1970";
    private static final String ATTACHED =
            "the agent was attached to the running JVM: forks before that are not in this report";

    private final LiveModel model;
    private final StackResolver resolver;
    private final ForkLedger ledger;
    private final ThreadRecords threads;
    private final LastStates lastStates;
    private final Environments environments;
    private final List<String> symbolNotes;
    private Round round;
    private long lastRound;
    private long generalSince;
    private long preparedChanges = -1;

    /** A builder; {@code symbolNotes} may grow while stacks are resolved, and is safe for use by many threads. */
    ReportBuilder(
            LiveModel model,
            StackResolver resolver,
            ForkLedger ledger,
            Environments environments,
            List<String> symbolNotes) {
        this.symbolNotes = symbolNotes;
        this.environments = environments;
        this.model = model;
        this.resolver = resolver;
        this.ledger = ledger;
        this.threads = new ThreadRecords(model, resolver, ledger.marks());
        this.lastStates = new LastStates(model, resolver, ledger.marks());
    }

    /**
     * Goes on with what the next report takes, until {@code deadline} ({@link System#nanoTime()}) or a little longer; true
     * where {@link #build} has nothing to do any more that takes its time.
     */
    boolean prepare(long deadline) {
        if (round == null) {
            round = nextRound(model.generalChanges() == preparedChanges);
        }
        boolean all = true;
        for (ProcessFork fork : model.forks().all()) {
            if (ledger.booked(fork) && !ledger.upToDate(fork, round)) {
                if (System.nanoTime() - deadline >= 0) {
                    return false;
                }
                if (ledger.prepared(fork)) {
                    ledger.record(fork, round, false);
                } else {
                    all = false;
                }
            }
        }
        for (StreamRecord.Atfork atfork : model.handlers()) {
            all &= prepared(atfork);
        }
        return threads.prepare(round, deadline) && all;
    }

    private Round nextRound(boolean sameInGeneral) {
        preparedChanges = model.generalChanges();
        lastRound++;
        generalSince = sameInGeneral ? generalSince : lastRound;
        return new Round(lastRound, generalSince);
    }

    /**
     * The report.
     *
     * @param startedAt start of the process
     * @param end how things stand with the process
     * @param damaged frames that could not be read
     * @param notes sentences of the collector's own
     */
    Report build(Instant startedAt, EndState end, long damaged, List<String> notes) {
        boolean over = end.end() != ProcessEnd.RUNNING;
        Round now = over || round == null ? nextRound(false) : round;
        round = null;
        List<Site> sites = ledger.sites();
        ledger.settle(true);
        List<Fork> forks = model.forks().all().stream()
                .filter(ledger::booked)
                .map(fork -> ledger.record(fork, now, over))
                .toList();
        ledger.settle(false);
        VerdictCounts counts = ledger.counts();
        long missing = Math.max(model.missing(), damaged);
        long suppressed =
                sites.stream().mapToLong(site -> total(site.suppressed())).sum();
        boolean complete = end.end() == ProcessEnd.EXITED && end.drained() && missing == 0;
        return new Report(
                Report.SCHEMA,
                process(startedAt, end),
                environments.now(),
                new Summary(total(counts), counts, suppressed, new Lost(missing), complete),
                handlers(),
                threads.aliveAtForks(now),
                sites,
                forks,
                notes(notes),
                lastStates.last());
    }

    private static long total(VerdictCounts c) {
        return c.deadlocked() + c.unsafe() + c.latent() + c.safe() + c.unknown();
    }

    private ProcessInfo process(Instant startedAt, EndState end) {
        Optional<StreamRecord.Hello> hello = model.hello();
        return new ProcessInfo(
                model.pid().orElseThrow(),
                hello.map(StreamRecord.Hello::ppid).orElse(0L),
                hello.map(StreamRecord.Hello::host).orElse("unknown"),
                model.command(),
                model.jvm()
                        .map(jvm -> new JvmInfo(jvm.version(), jvm.vendor(), jvm.home()))
                        .orElse(null),
                startedAt,
                end.at(),
                end.end(),
                hello.map(StreamRecord.Hello::options).orElse(""));
    }

    private List<ForkHandler> handlers() {
        List<ForkHandler> list = new ArrayList<>();
        for (StreamRecord.Atfork atfork : model.handlers()) {
            list.add(new ForkHandler(
                    library(atfork),
                    function(atfork.prepare(), atfork.epoch()),
                    function(atfork.parent(), atfork.epoch()),
                    function(atfork.child(), atfork.epoch()),
                    resolver.resolve(atfork.stack()).frames()));
        }
        return list;
    }

    private boolean prepared(StreamRecord.Atfork atfork) {
        boolean all = resolver.prepared(atfork.stack());
        for (Long address : new Long[] {atfork.prepare(), atfork.parent(), atfork.child()}) {
            all &= address == null || resolver.preparedAt(address, atfork.epoch());
        }
        return all;
    }

    private String library(StreamRecord.Atfork atfork) {
        for (Long address : new Long[] {atfork.prepare(), atfork.parent(), atfork.child()}) {
            Optional<LoadedModule> module =
                    address == null ? Optional.empty() : model.modules().find(address, atfork.epoch());
            if (module.isPresent()) {
                return module.get().fileName();
            }
        }
        return null;
    }

    /** The function itself, which is the last one: what is inlined at its first instruction stands before it. */
    private Frame function(Long address, long epoch) {
        if (address == null) {
            return null;
        }
        List<Frame> frames = resolver.function(address, epoch);
        return frames.isEmpty() ? null : frames.get(frames.size() - 1);
    }

    private List<String> notes(List<String> own) {
        Set<String> notes = new LinkedHashSet<>();
        if (model.hello().isEmpty()) {
            notes.add(NO_HELLO);
        } else if (model.hello().get().attached()) {
            notes.add(ATTACHED);
        }
        List<Long> cut = ledger.cutSites();
        if (!cut.isEmpty()) {
            notes.add("stacks are recorded up to " + StackTrace.NATIVE_DEPTH + " native and " + StackTrace.JAVA_DEPTH
                    + " Java frames: further out, frames may be missing at " + (cut.size() == 1 ? "site " : "sites ")
                    + cut.stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        notes.addAll(model.logs());
        notes.addAll(own);
        notes.addAll(symbolNotes);
        return List.copyOf(notes);
    }
}
