package org.forkwitness.collect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.forkwitness.jnr.Libraries;
import org.forkwitness.model.LiveModel;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.ReportFiles;
import org.forkwitness.stream.FrameReader;
import org.forkwitness.stream.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects one stream: takes its records, and writes the report files at most once a second while something changes and
 * at the end. One use, one thread; the whole report is written on another one meanwhile.
 */
public final class Collector {
    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
    private static final int BATCH = 1024;
    private static final long REPORT_EVERY_NS = 1_000_000_000L;
    /** Writing reports takes no more than this part of the time, however long they are. */
    private static final long REPORT_SHARE = 10;

    /** What belongs together arrives within this time, and is one report then. */
    private static final long SETTLE_NS = 200_000_000L;

    /** A report that changes faster than it can be made piece by piece is made at once after this time. */
    private static final long PREPARE_LIMIT_NS = 5_000_000_000L;

    private static final long EXIT_WAIT_NS = 5_000_000_000L;
    /** A new record and the end of the process end this wait. */
    private static final long IDLE_WAIT_MS = 2_000;

    private static final long SHORT_WAIT_MS = 100;
    private static final long WORK_WAIT_MS = 5;

    private final Source source;
    private final Path directory;
    private final OptionalInt jvmPid;
    private final long lingerNs;
    private final LiveModel model = new LiveModel();
    private final StreamPump pump;
    private Optional<Path> suppress = Optional.empty();
    private JvmWatch watch;
    private Instant goneAt;
    private long goneSince;
    private long endedSince;
    private ReportSession session;
    private long nextReport;
    private long reportedAt;
    private long reportedChanges = -1;
    private boolean changing;
    private boolean writeFailed;

    /**
     * A collector.
     *
     * @param directory the report directory; made where it is missing
     * @param jvmPid the process to watch; its end is then seen also while its children hold the pipe
     * @param lingerMs how long the children may hold it beyond that
     */
    public Collector(Source source, Path directory, OptionalInt jvmPid, long lingerMs) {
        this.source = source;
        this.directory = directory;
        this.jvmPid = jvmPid;
        this.lingerNs = lingerMs * 1_000_000;
        this.pump = new StreamPump(new FrameReader(source.spool() ? source.in() : new UnhurriedInput(source.in())));
        jvmPid.ifPresent(model::assumePid);
        source.namedPid().ifPresent(model::assumePid);
    }

    /** Takes a rule file, which holds instead of the one in the agent's options. Before {@link #run}. */
    public Collector suppress(Path file) {
        suppress = Optional.of(file);
        return this;
    }

    /**
     * Collects to the end of the stream or of the process, and returns the path of the report.
     *
     * @throws CollectException where no report can be made
     */
    public Path run() throws CollectException, InterruptedException {
        try {
            return collect();
        } catch (IOException e) {
            throw new CollectException("the report cannot be written: " + e, e);
        } finally {
            if (session != null) {
                session.close();
            }
        }
    }

    private Path collect() throws IOException, InterruptedException, CollectException {
        requireWritable();
        Libraries.unpackTo(directory);
        pump.start();
        if (jvmPid.isPresent()) {
            watch = JvmWatch.start(jvmPid.getAsInt(), pump::wake);
        }
        List<StreamRecord> batch = new ArrayList<>(BATCH);
        while (!over(batch.isEmpty())) {
            batch.clear();
            pump.take(batch, BATCH, waitMs());
            if (isForking(batch)) {
                pump.take(batch, BATCH, SHORT_WAIT_MS);
            }
            batch.forEach(model::accept);
            openSession(false);
            if (session != null) {
                tryStep();
            }
        }
        return finish();
    }

    /** Each wake-up costs 0.2 ms of a processor, by code that is too seldom run to be compiled. */
    private long waitMs() {
        if (session != null && session.waiting()) {
            return WORK_WAIT_MS;
        }
        boolean nothingNew = reportedChanges == model.changes() || model.changes() == 0;
        return goneAt == null && !pump.ended() && nothingNew ? IDLE_WAIT_MS : SHORT_WAIT_MS;
    }

    /**
     * The last that is known is that somebody is about to fork, which takes a process of many threads tens of
     * milliseconds. On a machine with few processors whoever works meanwhile has the one that the child is to begin on.
     */
    private static boolean isForking(List<StreamRecord> batch) {
        return !batch.isEmpty() && batch.get(batch.size() - 1) instanceof StreamRecord.Fork;
    }

