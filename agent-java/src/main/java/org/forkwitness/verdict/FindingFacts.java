package org.forkwitness.verdict;

import java.util.List;
import java.util.function.LongFunction;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.stream.LockKind;
import org.forkwitness.symbols.StackResolver;

/** The words for one finding, by the names that sentences of {@code verdicts.tsv} have for them. For one thread. */
final class FindingFacts {
    private final StackResolver resolver;
    private final StateNames stateNames;
    private final Evidence evidence;
    private final Finding finding;
    private final Parties parties;
    private final LongFunction<List<Frame>> holderStacks;

    FindingFacts(
            StackResolver resolver,
            StateNames stateNames,
            Evidence evidence,
            Finding finding,
            LongFunction<List<Frame>> holderStacks) {
        this.resolver = resolver;
        this.stateNames = stateNames;
        this.evidence = evidence;
        this.finding = finding;
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
            case "called" -> called();
            case "inCalled" -> called().isEmpty() ? "" : " in " + called();
            case "holder" -> holder();
            case "inside" -> parties.region(meeting().region());
            case "state" -> stateNames.of(meeting().state());
            case "protector" -> parties.protector(meeting().state());
            case "allocatorProtector" -> parties.protector(Protection.ALLOCATOR);
            case "allocating" -> allocating();
            case "lock" -> lock((Finding.LockWait) finding);
            case "taken" -> taken((Finding.LockWait) finding);
            case "alien" -> alien((Finding.LockWait) finding);
            case "symbol" -> ((Finding.JvmLock) finding).symbol();
            case "atSymbol" -> atSymbol((Finding.LostThread) finding);
            case "lostThread" -> lostThread((Finding.LostThread) finding);
            case "place" -> place(((Finding.Asleep) finding).address());
            case "java" -> java(((Finding.InJava) finding).stack());
            default -> throw new IllegalStateException("verdicts.tsv: nothing is called " + name);
        };
    }

    /** The call that the finding is about, with its caller; empty where it is not known. */
    private String called() {
        if (finding instanceof Finding.Called call) {
            return called(call.call().called(), call.call().stack());
        }
        if (finding instanceof Finding.Meeting met) {
            return called(met.call().called(), met.call().stack());
        }
        if (finding instanceof Finding.Allocating met) {
            return called(met.call().called(), met.call().stack());
        }
        Finding.Obstacle obstacle = (Finding.Obstacle) finding;
        return obstacle.called() == null ? "" : called(obstacle.called(), obstacle.stack());
    }

    private String called(long function, Long stack) {
        return Places.called(
                evidence.function(function).name(), resolver.resolve(stack).frames());
    }

    private Finding.Meeting meeting() {
        return finding instanceof Finding.InRegion stuck ? stuck.meeting() : (Finding.Meeting) finding;
    }

    private String holder() {
        if (finding instanceof Finding.LockWait lock) {
            return parties.thread(lock.thread());
        }
        String name = parties.thread(meeting().region().thread());
        long threads = evidence.threadsInside(meeting().state());
        return threads > 1 ? name + ", one of " + threads + " there," : name;
    }

    private String allocating() {
        long threads = finding instanceof Finding.InAllocator stuck
                ? stuck.meeting().threads()
                : ((Finding.Allocating) finding).threads();
        return Parties.inside(threads);
    }

    private InheritedLock record(Finding.LockWait lock) {
        return evidence.inherited(lock.address(), lock.thread());
    }

    private String lock(Finding.LockWait lock) {
        return parties.lock(lock.kind(), lock.address(), lock.epoch(), record(lock));
    }

    private String taken(Finding.LockWait lock) {
        Frame at = resolver.caller(lock.site(), lock.epoch());
        String where = at == null ? " held" + (lock.own() ? "" : " at the fork") : " took at " + Places.of(at);
        Frame program = at == null || !Interpreters.isOne(at) ? null : programOf(lock.thread());
        return (program == null ? where : " took on its way to " + Places.of(program)) + parties.held(record(lock));
    }

    /** Where a thread stood that an interpreter carried out; the line on which it took a lock is not recorded. */
    private Frame programOf(Long thread) {
        List<Frame> stack = thread == null ? null : holderStacks.apply(thread);
        return stack == null ? null : Interpreters.program(stack);
    }

    /** Why a thread waits for what is its own. */
    private static String alien(Finding.LockWait lock) {
        boolean ownerless = lock.kind() == LockKind.SEMAPHORE
                || lock.kind() == LockKind.SPINLOCK
                || lock.kind() == LockKind.RWLOCK_READ;
        return ownerless
                ? "the child has no other thread that could release it"
                : "in the child that thread has a new id, so that the lock is not its own any more";
    }

    private static String atSymbol(Finding.LostThread lost) {
        return lost.symbol() == null ? "" : " at " + lost.symbol() + " of the JVM";
    }

    private String lostThread(Finding.LostThread lost) {
        String name = lost.thread() == null ? null : Parties.threadName(evidence, lost.thread());
        return name == null ? "a thread that was not copied" : "thread '" + name + "', which was not copied";
    }

    private String place(long address) {
        String name = resolver.variable(address, evidence.epoch());
        return name == null ? Parties.hex(address) : Parties.hex(address) + " (" + name + ")";
    }

    private String java(long stack) {
        return resolver.resolve(stack).frames().stream()
                .filter(frame -> frame.kind() == FrameKind.JAVA && !StackResolver.UNKNOWN.equals(frame.className()))
                .findFirst()
                .map(Places::of)
                .orElse("Java code");
    }
}
