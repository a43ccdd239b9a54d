package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.forkwitness.stream.GuardAction;
import org.forkwitness.stream.StreamRecord;

/** The conditions of {@code verdicts.tsv}: what was recorded of a fork and its child. */
enum Condition {
    /** The call failed. */
    FAILED(is(e -> e.fork().errno() != null)),
    /** A call of the spawn family. */
    SPAWN(is(e -> e.fork().known() && e.call().spawns())),
    /** The child waits for a lock of a thread that it does not have. */
    STUCK_ON_LOCK(obstacle(o -> o instanceof Finding.LockWait lock && !lock.own())),
    /** The child waits for a lock that its thread had before the fork. */
    STUCK_ON_OWN_LOCK(obstacle(o -> o instanceof Finding.LockWait lock && lock.own())),
    /** The child waits for a lock of the JVM. */
    STUCK_ON_JVM_LOCK(obstacle(o -> o instanceof Finding.JvmLock)),
    /** The child waits for what only another thread would end. */
    WAITS_FOR_LOST_THREAD(obstacle(o -> o instanceof Finding.LostThread)),
    /** The child hangs in a state of the C library. */
    STUCK_IN_REGION(obstacle(o -> o instanceof Finding.InRegion)),
    /** The child hangs in the allocator. */
    STUCK_IN_ALLOCATOR(obstacle(o -> o instanceof Finding.InAllocator)),
    /** The child sleeps, and nobody can wake it. */
    ASLEEP(obstacle(o -> o instanceof Finding.Asleep)),
    /** A signal had no effect, and the child has not ended by itself since. */
    SIGNAL_LOST(is(e -> e.watch().signalLost() != null && !endedByItself(e))),
    /** The child used a state that another thread was inside of and that nothing mends. */
    USED_REGION(Condition::usedRegions),
    /** The child used the allocator, and other threads were inside of it of which only the number is known. */
    USED_ALLOCATOR(Condition::usedAllocator),
    /** A lock call of the child failed for the sake of a thread that it does not have. */
    LOCK_FAILED(e -> lockFailures(e, false)),
    /** A lock call of the child failed because its thread has a new id. */
    OWN_LOCK_FAILED(e -> lockFailures(e, true)),
    /** The child waited for such a lock and got on. */
    LOCK_WAITED(Condition::endedWaits),
    /** The child returned into Java. */
    JAVA_REENTERED(Reentry::inJava),
    /** The child called the JVM. */
    JVM_CALLED(Reentry::called),
    /** Code of the JVM ran in the child. */
    JVM_RAN(Reentry::ran),
    /** Exit handlers of the JVM ran in the child. */
    JVM_EXIT_HANDLERS(Reentry::exitHandlers),
    /** A signal had no effect, but the child has ended since. */
    SIGNAL_WAS_LOST(is(e -> e.watch().signalLost() != null && endedByItself(e))),
    /** The child called a function that is not async-signal-safe. */
    CALLED(is(e -> e.fork().known() && !e.child().calls().isEmpty())),
    /** The child called exec, after nothing that is not async-signal-safe. */
    EXEC_SAFELY(is(e -> e.fork().known()
            && e.wholly()
            && e.fork().exec() != null
            && e.fork().exit() == null)),
    /** The child ended likewise. */
    EXIT_SAFELY(is(e -> e.fork().known()
            && e.wholly()
            && e.fork().exit() != null
            && isSafe(e.fork().exit()))),
    /** The FORK record is missing. */
    CALL_NOT_SEEN(is(e -> !e.fork().known())),
    /** The child called exec. */
    EXEC(is(e -> e.fork().exec() != null && e.fork().exit() == null)),
    /** The child called exit or one of its kin. */
    EXIT(is(e -> e.fork().exit() != null)),
    /** The child became another program without a word. */
    BECAME(is(e -> e.watch().execed())),
    /** A signal ended the child, which was observed until then. */
    KILLED(is(e -> e.wholly() && e.watch().endSignal() != null)),
    /** The child ended without a word. */
    ENDED(is(e -> e.watch().ended())),
    /** The child lives, and was observed until now. */
    RUNNING(is(Evidence::wholly)),
    /** There is a child, and that is all. */
    STARTED(is(e -> e.fork().childPid() != null)),
    /** The guard ended the process instead. */
    NEVER_MADE(is(e -> e.fork().guard() != null && e.fork().guard().guard() == GuardAction.ABORTED)),
    /** There is not even that. */
    CHILD_NOT_SEEN(is(e -> true)),
    /** The child lives on, and signals would have no effect. */
    LIVES_ON(is(e -> e.watch().lives() != null
            && e.watch().lives().signals() != 0
            && e.watch().signalLost() == null)),
    /** The guard stepped in. */
    GUARDED(is(e -> e.fork().guard() != null
            && e.fork().guard().guard() != null
            && e.fork().guard().guard() != GuardAction.ABORTED)),
    /** Records of the child are missing. */
    RECORDS_LOST(is(e -> e.observed() && !e.wholly()));

