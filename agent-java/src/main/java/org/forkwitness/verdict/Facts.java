package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongFunction;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;

/** The words for what was recorded, by the names that sentences of {@code verdicts.tsv} have for them. For one thread. */
final class Facts {
    /** So many functions can be read aloud. */
    private static final int MAX_FUNCTIONS = 5;

    private static final int SIGNALS = 64;
    private static final double US_PER_MS = 1000;

    private final StackResolver resolver;
    private final StateNames stateNames;
    private final Evidence evidence;
    private final ProcessFork fork;
    private final Finding finding;
    private final Frame blame;
    private final Parties parties;
    private final LongFunction<List<Frame>> holderStacks;

    /**
     * Words for a finding.
     *
     * @param holderStacks a thread's stack at the fork; null where it is not known
     */
    Facts(
            StackResolver resolver,
            StateNames stateNames,
            Evidence evidence,
            Finding finding,
            Frame blame,
            LongFunction<List<Frame>> holderStacks) {
        this.resolver = resolver;
        this.stateNames = stateNames;
        this.evidence = evidence;
        this.fork = evidence.fork();
        this.finding = finding;
        this.blame = blame;
        this.parties = new Parties(resolver, evidence);
        this.holderStacks = holderStacks;
    }

    /**
     * The words for a name.
     *
     * @throws IllegalStateException where the name means nothing here: the table is damaged
     */
    String of(String name) {
        return switch (name) {
            case "call" -> evidence.call() == Call.UNOBSERVED ? "a fork" : callName() + "()";
            case "callName" -> callName();
            case "in" -> blame == null ? "" : " in " + Places.of(blame);
            case "command" ->
                fork.known() && fork.record().command() != null
                        ? " of " + fork.record().command()
                        : "";
            case "child" -> fork.childPid() == null ? "a child" : "child " + fork.childPid();
            case "errno" -> errno();
            case "exec" -> Outcomes.program(fork) == null ? "another program" : Outcomes.program(fork);
            case "function" -> fork.exit() == null ? "" : fork.exit().function() + "()";
            case "status" ->
                fork.exit() == null ? "" : Long.toString(fork.exit().status());
            case "ms" -> Durations.text(Durations.whole(fork));
            case "endSignal" ->
                fork.watch().endSignal() == null
                        ? ""
                        : Signals.name(fork.watch().endSignal());
            case "signal" -> Signals.name(fork.watch().signalLost().signal());
            case "signals" -> signals(fork.watch().lives().signals());
            case "before" -> before();
            case "functions" -> functions();
            case "luck" -> luck();
            case "lost" -> lost(evidence.model().missingOf(fork));
            case "guard" -> guard(fork.guard());
            default -> new FindingFacts(resolver, stateNames, evidence, finding, holderStacks).of(name);
        };
    }

    private String callName() {
        return evidence.call() == Call.UNOBSERVED ? "a fork" : evidence.call().text();
    }

    private String errno() {
        Long errno = finding instanceof Finding.LockWait lock ? lock.errno() : fork.errno();
        return errno == null ? "" : Errno.name(errno);
    }

    private String before() {
        if (fork.exit() != null) {
            return " before " + fork.exit().function() + "()";
        }
        if (Outcomes.program(fork) != null) {
            return " before exec of " + Outcomes.program(fork);
        }
        return fork.watch().endSignal() == null
                ? ""
                : " before " + Signals.name(fork.watch().endSignal()) + " ended it";
    }

    /**
     * Functions that the child called, with the libraries that called them: those first that can do harm, by what they use
     * and nothing mends. Where an interpreter made the calls, the line of its program stands behind them all.
     */
    private String functions() {
        List<StreamRecord.FirstCall> calls = fork.child().calls().stream()
                .sorted(Comparator.comparingInt(call -> -evidence.harm(call)))
                .toList();
        List<String> words = new ArrayList<>();
        Frame program = null;
        boolean byInterpreter = calls.stream().anyMatch(call -> isOfProgram(caller(call)));
        for (StreamRecord.FirstCall call : calls.subList(0, Math.min(MAX_FUNCTIONS, calls.size()))) {
            String name = evidence.function(call.called()).name();
            Frame caller = caller(call);
            // Right after the fork the interpreter has no frames of its program yet.
            boolean silent = caller == null || byInterpreter && Interpreters.isOne(caller);
            String library = silent ? null : caller.module();
            words.add(library == null ? name : name + " (" + library + ")");
            program = program == null && isOfProgram(caller) ? caller : program;
        }
        int more = calls.size() - words.size();
        String all = more > 0 ? String.join(", ", words) + " and " + more + " more" : listed(words);
        return program == null ? all : all + " in Python (" + Places.caller(program) + ")";
    }

