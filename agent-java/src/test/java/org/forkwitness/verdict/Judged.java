package org.forkwitness.verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Site;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.FrameReader;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.suppress.Suppressions;
import org.forkwitness.symbols.StackResolver;
import org.forkwitness.symbols.Symbolizer;

/** Judges forks of a made-up stream, without files. */
final class Judged {
    /** The fork that stories are about. */
    static final long FORK = 1;

    /** Its child. */
    static final long PID = 4711;

    /** A thread that is not the one that forks: "worker". */
    static final long WORKER = 3;

    /** The thread that forks: "main". */
    static final long MAIN = 1;

    private final LiveModel model = new LiveModel();
    private final ForkLedger ledger;
    private long rounds;

    Judged(StreamBuilder stream) {
        this(stream, Suppressions.NONE);
    }

    /** The same where some things are known by a rule file. */
    Judged(StreamBuilder stream, Suppressions rules) {
        try (FrameReader reader = new FrameReader(stream.stream())) {
            for (StreamRecord record = reader.next(); record != null; record = reader.next()) {
                model.accept(record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Symbolizer symbolizer = new Symbolizer(Scenario.PID, Instant.EPOCH, note -> {}, Runnable::run);
        ledger = new ForkLedger(
                model, new StackResolver(model, symbolizer), new Environments(model, module -> Optional.empty()));
        ledger.use(Plumbing.of("/jdk", ""));
        ledger.marks().use(rules);
        model.forks().takeTouched().forEach(ledger::book);
    }

    /** A fork by the main thread with the Java stack of the scenario, and what its child does. */
    static Fork fork(Consumer<ChildStory> story) {
        return fork(Call.FORK, story);
    }

    /** The same for another call. */
    static Fork fork(Call call, Consumer<ChildStory> story) {
        return fork(Scenario.start(""), call, story);
    }

    /** The same after what {@code before} tells, as the process's dictionary of functions is known. */
    static Fork fork(StreamBuilder before, Call call, Consumer<ChildStory> story) {
        return new Judged(stream(before, call, story)).report(FORK);
    }

    /** The stream of such a fork. */
    static StreamBuilder stream(StreamBuilder before, Call call, Consumer<ChildStory> story) {
        StreamBuilder stream = Scenario.fork(ChildStory.dictionary(before), FORK, call, 1L, 10, null);
        ChildStory child = new ChildStory(stream.at(1_012_000_000L), FORK).begins(PID);
        story.accept(child);
        return stream;
    }

    LiveModel model() {
        return model;
    }

    boolean settled(long id) {
        return ledger.settled(model.forks().find(id));
    }

    Fork report(long id) {
        ProcessFork fork = model.forks().find(id);
        return ledger.record(fork, new Round(++rounds, rounds), false);
    }

    List<Site> sites() {
        return ledger.sites();
    }

    ForkLedger ledger() {
        return ledger;
    }

    /** The codes of a fork's reasons, in their order. */
    static List<String> codes(Fork fork) {
        return fork.reasons().stream().map(Reason::code).toList();
    }

    /** The first sentence. */
    static String sentence(Fork fork) {
        return fork.reasons().get(0).message();
    }
}