    /** Ends that are on the list of async-signal-safe functions (POSIX.1-2017, 2.4.3). */
    private static final List<String> SAFE_ENDS = List.of("_exit", "_Exit", "abort");

    private final Function<Evidence, List<? extends Finding>> search;

    Condition(Function<Evidence, List<? extends Finding>> search) {
        this.search = search;
    }

    /** Each match; empty where the condition does not hold. */
    List<? extends Finding> find(Evidence evidence) {
        return search.apply(evidence);
    }

    private static Function<Evidence, List<? extends Finding>> is(Predicate<Evidence> test) {
        return evidence -> test.test(evidence) ? List.of(new Finding.Plain()) : List.of();
    }

    private static Function<Evidence, List<? extends Finding>> obstacle(Predicate<Finding.Obstacle> test) {
        return evidence -> {
            Finding.Obstacle obstacle = evidence.obstacle();
            return obstacle != null && test.test(obstacle) ? List.of(obstacle) : List.of();
        };
    }

    private static boolean isSafe(StreamRecord.Exit exit) {
        return SAFE_ENDS.contains(exit.function());
    }

    private static boolean endedByItself(Evidence evidence) {
        return evidence.fork().exit() != null
                || evidence.fork().exec() != null
                || evidence.watch().execed()
                || evidence.watch().exitStatus() != null;
    }

    /** One for each state, by the first call that used it; what the child hangs in is said already. */
    private static List<Finding> usedRegions(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        List<String> states = new ArrayList<>();
        if (evidence.obstacle() instanceof Finding.InRegion stuck) {
            states.add(stuck.meeting().state());
        }
        for (Finding.Meeting meeting : evidence.meetings()) {
            if (!states.contains(meeting.state())) {
                states.add(meeting.state());
                found.add(meeting);
            }
        }
        return found;
    }

    private static List<Finding> usedAllocator(Evidence evidence) {
        StreamRecord.FirstCall call = evidence.allocatorCall();
        boolean said = evidence.obstacle() instanceof Finding.InAllocator
                || usedRegions(evidence).stream()
                        .anyMatch(f -> ((Finding.Meeting) f).state().equals(Protection.ALLOCATOR));
        return call == null || said ? List.of() : List.of(new Finding.Allocating(call, evidence.allocating()));
    }

    /** One for each lock that does not hold the child up now. */
    private static List<Finding> lockFailures(Evidence evidence, boolean own) {
        long stuckAt = evidence.obstacle() instanceof Finding.LockWait stuck ? stuck.address() : 0;
        return evidence.child().lockFailures().stream()
                .map(evidence::lockFailure)
                .filter(failure -> !evidence.shared(failure.address()))
                .filter(failure -> failure.address() != stuckAt)
                .filter(failure -> failure.own() == own)
                .filter(new FirstOfEach<>(Finding.LockWait::address))
                .<Finding>map(failure -> failure)
                .toList();
    }

    /** One for each lock that neither holds the child up now nor has failed. */
    private static List<Finding> endedWaits(Evidence evidence) {
        long stuckAt = evidence.obstacle() instanceof Finding.LockWait stuck ? stuck.address() : 0;
        return evidence.child().blocked().stream()
                .map(evidence::lockWait)
                .filter(wait -> !evidence.shared(wait.address()))
                .filter(wait -> wait.address() != stuckAt)
                .filter(wait -> evidence.child().lockFailures().stream().noneMatch(f -> f.address() == wait.address()))
                .filter(new FirstOfEach<>(Finding.LockWait::address))
                .<Finding>map(wait -> wait)
                .toList();
    }
}