    private Frame caller(StreamRecord.FirstCall call) {
        return Places.callerOf(
                evidence.function(call.called()).name(),
                resolver.resolve(call.stack()).frames());
    }

    private static boolean isOfProgram(Frame caller) {
        return caller != null && caller.kind() == FrameKind.PYTHON;
    }

    /** Why that did no harm, where nothing did any. */
    private String luck() {
        if (!evidence.meetings().isEmpty()
                || evidence.obstacle() != null
                || !fork.child().blocked().isEmpty()
                || !fork.child().lockFailures().isEmpty()) {
            return "";
        }
        if (evidence.call() == Call.VFORK) {
            return "; the threads of its parent ran on meanwhile and gave back what they held";
        }
        if (!evidence.wholly()) {
            return "; nothing worse of it was recorded";
        }
        List<Finding.Meeting> mended = evidence.mendedMeetings();
        if (mended.isEmpty()) {
            return evidence.allocatorCall() != null ? "" : allocatorLuck();
        }
        Finding.Meeting met = mended.get(0);
        return "; " + parties.thread(met.region().thread()) + " was inside " + parties.region(met.region()) + ", but "
                + protects(met.state());
    }

    private String protects(String state) {
        return parties.protector(state) + " protects " + stateNames.of(state) + " across " + callName();
    }

    private String allocatorLuck() {
        boolean met = evidence.allocating() > 0 && evidence.uses(Protection.ALLOCATOR);
        return met && evidence.mended(Protection.ALLOCATOR)
                ? "; " + Parties.inside(evidence.allocating()) + " inside the allocator, but "
                        + protects(Protection.ALLOCATOR)
                : streamLuck();
    }

    private String streamLuck() {
        InheritedLock file = evidence.lockedFile();
        if (file == null) {
            return "; nothing that they use was held this time";
        }
        String held = "; " + parties.thread(file.thread()) + " held "
                + parties.lock(file.kind(), file.address(), file.epoch(), file) + parties.held(file);
        return evidence.mended(Protection.FILE_LOCK)
                ? held + ", but " + protects(Protection.FILE_LOCK)
                : held + ", which they did not come upon this time";
    }

    /** What the guard did, and for whose sake. */
    private String guard(StreamRecord.Guard guard) {
        String ms = Durations.spoken(guard.waited() / US_PER_MS);
        String call = of("call") + of("in");
        String what = switch (guard.guard()) {
            case WAITED -> "the guard held " + call + " back for " + ms;
            case TIMED_OUT -> "the guard held " + call + " back for " + ms + " and let it go in vain";
            case DENIED -> "the guard refused " + call;
            case ABORTED -> "the guard ended the process at " + call;
        };
        return guard.thread() == null ? what : what + ": " + parties.thread(guard.thread()) + heldThen(guard);
    }

    private String heldThen(StreamRecord.Guard guard) {
        long site = guard.site() == null ? 0 : guard.site();
        if (guard.called() != null) {
            return " was inside "
                    + parties.called(evidence.function(guard.called()).name(), site, guard.epoch());
        }
        if (guard.address() == null) {
            return " stood in its way";
        }
        Frame at = resolver.caller(site, guard.epoch());
        return " held " + parties.lock(guard.lockKind(), guard.address(), guard.epoch(), null)
                + (at == null ? "" : ", taken at " + Places.of(at));
    }

    private static String signals(long bits) {
        List<String> names = new ArrayList<>();
        for (int signal = 1; signal <= SIGNALS; signal++) {
            if ((bits >>> signal - 1 & 1) != 0) {
                names.add(Signals.name(signal));
            }
        }
        return listed(names);
    }

    private static String listed(List<String> words) {
        int last = words.size() - 1;
        return last < 1
                ? String.join("", words)
                : String.join(", ", words.subList(0, last)) + " and " + words.get(last);
    }

    private static String lost(long records) {
        return records == 1 ? "1 record" : records + " records";
    }
}
