package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.List;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.report.Call;
import org.forkwitness.report.Environment;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;

/** The words for what was recorded, by the names that sentences of {@code verdicts.tsv} have for them. For one thread. */
final class Facts {
    /** So many functions can be read aloud. */
    private static final int MAX_FUNCTIONS = 5;

    private static final int SIGNALS = 64;

    private final StackResolver resolver;
    private final StateNames stateNames;
    private final Evidence evidence;
    private final ProcessFork fork;
    private final Finding finding;
    private final Frame blame;

    Facts(StackResolver resolver, StateNames stateNames, Evidence evidence, Finding finding, Frame blame) {
        this.resolver = resolver;
        this.stateNames = stateNames;
        this.evidence = evidence;
        this.fork = evidence.fork();
        this.finding = finding;
        this.blame = blame;
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
            default -> ofFinding(name);
        };
    }

    private String ofFinding(String name) {
        return switch (name) {
            case "called" -> called();
            case "inCalled" -> called().isEmpty() ? "" : " in " + called();
            case "holder" -> holder();
            case "inside" -> region(meeting());
            case "state" -> stateNames.of(meeting().state());
            case "protector" -> protector(meeting().state());
            case "lock" -> lock((Finding.LockWait) finding);
            case "taken" -> taken((Finding.LockWait) finding);
            case "symbol" -> ((Finding.JvmLock) finding).symbol();
            case "atSymbol" -> atSymbol((Finding.LostThread) finding);
            case "lostThread" -> lostThread((Finding.LostThread) finding);
            case "place" -> place(((Finding.Asleep) finding).address());
            case "java" -> java(((Finding.InJava) finding).stack());
            default -> throw new IllegalStateException("verdicts.tsv: nothing is called " + name);
        };
    }

    private String callName() {
        return evidence.call() == Call.UNOBSERVED ? "a fork" : evidence.call().text();
    }

    private String errno() {
        Long errno = finding instanceof Finding.LockWait lock ? lock.errno() : fork.errno();
        return errno == null ? "" : Errno.name(errno);
    }

    /** The call that the finding is about, with its caller; empty where it is not known. */
    private String called() {
        if (finding instanceof Finding.Called call) {
            return called(call.call().called(), call.call().stack());
        }
        if (finding instanceof Finding.Meeting met) {
            return called(met.call().called(), met.call().stack());
        }
        Finding.Obstacle obstacle = (Finding.Obstacle) finding;
        return obstacle.called() == null ? "" : called(obstacle.called(), obstacle.stack());
    }

    private String called(long function, Long stack) {
        return Places.called(
                evidence.function(function).name(),
                resolver.resolve(fork.id(), stack).frames());
    }

    private Finding.Meeting meeting() {
        return finding instanceof Finding.InRegion stuck ? stuck.meeting() : (Finding.Meeting) finding;
    }

    private String holder() {
        if (finding instanceof Finding.LockWait lock) {
            return thread(lock.thread());
        }
        return thread(meeting().region().thread());
    }

    private String thread(Long id) {
        String name = id == null ? null : threadName(evidence, id);
        return name == null ? "a thread that was not copied" : "thread '" + name + "'";
    }

    /** The name that a thread of the parent had at the fork; null where not known. */
    static String threadName(Evidence evidence, long id) {
        ProcessThread thread = evidence.model().thread(evidence.fork().proc(), id);
        return thread == null || !thread.known()
                ? null
                : thread.nameAt(evidence.fork().time(), "");
    }

    private String region(Finding.Meeting met) {
        String function = evidence.function(met.region().function()).name();
        Frame at = resolver.caller(met.region().site(), met.region().epoch());
        return at == null ? function : function + " (" + Places.caller(at) + ")";
    }

    /** Who would have to protect a state. */
    private String protector(String state) {
        Environment environment = evidence.environments().now();
        if (state.equals(Protection.ALLOCATOR)) {
            String library = environment.allocator().library();
            return switch (environment.allocator().name()) {
                case GLIBC, MUSL -> libc(environment);
                case UNKNOWN -> library == null ? "the allocator" : "the allocator of " + library;
                default -> environment.allocator().name().text();
            };
        }
        return libc(environment);
    }

    private static String libc(Environment environment) {
        if (environment.libc().name().equals("unknown")) {
            return "the C library";
        }
        String version = environment.libc().version();
        return environment.libc().name() + (version == null ? "" : " " + version);
    }

    private String lock(Finding.LockWait lock) {
        String kind = lock.kind() == null ? "lock" : lock.kind().text();
        String name = resolver.variable(lock.address(), lock.epoch());
        return name == null ? "the " + kind + " at " + hex(lock.address()) : kind + " " + name;
    }

    private String taken(Finding.LockWait lock) {
        Frame at = resolver.caller(lock.site(), lock.epoch());
        return at == null ? " held" + (lock.own() ? "" : " at the fork") : " took at " + Places.of(at);
    }

    private static String atSymbol(Finding.LostThread lost) {
        return lost.symbol() == null ? "" : " at " + lost.symbol() + " of the JVM";
    }

    private String lostThread(Finding.LostThread lost) {
        String name = lost.thread() == null ? null : threadName(evidence, lost.thread());
        return name == null ? "a thread that was not copied" : "thread '" + name + "', which was not copied";
    }

    private String place(long address) {
        String name = resolver.variable(address, evidence.epoch());
        return name == null ? hex(address) : hex(address) + " (" + name + ")";
    }

    private String java(long stack) {
        return resolver.resolve(fork.id(), stack).frames().stream()
                .filter(frame -> frame.kind() == FrameKind.JAVA && !StackResolver.UNKNOWN.equals(frame.className()))
                .findFirst()
                .map(Places::of)
                .orElse("Java code");
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

    /** The first functions that the child called, with the libraries that called them. */
    private String functions() {
        List<StreamRecord.FirstCall> calls = fork.child().calls();
        List<String> words = new ArrayList<>();
        for (StreamRecord.FirstCall call : calls.subList(0, Math.min(MAX_FUNCTIONS, calls.size()))) {
            String name = evidence.function(call.called()).name();
            Frame caller = Places.callerOf(
                    name, resolver.resolve(fork.id(), call.stack()).frames());
            String library = caller == null ? null : caller.module();
            words.add(library == null ? name : name + " (" + library + ")");
        }
        int more = calls.size() - words.size();
        return more > 0 ? String.join(", ", words) + " and " + more + " more" : listed(words);
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
            return "; nothing that they use was held this time";
        }
        Finding.Meeting met = mended.get(0);
        return "; " + thread(met.region().thread()) + " was inside " + region(met) + ", but " + protector(met.state())
                + " protects " + stateNames.of(met.state()) + " across " + callName();
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

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