    /** Asked before anything is read, so that the user hears of it at once. */
    private void requireWritable() throws CollectException {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new CollectException("report directory " + directory + " cannot be made: " + e, e);
        }
        if (!Files.isWritable(directory)) {
            throw new CollectException("report directory " + directory + " is not writable", null);
        }
    }

    /** True once nothing more is to be waited for. */
    private boolean over(boolean idle) {
        long now = System.nanoTime();
        if (watch != null && goneAt == null && watch.gone()) {
            goneAt = Instant.now();
            goneSince = now;
            nextReport = now;
            reportedChanges = -1;
            LOG.info("the process is gone");
        }
        if (!pump.ended()) {
            // The last words of children that outlive it; what is in the pipe is read in any case.
            return goneAt != null && idle && now - goneSince > lingerNs;
        }
        if (watch == null || goneAt != null || model.bye().isPresent() || pump.failure() != null) {
            return true;
        }
        // The kernel closes a process's descriptors a moment before its end can be seen (exit(2), do_exit).
        if (endedSince == 0) {
            endedSince = now;
        }
        return now - endedSince > EXIT_WAIT_NS;
    }

    /** With the first record it is known what the files are called. */
    private void openSession(boolean last) throws IOException {
        if (session != null || model.hello().isEmpty() && !last) {
            return;
        }
        Instant startedAt = model.hello()
                .map(hello -> hello.start() == null
                        ? model.clock().instant(hello.header().time())
                        : Instant.ofEpochMilli(hello.start()))
                .orElse(Instant.ofEpochMilli(source.namedStartMs().orElse(0)));
        Optional<Path> earlier = source.spool()
                ? Optional.empty()
                : ReportFiles.of(directory, model.pid().orElseThrow(), startedAt)
                        .putAside();
        session = new ReportSession(model, directory, startedAt, suppress);
        earlier.ifPresent(
                file -> session.note("an earlier collector of this process had begun to read the stream: what it"
                        + " saw is in " + file.getFileName() + ", and counts as lost here"));
        nextReport = System.nanoTime();
        reportedAt = nextReport;
    }

    /** A full disk may have room again later; whether the last report could be written is what counts. */
    private void tryStep() {
        try {
            step();
        } catch (IOException e) {
            if (!writeFailed) {
                LOG.warn("the report cannot be written now: {}", e.toString());
            }
            writeFailed = true;
            reportedChanges = -1;
            nextReport = System.nanoTime() + REPORT_EVERY_NS;
        }
    }

    private void step() throws IOException {
        long now = System.nanoTime();
        session.journal(now);
        session.check();
        if (reportedChanges == model.changes()) {
            changing = false;
            return;
        }
        if (!changing) {
            changing = true;
            long settled = goneAt == null ? now + SETTLE_NS : now;
            nextReport = settled - nextReport > 0 ? settled : nextReport;
        }
        if (now - nextReport < 0 || session.writing()) {
            return;
        }
        // What the last one took is known only now that it is written.
        long rested = reportedAt + session.tookNs() * REPORT_SHARE;
        nextReport = rested - nextReport > 0 ? rested : nextReport;
        if (now - nextReport >= 0 && (session.prepare() || now - nextReport > PREPARE_LIMIT_NS)) {
            session.report(goneAt == null ? EndState.RUNNING : end(false));
            reportedChanges = model.changes();
            changing = false;
            reportedAt = System.nanoTime();
            nextReport = reportedAt + REPORT_EVERY_NS;
        }
    }

    private Path finish() throws IOException, CollectException, InterruptedException {
        StreamPump.Counts counts = pump.counts();
        if (pump.failure() != null && model.changes() == 0) {
            throw new CollectException(source.name() + ": " + pump.failure().getMessage(), pump.failure());
        }
        if (model.changes() == 0) {
            throw new CollectException(source.name() + ": no record of a Forkwitness stream in it", null);
        }
        if (model.pid().isEmpty()) {
            throw new CollectException(
                    source.name() + ": its first record is missing, so it does not say which process it is of;"
                            + " give --jvm-pid",
                    null);
        }
        openSession(true);
        EndState end = end(pump.ended());
        session.finish(end, counts.damaged(), notes(counts));
        LOG.info("{} records, {} damaged, {} missing", counts.records(), counts.damaged(), model.missing());
        return session.file();
    }

    private List<String> notes(StreamPump.Counts counts) {
        List<String> notes = new ArrayList<>();
        if (counts.damaged() > 0) {
            notes.add("the stream is damaged in " + counts.damaged() + (counts.damaged() == 1 ? " place" : " places")
                    + (counts.truncated() ? " and cut off within a record" : "")
                    + ": what could be read is in this report");
        }
        if (pump.failure() != null) {
            notes.add(
                    "the stream could not be read to its end: " + pump.failure().getMessage());
        }
        if (!pump.ended()) {
            notes.add("children that outlived the process may have had more to say");
        }
        notes.forEach(LOG::warn);
        return notes;
    }

    private EndState end(boolean drained) {
        Optional<Instant> bye =
                model.bye().map(record -> model.clock().instant(record.header().time()));
        boolean wholly = drained && pump.failure() == null;
        if (bye.isPresent()) {
            return new EndState(ProcessEnd.EXITED, bye.get(), wholly);
        }
        return goneAt != null
                ? new EndState(ProcessEnd.KILLED, goneAt, wholly)
                : new EndState(ProcessEnd.LOST, null, wholly);
    }
}
