package org.forkwitness.collect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.forkwitness.model.LiveModel;
import org.forkwitness.report.ReportFiles;
import org.forkwitness.report.ReportWriter;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;
import org.forkwitness.symbols.Symbolizer;
import org.forkwitness.verdict.Environments;
import org.forkwitness.verdict.ForkLedger;
import org.forkwitness.verdict.Plumbing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The report files of one process and what goes into them. For one thread. */
final class ReportSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReportSession.class);

    private final LiveModel model;
    private final Instant startedAt;
    private final AgentOptions options;
    private final Symbolizer symbolizer;
    private final ForkLedger ledger;
    private final ForkJournal journal;
    private final ReportBuilder builder;
    private final ReportWriter writer;
    private final List<String> symbolNotes = new ArrayList<>();
    private boolean jvmKnown;
    private boolean linked;

    ReportSession(LiveModel model, Path directory, Instant startedAt) throws IOException {
        this.model = model;
        this.startedAt = startedAt;
        this.options = AgentOptions.parse(
                model.hello().map(StreamRecord.Hello::options).orElse(""));
        long pid = model.pid().orElseThrow();
        this.symbolizer = new Symbolizer(pid, startedAt, symbolNotes::add);
        StackResolver resolver = new StackResolver(model, symbolizer);
        Environments environments = new Environments(model);
        this.ledger = new ForkLedger(model, resolver, environments);
        ledger.use(Plumbing.of(null, options.blameSkip()));
        this.writer = new ReportWriter(ReportFiles.of(directory, pid, startedAt));
        this.journal = new ForkJournal(model, ledger, writer, options.keepForks());
        this.builder = new ReportBuilder(model, resolver, ledger, environments, symbolNotes);
        // Lines of an earlier run over the same stream would count its forks twice.
        Files.deleteIfExists(writer.files().ndjson());
    }

    /** True where a line of the ndjson file waits for names. */
    boolean waiting() {
        return journal.waiting();
    }

    /** Writes the ndjson lines that are due at {@code now}, which is {@link System#nanoTime()}. */
    void journal(long now) throws IOException {
        if (!jvmKnown && model.jvm().isPresent()) {
            jvmKnown = true;
            ledger.use(Plumbing.of(model.jvm().get().home(), options.blameSkip()));
        }
        journal.update(now);
    }

    /** Writes the report as things stand. */
    void report(EndState end, long damaged, List<String> notes) throws IOException {
        writer.write(builder.build(startedAt, end, damaged, notes));
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
    void finish(EndState end, long damaged, List<String> notes) throws IOException {
        journal(System.nanoTime());
        journal.finish();
        report(end, damaged, notes);
    }

    /** The report. */
    Path file() {
        return writer.files().json();
    }

    @Override
    public void close() {
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
