package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.model.StackTrace;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ForkAllocator;
import org.forkwitness.report.ForkParent;
import org.forkwitness.report.Guard;
import org.forkwitness.report.GuardAction;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.WaitedFor;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;

/** Makes the report's record of a fork. For one thread. */
final class ForkRecords {
    private static final double US_PER_MS = 1000;

    private final LiveModel model;
    private final StackResolver resolver;
    private final Marks marks;
    private final ChildReports children;
    private final HolderFrames holderFrames;

    ForkRecords(LiveModel model, StackResolver resolver, Marks marks) {
        this.model = model;
        this.resolver = resolver;
        this.marks = marks;
        this.children = new ChildReports(resolver);
        this.holderFrames = new HolderFrames(resolver);
    }

    /** What unwinds the stacks of the threads that held something. */
    HolderFrames holderFrames() {
        return holderFrames;
    }

    /**
     * The record.
     *
     * @param suppressedBy why it is known; null where it is not
     * @param processEnded nothing more will be seen of it
     */
    Fork fork(
            Evidence evidence,
            long site,
            Verdict verdict,
            List<Reason> reasons,
            String suppressedBy,
            boolean processEnded) {
        ProcessFork fork = evidence.fork();
        Inheritance inheritance = new Inheritance(resolver, marks, evidence);
        return new Fork(
                fork.id(),
                site,
                model.clock().instant(fork.time()),
                evidence.call(),
                parent(fork),
                fork.proc() == 0 ? null : fork.proc(),
                inSignalHandler(fork),
                verdict,
                reasons,
                suppressedBy,
                LastStates.alive(model, fork.proc(), fork.time()),
                inheritance.holders(thread -> holderFrames.of(fork, thread)),
                inheritance.locks(),
                new ForkAllocator(
                        inheritance.threadsInAllocator(),
                        LastStates.figures(model, model.allocator().at(fork.time()))),
                fork.errno() == null ? children.of(evidence, inheritance, processEnded) : null,
                fork.errno() == null ? null : Errno.name(fork.errno()),
                guard(evidence));
    }

    private Guard guard(Evidence evidence) {
        StreamRecord.Guard said = evidence.fork().guard();
        if (said == null || said.guard() == null) {
            return null;
        }
        WaitedFor waitedFor = said.thread() == null
                ? null
                : new WaitedFor(
                        said.thread(),
                        Parties.threadName(evidence, said.thread()),
                        said.address() == null ? null : Parties.hex(said.address()),
                        said.called() == null
                                ? null
                                : evidence.function(said.called()).name(),
                        said.site() == null ? null : resolver.caller(said.site(), said.epoch()));
        return new Guard(action(said.guard()), said.waited() / US_PER_MS, waitedFor);
    }

    private static GuardAction action(org.forkwitness.stream.GuardAction action) {
        return switch (action) {
            case WAITED -> GuardAction.WAITED;
            case TIMED_OUT -> GuardAction.TIMED_OUT;
            case DENIED -> GuardAction.DENIED;
            case ABORTED -> GuardAction.ABORTED;
        };
    }

    private boolean inSignalHandler(ProcessFork fork) {
        Long id = fork.known() ? fork.record().stack() : null;
        StackTrace stack = id == null ? null : model.stacks().find(id);
        return stack != null && stack.inSignal();
    }

    private ForkParent parent(ProcessFork fork) {
        long pid = model.pid().orElseThrow();
        ProcessFork outer = model.forks().find(fork.proc());
        if (outer != null && outer.childPid() != null) {
            pid = outer.childPid();
        }
        if (!fork.known()) {
            return new ForkParent(pid, pid, null);
        }
        ProcessThread thread = model.thread(fork.proc(), fork.record().thread());
        String kernelName = fork.record().name();
        String name = thread == null ? kernelName : thread.nameAt(fork.time(), kernelName);
        return new ForkParent(pid, fork.record().tid(), name);
    }
}
