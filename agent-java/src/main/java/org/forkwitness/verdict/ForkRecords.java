package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.model.StackTrace;
import org.forkwitness.report.Alive;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ForkAllocator;
import org.forkwitness.report.ForkParent;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.ThreadKind;
import org.forkwitness.symbols.StackResolver;

/** Makes the report's record of a fork. For one thread. */
final class ForkRecords {
    private final LiveModel model;
    private final StackResolver resolver;
    private final ChildReports children;

    ForkRecords(LiveModel model, StackResolver resolver) {
        this.model = model;
        this.resolver = resolver;
        this.children = new ChildReports(resolver);
    }

    Fork fork(Evidence evidence, long site, Verdict verdict, List<Reason> reasons, boolean processEnded) {
        ProcessFork fork = evidence.fork();
        Inheritance inheritance = new Inheritance(resolver, evidence);
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
                null,
                alive(fork),
                inheritance.holders(),
                inheritance.locks(),
                new ForkAllocator(inheritance.threadsInAllocator()),
                fork.errno() == null ? children.of(evidence, inheritance, processEnded) : null,
                fork.errno() == null ? null : Errno.name(fork.errno()));
    }

    private boolean inSignalHandler(ProcessFork fork) {
        Long id = fork.known() ? fork.record().stack() : null;
        StackTrace stack = id == null ? null : model.stacks().find(fork.proc(), id);
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

    /** Threads at the fork. The calling one was there, whatever is known of the others. */
    private Alive alive(ProcessFork fork) {
        int java = model.threads().alive(fork.proc(), ThreadKind.JAVA, fork.time());
        int jvm = model.threads().alive(fork.proc(), ThreadKind.JVM, fork.time());
        int nativeThreads = model.threads().alive(fork.proc(), ThreadKind.NATIVE, fork.time());
        int total = java + jvm + nativeThreads;
        return total == 0 ? new Alive(1, 0, 0, 1) : new Alive(total, java, jvm, nativeThreads);
    }
}
