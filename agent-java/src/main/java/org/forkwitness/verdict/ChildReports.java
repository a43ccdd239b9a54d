package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.model.Function;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.BlockedOn;
import org.forkwitness.report.Child;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.UnsafeCall;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;

/** Makes the report's record of a child. For one thread. */
final class ChildReports {
    private final StackResolver resolver;

    ChildReports(StackResolver resolver) {
        this.resolver = resolver;
    }

    Child of(Evidence evidence, Inheritance inheritance, boolean processEnded) {
        ProcessFork fork = evidence.fork();
        Outcome outcome = Outcomes.of(evidence, processEnded);
        return new Child(
                fork.childPid(),
                outcome,
                outcome == Outcome.EXEC ? Outcomes.program(fork) : null,
                Outcomes.status(evidence, outcome),
                outcome == Outcome.DEADLOCKED ? null : Durations.whole(fork),
                fork.child().calls().stream().map(call -> call(evidence, call)).toList(),
                evidence.obstacle() == null ? null : blockedOn(evidence, inheritance, evidence.obstacle()),
                evidence.observed() ? (int) Math.min(Integer.MAX_VALUE, evidence.createdThreads()) : null,
                List.of());
    }

    private UnsafeCall call(Evidence evidence, StreamRecord.FirstCall call) {
        ProcessFork fork = evidence.fork();
        Function function = evidence.function(call.called());
        return new UnsafeCall(
                function.name(),
                function.category().text(),
                fork.child().count(call.called()),
                Durations.since(fork, call.header().time()),
                resolver.resolve(call.stack()).frames());
    }

    private BlockedOn blockedOn(Evidence evidence, Inheritance inheritance, Finding.Obstacle obstacle) {
        Long thread = null;
        Long lock = null;
        String lostThread = null;
        if (obstacle instanceof Finding.LockWait wait) {
            thread = wait.thread();
            lock = inheritance.idOf(wait.address(), wait.thread());
        } else if (obstacle instanceof Finding.InRegion stuck) {
            // Of several nothing tells which one it is.
            boolean alone = evidence.threadsInside(stuck.meeting().state()) == 1;
            thread = alone ? stuck.meeting().region().thread() : null;
        } else if (obstacle instanceof Finding.LostThread lost && lost.thread() != null) {
            lostThread = Parties.threadName(evidence, lost.thread());
        }
        return new BlockedOn(
                lock,
                obstacle.address() == 0 ? null : Parties.hex(obstacle.address()),
                obstacle.called() == null
                        ? null
                        : evidence.function(obstacle.called()).name(),
                inheritance.holder(thread),
                lostThread,
                resolver.resolve(obstacle.stack()).frames(),
                obstacle.seenBy());
    }
}
