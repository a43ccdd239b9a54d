package org.forkwitness.collect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.forkwitness.model.LiveModel;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportFiles;
import org.forkwitness.report.ReportWriter;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.suppress.Suppressions;
import org.forkwitness.symbols.ForkHandlerImports;
import org.forkwitness.symbols.StackResolver;
import org.forkwitness.symbols.Symbolizer;
import org.forkwitness.verdict.CallStacks;
import org.forkwitness.verdict.Environments;
import org.forkwitness.verdict.ForkLedger;
import org.forkwitness.verdict.Plumbing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * The report files of one process and what goes into them. For one thread; the whole report is written on another one, and
 * most symbols are looked up there, so that neither holds up the lines of the ndjson file.
 */
final class ReportSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReportSession.class);

    /** Lines of the ndjson file wait so long at most for what a report takes, apart from a slow piece of that. */
    private static final long PIECE_NS = 5_000_000;

    private final LiveModel model;
    private final Instant startedAt;
    private final AgentOptions options;
    private final Symbolizer symbolizer;
    private final ForkLedger ledger;
    private final ForkJournal journal;
    private final ReportBuilder builder;
    private final ReportWriter writer;
    private final ReportOutput output;
    private final ExecutorService background = Executors.newSingleThreadExecutor(ReportSession::thread);
    private final List<String> symbolNotes = new CopyOnWriteArrayList<>();
    private boolean jvmKnown;
    private boolean preparing;
    private long buildNs;
    private long builtInNs;
    private boolean linked;

    /** A session; {@code suppress}: rule file that holds instead of the one in the agent's options. */
    ReportSession(LiveModel model, Path directory, Instant startedAt, Optional<Path> suppress) throws IOException {
        this.model = model;
        this.startedAt = startedAt;
        this.options = AgentOptions.parse(
                model.hello().map(StreamRecord.Hello::options).orElse(""));
        long pid = model.pid().orElseThrow();
        this.symbolizer = new Symbolizer(pid, startedAt, symbolNotes::add, background);
        StackResolver resolver = new StackResolver(model, symbolizer);
        Environments environments = new Environments(model, module -> ForkHandlerImports.of(module, pid, startedAt));
        this.ledger = new ForkLedger(model, resolver, environments);
        ledger.use(Plumbing.of(null, options.blameSkip()));
        suppress.or(options::suppressFile).ifPresent(this::suppress);
        this.writer = new ReportWriter(ReportFiles.of(directory, pid, startedAt));
        this.journal = new ForkJournal(model, ledger, writer, options.keepForks());
        this.builder = new ReportBuilder(model, resolver, ledger, environments, symbolNotes);
        this.output = new ReportOutput(this::write, background);
        // Lines of an earlier run over the same stream would count its forks twice.
        Files.deleteIfExists(writer.files().ndjson());
    }

    private void suppress(Path file) {
        Suppressions rules = Suppressions.read(file);
        symbolNotes.addAll(rules.notes());
        ledger.marks().use(rules);
    }

    private static Thread thread(Runnable run) {
        Thread thread = new Thread(run, "reports");
        thread.setDaemon(true);
        return thread;
    }

    /** A note for all reports to come. */
    void note(String text) {
        symbolNotes.add(text);
    }

    /** True where there is more to do soon though nothing arrives: a line waits for names, a report is being made. */
    boolean waiting() {
        return journal.waiting() || preparing;
    }

    /** Writes the ndjson lines that are due at {@code now}, which is {@link System#nanoTime()}. */
    void journal(long now) throws IOException {
        if (!jvmKnown && model.jvm().isPresent()) {
            jvmKnown = true;
            ledger.use(Plumbing.of(model.jvm().get().home(), options.blameSkip()));
        }
        journal.update(now);
    }

    /**
     * Tells of reports that could not be written.
     *
     * @throws IOException where that happened since the last call
     */
    void check() throws IOException {
        output.check();
    }

    /** Goes on with the next report for a little while; true where {@link #report} will not take long. */
    boolean prepare() {
        long begun = System.nanoTime();
        preparing = !builder.prepare(begun + PIECE_NS);
        buildNs += System.nanoTime() - begun;
        return !preparing;
    }

    /** Has the report written as things stand. */
    void report(EndState end) {
        long begun = System.nanoTime();
        output.offer(builder.build(startedAt, end, 0, List.of()));
        preparing = false;
        builtInNs = buildNs + System.nanoTime() - begun;
        buildNs = 0;
    }

    /** True while a report is being written. */
    boolean writing() {
        return output.pending();
    }

    /** What the last report took to be made and written, ns. */
    long tookNs() {
        return builtInNs + output.tookNs();
    }

    /** Runs on either thread, never on both at once. */
    private void write(Report report) throws IOException {
        try {
            writer.write(CallStacks.shorten(report));
        } catch (JacksonException e) {
            // What the file's stream throws comes wrapped.
            throw new IOException(e.getMessage(), e);
        }
        symbolizer.rest();
        link();
    }

    /** Some file systems have no links, and nothing else depends on this one. */
    private void link() {
        if (linked) {
            return;
        }
        linked = true;
        try {
            writer.linkLatest();
        } catch (IOException e) {
            LOG.warn("{} cannot be made: {}", ReportFiles.LATEST, e.getMessage());
        }
    }

    /** Writes all lines that are still missing, and the last report. */
    void finish(EndState end, long damaged, List<String> notes) throws IOException, InterruptedException {
        journal(System.nanoTime());
        journal.finish();
        output.finish(builder.build(startedAt, end, damaged, notes));
    }

    /** The report. */
    Path file() {
        return writer.files().json();
    }

    @Override
    public void close() {
        background.shutdown();
        symbolizer.close();
        removeEmptyLog();
    }

    /** The agent sends our standard error there; where nothing was said nobody needs the file. */
    private void removeEmptyLog() {
        Path log = writer.files().file("log");
        try {
            if (Files.exists(log) && Files.size(log) == 0) {
                Files.delete(log);
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be removed: {}", log, e.getMessage());
        }
    }
}
